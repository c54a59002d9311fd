/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_ALLOC_SIZE_CLASS_H
#define TIDEMARK_ALLOC_SIZE_CLASS_H

/* Size classes: which of 72 cell sizes serves a small request.
 *
 * Cells are whole granules of 16 bytes; past 256 bytes there are eight sizes to
 * each doubling:
 *
 *     class   0   1   2 ...  15 |  16  17 ...  23 |  24 ...  31 | ... |    71
 *     bytes  16  32  48 ... 256 | 288 320 ... 512 | 576 ... 1024 | ... | 32768
 *
 * so a request leaves less than one ninth of its cell unused, or less than one
 * granule.  Both directions are arithmetic; there is no table to keep in step.
 * After P. Khuong, "Linear-log bucketing: fast, versatile, simple", 2015. */

#include <stddef.h>

#include "base/bits.h"
#include "base/word.h"

enum {
    LINEAR_CLASS_COUNT = 16,
    LINEAR_CLASS_MAX_BYTES = LINEAR_CLASS_COUNT * GRANULE_BYTES,
    SIZE_CLASS_COUNT = 72,
    SIZE_CLASS_MAX_BYTES = 32768,
};

/* The smallest class whose cells hold `bytes`, for 1..SIZE_CLASS_MAX_BYTES. */
static inline unsigned size_class_of(size_t bytes)
{
    DEBUG_CHECK(1 <= bytes && bytes <= SIZE_CLASS_MAX_BYTES);

    size_t last_byte = bytes - 1;
    if (bytes <= LINEAR_CLASS_MAX_BYTES)
        return (unsigned)(last_byte / GRANULE_BYTES);

    /* The top four bits of last_byte say it all: the leading one picks the
     * doubling, the next three the eighth of it. */
    unsigned shift = highest_bit(last_byte) - 3;
    return (shift - 4) * 8 + (unsigned)(last_byte >> shift);
}

/* Bytes in one cell of `size_class`; the inverse of size_class_of. */
static inline size_t size_class_bytes(unsigned size_class)
{
    DEBUG_CHECK(size_class < SIZE_CLASS_COUNT);

    if (size_class < LINEAR_CLASS_COUNT)
        return (size_t)(size_class + 1) * GRANULE_BYTES;
    unsigned doubling = size_class / 8 - 1;
    return (size_t)(size_class % 8 + 9) << (doubling + 4);
}

#endif
