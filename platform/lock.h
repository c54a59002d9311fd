/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_LOCK_H
#define TIDEMARK_PLATFORM_LOCK_H

/* A lock of four bytes that needs no memory, works before and after everything
 * else, and whose zero value is unlocked.
 *
 * Source: U. Drepper, "Futexes Are Tricky", 2011, mutex3: the word says whether
 * the lock is free, taken, or taken with somebody asleep on it.  A thread that
 * finds it taken first looks again a few times, since what is done under these
 * locks is mostly shorter than a system call. */

#include <stdbool.h>
#include <stdint.h>

#include "base/atomics.h"

enum { LOCK_FREE, LOCK_TAKEN, LOCK_AWAITED };

struct lock {
    unsigned state; /* atomic: acquire when taken, release when given back */
};

enum { LOCK_LOOKS = 1000 };

/* Looks a few times, and returns false if it was never free. */
bool gc__lock_take_soon(struct lock *lock);

/* Sleeps until it is free. */
void gc__lock_await(struct lock *lock);

/* Takes it, or sleeps for so long at most and returns false; 0 stands for ever.  For
 * a loop that has something else to do too, and ends when it has the lock: it may be
 * the one who was woken when others sleep still. */
bool gc__lock_await_for(struct lock *lock, uint64_t timeout_ns);

void gc__lock_wake(struct lock *lock);

static inline bool lock_try(struct lock *lock)
{
    return AO_int_compare_and_swap_acquire(&lock->state, LOCK_FREE, LOCK_TAKEN);
}

static inline void lock_take(struct lock *lock)
{
    if (!lock_try(lock) && !gc__lock_take_soon(lock))
        gc__lock_await(lock);
}

static inline void lock_give_back(struct lock *lock)
{
    if (!AO_int_compare_and_swap_release(&lock->state, LOCK_TAKEN, LOCK_FREE))
        gc__lock_wake(lock);
}

#endif
