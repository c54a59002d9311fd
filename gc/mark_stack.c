/* SPDX-License-Identifier: MIT */
#include "gc/mark_stack.h"

#include <string.h>

enum { FIRST_CAPACITY = 1 << 13 }; /* 64 KiB */

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
