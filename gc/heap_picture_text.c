/* SPDX-License-Identifier: MIT */
#include "gc/heap_picture.h"
#include "gc/text.h"

enum { COLUMNS = 64 };

/* What a sign stands for, and how often it does. */
struct sign {
    char character;
    const char *meaning;
    size_t blocks;
    size_t used_bytes;
};

/* Blocks of cells have two signs, the first for those less than half full. */
enum {
    SIGN_SMALL,
    SIGN_LARGE = SIGN_SMALL + 2 * KIND_COUNT,
    SIGN_LARGE_REST = SIGN_LARGE + KIND_COUNT,
    SIGN_FREE,
    SIGN_RETURNED,
    SIGN_COUNT,
};

static const struct sign signs[SIGN_COUNT] = {
    {'s', "scanned, less than half full", 0, 0},
    {'S', "scanned", 0, 0},
    {'a', "atomic, less than half full", 0, 0},
    {'A', "atomic", 0, 0},
    {'u', "uncollectable, less than half full", 0, 0},
    {'U', "uncollectable", 0, 0},
    {'n', "atomic uncollectable, less than half full", 0, 0},
    {'N', "atomic uncollectable", 0, 0},
    {'#', "large and scanned, its first block", 0, 0},
    {'=', "large and atomic, its first block", 0, 0},
    {'%', "large and uncollectable, its first block", 0, 0},
    {'&', "large and atomic uncollectable, its first block", 0, 0},
    {'-', "large, its other blocks", 0, 0},
    {':', "free", 0, 0},
    {'.', "free, its memory returned to the system", 0, 0},
};

static unsigned sign_of(const struct block_look *block)
{
    unsigned look = block->look;
    if (look < LOOK_LARGE)
        return SIGN_SMALL + 2 * look +
               (block->used_bytes >= BLOCK_BYTES / 2 ? 1 : 0);
    if (look < LOOK_LARGE_REST)
        return SIGN_LARGE + (look - LOOK_LARGE);
    if (look < LOOK_FREE)
        return SIGN_LARGE_REST;
    return SIGN_FREE + (look - LOOK_FREE);
}

static void print_row(struct text *text, const struct heap_picture *picture,
                      size_t row)
{
    char line[COLUMNS + 1];
    size_t first = row * COLUMNS;
    size_t count = smaller(picture->count - first, COLUMNS);
    for (size_t i = 0; i < count; i++)
        line[i] = signs[sign_of(&picture->blocks[first + i])].character;
    line[count] = '\0';
    gc__text_print(text, "0x%012zx %s\n",
                   (size_t)picture->low + (first << BLOCK_SHIFT), line);
}

static void print_rows(struct text *text, const struct heap_picture *picture,
                       size_t most_rows)
{
    size_t rows = (picture->count + COLUMNS - 1) / COLUMNS;
    for (size_t row = 0; row < smaller(rows, most_rows); row++)
        print_row(text, picture, row);
    if (rows > most_rows)
        gc__text_print(text, "(cut here: %zu more blocks)\n",
                       picture->count - most_rows * COLUMNS);
}

static void print_head(struct text *text, const struct heap_picture *picture)
{
    size_t used = gc__heap_picture_used(picture);
    size_t used_bytes = gc__heap_picture_used_bytes(picture);
    gc__text_print(text, "tidemark: heap map, %zu blocks of 64 KiB\n",
                   picture->count);
    if (used > 0)
        gc__text_print(text, "%zu blocks in use, objects take %zu %% of them",
                       used, used_bytes * 100 / (used << BLOCK_SHIFT));
    else
        gc__text_print(text, "no block in use");
    gc__text_print(text, "; %zu free, the longest run has %zu\n",
                   picture->count - used, picture->longest_free_run);
}

static void print_legend(struct text *text, const struct heap_picture *picture)
{
    struct sign counted[SIGN_COUNT];
    for (unsigned i = 0; i < SIGN_COUNT; i++)
        counted[i] = signs[i];
    for (size_t i = 0; i < picture->count; i++) {
        struct sign *sign = &counted[sign_of(&picture->blocks[i])];
        sign->blocks++;
        sign->used_bytes += picture->blocks[i].used_bytes;
    }
    gc__text_print(text, "sign     blocks  in objects\n");
    for (unsigned i = 0; i < SIGN_COUNT; i++)
        if (counted[i].blocks > 0)
            gc__text_print(text, "  %c  %10zu  %10s  %s\n",
                           counted[i].character, counted[i].blocks,
                           gc__size_text(counted[i].used_bytes).text,
                           counted[i].meaning);
}

void gc__heap_picture_print(FILE *file, const struct heap_picture *picture,
                            size_t most_rows)
{
    struct text text;
    gc__text_start(&text, file);
    print_head(&text, picture);
    print_rows(&text, picture, most_rows);
    print_legend(&text, picture);
    gc__text_end(&text);
}
