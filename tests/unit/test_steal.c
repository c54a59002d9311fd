/* SPDX-License-Identifier: MIT */
/* The queue alone, by hand and among threads.  Also built under the race
 * detector. */

#include <check.h>
#include <pthread.h>
#include <string.h>

#include "gc/steal.h"
#include "tests/random.h"
#include "tests/suite.h"

static struct steal_queue queue;

static void setup(void)
{
    gc__steal_clear(&queue);
}

/* Puts the numbers first, first + 1, ... */
static size_t put_numbers(uintptr_t first, size_t count)
{
    static uintptr_t numbers[2 * STEAL_CAPACITY];
    for (size_t i = 0; i < count; i++)
        numbers[i] = first + i;
    return gc__steal_put(&queue, numbers, count);
}

START_TEST(half_of_what_is_there_is_taken_the_oldest_first)
{
    uintptr_t taken[STEAL_CAPACITY] = {0};
    ck_assert(steal_is_empty(&queue));
    ck_assert_uint_eq(gc__steal_take(&queue, taken, 10), 0);
    ck_assert_uint_eq(put_numbers(1, 10), 10);
    ck_assert_uint_eq(gc__steal_take(&queue, taken, 100), 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_uint_eq(taken[i], i + 1);
    ck_assert_uint_eq(gc__steal_take(&queue, taken, 2), 2);
    ck_assert_uint_eq(taken[0], 6);
    ck_assert_uint_eq(gc__steal_take(&queue, taken, 100), 2);
    ck_assert_uint_eq(steal_count(&queue), 1);
    ck_assert_uint_eq(gc__steal_take(&queue, taken, 100), 1);
    ck_assert_uint_eq(taken[0], 10);
    ck_assert(steal_is_empty(&queue));
}
END_TEST

START_TEST(a_full_queue_takes_as_many_as_there_is_room_for)
{
    uintptr_t taken[STEAL_CAPACITY];
    ck_assert_uint_eq(put_numbers(0, STEAL_CAPACITY + 5), STEAL_CAPACITY);
    ck_assert_uint_eq(put_numbers(0, 1), 0);
    ck_assert_uint_eq(gc__steal_take(&queue, taken, 3), 3);
    ck_assert_uint_eq(put_numbers(STEAL_CAPACITY, 10), 3);
    size_t expected = 3, count;
    while ((count = gc__steal_take(&queue, taken, 100)) > 0)
        for (size_t i = 0; i < count; i++)
            ck_assert_uint_eq(taken[i], expected++);
    ck_assert_uint_eq(expected, STEAL_CAPACITY + 3);
}
END_TEST

/* ----------------------------------------------------------- among threads */

enum { NUMBERS = 2000 * 1000, TAKERS = 3 };

static unsigned char times[NUMBERS]; /* each was taken; one taker each writes */
static unsigned owner_is_done;       /* atomic: release, acquire */

struct taker {
    pthread_t thread;
    size_t count;
};

static size_t note(const uintptr_t *taken, size_t count)
{
    for (size_t i = 0; i < count; i++)
        times[taken[i]]++;
    return count;
}

static void *keep_taking(void *argument)
{
    struct taker *taker = argument;
    uintptr_t taken[64];
    struct random random = {(uintptr_t)taker};
    bool is_last = false;
    for (;;) {
        size_t most = 1 + random_below(&random, 64);
        size_t count = note(taken, gc__steal_take(&queue, taken, most));
        taker->count += count;
        if (count == 0 && is_last)
            return NULL;
        is_last = AO_int_load_acquire(&owner_is_done);
    }
}

/* The owner takes too, as a marker does whose stack has run dry. */
static size_t put_all(void)
{
    struct random random = {1};
    uintptr_t taken[16];
    size_t own = 0;
    for (size_t next = 0; next < NUMBERS;) {
        size_t count = 1 + random_below(&random, STEAL_CAPACITY);
        if (count > NUMBERS - next)
            count = NUMBERS - next;
        next += put_numbers(next, count);
        if (random_below(&random, 8) == 0)
            own += note(taken, gc__steal_take(&queue, taken, 16));
    }
    return own;
}

START_TEST(among_threads_each_entry_is_taken_once)
{
    struct taker takers[TAKERS] = {0};
    memset(times, 0, sizeof times);
    AO_int_store(&owner_is_done, 0);
    for (int i = 0; i < TAKERS; i++)
        ck_assert_int_eq(
            pthread_create(&takers[i].thread, NULL, keep_taking, &takers[i]),
            0);
    size_t count = put_all();
    AO_int_store_release(&owner_is_done, 1);
    for (int i = 0; i < TAKERS; i++) {
        pthread_join(takers[i].thread, NULL);
        count += takers[i].count;
    }
    ck_assert_uint_eq(count, NUMBERS);
    for (size_t i = 0; i < NUMBERS; i++)
        if (times[i] != 1)
            ck_abort_msg("%zu was taken %u times", i, times[i]);
}
END_TEST

FIXTURE_SUITE("steal", setup, NULL,
              half_of_what_is_there_is_taken_the_oldest_first,
              a_full_queue_takes_as_many_as_there_is_room_for,
              among_threads_each_entry_is_taken_once)
