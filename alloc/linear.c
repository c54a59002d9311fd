/* SPDX-License-Identifier: MIT */
#include "alloc/linear.h"

#include "base/bits.h"
#include "base/check.h"

void gc__linear_init(struct linear *linear, struct range area)
{
    CHECK(area.low <= area.high);
    *linear = (struct linear){
        .low = area.low,
        .next = area.low,
        .high = area.high,
    };
}

void *gc__linear_alloc(struct linear *linear, size_t bytes, size_t alignment)
{
    DEBUG_CHECK(is_power_of_two(alignment));

    uintptr_t start = round_up(linear->next, alignment);
    bool wrapped = start < linear->next;
    if (wrapped || start > linear->high || bytes > linear->high - start)
        return NULL;

    linear->next = start + bytes;
    return (void *)start;
}

void gc__linear_reset(struct linear *linear)
{
    linear->next = linear->low;
}

size_t gc__linear_used(const struct linear *linear)
{
    return linear->next - linear->low;
}
