/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_RANDOM_H
#define TIDEMARK_TESTS_RANDOM_H

/* Random numbers that are the same on every machine.
 * Source: S. Vigna, "An experimental exploration of Marsaglia's xorshift
 * generators, scrambled", 2016 (xorshift64*). */

#include <stdint.h>

struct random {
    uint64_t state; /* not 0 */
};

static inline uint64_t random_next(struct random *random)
{
    uint64_t x = random->state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    random->state = x;
    return x * UINT64_C(0x2545f4914f6cdd1d);
}

/* 0 to limit - 1. */
static inline uint64_t random_below(struct random *random, uint64_t limit)
{
    return (random_next(random) >> 16) % limit;
}

#endif
