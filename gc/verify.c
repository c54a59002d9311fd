/* SPDX-License-Identifier: MIT */
#include "gc/verify.h"

#include <stdio.h>
#include <stdlib.h>

#include "alloc/verify.h"
#include "gc/window.h"

static void fail(const char *fault, size_t block)
{
    fprintf(stderr,
            "tidemark: the heap is damaged at block %zu: \"%s\" does "
            "not hold\n",
            block, fault);
    abort();
}

static bool is_white(const struct heap_map *map, uintptr_t word)
{
    struct cell target;
    return heap_map_find(map, word, &target) &&
           cell_is_allocated(map, target) && !cell_is_marked(map, target);
}

static void verify_references(const struct heap *heap, struct cell cell)
{
    const struct heap_map *map = &heap->variable.map;
    uintptr_t low = cell_address(map, cell);
    struct window window = window_over(
        (struct range){low, low + cell_bytes(map, cell)}, heap->word_step);
    uintptr_t address, word;
    while (window_next(&window, &address, &word))
        if (is_white(map, word))
            fail("a marked object refers to no unmarked one", cell.block);
}

static void verify_marks(const struct heap *heap)
{
    const struct heap_map *map = &heap->variable.map;
    struct cell cell = {0, 0};
    for (; gc__variable_next(&heap->variable, &cell); cell.index++) {
        enum kind kind = map->blocks[cell.block].kind;
        bool is_marked = cell_is_marked(map, cell);
        if (!is_marked && !kind_is_collectable(kind))
            fail("an uncollectable object is marked", cell.block);
        if (is_marked && kind_is_scanned(kind))
            verify_references(heap, cell);
    }
}

void gc__verify(const struct heap *heap, const struct thread *thread,
                bool is_marked)
{
    if (is_marked) {
        verify_marks(heap);
        return;
    }
    size_t where;
    const char *fault =
        gc__variable_verify(&heap->variable, &thread->local, &where);
    if (fault != NULL)
        fail(fault, where);
}
