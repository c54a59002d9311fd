/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_GROWING_H
#define TIDEMARK_GC_GROWING_H

/* A growing array in memory of the system: areas, each with room for twice as
 * many entries as the one before.  An entry never moves, nothing is copied, and
 * the pages of an area that were not needed yet cost nothing. */

#include <stdbool.h>
#include <stddef.h>

#include "base/bits.h"
#include "base/word.h"

enum {
    FIRST_AREA_SHIFT = 12, /* the first area has 2^12 entries */
    GROWING_AREAS = 34,
};

struct growing {
    size_t entry_bytes;
    size_t count;
    struct range areas[GROWING_AREAS];
};

void gc__growing_init(struct growing *array, size_t entry_bytes);
void gc__growing_finish(struct growing *array);

/* Appends a zeroed entry.  Returns NULL if there is no memory. */
void *gc__growing_append(struct growing *array);

/* The area of an entry, as if the areas before the first had 2^12 more. */
static inline unsigned growing_area(size_t index)
{
    return highest_bit(index + ((size_t)1 << FIRST_AREA_SHIFT)) -
           FIRST_AREA_SHIFT;
}

static inline size_t growing_area_entries(unsigned area)
{
    return (size_t)1 << (area + FIRST_AREA_SHIFT);
}

/* For indexes below `count`. */
static inline void *growing_at(const struct growing *array, size_t index)
{
    unsigned area = growing_area(index);
    size_t in_area =
        index + growing_area_entries(0) - growing_area_entries(area);
    return (void *)(array->areas[area].low + in_area * array->entry_bytes);
}

#endif
