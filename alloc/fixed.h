/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_ALLOC_FIXED_H
#define TIDEMARK_ALLOC_FIXED_H

/* Fixed-size allocator: equal cells, and a stack of pointers to the free ones.
 * Taking a cell pops, freeing one pushes: no search, and the cell freed last,
 * which is warm in the cache, is the next one taken.
 *
 * Everything lies in the one area given to it:
 *
 *     | cells ...            | pointers to free cells | taken bits |
 *     low            ^ fresh                                    high
 *
 * Cells from `fresh` on were never taken and are not on the stack either: so
 * init touches no cell and no pointer, and a page of the area that was never
 * needed costs nothing.  The taken bits refuse a second free of a cell, and a
 * pointer that is no cell. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/word.h"

struct fixed {
    uintptr_t cells; /* address of cell 0 */
    size_t cell_bytes;
    size_t count; /* cells in all */
    size_t fresh; /* cells below were taken at least once */
    size_t free;  /* entries of the stack; of the cells below `fresh` */
    uintptr_t *free_cells;
    uint64_t *taken; /* a bit for each cell */
};

/* Bytes of an area that holds `count` cells of `cell_bytes` each.
 *
 * Returns 0 if there is no such number, or where `cell_bytes` is 0. */
size_t gc__fixed_area_bytes(size_t cell_bytes, size_t count);

/* Lays out as many cells in `area` as fit.  `cell_bytes` is used as it is: a
 * multiple of 16 in an area aligned to 16 gives cells aligned to 16.
 *
 * The area must be zeroed, aligned to a word, and outlive the allocator.
 * Returns false if not even one cell fits. */
bool gc__fixed_init(struct fixed *fixed, struct range area, size_t cell_bytes);

/* Takes a cell, with what was in it; NULL if all are taken. */
void *gc__fixed_alloc(struct fixed *fixed);

/* Returns false, changing nothing, if `cell` is not a taken cell. */
bool gc__fixed_free(struct fixed *fixed, void *cell);

/* Cells taken. */
size_t gc__fixed_used(const struct fixed *fixed);

/* The first taken cell after `cell`, or the first of all after NULL; NULL past
 * the last.  Cells may be taken and freed between two calls, `cell` itself
 * included. */
void *gc__fixed_next(const struct fixed *fixed, const void *cell);

/* Walks the structure.  Returns false where an invariant does not hold. */
bool gc__fixed_verify(const struct fixed *fixed);

#endif
