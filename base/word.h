/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_BASE_WORD_H
#define TIDEMARK_BASE_WORD_H

/* Addresses as numbers, and the sizes that everything is counted in.  A word
 * that may be a pointer stays a uintptr_t until the heap map says otherwise. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WORD_BYTES = 8,
    WORD_BITS = 64,
    GRANULE_BYTES = 16, /* alignment of every object */
    PAGE_BYTES = 4096,  /* the unit in which memory is returned */
};

/* A half-open span of addresses: low <= address < high. */
struct range {
    uintptr_t low;
    uintptr_t high;
};

static inline size_t range_size(struct range range)
{
    return range.high - range.low;
}

static inline bool range_contains(struct range range, uintptr_t address)
{
    return address - range.low < range_size(range);
}

/* `unit` must be a power of two. */
static inline uintptr_t round_down(uintptr_t value, size_t unit)
{
    return value & ~(uintptr_t)(unit - 1);
}

/* Wraps around for values within `unit` of the largest. */
static inline uintptr_t round_up(uintptr_t value, size_t unit)
{
    return round_down(value + unit - 1, unit);
}

static inline size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

#endif
