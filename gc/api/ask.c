/* SPDX-License-Identifier: MIT */
/* Asking about one object. */

#include "alloc/object_header.h"
#include "gc/api/process.h"

/* Less what at its end is not for the program. */
static struct object_header usable_header(const struct variable *heap,
                                          struct cell cell)
{
    struct object_header header = object_header_of(&heap->map, cell);
    header.bytes -= variable_tail_bytes(heap, header.kind);
    return header;
}

/* Finds the object that `pointer` points into. */
static bool find_object(const void *pointer, struct object_header *header)
{
    struct heap *heap = &gc__process.heap;
    const struct heap_map *map = &heap->variable.map;
    struct cell cell;
    if (gc__lock(gc__enter_to_ask()) == NULL)
        return false;
    bool is_object = heap_map_find(map, (uintptr_t)pointer, &cell) &&
                     gc__variable_is_object(&heap->variable,
                                            &heap->world.threads->local, cell);
    if (is_object)
        *header = usable_header(&heap->variable, cell);
    gc__unlock();
    return is_object;
}

void *gc_base(const void *pointer)
{
    struct object_header header;
    return find_object(pointer, &header) ? (void *)header.base : NULL;
}

size_t gc_size(const void *pointer)
{
    struct object_header header;
    return find_object(pointer, &header) ? header.bytes : 0;
}

static bool find_header(const void *pointer, struct gc_object_header *header)
{
    struct heap *heap = &gc__process.heap;
    const struct heap_map *map = &heap->variable.map;
    struct cell cell;
    if (!heap_map_find(map, (uintptr_t)pointer, &cell))
        return false;
    bool is_object = gc__variable_is_object(&heap->variable,
                                            &heap->world.threads->local, cell);
    /* Sweeping the block may have freed it as a whole. */
    if (!heap_map_find(map, (uintptr_t)pointer, &cell))
        return false;
    struct object_header found = usable_header(&heap->variable, cell);
    *header = (struct gc_object_header){
        .base = (void *)found.base,
        .bytes = found.bytes,
        .kind = (enum gc_kind)found.kind,
        .allocated = is_object,
        .marked = is_object,
    };
    return true;
}

bool gc_object_header_of(const void *pointer, struct gc_object_header *header)
{
    if (gc__lock(gc__enter_to_ask()) == NULL)
        return false;
    bool is_found = find_header(pointer, header);
    gc__unlock();
    return is_found;
}
