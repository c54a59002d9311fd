/* SPDX-License-Identifier: MIT */
/* What a thread frees without the lock, and what it leaves to who has it. */

#define _GNU_SOURCE

#include <check.h>
#include <pthread.h>
#include <sched.h>

#include "base/atomics.h"
#include "tests/suite.h"
#include "tests/unit/hand.h"

enum { BYTES = 64, RUN_CELLS = 4096 / BYTES };

static struct local other;

static void setup(void)
{
    hand_setup();
    gc__local_init(&other);
    local.next = &other;
}

static bool free_alone(struct local *thread, const void *object)
{
    return gc__local_free(&heap, thread, (uintptr_t)object);
}

static bool is_found(const struct local *thread, const void *object)
{
    struct cell cell;
    return gc__local_find(&heap, thread, (uintptr_t)object, &cell);
}

START_TEST(what_is_freed_is_handed_out_next_and_is_clear)
{
    for (size_t bytes = 16; bytes <= 2048; bytes *= 2) {
        char *object = hand_alloc(KIND_SCANNED, bytes);
        memset(object, 0x77, bytes);
        ck_assert(free_alone(&local, object));
        hand_verify();
        ck_assert(!is_object(object));
        ck_assert_ptr_eq(hand_alloc(KIND_SCANNED, bytes), object);
        ck_assert(holds(object, 0, bytes));
    }
}
END_TEST

START_TEST(it_is_counted_when_the_thread_comes_by)
{
    void *object = hand_alloc(KIND_ATOMIC, BYTES);
    hand_alloc(KIND_ATOMIC, BYTES);
    ck_assert(free_alone(&local, object));
    ck_assert_uint_eq(heap.freed_bytes, 0);
    ck_assert_ptr_eq(hand_alloc(KIND_ATOMIC, BYTES), object);
    ck_assert_uint_eq(heap.freed_bytes, BYTES);
    ck_assert(free_alone(&local, object));
    gc__local_retire(&heap, &local);
    ck_assert_uint_eq(heap.freed_bytes, 2 * BYTES);
    ck_assert_uint_eq(heap.taken_bytes, 3 * BYTES);
    ck_assert_uint_eq(heap.since_bytes, BYTES);
    ck_assert_uint_eq(count_objects(), 1);
}
END_TEST

START_TEST(only_the_start_of_an_object_is_found)
{
    char *object = hand_alloc(KIND_SCANNED, BYTES);
    void *large = hand_alloc(KIND_SCANNED, 100000);
    ck_assert(is_found(&local, object));
    ck_assert(!is_found(&local, object + 16));
    ck_assert(!is_found(&local, object + BYTES)); /* unborn */
    ck_assert(!is_found(&local, object + BLOCK_BYTES - BYTES));
    ck_assert(!is_found(&local, large));
    ck_assert(!is_found(&local, &local));
    ck_assert(!is_found(&local, NULL));
    ck_assert(free_alone(&local, object));
    ck_assert(!is_found(&local, object));
    ck_assert(!free_alone(&local, object));
    hand_verify();
}
END_TEST

START_TEST(where_another_thread_has_a_run_the_lock_is_needed)
{
    enum refusal why;
    char *object = hand_alloc(KIND_SCANNED, BYTES);
    ck_assert(!is_found(&other, object));
    char *others =
        gc__variable_alloc_small(&heap, &other, KIND_SCANNED, BYTES, &why);
    ck_assert_ptr_eq(hand_block(others), hand_block(object));
    ck_assert(!is_found(&local, object));
    ck_assert(!is_found(&local, others + BYTES));
    gc__local_retire(&heap, &local);
    ck_assert(!is_found(&local, object));
    ck_assert(is_found(&other, object));
    gc__local_retire(&heap, &other);
    ck_assert(is_found(&local, object));
    ck_assert(is_found(&local, others));
    ck_assert(!is_found(&local, others + BYTES));
}
END_TEST

START_TEST(a_block_that_is_not_swept_needs_the_lock)
{
    void *object = hand_alloc(KIND_SCANNED, BYTES);
    hand_stop();
    hand_mark(object);
    gc__variable_begin_sweep(&heap);
    ck_assert(!is_found(&local, object));
    gc__variable_sweep_all(&heap);
    ck_assert(is_found(&local, object));
}
END_TEST

START_TEST(a_full_freed_list_needs_the_lock)
{
    void *objects[RUN_CELLS + 1];
    for (int i = 0; i <= RUN_CELLS; i++)
        objects[i] = hand_alloc(KIND_SCANNED, BYTES);
    for (int i = 0; i < RUN_CELLS; i++)
        ck_assert(free_alone(&local, objects[i]));
    ck_assert(!free_alone(&local, objects[RUN_CELLS]));
    ck_assert(is_object(objects[RUN_CELLS]));

    gc__local_retire(&heap, &local);
    gc__variable_set_caching(&heap, false);
    ck_assert(!free_alone(&local, objects[RUN_CELLS]));
}
END_TEST

START_TEST(what_somebody_else_has_just_freed_is_not_freed_again)
{
    void *object = hand_alloc(KIND_ATOMIC, BYTES);
    struct cell cell = hand_cell(object);
    ck_assert(free_alone(&local, object));
    ck_assert(!gc__variable_free(&heap, &other, cell));
    ck_assert_ptr_null(other.slots[KIND_ATOMIC][size_class_of(BYTES)].freed);
    hand_verify();
}
END_TEST

/* Two threads free the same objects at once. */
enum { ROUNDS = 300 };

static struct {
    char *objects[RUN_CELLS];
    AO_t begun, done;
    size_t freed[2];
} race;

static void free_all(struct local *thread, size_t *freed)
{
    for (int i = 0; i < RUN_CELLS; i++)
        *freed += free_alone(thread, race.objects[i]);
}

static void *run_other(void *argument)
{
    (void)argument;
    for (size_t round = 1; round <= ROUNDS; round++) {
        while (AO_load_acquire(&race.begun) < round)
            sched_yield();
        free_all(&other, &race.freed[1]);
        AO_store_release(&race.done, round);
    }
    return NULL;
}

START_TEST(of_two_that_free_an_object_at_once_one_succeeds)
{
    pthread_t thread;
    memset(&race, 0, sizeof race);
    ck_assert_int_eq(pthread_create(&thread, NULL, run_other, NULL), 0);
    for (size_t round = 1; round <= ROUNDS; round++) {
        for (int i = 0; i < RUN_CELLS; i++)
            race.objects[i] = hand_alloc(KIND_ATOMIC, BYTES);
        gc__local_retire(&heap, &local);
        AO_store_release(&race.begun, round);
        free_all(&local, &race.freed[0]);
        while (AO_load_acquire(&race.done) < round)
            sched_yield();
        if (round % 100 == 0)
            hand_verify();
        ck_assert_uint_eq(race.freed[0] + race.freed[1], round * RUN_CELLS);
        gc__local_retire(&heap, &local);
        gc__local_retire(&heap, &other);
        ck_assert_uint_eq(heap.used_blocks, 0);
    }
    pthread_join(thread, NULL);
}
END_TEST

/* Frees a cell that is on the list, as if it had been freed twice, and lets its
 * block become another class's. */
START_TEST(a_freed_list_with_a_cell_that_is_none_any_more_does_no_harm)
{
    for (size_t next = 16; next <= 40000; next += 19992) {
        char *object = hand_alloc(KIND_ATOMIC, BYTES);
        struct cell cell = hand_cell(object);
        gc__local_retire(&heap, &local);
        ck_assert(free_alone(&other, object));
        ((struct freed_cell *)object)->seal = 0;
        ck_assert(gc__variable_free(&heap, &local, cell));
        gc__local_retire(&heap, &local);
        ck_assert_uint_eq(heap.used_blocks, 0);
        void *reused = hand_alloc(KIND_UNCOLLECTABLE, next);
        gc__local_retire(&heap, &other);
        hand_verify();
        ck_assert(is_object(reused) || reused == object);
        if (is_object(reused))
            hand_free(reused);
        gc__local_retire(&heap, &local);
        hand_verify();
    }
}
END_TEST

FIXTURE_SUITE("free", setup, hand_teardown,
              what_is_freed_is_handed_out_next_and_is_clear,
              it_is_counted_when_the_thread_comes_by,
              only_the_start_of_an_object_is_found,
              where_another_thread_has_a_run_the_lock_is_needed,
              a_block_that_is_not_swept_needs_the_lock,
              a_full_freed_list_needs_the_lock,
              what_somebody_else_has_just_freed_is_not_freed_again,
              of_two_that_free_an_object_at_once_one_succeeds,
              a_freed_list_with_a_cell_that_is_none_any_more_does_no_harm)
