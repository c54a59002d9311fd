/* SPDX-License-Identifier: MIT */
/* Sweeping, by marks that the test sets itself. */

#include <check.h>

#include "tests/random.h"
#include "tests/suite.h"
#include "tests/unit/hand.h"

enum { COUNT = 3000, LARGE_BYTES = 100000 };

static struct {
    unsigned char *at;
    size_t bytes;
    bool is_marked;
} objects[COUNT];

static void allocate_objects(struct random *random)
{
    for (size_t i = 0; i < COUNT; i++) {
        size_t most = random_below(random, 100) == 0 ? LARGE_BYTES : 1000;
        objects[i].bytes = 1 + random_below(random, most);
        objects[i].at = hand_alloc((enum kind)random_below(random, KIND_COUNT),
                                   objects[i].bytes);
        memset(objects[i].at, (int)i, objects[i].bytes);
    }
}

/* Marks one in `part` of them and ends the marking. */
static size_t mark_objects(struct random *random, uint64_t part)
{
    size_t marked = 0;
    hand_stop();
    for (size_t i = 0; i < COUNT; i++) {
        objects[i].is_marked = random_below(random, part) == 0;
        if (!objects[i].is_marked)
            continue;
        hand_mark(objects[i].at);
        marked++;
    }
    gc__variable_begin_sweep(&heap);
    hand_verify();
    return marked;
}

static void check_objects(void)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (is_object(objects[i].at) != objects[i].is_marked)
            ck_abort_msg("object %zu, marked %d", i, objects[i].is_marked);
        if (objects[i].is_marked &&
            !holds(objects[i].at, (int)i, objects[i].bytes))
            ck_abort_msg("object %zu has changed", i);
    }
}

START_TEST(the_marked_objects_are_left_and_no_others)
{
    for (uint64_t part = 1; part <= 1000; part = part * 3 + 1) {
        struct random random = {part};
        allocate_objects(&random);
        size_t marked = mark_objects(&random, part);
        gc__variable_sweep_all(&heap);
        hand_verify();
        ck_assert_uint_eq(count_objects(), marked);
        check_objects();
    }
}
END_TEST

START_TEST(a_question_about_an_object_is_answered_before_its_block_is_swept)
{
    struct random random = {1};
    allocate_objects(&random);
    size_t marked = mark_objects(&random, 3);
    check_objects();
    hand_verify();
    gc__variable_sweep_all(&heap);
    ck_assert_uint_eq(count_objects(), marked);
}
END_TEST

START_TEST(allocation_sweeps_what_it_needs_and_never_takes_a_marked_cell)
{
    struct random random = {2};
    allocate_objects(&random);
    size_t blocks = heap_map_blocks(&heap.map);
    mark_objects(&random, 4);
    for (size_t i = 0; i < COUNT / 2; i++) {
        size_t bytes = 1 + random_below(&random, 1000);
        void *object =
            hand_alloc((enum kind)random_below(&random, KIND_COUNT), bytes);
        memset(object, 0xee, bytes);
        if (i % 100 == 0)
            hand_verify();
    }
    for (size_t i = 0; i < COUNT; i++)
        if (objects[i].is_marked)
            ck_assert(holds(objects[i].at, (int)i, objects[i].bytes));
    ck_assert_uint_eq(heap_map_blocks(&heap.map), blocks);
}
END_TEST

START_TEST(one_block_is_swept_at_a_time_until_none_is_left)
{
    struct random random = {3};
    allocate_objects(&random);
    size_t marked = mark_objects(&random, 2);
    size_t swept = 0;
    while (gc__variable_sweep_one(&heap)) {
        swept++;
        hand_verify();
    }
    ck_assert_uint_ge(swept, heap.used_blocks / 4);
    ck_assert_uint_eq(count_objects(), marked);
    ck_assert(!gc__variable_sweep_one(&heap));
}
END_TEST

START_TEST(what_is_swept_is_counted)
{
    char *small = hand_alloc(KIND_SCANNED, 100);
    char *large = hand_alloc(KIND_ATOMIC, LARGE_BYTES);
    char *live = hand_alloc(KIND_ATOMIC, LARGE_BYTES);
    ck_assert(small != NULL && large != NULL);
    hand_stop();
    hand_mark(live);
    gc__variable_begin_sweep(&heap);
    ck_assert_uint_eq(heap.since_bytes, 0);
    gc__variable_sweep_all(&heap);
    ck_assert_uint_eq(heap.swept_objects, 2);
    ck_assert_uint_eq(heap.swept_bytes, 112 + LARGE_BYTES);
    ck_assert_uint_eq(heap.used_blocks, 2);
}
END_TEST

START_TEST(a_block_without_marks_is_free_and_serves_any_class)
{
    enum { BYTES = 4096, CELLS = BLOCK_BYTES / BYTES };
    void *first = hand_alloc(KIND_SCANNED, BYTES);
    for (int i = 1; i < 3 * CELLS; i++)
        hand_alloc(KIND_SCANNED, BYTES);
    hand_stop();
    hand_mark(first);
    gc__variable_begin_sweep(&heap);
    void *large = hand_alloc(KIND_ATOMIC, 2 * BLOCK_BYTES);
    ck_assert_ptr_eq(large, (char *)first + BLOCK_BYTES);
    ck_assert_uint_eq(heap_map_blocks(&heap.map), 3);
}
END_TEST

START_TEST(an_object_is_freed_in_a_block_that_is_not_swept_yet)
{
    char *live = hand_alloc(KIND_SCANNED, 100);
    char *dead = hand_alloc(KIND_SCANNED, 100);
    char *large = hand_alloc(KIND_SCANNED, LARGE_BYTES);
    hand_stop();
    hand_mark(live);
    hand_mark(large);
    gc__variable_begin_sweep(&heap);
    hand_free(live);
    hand_free(large);
    hand_verify();
    ck_assert(!is_object(live));
    ck_assert(!is_object(dead));
    gc__local_retire(&heap, &local);
    ck_assert_uint_eq(heap.used_blocks, 0);
}
END_TEST

START_TEST(a_large_object_is_resized_into_blocks_that_were_swept)
{
    char *object = hand_alloc(KIND_SCANNED, BLOCK_BYTES);
    char *dead = hand_alloc(KIND_ATOMIC, 2 * BLOCK_BYTES);
    memset(dead, 0xff, 2 * BLOCK_BYTES);
    hand_stop();
    hand_mark(object);
    gc__variable_begin_sweep(&heap);
    ck_assert(is_object(object));
    gc__variable_sweep_all(&heap);
    ck_assert(gc__variable_resize_large(&heap, hand_cell(object).block,
                                        3 * BLOCK_BYTES));
    ck_assert(holds(object, 0, 3 * BLOCK_BYTES));
}
END_TEST

START_TEST(dead_cells_are_zeroed_when_a_scanned_object_takes_them)
{
    for (int i = 0; i < 2000; i++)
        memset(hand_alloc(KIND_SCANNED, 64), 0xff, 64);
    hand_stop();
    void *live = (void *)heap.map.low;
    hand_mark(live);
    gc__variable_begin_sweep(&heap);
    for (int i = 0; i < 3000; i++)
        ck_assert(holds(hand_alloc(KIND_SCANNED, 64), 0, 64));
    ck_assert(holds(live, 0xff, 64));
}
END_TEST

START_TEST(cycles_follow_each_other)
{
    struct random random = {5};
    for (int cycle = 0; cycle < 20; cycle++) {
        allocate_objects(&random);
        mark_objects(&random, 1 + random_below(&random, 5));
        for (int i = 0; i < 50; i++)
            gc__variable_sweep_one(&heap);
        check_objects();
    }
    ck_assert_uint_eq(heap.cycle, 20);
}
END_TEST

FIXTURE_SUITE("reclaim", hand_setup, hand_teardown,
              the_marked_objects_are_left_and_no_others,
              a_question_about_an_object_is_answered_before_its_block_is_swept,
              allocation_sweeps_what_it_needs_and_never_takes_a_marked_cell,
              one_block_is_swept_at_a_time_until_none_is_left,
              what_is_swept_is_counted,
              a_block_without_marks_is_free_and_serves_any_class,
              an_object_is_freed_in_a_block_that_is_not_swept_yet,
              a_large_object_is_resized_into_blocks_that_were_swept,
              dead_cells_are_zeroed_when_a_scanned_object_takes_them,
              cycles_follow_each_other)
