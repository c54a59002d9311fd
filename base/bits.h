/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_BASE_BITS_H
#define TIDEMARK_BASE_BITS_H

/* Arithmetic on the bits of one word. */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"

static inline bool is_power_of_two(size_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

/* Position of the lowest set bit.  Undefined for 0. */
static inline unsigned lowest_bit(uint64_t bits)
{
    DEBUG_CHECK(bits != 0);
    return (unsigned)__builtin_ctzll(bits);
}

/* Position of the highest set bit: highest_bit(1) == 0, highest_bit(9) == 3.
 * Undefined for 0. */
static inline unsigned highest_bit(uint64_t bits)
{
    DEBUG_CHECK(bits != 0);
    return 63 - (unsigned)__builtin_clzll(bits);
}

static inline unsigned count_bits(uint64_t bits)
{
    return (unsigned)__builtin_popcountll(bits);
}

/* The lowest `count` bits set, for 0 to 64. */
static inline uint64_t low_bits(unsigned count)
{
    return count >= 64 ? UINT64_MAX : ((uint64_t)1 << count) - 1;
}

#endif
