/* SPDX-License-Identifier: MIT */
/* The heap by hand: nothing here is linked with the collector. */

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/random.h"
#include "tests/suite.h"
#include "tests/unit/hand.h"

static const enum kind kinds[] = {KIND_SCANNED, KIND_ATOMIC, KIND_UNCOLLECTABLE,
                                  KIND_ATOMIC_UNCOLLECTABLE};

START_TEST(an_object_of_every_size_and_kind_is_a_cell_of_its_class)
{
    for (size_t bytes = 1; bytes <= SIZE_CLASS_MAX_BYTES;
         bytes += 1 + bytes / 16)
        for (unsigned i = 0; i < KIND_COUNT; i++) {
            void *object = hand_alloc(kinds[i], bytes);
            struct cell cell = hand_cell(object);
            ck_assert_uint_eq((uintptr_t)object % GRANULE_BYTES, 0);
            ck_assert_uint_eq(cell_address(&heap.map, cell), (uintptr_t)object);
            ck_assert_uint_eq(cell_bytes(&heap.map, cell),
                              size_class_bytes(size_class_of(bytes)));
            ck_assert_int_eq(hand_block(object)->kind, kinds[i]);
            ck_assert(is_object(object));
        }
}
END_TEST

/* Fills each object with its number, so that an overlap shows. */
START_TEST(objects_do_not_overlap)
{
    enum { COUNT = 3000 };
    unsigned char *objects[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        objects[i] = hand_alloc(kinds[i % KIND_COUNT], 1 + i % 300);
        memset(objects[i], (int)i, 1 + i % 300);
    }
    for (size_t i = 0; i < COUNT; i++)
        ck_assert(holds(objects[i], (int)i, 1 + i % 300));
}
END_TEST

static void dirty_all_of_class(enum kind kind, size_t bytes, size_t count)
{
    void **objects = malloc(count * sizeof *objects);
    for (size_t i = 0; i < count; i++) {
        objects[i] = hand_alloc(kind, bytes);
        memset(objects[i], 0xff, bytes);
    }
    for (size_t i = 0; i < count; i++)
        hand_free(objects[i]);
    free(objects);
}

/* Once from the freed list, and, after the thread was retired, from runs of
 * used and of never used cells. */
START_TEST(scanned_objects_are_zeroed_wherever_their_memory_comes_from)
{
    for (size_t bytes = 16; bytes <= SIZE_CLASS_MAX_BYTES; bytes *= 2)
        for (int round = 0; round < 2; round++) {
            size_t count = 2 * BLOCK_BYTES / bytes + 1;
            dirty_all_of_class(KIND_SCANNED, bytes, count);
            if (round == 1)
                gc__local_retire(&heap, &local);
            for (size_t i = 0; i < count + 10; i++)
                ck_assert(holds(hand_alloc(KIND_SCANNED, bytes), 0, bytes));
        }
}
END_TEST

START_TEST(a_freed_cell_is_handed_out_next)
{
    void *first = hand_alloc(KIND_SCANNED, 40);
    void *second = hand_alloc(KIND_SCANNED, 40);
    hand_free(first);
    hand_free(second);
    ck_assert(!is_object(first));
    ck_assert(!is_object(second));
    hand_verify();
    ck_assert_ptr_eq(hand_alloc(KIND_SCANNED, 40), second);
    ck_assert_ptr_eq(hand_alloc(KIND_SCANNED, 40), first);
    ck_assert(is_object(first));
}
END_TEST

START_TEST(a_freed_cell_does_not_serve_another_class_or_kind)
{
    void *object = hand_alloc(KIND_SCANNED, 40);
    hand_free(object);
    ck_assert_ptr_ne(hand_alloc(KIND_SCANNED, 24), object);
    ck_assert_ptr_ne(hand_alloc(KIND_ATOMIC, 40), object);
}
END_TEST

START_TEST(a_freed_list_has_at_most_a_page_of_cells)
{
    for (size_t bytes = 16; bytes <= SIZE_CLASS_MAX_BYTES; bytes *= 2) {
        dirty_all_of_class(KIND_ATOMIC, bytes, 1000);
        size_t listed =
            local.slots[KIND_ATOMIC][size_class_of(bytes)].freed_count;
        ck_assert_uint_eq(listed, larger(smaller(4096 / bytes, 255), 1));
        hand_verify();
    }
}
END_TEST

START_TEST(what_is_unborn_or_in_no_block_is_no_object)
{
    char *object = hand_alloc(KIND_SCANNED, 64);
    struct cell cell = hand_cell(object + 64);
    ck_assert(cell_is_allocated(&heap.map, cell)); /* claimed, in a run */
    ck_assert(!is_object(object + 64));
    ck_assert_ptr_eq(hand_alloc(KIND_SCANNED, 64), object + 64);
    ck_assert(is_object(object + 64));
    ck_assert(!is_object(&cell));
}
END_TEST

START_TEST(without_caching_cells_are_taken_and_given_back_one_by_one)
{
    gc__variable_set_caching(&heap, false);
    char *object = hand_alloc(KIND_SCANNED, 64);
    struct slot *slot = &local.slots[KIND_SCANNED][size_class_of(64)];
    ck_assert_uint_eq(slot->next, slot->limit);
    ck_assert(!cell_is_allocated(&heap.map, hand_cell(object + 64)));
    hand_free(object);
    ck_assert_ptr_null(slot->freed);
    ck_assert(!cell_is_allocated(&heap.map, hand_cell(object)));
    ck_assert(!is_object(object));
    hand_verify();
}
END_TEST

/* A hole of one block between two others is too small for an object of two;
 * its neighbour is freed, and then they are. */
START_TEST(holes_coalesce_and_serve_what_was_too_large_for_each)
{
    void *objects[6];
    for (int i = 0; i < 6; i++)
        objects[i] = hand_alloc(KIND_SCANNED, BLOCK_BYTES);
    hand_free(objects[1]);
    hand_free(objects[3]);
    ck_assert_uint_eq(free_blocks(), 2);
    void *behind = hand_alloc(KIND_SCANNED, 2 * BLOCK_BYTES);
    ck_assert(behind > objects[5]);

    hand_free(objects[2]);
    ck_assert_uint_eq(free_blocks(), 3);
    ck_assert_ptr_eq(hand_alloc(KIND_SCANNED, 3 * BLOCK_BYTES), objects[1]);
    ck_assert_uint_eq(free_blocks(), 0);
}
END_TEST

START_TEST(a_block_whose_last_cell_is_freed_serves_any_class)
{
    enum { BYTES = 1024, COUNT = 4 * BLOCK_BYTES / BYTES };
    dirty_all_of_class(KIND_SCANNED, BYTES, COUNT);
    size_t blocks = heap_map_blocks(&heap.map);
    ck_assert_uint_ge(free_blocks(), 2);
    gc__local_retire(&heap, &local);
    ck_assert_uint_eq(free_blocks(), blocks);
    ck_assert_uint_eq(heap.used_blocks, 0);
    ck_assert_uint_eq(heap.classes[KIND_SCANNED][size_class_of(BYTES)].count,
                      0);
    hand_alloc(KIND_ATOMIC, blocks * BLOCK_BYTES);
    ck_assert_uint_eq(heap_map_blocks(&heap.map), blocks);
}
END_TEST

START_TEST(the_allocator_refuses_at_its_allowance)
{
    heap.allowance_bytes = 100000;
    size_t taken = 0;
    enum refusal why;
    while (hand_try(KIND_SCANNED, 1000, &why) != NULL)
        taken += 1024;
    ck_assert_int_eq(why, REFUSED_BY_GOAL);
    ck_assert_uint_ge(taken, 100000);
    ck_assert_uint_le(taken, 100000 + 4096);
    expect_refusal(KIND_ATOMIC, 40000, REFUSED_BY_GOAL);
    heap.allowance_bytes = heap.since_bytes + 40000;
    hand_alloc(KIND_ATOMIC, 40000);
    expect_refusal(KIND_ATOMIC, 40000, REFUSED_BY_GOAL);
}
END_TEST

START_TEST(what_is_freed_counts_no_longer_towards_the_allowance)
{
    heap.allowance_bytes = 100000;
    for (int i = 0; i < 1000; i++)
        hand_free(hand_alloc(i % 2 ? KIND_SCANNED : KIND_ATOMIC, 50000));
    for (int i = 0; i < 1000; i++)
        hand_free(hand_alloc(KIND_SCANNED, 1000));
    gc__local_retire(&heap, &local);
    ck_assert_uint_eq(heap.since_bytes, 0);
    ck_assert_uint_eq(heap.taken_bytes, heap.freed_bytes);
}
END_TEST

START_TEST(the_allocator_refuses_at_its_limit_and_goes_on_after_a_free)
{
    heap.limit_blocks = 4;
    void *large = hand_alloc(KIND_SCANNED, 3 * BLOCK_BYTES);
    void *small = hand_alloc(KIND_SCANNED, 10);
    expect_refusal(KIND_SCANNED, 100, REFUSED_BY_LIMIT);
    expect_refusal(KIND_SCANNED, BLOCK_BYTES, REFUSED_BY_LIMIT);
    ck_assert_ptr_nonnull(small);
    hand_free(large);
    hand_alloc(KIND_SCANNED, 3 * BLOCK_BYTES);
    ck_assert_uint_eq(heap.used_blocks, 4);
}
END_TEST

START_TEST(the_allocator_refuses_where_the_system_does_and_goes_on_later)
{
    gc__pages_fail_from(1);
    expect_refusal(KIND_SCANNED, 16, REFUSED_BY_SYSTEM);
    expect_refusal(KIND_SCANNED, 100000, REFUSED_BY_SYSTEM);
    hand_verify();
    gc__pages_fail_from(0);
    hand_alloc(KIND_SCANNED, 16);
    hand_alloc(KIND_SCANNED, 100000);
}
END_TEST

START_TEST(a_size_that_no_heap_can_hold_is_refused_for_ever)
{
    expect_refusal(KIND_SCANNED, SIZE_MAX, REFUSED_FOR_EVER);
    expect_refusal(KIND_SCANNED, SIZE_MAX - 100, REFUSED_FOR_EVER);
    expect_refusal(KIND_SCANNED, (size_t)1 << 47, REFUSED_FOR_EVER);
    expect_refusal(KIND_SCANNED, (size_t)1 << 46, REFUSED_BY_SYSTEM);
}
END_TEST

START_TEST(the_walk_meets_every_object_once_in_the_order_of_addresses)
{
    enum { COUNT = 2000 };
    for (size_t i = 0; i < COUNT; i++)
        hand_alloc(kinds[i % KIND_COUNT], 1 + i * i % 100000);
    gc__local_retire(&heap, &local);

    size_t met = 0;
    uintptr_t end = 0;
    struct cell cell = {0, 0};
    for (; gc__variable_next(&heap, &cell); cell.index++) {
        ck_assert_uint_ge(cell_address(&heap.map, cell), end);
        end = cell_address(&heap.map, cell) + cell_bytes(&heap.map, cell);
        met++;
    }
    ck_assert_uint_eq(met, COUNT);
}
END_TEST

/* ----------------------------------------------------------------- random */

enum { OBJECTS = 2000, STEPS = 200000 };

static struct {
    unsigned char *at;
    size_t bytes;
    int filling;
} objects[OBJECTS];

static void replace_object(struct random *random, size_t i)
{
    if (objects[i].at != NULL) {
        if (!holds(objects[i].at, objects[i].filling, objects[i].bytes))
            ck_abort_msg("object %zu has changed", i);
        hand_free(objects[i].at);
        objects[i].at = NULL;
    }
    if (random_below(random, 4) == 0)
        return;
    size_t most = random_below(random, 200) == 0 ? 200000 : 600;
    enum kind kind = kinds[random_below(random, KIND_COUNT)];
    objects[i].bytes = 1 + random_below(random, most);
    objects[i].filling = (int)random_below(random, 256);
    objects[i].at = hand_alloc(kind, objects[i].bytes);
    if (kind_is_scanned(kind) && !holds(objects[i].at, 0, objects[i].bytes))
        ck_abort_msg("object %zu is not zeroed", i);
    memset(objects[i].at, objects[i].filling, objects[i].bytes);
}

static void empty_objects(void)
{
    for (size_t i = 0; i < OBJECTS; i++)
        if (objects[i].at != NULL)
            hand_free(objects[i].at);
    memset(objects, 0, sizeof objects);
}

START_TEST(random_allocating_and_freeing_damages_nothing)
{
    struct random random = {42};
    memset(objects, 0, sizeof objects);
    for (size_t step = 0; step < STEPS; step++) {
        replace_object(&random, random_below(&random, OBJECTS));
        if (step % 1000 == 0) {
            gc__variable_set_caching(&heap, step % 3000 != 0);
            hand_verify();
        }
        if (step % 10000 == 0)
            gc__local_retire(&heap, &local);
    }
    empty_objects();
    gc__local_retire(&heap, &local);
    ck_assert_uint_eq(heap.used_blocks, 0);
    ck_assert_uint_eq(count_objects(), 0);
    ck_assert_uint_eq(heap.taken_bytes, heap.freed_bytes);
}
END_TEST

FIXTURE_SUITE("variable", hand_setup, hand_teardown,
              an_object_of_every_size_and_kind_is_a_cell_of_its_class,
              objects_do_not_overlap,
              scanned_objects_are_zeroed_wherever_their_memory_comes_from,
              a_freed_cell_is_handed_out_next,
              a_freed_cell_does_not_serve_another_class_or_kind,
              a_freed_list_has_at_most_a_page_of_cells,
              what_is_unborn_or_in_no_block_is_no_object,
              without_caching_cells_are_taken_and_given_back_one_by_one,
              holes_coalesce_and_serve_what_was_too_large_for_each,
              a_block_whose_last_cell_is_freed_serves_any_class,
              the_allocator_refuses_at_its_allowance,
              what_is_freed_counts_no_longer_towards_the_allowance,
              the_allocator_refuses_at_its_limit_and_goes_on_after_a_free,
              the_allocator_refuses_where_the_system_does_and_goes_on_later,
              a_size_that_no_heap_can_hold_is_refused_for_ever,
              the_walk_meets_every_object_once_in_the_order_of_addresses,
              random_allocating_and_freeing_damages_nothing)
