/* SPDX-License-Identifier: MIT */
/* The lock on a futex: one at a time has it, and what it wrote is seen by the
 * next.  Also built under the race detector. */

#include <check.h>
#include <pthread.h>
#include <time.h>

#include "platform/lock.h"
#include "tests/random.h"
#include "tests/suite.h"

enum {
    THREADS = 4,
    TURNS = 300 * 1000,
    ROUNDS = 200,
    A_WHILE_NS = 1000 * 1000
};

/* The counter is no atomic one. */
static struct lock lock;
static uint64_t counter;
static unsigned inside; /* atomic */

static void take_somehow(struct random *random)
{
    switch (random_below(random, 5)) {
    case 0:
        while (!lock_try(&lock))
            AO_nop();
        break;
    case 1:
        gc__lock_await(&lock); /* as awaited, though nobody may wait */
        break;
    case 2:
        if (!gc__lock_take_soon(&lock))
            gc__lock_await(&lock);
        break;
    case 3:
        while (!gc__lock_await_for(&lock, random_below(random, 4) * 1000))
            continue;
        break;
    default:
        lock_take(&lock);
    }
}

static void *keep_taking(void *seed)
{
    struct random random = {(uintptr_t)seed};
    uintptr_t wrong = 0;
    for (unsigned turn = 0; turn < TURNS; turn++) {
        take_somehow(&random);
        wrong += AO_int_fetch_and_add1(&inside) != 0;
        counter++;
        AO_int_fetch_and_sub1(&inside);
        lock_give_back(&lock);
    }
    return (void *)wrong;
}

START_TEST(one_thread_at_a_time_has_it)
{
    pthread_t threads[THREADS];
    counter = 0;
    for (uintptr_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, keep_taking, (void *)(i + 1)), 0);
    for (int i = 0; i < THREADS; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        ck_assert_ptr_null(wrong);
    }
    ck_assert_uint_eq(counter, THREADS * TURNS);
    ck_assert_uint_eq(lock.state, LOCK_FREE);
}
END_TEST

START_TEST(a_taken_lock_is_not_had_by_trying)
{
    ck_assert(lock_try(&lock));
    ck_assert(!lock_try(&lock));
    ck_assert(!gc__lock_take_soon(&lock));
    lock_give_back(&lock);
    ck_assert(gc__lock_take_soon(&lock));
    lock_give_back(&lock);
    ck_assert_uint_eq(lock.state, LOCK_FREE);
}
END_TEST

static void *take_with_patience(void *unused)
{
    while (!gc__lock_await_for(&lock, 1000 * (uint64_t)A_WHILE_NS))
        continue;
    lock_give_back(&lock);
    return unused;
}

static void *take_by_sleeping(void *unused)
{
    gc__lock_await(&lock);
    lock_give_back(&lock);
    return unused;
}

/* Who waits for a time is woken first, mostly, and has to wake the other. */
START_TEST(who_waits_for_a_time_takes_no_wake_up_from_others)
{
    const struct timespec a_while = {0, A_WHILE_NS};
    for (unsigned round = 0; round < ROUNDS; round++) {
        pthread_t threads[2];
        lock_take(&lock);
        pthread_create(&threads[0], NULL, take_with_patience, NULL);
        nanosleep(&a_while, NULL);
        pthread_create(&threads[1], NULL, take_by_sleeping, NULL);
        nanosleep(&a_while, NULL);
        lock_give_back(&lock);
        for (unsigned i = 0; i < 2; i++)
            ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_uint_eq(lock.state, LOCK_FREE);
    }
}
END_TEST

SUITE("lock", a_taken_lock_is_not_had_by_trying, one_thread_at_a_time_has_it,
      who_waits_for_a_time_takes_no_wake_up_from_others)
