/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "alloc/linear.h"
#include "gc/api/area.h"

struct gc_arena {
    struct linear linear;
    struct area area;
};

/* The end of the last object is still inside the area: on the heap the fields
 * of `linear` are scanned too, and must not keep the object behind it alive. */
enum {
    HEADER_BYTES = (sizeof(struct gc_arena) + GRANULE_BYTES - 1) /
                   GRANULE_BYTES * GRANULE_BYTES,
    EXTRA_BYTES = HEADER_BYTES + GRANULE_BYTES,
};

struct gc_arena *gc_arena_new(size_t bytes, enum gc_memory where)
{
    if (bytes > SIZE_MAX / 2) {
        errno = ENOMEM;
        return NULL;
    }
    struct area area;
    if (!gc__area_new(&area, EXTRA_BYTES + bytes, where))
        return NULL;

    struct gc_arena *arena = (struct gc_arena *)area.memory.low;
    uintptr_t low = area.memory.low + HEADER_BYTES;
    gc__linear_init(&arena->linear, (struct range){low, low + bytes});
    arena->area = area;
    return arena;
}

void *gc_arena_alloc(struct gc_arena *arena, size_t bytes)
{
    void *object =
        gc__linear_alloc(&arena->linear, larger(bytes, 1), GRANULE_BYTES);
    if (object == NULL)
        errno = ENOMEM;
    return object;
}

/* What was in the arena must keep nothing alive. */
void gc_arena_reset(struct gc_arena *arena)
{
    if (arena->area.where == TIDEMARK_ON_HEAP)
        memset((void *)arena->linear.low, 0, gc__linear_used(&arena->linear));
    gc__linear_reset(&arena->linear);
}

size_t gc_arena_used(const struct gc_arena *arena)
{
    return gc__linear_used(&arena->linear);
}

void gc_arena_delete(struct gc_arena *arena)
{
    if (arena != NULL)
        gc__area_delete(&arena->area);
}
