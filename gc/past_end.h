/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_PAST_END_H
#define TIDEMARK_GC_PAST_END_H

/* A pointer one past the end of an object is legal C, and a loop that runs
 * through an array may hold no other one.  It looks like a pointer to whatever
 * comes next.  So a word in a register or in a stack speaks for two cells: the
 * one that it points into and the one that ends there. */

#include <stdbool.h>
#include <stdint.h>

#include "alloc/variable.h"

/* Finds the cell that ends where `word` points, allocated or not, if an object
 * in it may reach up to there. */
static inline bool find_cell_ending_at(const struct variable *heap,
                                       uintptr_t word, struct cell *cell)
{
    return word % GRANULE_BYTES == 0 &&
           heap_map_find(&heap->map, word - 1, cell) &&
           !cell_ignores(&heap->map, *cell, word - 1) &&
           gc__variable_may_end_at(heap, *cell, word);
}

#endif
