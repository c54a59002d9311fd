/* SPDX-License-Identifier: MIT */
/* Threads that allocate little have their runs in the same block; one that
 * allocates more has a block for itself. */

#include <check.h>

#include "tests/suite.h"
#include "tests/unit/hand.h"

enum { BYTES = 64, RUN_CELLS = 4096 / BYTES, BORROWED = 4, CROWD = 40 };

static struct local crowd[CROWD];

static void setup(void)
{
    hand_setup();
    local.next = &crowd[0];
    for (int i = 0; i < CROWD; i++) {
        gc__local_init(&crowd[i]);
        crowd[i].next = i + 1 < CROWD ? &crowd[i + 1] : NULL;
    }
}

static char *alloc_for(struct local *thread)
{
    enum refusal why;
    char *object =
        gc__variable_alloc_small(&heap, thread, KIND_SCANNED, BYTES, &why);
    ck_assert_ptr_nonnull(object);
    return object;
}

static void retire_crowd(void)
{
    for (int i = 0; i < CROWD; i++)
        gc__local_retire(&heap, &crowd[i]);
}

START_TEST(sixteen_threads_that_allocate_once_share_a_block)
{
    enum { FIT = BLOCK_BYTES / 4096 };
    for (int i = 0; i < CROWD; i++)
        alloc_for(&crowd[i]);
    hand_verify();
    ck_assert_uint_eq(heap.used_blocks, (CROWD + FIT - 1) / FIT);
    retire_crowd();
    hand_verify();
    ck_assert_uint_eq(heap.used_blocks, (CROWD + FIT - 1) / FIT);
    ck_assert_uint_eq(count_objects(), CROWD);
}
END_TEST

START_TEST(what_threads_share_is_handed_out_once)
{
    for (int round = 0; round < 3 * RUN_CELLS; round++)
        for (int i = 0; i < CROWD; i++) {
            char *object = alloc_for(&crowd[i]);
            if (!holds(object, 0, BYTES))
                ck_abort_msg("%p is handed out twice", (void *)object);
            memset(object, i + 1, BYTES);
        }
    hand_verify();
    retire_crowd();
    ck_assert_uint_eq(count_objects(), 3 * RUN_CELLS * CROWD);
}
END_TEST

static void use_runs(struct local *thread, int count)
{
    for (int i = 0; i < count * RUN_CELLS; i++)
        alloc_for(thread);
}

START_TEST(a_thread_that_allocates_more_owns_a_block)
{
    use_runs(&crowd[0], BORROWED);
    char *shared = alloc_for(&crowd[1]);
    char *own = alloc_for(&crowd[0]);
    ck_assert_int_eq(hand_block(own)->place, PLACE_OWNED);
    use_runs(&crowd[1], 1);
    use_runs(&crowd[0], 3);
    hand_verify();
    char *next = alloc_for(&crowd[1]);
    ck_assert_ptr_ne(hand_block(next), hand_block(own));
    ck_assert_int_ne(hand_block(next)->place, PLACE_OWNED);
    ck_assert(is_object(shared));

    gc__local_retire(&heap, &crowd[0]);
    ck_assert_int_ne(hand_block(own)->place, PLACE_OWNED);
    hand_verify();
    char *again = alloc_for(&crowd[0]);
    ck_assert_int_ne(hand_block(again)->place, PLACE_OWNED);
}
END_TEST

/* The one who owns it afterwards does not have the others' cells. */
START_TEST(a_block_may_have_an_owner_and_runs_of_others)
{
    char *first = alloc_for(&crowd[1]);
    use_runs(&crowd[0], BORROWED);
    char *own = alloc_for(&crowd[0]);
    ck_assert_ptr_eq(hand_block(own), hand_block(first));
    ck_assert_int_eq(hand_block(own)->place, PLACE_OWNED);
    hand_verify();
    ck_assert_ptr_eq(alloc_for(&crowd[1]), first + BYTES);
    gc__local_retire(&heap, &crowd[1]);
    hand_verify();
    gc__local_retire(&heap, &crowd[0]);
    hand_verify();
    ck_assert_uint_eq(count_objects(), 2 + BORROWED * RUN_CELLS + 1);
}
END_TEST

START_TEST(an_empty_block_stays_while_a_thread_uses_it)
{
    gc__variable_set_caching(&heap, false);
    char *first = alloc_for(&crowd[0]);
    struct block *block = hand_block(first);
    struct cell cell = hand_cell(first);
    gc__variable_free(&heap, &crowd[1], cell);
    hand_verify();
    ck_assert_int_eq(block->used, 0);
    ck_assert_int_eq(block->state, BLOCK_SMALL);
    ck_assert_ptr_eq(alloc_for(&crowd[1]), first);
    gc__variable_free(&heap, &crowd[1], cell);
    retire_crowd();
    ck_assert_int_eq(block->state, BLOCK_FREE);
    hand_verify();
}
END_TEST

FIXTURE_SUITE("sharing", setup, hand_teardown,
              sixteen_threads_that_allocate_once_share_a_block,
              what_threads_share_is_handed_out_once,
              a_thread_that_allocates_more_owns_a_block,
              a_block_may_have_an_owner_and_runs_of_others,
              an_empty_block_stays_while_a_thread_uses_it)
