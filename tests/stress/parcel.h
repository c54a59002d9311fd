/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_STRESS_PARCEL_H
#define TIDEMARK_TESTS_STRESS_PARCEL_H

/* Objects that say what must be in them, some with others in them. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomics.h"
#include "include/tidemark.h"
#include "tests/random.h"

static uint64_t seed = 1;

__attribute__((noreturn)) static inline void fail(const char *what)
{
    fprintf(stderr, "seed %llu: %s\n", (unsigned long long)seed, what);
    abort();
}

struct parcel {
    size_t bytes;         /* of the filling */
    uint64_t tag;         /* what it is filled with */
    struct parcel *inner; /* in a scanned one only; NULL: none */
    size_t depth;         /* of parcels in parcels */
    uint64_t filling[];
};

static AO_t last_tag; /* atomic */

static inline void fill(struct parcel *parcel, size_t bytes)
{
    parcel->bytes = bytes / 8 * 8;
    parcel->tag = AO_fetch_and_add1_full(&last_tag) + 1;
    for (size_t i = 0; i < parcel->bytes / 8; i++)
        parcel->filling[i] = parcel->tag * 0x9e3779b97f4a7c15;
}

static inline void check(const struct parcel *parcel)
{
    for (; parcel != NULL; parcel = parcel->inner) {
        if ((parcel->depth == 0) != (parcel->inner == NULL))
            fail("a parcel has lost another");
        for (size_t i = 0; i < parcel->bytes / 8; i++)
            if (parcel->filling[i] != parcel->tag * 0x9e3779b97f4a7c15)
                fail("a parcel has changed");
    }
}

static inline bool is_zero(const void *memory, size_t bytes)
{
    const unsigned char *at = memory;
    return at[0] == 0 && memcmp(at, at + 1, bytes - 1) == 0;
}

static inline size_t pick_bytes(struct random *random)
{
    switch (random_below(random, 100)) {
    case 0:
        return random_below(random, 200000);
    case 1:
    case 2:
        return random_below(random, 20000);
    default:
        return random_below(random, 300);
    }
}

/* With `inner` in it, which the caller has alone; or NULL. */
static inline struct parcel *new_parcel(struct random *random,
                                        struct parcel *inner)
{
    size_t bytes = pick_bytes(random);
    size_t all = sizeof(struct parcel) + bytes;
    struct parcel *parcel;
    if (inner == NULL && random_below(random, 4) == 0) {
        parcel = gc_malloc_atomic(all);
    } else {
        parcel = random_below(random, 8) == 0 ? gc_aligned_alloc(128, all)
                                              : gc_malloc(all);
        if (parcel != NULL && !is_zero(parcel, all))
            fail("a new object is not zero");
    }
    if (parcel == NULL)
        fail("there is no memory");
    parcel->inner = inner;
    parcel->depth = inner == NULL ? 0 : inner->depth + 1;
    fill(parcel, bytes);
    return parcel;
}

#endif
