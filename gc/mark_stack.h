/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_MARK_STACK_H
#define TIDEMARK_GC_MARK_STACK_H

/* The stack of a marker, where grey objects wait.
 *
 * An entry is the address of an object, and above it how many granules it has.
 * Larger numbers stand for an address in a large object, from where so many
 * slices of it are to be looked at; 0, all that there are. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gc/mark.h"

enum {
    ADDRESS_BITS = 48,
    GRANULE_SHIFT = 4,
    NO_SLICES = 1 << 12, /* larger than any number of granules */
    SLICES_MAX = (1 << 16) - 1 - NO_SLICES,
};

static inline uintptr_t grey_small(uintptr_t address, size_t bytes)
{
    return address | (uintptr_t)bytes << (ADDRESS_BITS - GRANULE_SHIFT);
}

static inline uintptr_t grey_slices(uintptr_t address, size_t slices)
{
    return address | (uintptr_t)(NO_SLICES + slices) << ADDRESS_BITS;
}

static inline uintptr_t grey_address(uintptr_t grey)
{
    return grey & (((uintptr_t)1 << ADDRESS_BITS) - 1);
}

static inline size_t grey_bytes(uintptr_t grey)
{
    return (size_t)(grey >> ADDRESS_BITS) << GRANULE_SHIFT;
}

/* Of an entry with slices; 0 for all. */
static inline size_t grey_slice_count(uintptr_t grey)
{
    size_t count = (size_t)(grey >> ADDRESS_BITS);
    return count == 0 ? 0 : count - NO_SLICES;
}

static inline size_t mark_stack_height(const struct marker *marker)
{
    return marker->depth - marker->base;
}

/* Makes more room; false if there is none to be had. */
bool gc__mark_stack_grow(struct marker *marker);

/* Notes an object that found the stack full. */
void gc__mark_stack_miss(struct marker *marker, uintptr_t address);

/* Returns the memory of the stack, which must be empty. */
void gc__mark_stack_return(struct marker *marker);

static inline void mark_stack_push(struct marker *marker, uintptr_t grey)
{
    if (marker->depth == marker->capacity && !gc__mark_stack_grow(marker))
        gc__mark_stack_miss(marker, grey_address(grey));
    else
        marker->stack[marker->depth++] = grey;
}

/* For an entry of a large object: the words of its first slice, after putting
 * the rest of it back on the stack. */
struct range gc__mark_stack_slice(struct marker *marker, uintptr_t grey);

#endif
