/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_HEAP_PICTURE_H
#define TIDEMARK_GC_HEAP_PICTURE_H

/* The heap map as a picture: a square, or a sign, for each block, by kind and
 * by how much of it objects take.  Pale blocks between full ones, and short
 * runs of free ones, are what fragmentation looks like.
 *
 * The picture is taken first and printed later; it lives in memory of its own,
 * 8 bytes a block. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "gc/heap.h"

/* Kinds that are told from each other: the built-in ones, the first custom ones,
 * and all others as if they were one. */
enum {
    SHOWN_KINDS = KIND_COUNT + 8,
    OTHER_KINDS = SHOWN_KINDS - 1,
};

/* What a block looks like: a kind, of cells or of large objects, or free. */
enum look {
    LOOK_SMALL,                        /* + the shown kind */
    LOOK_LARGE = SHOWN_KINDS,          /* + the same: the first block */
    LOOK_LARGE_REST = 2 * SHOWN_KINDS, /* + the same: the others */
    LOOK_FREE = 3 * SHOWN_KINDS,       /* with memory behind it */
    LOOK_RETURNED,                     /* the system has its memory back */
    LOOK_COUNT,
};

struct block_look {
    uint32_t used_bytes; /* by objects */
    uint8_t look;        /* enum look */
};

struct heap_picture {
    struct range memory;
    const struct kinds *kinds; /* for their names */
    struct block_look *blocks;
    size_t count;
    uintptr_t low;                 /* address of the first */
    size_t looks[LOOK_COUNT];      /* how many blocks look so */
    size_t used_bytes[LOOK_COUNT]; /* in them */
    size_t longest_free_run;       /* blocks */
};

/* Of a heap that is settled.  Returns false if there is no memory. */
bool gc__heap_picture_take(struct heap_picture *picture,
                           const struct variable *heap);
void gc__heap_picture_finish(struct heap_picture *picture);

static inline bool look_is_free(unsigned look)
{
    return look >= LOOK_FREE;
}

/* The kind of a look that is not free, by its name. */
const char *gc__heap_picture_kind(const struct heap_picture *picture,
                                  unsigned look);

/* Blocks that are not free, and the bytes of objects in them. */
size_t gc__heap_picture_used(const struct heap_picture *picture);
size_t gc__heap_picture_used_bytes(const struct heap_picture *picture);

/* A sign for each block, 64 in a row, at most `most_rows` rows. */
void gc__heap_picture_print(FILE *file, const struct heap_picture *picture,
                            size_t most_rows);

/* SVG; a square for each block is a <rect> in the group with the id "blocks".
 */
void gc__heap_picture_print_svg(FILE *file, const struct heap_picture *picture);

#endif
