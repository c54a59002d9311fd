/* SPDX-License-Identifier: MIT */
/* What a thread has in hand goes back before anybody looks at the heap. */

#include <check.h>

#include "tests/suite.h"
#include "tests/unit/hand.h"

static const struct slot *slot_of(size_t bytes)
{
    return &local.slots[KIND_SCANNED][size_class_of(bytes)];
}

static void retire(void)
{
    gc__local_retire(&heap, &local);
    hand_verify();
}

START_TEST(the_cells_that_were_not_handed_out_go_back)
{
    for (size_t bytes = 16; bytes <= SIZE_CLASS_MAX_BYTES; bytes += 16) {
        char *object = hand_alloc(KIND_SCANNED, bytes);
        retire();
        ck_assert_uint_eq(hand_block(object)->used, 1);
        ck_assert(cell_is_allocated(&heap.map, hand_cell(object)));
        hand_free(object);
        retire();
        ck_assert_uint_eq(count_objects(), 0);
    }
}
END_TEST

START_TEST(a_run_that_is_used_up_is_kept_as_a_whole)
{
    enum { BYTES = 64, RUN_CELLS = 4096 / BYTES };
    for (int i = 0; i < RUN_CELLS; i++)
        hand_alloc(KIND_SCANNED, BYTES);
    ck_assert_uint_eq(slot_of(BYTES)->next, slot_of(BYTES)->limit);
    retire();
    ck_assert_uint_eq(count_objects(), RUN_CELLS);
}
END_TEST

START_TEST(freed_cells_go_back)
{
    void *objects[3];
    for (int i = 0; i < 3; i++)
        objects[i] = hand_alloc(KIND_SCANNED, 100);
    hand_free(objects[0]);
    hand_free(objects[2]);
    retire();
    ck_assert_ptr_null(slot_of(100)->freed);
    ck_assert_uint_eq(slot_of(100)->freed_count, 0);
    ck_assert_uint_eq(count_objects(), 1);
    ck_assert(is_object(objects[1]));
    ck_assert(!is_object(objects[0]));
}
END_TEST

START_TEST(a_block_with_nothing_left_in_it_is_free)
{
    void *object = hand_alloc(KIND_SCANNED, 100);
    hand_free(object);
    retire();
    ck_assert_uint_eq(heap.used_blocks, 0);
    ck_assert_uint_eq(free_blocks(), 1);
}
END_TEST

START_TEST(a_block_that_all_cells_are_taken_of_is_full)
{
    enum { BYTES = 4096, COUNT = BLOCK_BYTES / BYTES };
    void *first = hand_alloc(KIND_SCANNED, BYTES);
    for (int i = 1; i < COUNT; i++)
        hand_alloc(KIND_SCANNED, BYTES);
    ck_assert_int_eq(hand_block(first)->place, PLACE_OWNED);
    hand_verify();
    retire();
    ck_assert_int_eq(hand_block(first)->place, PLACE_FULL);
    hand_free(first);
    retire();
    ck_assert_int_eq(hand_block(first)->place, PLACE_AVAILABLE);
}
END_TEST

START_TEST(only_what_was_handed_out_counts_as_taken)
{
    hand_alloc(KIND_SCANNED, 16);
    hand_alloc(KIND_ATOMIC, 16);
    ck_assert_uint_eq(heap.since_bytes, 2 * 4096);
    retire();
    ck_assert_uint_eq(heap.since_bytes, 2 * 16);
    ck_assert_uint_eq(heap.taken_bytes, 2 * 16);
    retire();
    ck_assert_uint_eq(heap.since_bytes, 2 * 16);
}
END_TEST

START_TEST(cells_that_went_back_are_handed_out_again)
{
    char *first = hand_alloc(KIND_SCANNED, 64);
    char *second = hand_alloc(KIND_SCANNED, 64);
    char *third = hand_alloc(KIND_SCANNED, 64);
    hand_free(second);
    retire();
    ck_assert_ptr_eq(hand_alloc(KIND_SCANNED, 64), second);
    ck_assert_ptr_eq(hand_alloc(KIND_SCANNED, 64), third + 64);
    ck_assert(is_object(first));
}
END_TEST

/* Its next cell may be in the hands of a thread that was stopped in between. */
START_TEST(a_stopped_thread_keeps_one_cell_of_a_run)
{
    char *first = hand_alloc(KIND_SCANNED, 64);
    gc__local_retire_stopped(&heap, &local);
    hand_verify();
    ck_assert_int_eq(hand_block(first)->used, 2);
    ck_assert_uint_eq(heap.taken_bytes, 2 * 64);
    gc__local_retire_stopped(&heap, &local);
    ck_assert_int_eq(hand_block(first)->used, 2);
    ck_assert_ptr_eq(hand_alloc(KIND_SCANNED, 64), first + 64);
    hand_alloc(KIND_SCANNED, 64);
    hand_verify();
    retire();
    ck_assert_int_eq(count_objects(), 3);
}
END_TEST

START_TEST(the_cell_that_a_stopped_thread_keeps_goes_back_when_it_ends)
{
    char *first = hand_alloc(KIND_SCANNED, 64);
    gc__local_retire_stopped(&heap, &local);
    hand_mark(first);
    gc__local_mark_unborn(&heap, &local);
    gc__variable_begin_sweep(&heap);
    retire(); /* the block is not swept yet */
    gc__variable_sweep_all(&heap);
    hand_verify();
    ck_assert_uint_eq(count_objects(), 1);
    hand_free(first);
    retire();
    ck_assert_uint_eq(heap.used_blocks, 0);
}
END_TEST

/* Or else a pointer past its end would not keep it. */
START_TEST(a_kept_cell_may_be_filled_like_any_other)
{
    hand_alloc(KIND_SCANNED, 60);
    gc__local_retire_stopped(&heap, &local);
    char *kept = hand_alloc(KIND_SCANNED, 64);
    hand_stop();
    ck_assert(
        gc__variable_may_end_at(&heap, hand_cell(kept), (uintptr_t)kept + 64));
}
END_TEST

START_TEST(retiring_twice_changes_nothing)
{
    hand_alloc(KIND_SCANNED, 64);
    retire();
    struct block before = *hand_block((void *)heap.map.low);
    retire();
    ck_assert_mem_eq(&before, hand_block((void *)heap.map.low), sizeof before);
}
END_TEST

FIXTURE_SUITE("retire", hand_setup, hand_teardown,
              the_cells_that_were_not_handed_out_go_back,
              a_run_that_is_used_up_is_kept_as_a_whole, freed_cells_go_back,
              a_block_with_nothing_left_in_it_is_free,
              a_block_that_all_cells_are_taken_of_is_full,
              only_what_was_handed_out_counts_as_taken,
              cells_that_went_back_are_handed_out_again,
              a_stopped_thread_keeps_one_cell_of_a_run,
              the_cell_that_a_stopped_thread_keeps_goes_back_when_it_ends,
              a_kept_cell_may_be_filled_like_any_other,
              retiring_twice_changes_nothing)
