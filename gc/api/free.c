/* SPDX-License-Identifier: MIT */
#include "gc/api/free.h"

/* True if all objects of its block have been freed, and the block with them. */
static bool is_in_free_block(const struct heap_map *map, uintptr_t address)
{
    size_t offset = address - map->low;
    return offset < map->bytes &&
           map->blocks[offset >> BLOCK_SHIFT].state == BLOCK_FREE;
}

enum misuse gc__find_for_free(const void *object, struct cell *cell)
{
    struct heap *heap = &gc__process.heap;
    struct variable *variable = &heap->variable;
    uintptr_t address = (uintptr_t)object;
    *cell = (struct cell){0, 0};
    if (!heap_map_find(&variable->map, address, cell))
        return is_in_free_block(&variable->map, address) &&
                       address % GRANULE_BYTES == 0
                   ? FREED_ALREADY
                   : FOREIGN_POINTER;
    if (cell_address(&variable->map, *cell) != address)
        return INTERIOR_POINTER;
    return gc__variable_is_object(variable, &heap->world.threads->local, *cell)
               ? NO_MISUSE
               : FREED_ALREADY;
}

static size_t offset_in_cell(const void *pointer)
{
    const struct heap_map *map = &gc__process.heap.variable.map;
    struct cell cell;
    if (!heap_map_find(map, (uintptr_t)pointer, &cell))
        return 0;
    return (uintptr_t)pointer - cell_address(map, cell);
}

void gc__report_misuse(enum misuse misuse, const void *pointer,
                       const char *caller)
{
    switch (misuse) {
    case NO_MISUSE:
        break;
    case FREED_ALREADY:
        gc__error(TIDEMARK_ERROR_DOUBLE_FREE, pointer,
                  "%s: %p has been freed already", caller, pointer);
        break;
    case INTERIOR_POINTER:
        gc__error(TIDEMARK_ERROR_INTERIOR_POINTER, pointer,
                  "%s: %p lies %zu bytes into an object", caller, pointer,
                  offset_in_cell(pointer));
        break;
    case FOREIGN_POINTER:
        gc__error(TIDEMARK_ERROR_FOREIGN_POINTER, pointer,
                  "%s: %p is not of this library", caller, pointer);
        break;
    case IN_A_VISITOR:
        gc__error(TIDEMARK_ERROR_SYSTEM, pointer,
                  "%s: a visitor must not change the heap", caller);
        break;
    }
    NOT_A_TAIL_CALL();
}

bool gc__is_in_visitor(void)
{
    return heap_is_shown_to(&gc__process.heap, gc__thread);
}

static bool free_without_lock(void *object)
{
    const struct heap *heap = &gc__process.heap;
    struct thread *thread = gc__begin_alone();
    if (thread == NULL)
        return false;
    bool is_done =
        gc__local_free(&heap->variable, &thread->local, (uintptr_t)object);
    thread_end_busy(thread);
    return is_done;
}

void gc_free(void *object)
{
    if (object == NULL || gc__process.ignore_free)
        return;
    if (free_without_lock(object))
        return;
    enum misuse misuse = IN_A_VISITOR;
    if (!gc__is_in_visitor()) {
        struct thread *thread = gc__lock(gc__enter());
        if (thread == NULL)
            return;
        struct cell cell;
        misuse = gc__find_for_free(object, &cell);
        if (misuse == NO_MISUSE)
            gc__heap_untie(&gc__process.heap, cell);
        if (misuse == NO_MISUSE &&
            !gc__variable_free(&gc__process.heap.variable, &thread->local,
                               cell))
            misuse = FREED_ALREADY;
        gc__unlock();
    }
    if (misuse != NO_MISUSE)
        gc__report_misuse(misuse, object, "gc_free");
    NOT_A_TAIL_CALL();
}
