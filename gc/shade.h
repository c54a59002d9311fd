/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_SHADE_H
#define TIDEMARK_GC_SHADE_H

/* White to grey: the bit of a cell is set, by one marker and by no other. */

#include <stdbool.h>
#include <stdint.h>

#include "alloc/block.h"
#include "base/atomics.h"
#include "gc/mark.h"

/* Whether other markers may be at work.  Always a constant where time counts:
 * each of the two makes a loop of its own. */
enum company { ALONE, AMONG_OTHERS };

/* Marks those of the cells that are white, and answers which.  Others may be
 * setting bits of the same word.  Nothing is handed over by a mark, so no order
 * is needed. */
static inline uint64_t mark_among_others(struct bit_pair *bits, uint64_t wanted)
{
    uint64_t marked = AO_load(&bits->marked);
    for (;;) {
        uint64_t white = bits->allocated & ~marked & wanted;
        if (white == 0)
            return 0;
        uint64_t found =
            AO_fetch_compare_and_swap(&bits->marked, marked, marked | white);
        if (found == marked)
            return white;
        marked = found;
    }
}

static inline bool looks_white(const struct bit_pair *bits, uint64_t bit)
{
    return (bits->allocated & ~AO_load(&bits->marked) & bit) != 0;
}

/* Marks a cell if it is white, and answers whether it was. */
static inline bool mark_white(struct bit_pair *bits, uint64_t bit,
                              enum company company)
{
    if (company == AMONG_OTHERS)
        return mark_among_others(bits, bit) != 0;
    uint64_t white = bits->allocated & ~bits->marked & bit;
    bits->marked |= white;
    return white != 0;
}

/* Shades grey the object that `word` points into, if there is one and it is
 * white. */
void gc__shade(struct marker *marker, uintptr_t word, enum company company);

#endif
