/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "alloc/fixed.h"
#include "gc/api/area.h"

struct gc_pool {
    struct fixed fixed;
    struct area area;
};

enum {
    HEADER_BYTES = (sizeof(struct gc_pool) + GRANULE_BYTES - 1) /
                   GRANULE_BYTES * GRANULE_BYTES,
};

struct gc_pool *gc_pool_new(size_t cell_bytes, size_t cells,
                            enum gc_memory where)
{
    if (cell_bytes == 0 || cells == 0) {
        errno = EINVAL;
        return NULL;
    }
    /* 0 where it wraps around, and that is refused too. */
    size_t aligned_bytes = round_up(cell_bytes, GRANULE_BYTES);
    size_t bytes = gc__fixed_area_bytes(aligned_bytes, cells);
    if (bytes == 0) {
        errno = ENOMEM;
        return NULL;
    }
    struct area area;
    if (!gc__area_new(&area, HEADER_BYTES + bytes, where))
        return NULL;

    struct gc_pool *pool = (struct gc_pool *)area.memory.low;
    uintptr_t low = area.memory.low + HEADER_BYTES;
    gc__fixed_init(&pool->fixed, (struct range){low, low + bytes},
                   aligned_bytes);
    pool->area = area;
    return pool;
}

void *gc_pool_alloc(struct gc_pool *pool)
{
    void *cell = gc__fixed_alloc(&pool->fixed);
    if (cell == NULL)
        errno = ENOMEM;
    return cell;
}

/* What was in a free cell must keep nothing alive. */
bool gc_pool_free(struct gc_pool *pool, void *cell)
{
    if (!gc__fixed_free(&pool->fixed, cell))
        return false;
    if (pool->area.where == TIDEMARK_ON_HEAP)
        memset(cell, 0, pool->fixed.cell_bytes);
    return true;
}

size_t gc_pool_used(const struct gc_pool *pool)
{
    return gc__fixed_used(&pool->fixed);
}

void gc_pool_delete(struct gc_pool *pool)
{
    if (pool != NULL)
        gc__area_delete(&pool->area);
}
