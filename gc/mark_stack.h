/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_MARK_STACK_H
#define TIDEMARK_GC_MARK_STACK_H

/* The stack of a marker, where grey objects wait.
 *
 * An entry is the address of an object, and above it how many granules it has,
 * 1 to 2048.  Larger numbers stand for a small object of a custom kind, which is
 * looked at as that says, or for an address in a large object, from where so many
 * slices of it are to be looked at; 0, for all that there are, or for a large
 * object of a custom kind. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gc/mark.h"

enum {
    ADDRESS_BITS = 48,
    GRANULE_SHIFT = 4,
    CUSTOM = SIZE_CLASS_MAX_BYTES / GRANULE_BYTES, /* plus granules */
    NO_SLICES = 2 * CUSTOM,                        /* plus slices */
    SLICES_MAX = (1 << 16) - 1 - NO_SLICES,
};

static inline uintptr_t grey_small(uintptr_t address, size_t bytes)
{
    return address | (uintptr_t)bytes << (ADDRESS_BITS - GRANULE_SHIFT);
}

static inline uintptr_t grey_custom(uintptr_t address, size_t bytes)
{
    return grey_small(address, bytes) + ((uintptr_t)CUSTOM << ADDRESS_BITS);
}

/* Of a small object. */
static inline bool grey_is_custom(uintptr_t grey)
{
    return (grey >> ADDRESS_BITS) - CUSTOM - 1 < CUSTOM;
}

static inline uintptr_t grey_slices(uintptr_t address, size_t slices)
{
    return address | (uintptr_t)(NO_SLICES + slices) << ADDRESS_BITS;
}

static inline uintptr_t grey_address(uintptr_t grey)
{
    return grey & (((uintptr_t)1 << ADDRESS_BITS) - 1);
}

/* Of a small object; SIZE_CLASS_MAX_BYTES more than it has if it grey_is_custom. */
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
