/* SPDX-License-Identifier: MIT */
#include "gc/mark_stack.h"

#include <string.h>

#include "base/check.h"

enum {
    FIRST_CAPACITY = 1 << 13, /* 64 KiB */
    SLICE_BYTES = 16384,      /* of a large object, looked at at once */
    SPLIT_ROOM = 40,          /* see push_slices() */
};

void gc__mark_stack_return(struct marker *marker)
{
    gc__pages_unmap(marker->stack_memory);
    marker->stack_memory = (struct range){0, 0};
    marker->stack = marker->spare_stack;
    marker->capacity = SPARE_STACK_LENGTH;
}

static bool grow_by_moving_down(struct marker *marker)
{
    if (marker->base == 0)
        return false;
    memmove(marker->stack, marker->stack + marker->base,
            mark_stack_height(marker) * sizeof *marker->stack);
    marker->depth = mark_stack_height(marker);
    marker->base = 0;
    return true;
}

__attribute__((noinline, cold)) bool gc__mark_stack_grow(struct marker *marker)
{
    if (marker->base >= marker->capacity / 2)
        return grow_by_moving_down(marker);
    size_t capacity = larger(2 * marker->capacity, FIRST_CAPACITY);
    capacity = smaller(capacity, marker->most);
    struct range memory;
    if (capacity <= marker->capacity ||
        !gc__pages_map(capacity * sizeof *marker->stack, &memory))
        return grow_by_moving_down(marker);
    uintptr_t *stack = (uintptr_t *)memory.low;
    memcpy(stack + marker->base, marker->stack + marker->base,
           mark_stack_height(marker) * sizeof *stack);
    gc__pages_unmap(marker->stack_memory);
    marker->stack_memory = memory;
    marker->stack = stack;
    marker->capacity = capacity;
    return true;
}

__attribute__((noinline, cold)) void gc__mark_stack_miss(struct marker *marker,
                                                         uintptr_t address)
{
    if (!marker->has_missed)
        marker->missed = (struct range){address, address + 1};
    marker->missed.low = smaller(marker->missed.low, address);
    marker->missed.high = larger(marker->missed.high, address + 1);
    marker->has_missed = true;
    marker->overflows++;
}

/* Puts slices that are left of an object back on the stack, in two halves, of
 * which the farther lies below and may be given to another marker: so an array
 * is shared however few objects it leads to.  Where the stack is nearly full,
 * the entry that was taken off is replaced by one: so a large object alone never
 * overflows it, as each fill of the queue takes more off than follows. */
static void push_slices(struct marker *marker, uintptr_t address, size_t slices)
{
    if (slices == 0)
        return;
    if (slices > 1 && marker->capacity - marker->depth > SPLIT_ROOM) {
        size_t near = slices / 2;
        mark_stack_push(
            marker, grey_slices(address + near * SLICE_BYTES, slices - near));
        slices = near;
    }
    mark_stack_push(marker, grey_slices(address, slices));
}

struct range gc__mark_stack_slice(struct marker *marker, uintptr_t grey)
{
    const struct heap_map *map = &marker->heap->map;
    uintptr_t low = grey_address(grey);
    struct cell cell;
    bool is_object = heap_map_find(map, low, &cell);
    CHECK(is_object);
    uintptr_t end = cell_address(map, cell) + cell_bytes(map, cell);
    size_t slices = grey_slice_count(grey);
    if (slices == 0) {
        slices = (end - low + SLICE_BYTES - 1) / SLICE_BYTES;
        if (slices > SLICES_MAX)
            mark_stack_push(
                marker, grey_small(low + (size_t)SLICES_MAX * SLICE_BYTES, 0));
        slices = smaller(slices, SLICES_MAX);
    }
    push_slices(marker, low + SLICE_BYTES, slices - 1);

    /* A word that straddles two slices, in steps of less than 8, belongs to the
     * first. */
    uintptr_t high = low + SLICE_BYTES + WORD_BYTES - marker->step;
    return (struct range){low, smaller(end, high)};
}
