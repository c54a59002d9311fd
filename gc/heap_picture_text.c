/* SPDX-License-Identifier: MIT */
#include "gc/heap_picture.h"
#include "gc/text.h"

enum { COLUMNS = 64 };

/* Blocks of cells have two signs, the first for those less than half full.  Large
 * objects of custom kinds share one. */
enum {
    SIGN_SMALL,
    SIGN_LARGE = SIGN_SMALL + 2 * SHOWN_KINDS,
    SIGN_LARGE_REST = SIGN_LARGE + SHOWN_KINDS,
    SIGN_FREE,
    SIGN_RETURNED,
    SIGN_COUNT,
};

static const char characters[] = "sSaAuUnN"
                                 "bBcCdDeEfFgGhHoO"
                                 "#=%&"
                                 "@@@@@@@@"
                                 "-:.";

_Static_assert(sizeof characters == SIGN_COUNT + 1, "each sign has one");

/* How often a sign is there. */
struct count {
    size_t blocks;
    size_t used_bytes;
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
        line[i] = characters[sign_of(&picture->blocks[first + i])];
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

static void print_meaning(struct text *text, const struct heap_picture *picture,
                          unsigned sign)
{
    if (sign < SIGN_LARGE)
        gc__text_print(text, "%s%s\n", gc__heap_picture_kind(picture, sign / 2),
                       sign % 2 == 0 ? ", less than half full" : "");
    else if (sign < SIGN_LARGE_REST)
        gc__text_print(text, "large and %s, its first block\n",
                       gc__heap_picture_kind(picture, sign - SIGN_LARGE));
    else if (sign == SIGN_LARGE_REST)
        gc__text_print(text, "large, its other blocks\n");
    else
        gc__text_print(
            text, "free%s\n",
            sign == SIGN_FREE ? "" : ", its memory returned to the system");
}

static void print_legend(struct text *text, const struct heap_picture *picture)
{
    struct count counts[SIGN_COUNT] = {{0, 0}};
    for (size_t i = 0; i < picture->count; i++) {
        struct count *count = &counts[sign_of(&picture->blocks[i])];
        count->blocks++;
        count->used_bytes += picture->blocks[i].used_bytes;
    }
    gc__text_print(text, "sign     blocks  in objects\n");
    for (unsigned sign = 0; sign < SIGN_COUNT; sign++) {
        if (counts[sign].blocks == 0)
            continue;
        gc__text_print(text, "  %c  %10zu  %10s  ", characters[sign],
                       counts[sign].blocks,
                       gc__size_text(counts[sign].used_bytes).text);
        print_meaning(text, picture, sign);
    }
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
