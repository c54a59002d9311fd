/* SPDX-License-Identifier: MIT */
#include "gc/api/free.h"

/* Says what is wrong with a pointer that is no object. */
static void report_no_object(const void *pointer, const char *what)
{
    gc__error(TIDEMARK_ERROR_DOUBLE_FREE, pointer,
              "%s: %p has been freed already", what, pointer);
}

/* True if all objects of its block have been freed, and the block with them. */
static bool is_in_free_block(const struct heap_map *map, uintptr_t address)
{
    size_t offset = address - map->low;
    return offset < map->bytes &&
           map->blocks[offset >> BLOCK_SHIFT].state == BLOCK_FREE;
}

bool gc__find_for_free(struct thread *thread, void *object, const char *caller,
                       struct cell *cell)
{
    struct variable *heap = &gc__process.heap.variable;
    uintptr_t address = (uintptr_t)object;
    if (gc__process.heap.is_collecting) {
        gc__error(TIDEMARK_ERROR_SYSTEM, object,
                  "%s: a visitor must not change the heap", caller);
        return false;
    }
    if (!heap_map_find(&heap->map, address, cell)) {
        if (is_in_free_block(&heap->map, address) &&
            address % GRANULE_BYTES == 0)
            report_no_object(object, caller);
        else
            gc__error(TIDEMARK_ERROR_FOREIGN_POINTER, object,
                      "%s: %p is not of this library", caller, object);
        return false;
    }
    uintptr_t base = cell_address(&heap->map, *cell);
    if (base == address && gc__variable_is_object(heap, &thread->local, *cell))
        return true;
    if (base == address)
        report_no_object(object, caller);
    else
        gc__error(TIDEMARK_ERROR_INTERIOR_POINTER, object,
                  "%s: %p lies %zu bytes into an object", caller, object,
                  (size_t)(address - base));
    return false;
}

void gc__free_cell(struct thread *thread, struct cell cell)
{
    if (!gc__process.ignore_free)
        gc__variable_free(&gc__process.heap.variable, &thread->local, cell);
}

void gc_free(void *object)
{
    if (object == NULL || gc__process.ignore_free)
        return;
    struct thread *thread = gc__enter();
    struct cell cell;
    if (thread != NULL && gc__find_for_free(thread, object, "gc_free", &cell))
        gc__free_cell(thread, cell);
}
