/* SPDX-License-Identifier: MIT */
#include "platform/lock.h"

#include "platform/futex.h"

bool gc__lock_take_soon(struct lock *lock)
{
    for (unsigned look = 0; look < LOCK_LOOKS; look++) {
        if (AO_int_load(&lock->state) == LOCK_FREE && lock_try(lock))
            return true;
        AO_nop_full();
    }
    return false;
}

/* Whoever has slept takes the lock as awaited, since others may sleep still. */
static bool take_as_awaited(struct lock *lock)
{
    for (;;) {
        unsigned state = AO_int_load(&lock->state);
        if (AO_int_compare_and_swap_acquire(&lock->state, state, LOCK_AWAITED))
            return state == LOCK_FREE;
    }
}

bool gc__lock_await_for(struct lock *lock, uint64_t timeout_ns)
{
    if (take_as_awaited(lock))
        return true;
    gc__futex_wait(&lock->state, LOCK_AWAITED, timeout_ns);
    return false;
}

void gc__lock_await(struct lock *lock)
{
    while (!gc__lock_await_for(lock, 0))
        continue;
}

void gc__lock_wake(struct lock *lock)
{
    AO_int_store_release(&lock->state, LOCK_FREE);
    gc__futex_wake(&lock->state, 1);
}
