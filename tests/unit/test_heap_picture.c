/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* open_memstream */

#include "gc/heap_picture.h"

#include <check.h>
#include <string.h>

#include "alloc/release.h"
#include "tests/suite.h"
#include "tests/unit/whole.h"

static struct heap_picture picture;
static char *written;

static void setup(void)
{
    whole_setup();
    picture = (struct heap_picture){.count = 0};
}

static void teardown(void)
{
    gc__heap_picture_finish(&picture);
    free(written);
    written = NULL;
    whole_teardown();
}

static void take(void)
{
    gc__heap_picture_finish(&picture);
    gc__heap_settle(&heap, &thread);
    ck_assert(gc__heap_picture_take(&picture, &heap.variable));
}

static void print_text(size_t most_rows)
{
    free(written);
    size_t bytes;
    FILE *file = open_memstream(&written, &bytes);
    ck_assert_ptr_nonnull(file);
    gc__heap_picture_print(file, &picture, most_rows);
    fclose(file);
}

static void print_svg(void)
{
    free(written);
    size_t bytes;
    FILE *file = open_memstream(&written, &bytes);
    ck_assert_ptr_nonnull(file);
    gc__heap_picture_print_svg(file, &picture);
    fclose(file);
}

static size_t block_of(const void *pointer)
{
    return ((uintptr_t)pointer - heap.variable.map.low) >> BLOCK_SHIFT;
}

static void expect_look(const void *pointer, unsigned look, size_t used_bytes)
{
    const struct block_look *block = &picture.blocks[block_of(pointer)];
    ck_assert_uint_eq(block->look, look);
    ck_assert_uint_eq(block->used_bytes, used_bytes);
}

/* The signs of all blocks, without what stands before and after them. */
static const char *signs(void)
{
    static char all[1 << 16];
    size_t count = 0;
    for (const char *at = written; (at = strstr(at, "\n0x")) != NULL; at++) {
        const char *sign = strchr(at, ' ') + 1;
        for (; *sign != '\n'; sign++)
            all[count++] = *sign;
    }
    all[count] = '\0';
    return all;
}

static char sign_of(const void *pointer)
{
    return signs()[block_of(pointer)];
}

/* ---------------------------------------------------------------- picture */

START_TEST(a_block_looks_like_its_kind_and_is_as_full_as_its_objects)
{
    void *cells[KIND_COUNT];
    char *large[KIND_COUNT];
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        cells[kind] = new_object((enum kind)kind, 4096 * (kind + 1));
        large[kind] = new_object((enum kind)kind, 150000);
    }
    take();
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        expect_look(cells[kind], LOOK_SMALL + kind, 4096 * (kind + 1));
        expect_look(large[kind], LOOK_LARGE + kind, BLOCK_BYTES);
        expect_look(large[kind] + BLOCK_BYTES, LOOK_LARGE_REST + kind,
                    BLOCK_BYTES);
        expect_look(large[kind] + 2 * BLOCK_BYTES, LOOK_LARGE_REST + kind,
                    150000 - 2 * BLOCK_BYTES);
    }
}
END_TEST

static const struct kind_traits own_traits[] = {
    {.name = "cons<&>", .look = LOOK_AT_WORDS},
    {.name = "pixels", .look = LOOK_AT_NOTHING},
};

/* So many, of these two traits in turn.  Returns the first one's number. */
static unsigned add_kinds(unsigned count)
{
    unsigned first = gc__kinds_add(&heap.variable, &own_traits[0]);
    for (unsigned i = 1; i < count; i++)
        ck_assert_uint_eq(gc__kinds_add(&heap.variable, &own_traits[i % 2]),
                          first + i);
    ck_assert_uint_eq(first, KIND_COUNT);
    return first;
}

START_TEST(a_custom_kind_looks_like_itself_and_the_last_like_all_the_others)
{
    enum { COUNT = SHOWN_KINDS - KIND_COUNT + 2 };
    void *cells[COUNT];
    unsigned first = add_kinds(COUNT);
    for (unsigned i = 0; i < COUNT; i++)
        cells[i] = new_object((enum kind)(first + i), 1024);
    void *large = new_object((enum kind)(first + 1), 100000);
    take();
    for (unsigned i = 0; i < COUNT; i++)
        expect_look(cells[i],
                    LOOK_SMALL + (unsigned)smaller(first + i, OTHER_KINDS),
                    1024);
    expect_look(large, LOOK_LARGE + first + 1, BLOCK_BYTES);
    ck_assert_uint_eq(picture.looks[LOOK_SMALL + OTHER_KINDS], 3);
    ck_assert_str_eq(gc__heap_picture_kind(&picture, LOOK_LARGE + first + 1),
                     "pixels");
    ck_assert_str_eq(gc__heap_picture_kind(&picture, LOOK_SMALL + OTHER_KINDS),
                     "other kinds");
}
END_TEST

START_TEST(all_objects_of_a_block_count)
{
    char *objects[BLOCK_BYTES / 1024];
    enum { COUNT = sizeof objects / sizeof *objects };
    for (size_t i = 0; i < COUNT; i++)
        objects[i] = new_object(KIND_ATOMIC, 1024);
    take();
    expect_look(objects[0], LOOK_SMALL + KIND_ATOMIC, BLOCK_BYTES);
    for (size_t i = 0; i < COUNT; i += 2)
        free_object(objects[i]);
    take();
    expect_look(objects[1], LOOK_SMALL + KIND_ATOMIC, BLOCK_BYTES / 2);
}
END_TEST

START_TEST(free_blocks_with_memory_differ_from_those_without)
{
    void *first = new_object(KIND_ATOMIC, 100000);
    void *last = new_object(KIND_ATOMIC, 100000);
    free_object(first);
    take();
    expect_look(first, LOOK_FREE, 0);
    expect_look(last, LOOK_LARGE + KIND_ATOMIC, BLOCK_BYTES);
    ck_assert_uint_eq(picture.longest_free_run, 2);

    gc__release_free_blocks(&heap.variable, 0);
    take();
    expect_look(first, LOOK_RETURNED, 0);
    ck_assert_uint_eq(picture.looks[LOOK_RETURNED], 2);
    ck_assert_uint_eq(gc__heap_picture_used(&picture), 2);
}
END_TEST

/* Some hundred blocks of all kinds, holes among them. */
static void make_mixture(void)
{
    static void *objects[400];
    for (size_t i = 0; i < 400; i++) {
        size_t bytes = i % 5 == 0 ? 40000 + i * 500 : 200 + i * 50;
        objects[i] = new_object((enum kind)(i % KIND_COUNT), bytes);
        if (i % 7 == 6)
            free_object(objects[i - 3]);
    }
}

START_TEST(the_totals_are_the_sums_over_the_blocks)
{
    make_mixture();
    take();
    size_t looks[LOOK_COUNT] = {0}, used_bytes[LOOK_COUNT] = {0};
    size_t bytes = 0;
    ck_assert_uint_eq(picture.count, heap_map_blocks(&heap.variable.map));
    for (size_t i = 0; i < picture.count; i++) {
        looks[picture.blocks[i].look]++;
        used_bytes[picture.blocks[i].look] += picture.blocks[i].used_bytes;
    }
    for (unsigned look = 0; look < LOOK_COUNT; look++) {
        ck_assert_uint_eq(picture.looks[look], looks[look]);
        ck_assert_uint_eq(picture.used_bytes[look], used_bytes[look]);
        bytes += used_bytes[look];
    }
    struct cell cell = {0, 0};
    for (; gc__variable_next(&heap.variable, &cell); cell.index++)
        bytes -= cell_bytes(&heap.variable.map, cell);
    ck_assert_uint_eq(bytes, 0);
    ck_assert_uint_eq(gc__heap_picture_used(&picture),
                      heap.variable.used_blocks);
}
END_TEST

START_TEST(the_longest_of_the_free_runs_is_known)
{
    static const size_t runs[] = {2, 5, 3};
    void *objects[3];
    for (size_t i = 0; i < 3; i++) {
        objects[i] = new_object(KIND_ATOMIC, runs[i] << BLOCK_SHIFT);
        new_object(KIND_ATOMIC, 100000);
    }
    for (size_t i = 0; i < 3; i++)
        free_object(objects[i]);
    take();
    ck_assert_uint_eq(picture.looks[LOOK_FREE], 10);
    ck_assert_uint_eq(picture.longest_free_run, 5);
}
END_TEST

START_TEST(without_memory_there_is_no_picture)
{
    new_words(2);
    gc__heap_settle(&heap, &thread);
    gc__pages_fail_from(1);
    ck_assert(!gc__heap_picture_take(&picture, &heap.variable));
    gc__pages_fail_from(0);
    ck_assert(gc__heap_picture_take(&picture, &heap.variable));
}
END_TEST

/* ------------------------------------------------------------------- text */

START_TEST(each_kind_has_signs_of_its_own)
{
    static const char small_signs[] = "sSaAuUnN";
    static const char large_signs[] = "#=%&";
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        void *half_full = new_object((enum kind)kind, 32768);
        char *large = new_object((enum kind)kind, 100000);
        void *nearly_empty = new_object((enum kind)kind, 1024);
        take();
        print_text(100);
        ck_assert_int_eq(sign_of(nearly_empty), small_signs[2 * kind]);
        ck_assert_int_eq(sign_of(half_full), small_signs[2 * kind + 1]);
        ck_assert_int_eq(sign_of(large), large_signs[kind]);
        ck_assert_int_eq(sign_of(large + BLOCK_BYTES), '-');
    }
}
END_TEST

START_TEST(custom_kinds_have_letters_and_the_legend_their_names)
{
    unsigned first = add_kinds(2);
    void *small = new_object((enum kind)first, 1024);
    void *half_full = new_object((enum kind)(first + 1), 32768);
    void *large = new_object((enum kind)(first + 1), 100000);
    take();
    print_text(100);
    ck_assert_int_eq(sign_of(small), 'b');
    ck_assert_int_eq(sign_of(half_full), 'C');
    ck_assert_int_eq(sign_of(large), '@');
    ck_assert_ptr_nonnull(strstr(written, "  cons<&>, less than half full\n"));
    ck_assert_ptr_nonnull(strstr(written, "  pixels\n"));
    ck_assert_ptr_nonnull(strstr(written, "  large and pixels, its first"));
}
END_TEST

START_TEST(free_blocks_are_dots)
{
    void *first = new_object(KIND_ATOMIC, 100000);
    void *last = new_object(KIND_ATOMIC, 100000);
    free_object(first);
    take();
    print_text(100);
    ck_assert_str_eq(signs(), "::=-");
    gc__release_free_blocks(&heap.variable, 0);
    free_object(last);
    take();
    print_text(100);
    ck_assert_str_eq(signs(), "..::");
    ck_assert_ptr_nonnull(strstr(written, "no block in use; 4 free, the "
                                          "longest run has 4\n"));
}
END_TEST

START_TEST(there_is_a_sign_for_each_block_and_a_line_for_each_sign)
{
    make_mixture();
    take();
    print_text(SIZE_MAX / 64);
    ck_assert_uint_eq(strlen(signs()), picture.count);

    size_t blocks = 0;
    const char *line = strstr(written, "sign     blocks  in objects\n");
    ck_assert_ptr_nonnull(line);
    while (*(line = strchr(line, '\n') + 1) != '\0') {
        char sign;
        size_t count, counted = 0;
        ck_assert_int_eq(sscanf(line, " %c %zu", &sign, &count), 2);
        for (const char *at = signs(); *at != '\0'; at++)
            counted += *at == sign;
        ck_assert_uint_eq(count, counted);
        blocks += count;
    }
    ck_assert_uint_eq(blocks, picture.count);
}
END_TEST

START_TEST(rows_have_64_blocks_and_begin_with_their_address)
{
    new_object(KIND_ATOMIC, 130 * (size_t)BLOCK_BYTES);
    take();
    print_text(100);
    const char *row = written;
    for (size_t i = 0; i < 3; i++) {
        size_t address;
        row = strstr(row, "\n0x") + 1;
        ck_assert_int_eq(sscanf(row, "%zx", &address), 1);
        ck_assert_uint_eq(address,
                          heap.variable.map.low + 64 * i * (size_t)BLOCK_BYTES);
        ck_assert_uint_eq(strcspn(row, "\n"), 15 + (i < 2 ? 64 : 2));
    }
    ck_assert_ptr_null(strstr(row, "\n0x"));
}
END_TEST

START_TEST(a_long_map_is_cut_and_says_so)
{
    new_object(KIND_ATOMIC, 1000 * (size_t)BLOCK_BYTES);
    take();
    print_text(4);
    ck_assert_uint_eq(strlen(signs()), 256);
    ck_assert_ptr_nonnull(strstr(written, "\n(cut here: 744 more blocks)\n"));
    print_text(16);
    ck_assert_uint_eq(strlen(signs()), 1000);
    ck_assert_ptr_null(strstr(written, "cut here"));
}
END_TEST

/* -------------------------------------------------------------------- SVG */

static size_t count(const char *text, const char *what)
{
    size_t found = 0;
    for (; (text = strstr(text, what)) != NULL; text++)
        found++;
    return found;
}

/* From the start of the squares on. */
static const char *squares(void)
{
    const char *start = strstr(written, "<g id=\"blocks\"");
    ck_assert_ptr_nonnull(start);
    return start;
}

START_TEST(there_is_a_square_for_each_block)
{
    static const size_t blocks[] = {1, 31, 64, 1024, 1025, 4097, 16385};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        void *object = new_object(KIND_ATOMIC, blocks[i] << BLOCK_SHIFT);
        take();
        print_svg();
        ck_assert_uint_eq(picture.count, blocks[i]);
        ck_assert_uint_eq(count(squares(), "<rect "), blocks[i]);
        ck_assert_uint_eq(count(squares(), "</g>\n</svg>\n"), 1);
        free_object(object);
    }
}
END_TEST

static void expect_styles(unsigned look, unsigned shade, size_t wanted)
{
    char style[32];
    snprintf(style, sizeof style, "\n.k%u%u{fill:#", look, shade);
    ck_assert_uint_eq(count(written, style), wanted);
}

START_TEST(squares_are_coloured_by_kind_and_shaded_by_fullness)
{
    for (size_t i = 0; i < 64; i++)
        new_object(KIND_ATOMIC, 1024);
    new_object(KIND_SCANNED, 1024);
    new_object(KIND_UNCOLLECTABLE, 32768);
    free_object(new_object(KIND_SCANNED, 70000));
    take();
    print_svg();
    ck_assert_uint_eq(count(squares(), "class=\"k17\""), 1);
    ck_assert_uint_eq(count(squares(), "class=\"k00\""), 1);
    ck_assert_uint_eq(count(squares(), "class=\"k24\""), 1);
    ck_assert_uint_eq(count(squares(), "class=\"free\""), 2);
    for (unsigned kind = 0; kind < SHOWN_KINDS; kind++)
        for (unsigned shade = 0; shade < 8; shade++) {
            expect_styles(LOOK_SMALL + kind, shade, kind < KIND_COUNT);
            expect_styles(LOOK_LARGE + kind, shade, kind < KIND_COUNT);
        }
}
END_TEST

START_TEST(squares_of_custom_kinds_have_colours_and_names_of_their_own)
{
    unsigned first = add_kinds(2);
    new_object((enum kind)first, 1024);
    new_object((enum kind)(first + 1), 100000);
    take();
    print_svg();
    expect_styles(LOOK_SMALL + first, 7, 1);
    expect_styles(LOOK_SMALL + first + 1, 7, 0);
    expect_styles(LOOK_LARGE + first + 1, 7, 1);
    ck_assert_ptr_nonnull(strstr(written, ">cons???: 1 blocks, 1 % full<"));
    ck_assert_ptr_nonnull(strstr(squares(), ": cons???, 1 %</title>"));
    ck_assert_uint_eq(count(squares(), ": large, pixels, "), 2);
}
END_TEST

START_TEST(the_bar_is_as_long_as_the_rows_are_wide)
{
    make_mixture();
    take();
    print_svg();
    const char *at = strstr(written, "<g id=\"bar\">");
    const char *end = strstr(at, "</g>");
    unsigned next = 80, x, y, width;
    while ((at = strstr(at, "<rect ")) < end) {
        ck_assert_int_eq(
            sscanf(at, "<rect x=\"%u\" y=\"%u\" width=\"%u\"", &x, &y, &width),
            3);
        ck_assert_uint_eq(x, next);
        next = x + width;
        at++;
    }
    ck_assert_uint_eq(next, 80 + 896);
}
END_TEST

START_TEST(an_empty_heap_has_an_empty_picture)
{
    take();
    print_text(10);
    ck_assert_uint_eq(strlen(signs()), 0);
    ck_assert_ptr_nonnull(strstr(written, "heap map, 0 blocks"));
    print_svg();
    ck_assert_uint_eq(count(squares(), "<rect "), 0);
}
END_TEST

FIXTURE_SUITE("heap picture", setup, teardown,
              a_block_looks_like_its_kind_and_is_as_full_as_its_objects,
              a_custom_kind_looks_like_itself_and_the_last_like_all_the_others,
              all_objects_of_a_block_count,
              free_blocks_with_memory_differ_from_those_without,
              the_totals_are_the_sums_over_the_blocks,
              the_longest_of_the_free_runs_is_known,
              without_memory_there_is_no_picture,
              each_kind_has_signs_of_its_own,
              custom_kinds_have_letters_and_the_legend_their_names,
              free_blocks_are_dots,
              there_is_a_sign_for_each_block_and_a_line_for_each_sign,
              rows_have_64_blocks_and_begin_with_their_address,
              a_long_map_is_cut_and_says_so, there_is_a_square_for_each_block,
              squares_are_coloured_by_kind_and_shaded_by_fullness,
              squares_of_custom_kinds_have_colours_and_names_of_their_own,
              the_bar_is_as_long_as_the_rows_are_wide,
              an_empty_heap_has_an_empty_picture)
