/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_HIDDEN_H
#define TIDEMARK_TESTS_HIDDEN_H

/* Addresses that a test remembers without keeping anything alive: complements
 * of pointers.
 *
 * A conservative collector may find a stale word anywhere, so tests hide many
 * objects and ask whether most of them are gone. */

#include <stddef.h>
#include <stdint.h>

#include "include/tidemark.h"

enum { HIDDEN = 10000 };

static uintptr_t hidden[HIDDEN];

static inline uintptr_t hide(const void *pointer)
{
    return ~(uintptr_t)pointer;
}

static inline void *reveal(uintptr_t address)
{
    return (void *)~address;
}

static inline size_t count_alive(size_t count)
{
    size_t alive = 0;
    for (size_t i = 0; i < count; i++)
        alive += gc_base(reveal(hidden[i])) == reveal(hidden[i]);
    return alive;
}

/* "At least 95 % of them are gone." */
static inline void expect_gone(size_t count)
{
    size_t alive = count_alive(count);
    if (alive > count / 20)
        ck_abort_msg("%zu of %zu objects are alive", alive, count);
}

static inline void expect_alive(size_t count)
{
    ck_assert_uint_eq(count_alive(count), count);
}

#endif
