/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_ALLOC_OBJECT_HEADER_H
#define TIDEMARK_ALLOC_OBJECT_HEADER_H

/* An object header: what is known of one cell, put together from its block's
 * descriptor and its two bits.  It lies outside of the object, where an overrun
 * of the program cannot reach it. */

#include <stdbool.h>
#include <stddef.h>

#include "alloc/heap_map.h"

struct object_header {
    uintptr_t base;
    size_t bytes;
    enum kind kind;
    bool is_allocated;
    bool is_marked;
};

/* The header of a cell as its bits have it: an unborn or freed cell that a
 * thread has in hand counts as allocated. */
static inline struct object_header object_header_of(const struct heap_map *map,
                                                    struct cell cell)
{
    return (struct object_header){
        .base = cell_address(map, cell),
        .bytes = cell_bytes(map, cell),
        .kind = (enum kind)map->blocks[cell.block].kind,
        .is_allocated = cell_is_allocated(map, cell),
        .is_marked = cell_is_marked(map, cell),
    };
}

#endif
