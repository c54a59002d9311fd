/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_ALLOC_LINEAR_H
#define TIDEMARK_ALLOC_LINEAR_H

/* Linear allocator: a pointer moves up through an area.  What lies below it is
 * taken, what lies above it is free, and nothing else is known: no sizes, no
 * headers, hence no way to free one object out of many.  Reset frees all. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/word.h"

/* low <= next <= high */
struct linear {
    uintptr_t low;
    uintptr_t next; /* first free byte */
    uintptr_t high;
};

/* The area stays the caller's: it must outlive the allocator. */
void gc__linear_init(struct linear *linear, struct range area);

/* Takes `bytes` bytes at a multiple of `alignment`, which must be a power of
 * two.  They hold what the area held.
 *
 * Returns NULL, taking nothing, if they do not fit.  0 bytes fit wherever their
 * address does, and two such may be equal. */
void *gc__linear_alloc(struct linear *linear, size_t bytes, size_t alignment);

/* Frees everything. */
void gc__linear_reset(struct linear *linear);

/* Bytes taken, those lost to alignment included. */
size_t gc__linear_used(const struct linear *linear);

#endif
