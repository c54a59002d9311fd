/* SPDX-License-Identifier: MIT */
/* Asking about one object. */

#include "alloc/object_header.h"
#include "gc/api/process.h"

/* Finds the object that `pointer` points into. */
static bool find_object(const void *pointer, struct cell *cell)
{
    struct thread *thread = gc__enter();
    struct variable *heap = &gc__process.heap.variable;
    return thread != NULL &&
           heap_map_find(&heap->map, (uintptr_t)pointer, cell) &&
           gc__variable_is_object(heap, &thread->local, *cell);
}

void *gc_base(const void *pointer)
{
    struct cell cell;
    if (!find_object(pointer, &cell))
        return NULL;
    return (void *)cell_address(&gc__process.heap.variable.map, cell);
}

size_t gc_size(const void *pointer)
{
    struct cell cell;
    if (!find_object(pointer, &cell))
        return 0;
    return cell_bytes(&gc__process.heap.variable.map, cell);
}

bool gc_object_header_of(const void *pointer, struct gc_object_header *header)
{
    struct cell cell;
    struct thread *thread = gc__enter();
    struct variable *heap = &gc__process.heap.variable;
    if (thread == NULL || !heap_map_find(&heap->map, (uintptr_t)pointer, &cell))
        return false;
    bool is_object = gc__variable_is_object(heap, &thread->local, cell);
    /* Sweeping the block may have freed it as a whole. */
    if (!heap_map_find(&heap->map, (uintptr_t)pointer, &cell))
        return false;
    struct object_header found = object_header_of(&heap->map, cell);
    *header = (struct gc_object_header){
        .base = (void *)found.base,
        .bytes = found.bytes,
        .kind = (enum gc_kind)found.kind,
        .allocated = is_object,
        .marked = is_object,
    };
    return true;
}
