/* SPDX-License-Identifier: MIT */
/* Objects of a run of blocks each. */

#include <check.h>

#include "alloc/release.h"
#include "tests/suite.h"
#include "tests/unit/hand.h"

enum { BLOCK = BLOCK_BYTES, MEGA = 1 << 20 };

static void *alloc_aligned(size_t bytes, size_t alignment)
{
    enum refusal why;
    void *object =
        gc__variable_alloc_large(&heap, KIND_SCANNED, bytes, alignment, &why);
    ck_assert_ptr_nonnull(object);
    return object;
}

static bool resize(void *object, size_t bytes)
{
    return gc__variable_resize_large(&heap, hand_cell(object).block, bytes);
}

static size_t bytes_of(const void *object)
{
    return cell_bytes(&heap.map, hand_cell(object));
}

/* ------------------------------------------------------------ allocating */

START_TEST(a_large_object_takes_the_blocks_that_it_reaches)
{
    static const struct {
        size_t bytes;
        size_t blocks;
    } cases[] = {
        {SIZE_CLASS_MAX_BYTES + 1, 1},
        {BLOCK - 1, 1},
        {BLOCK, 1},
        {BLOCK + 1, 2},
        {2 * BLOCK, 2},
        {2 * BLOCK + 1, 3},
        {40 * BLOCK - 15, 40},
        {40 * BLOCK + 16, 41},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *object = hand_alloc(KIND_SCANNED, cases[i].bytes);
        ck_assert_uint_eq((uintptr_t)object % BLOCK, 0);
        ck_assert_uint_eq(hand_block(object)->run_blocks, cases[i].blocks);
        ck_assert_uint_eq(bytes_of(object),
                          round_up(cases[i].bytes, GRANULE_BYTES));
        ck_assert(is_object(object));
        ck_assert(holds(object, 0, cases[i].bytes));
        hand_verify();
    }
}
END_TEST

START_TEST(every_byte_of_a_large_object_leads_to_it)
{
    char *object = hand_alloc(KIND_SCANNED, 3 * BLOCK);
    for (size_t offset = 0; offset < 3 * BLOCK; offset += 4001) {
        struct cell cell = hand_cell(object + offset);
        ck_assert_uint_eq(cell_address(&heap.map, cell), (uintptr_t)object);
        ck_assert(is_object(object + offset));
    }
}
END_TEST

START_TEST(reused_blocks_read_as_zero_for_a_scanned_object)
{
    char *dirty = hand_alloc(KIND_ATOMIC, 5 * BLOCK);
    memset(dirty, 0xff, 5 * BLOCK);
    hand_free(dirty);
    char *object = hand_alloc(KIND_SCANNED, 4 * BLOCK + 100);
    ck_assert_ptr_eq(object, dirty);
    ck_assert(holds(object, 0, 4 * BLOCK + 100));
}
END_TEST

START_TEST(the_pages_behind_the_end_of_an_object_are_returned_when_asked_for)
{
    char *dirty = hand_alloc(KIND_ATOMIC, 2 * BLOCK);
    memset(dirty, 0xff, 2 * BLOCK);
    hand_free(dirty);
    uintptr_t object = (uintptr_t)hand_alloc(KIND_ATOMIC, BLOCK + 100);
    ck_assert_uint_eq(object, (uintptr_t)dirty);
    struct range slack = {object + BLOCK + PAGE_BYTES, object + 2 * BLOCK};
    ck_assert_uint_ge(gc__release_free_pages(&heap), range_size(slack));
    ck_assert_uint_eq(gc__pages_resident(slack), 0);
}
END_TEST

START_TEST(a_freed_large_object_leaves_free_blocks)
{
    char *object = hand_alloc(KIND_SCANNED, 3 * BLOCK);
    char *next = hand_alloc(KIND_SCANNED, BLOCK);
    hand_free(object);
    ck_assert(!is_object(object));
    ck_assert(!is_object(object + 2 * BLOCK));
    ck_assert_uint_eq(free_blocks(), 3);
    ck_assert_uint_eq(heap.used_blocks, 1);
    hand_free(next);
    ck_assert_uint_eq(free_blocks(), 4);
    ck_assert_uint_eq(heap.since_bytes, 0);
}
END_TEST

START_TEST(an_object_stands_at_a_multiple_of_any_power_of_two)
{
    for (size_t alignment = 16; alignment <= 64 * MEGA; alignment *= 2)
        for (int i = 0; i < 3; i++) {
            char *object = alloc_aligned(100000, alignment);
            ck_assert_uint_eq((uintptr_t)object % alignment, 0);
            ck_assert(holds(object, 0, 100000));
            memset(object, 0xff, 100000);
            hand_verify();
        }
}
END_TEST

START_TEST(what_is_left_of_an_aligned_allocation_is_free)
{
    for (size_t alignment = BLOCK; alignment <= 64 * MEGA; alignment *= 2) {
        void *object = alloc_aligned(BLOCK, alignment);
        ck_assert_uint_eq(heap.used_blocks, 1);
        ck_assert_uint_eq(free_blocks() + 1, heap_map_blocks(&heap.map));
        hand_free(object);
        ck_assert_uint_eq(free_blocks(), heap_map_blocks(&heap.map));
        hand_verify();
    }
}
END_TEST

START_TEST(an_aligned_allocation_that_is_refused_changes_nothing)
{
    enum refusal why;
    hand_alloc(KIND_SCANNED, BLOCK);
    heap.limit_blocks = 10;
    ck_assert_ptr_null(
        gc__variable_alloc_large(&heap, KIND_SCANNED, BLOCK, MEGA, &why));
    ck_assert_int_eq(why, REFUSED_BY_LIMIT);
    heap.limit_blocks = SIZE_MAX;
    gc__pages_fail_from(1);
    ck_assert_ptr_null(gc__variable_alloc_large(&heap, KIND_SCANNED, BLOCK,
                                                1024 * MEGA, &why));
    ck_assert_int_eq(why, REFUSED_BY_SYSTEM);
    ck_assert_uint_eq(heap.used_blocks, 1);
}
END_TEST

/* -------------------------------------------------------------- resizing */

START_TEST(an_object_is_resized_within_its_last_block)
{
    char *object = hand_alloc(KIND_SCANNED, 40000);
    memset(object, 1, 40000);
    ck_assert(resize(object, 60000));
    ck_assert_uint_eq(bytes_of(object), 60000);
    ck_assert(holds(object, 1, 40000));
    ck_assert(holds(object + 40000, 0, 20000));

    memset(object, 2, 60000);
    ck_assert(resize(object, 48000));
    ck_assert(resize(object, BLOCK));
    ck_assert(holds(object, 2, 48000));
    ck_assert(holds(object + 48000, 0, BLOCK - 48000));
    ck_assert_uint_eq(heap.used_blocks, 1);
}
END_TEST

START_TEST(an_object_grows_into_the_free_blocks_behind_it)
{
    char *object = hand_alloc(KIND_SCANNED, 2 * BLOCK);
    char *behind = hand_alloc(KIND_ATOMIC, 3 * BLOCK);
    char *wall = hand_alloc(KIND_ATOMIC, BLOCK);
    memset(object, 1, 2 * BLOCK);
    memset(behind, 0xff, 3 * BLOCK);
    ck_assert(!resize(object, 2 * BLOCK + 1));
    hand_free(behind);

    ck_assert(resize(object, 4 * BLOCK - 1000));
    hand_verify();
    ck_assert(holds(object, 1, 2 * BLOCK));
    ck_assert(holds(object + 2 * BLOCK, 0, 2 * BLOCK - 1000));
    ck_assert(is_object(object + 3 * BLOCK));
    ck_assert_uint_eq(free_blocks(), 1);

    ck_assert(resize(object, 5 * BLOCK));
    ck_assert(!resize(object, 5 * BLOCK + 1));
    ck_assert(is_object(wall));
    ck_assert_uint_eq(free_blocks(), 0);
}
END_TEST

START_TEST(an_object_that_shrinks_gives_blocks_back)
{
    char *object = hand_alloc(KIND_SCANNED, 5 * BLOCK);
    memset(object, 1, 5 * BLOCK);
    ck_assert(resize(object, 2 * BLOCK + 100));
    hand_verify();
    ck_assert_uint_eq(bytes_of(object), 2 * BLOCK + 112);
    ck_assert_uint_eq(free_blocks(), 2);
    ck_assert(!is_object(object + 4 * BLOCK));
    ck_assert(holds(object, 1, 2 * BLOCK + 100));

    ck_assert(resize(object, 5 * BLOCK));
    ck_assert(holds(object + 2 * BLOCK + 112, 0, 3 * BLOCK - 112));
}
END_TEST

START_TEST(an_object_does_not_become_small_or_too_large_where_it_stands)
{
    void *object = hand_alloc(KIND_SCANNED, 3 * BLOCK);
    ck_assert(!resize(object, SIZE_CLASS_MAX_BYTES));
    ck_assert(!resize(object, 0));
    ck_assert(!resize(object, SIZE_MAX));
    ck_assert(!resize(object, (size_t)1 << 47));
    ck_assert_uint_eq(bytes_of(object), 3 * BLOCK);
}
END_TEST

START_TEST(growing_in_place_keeps_to_allowance_and_limit)
{
    void *object = hand_alloc(KIND_SCANNED, 2 * BLOCK);
    hand_free(hand_alloc(KIND_SCANNED, 10 * BLOCK));
    heap.allowance_bytes = 3 * BLOCK;
    ck_assert(!resize(object, 3 * BLOCK + 16));
    ck_assert(resize(object, 3 * BLOCK));
    heap.allowance_bytes = SIZE_MAX;
    heap.limit_blocks = 4;
    ck_assert(!resize(object, 5 * BLOCK));
    ck_assert(resize(object, 4 * BLOCK));
    ck_assert_uint_eq(heap.used_blocks, 4);
    ck_assert_uint_eq(heap.since_bytes, 4 * BLOCK);
}
END_TEST

FIXTURE_SUITE("large", hand_setup, hand_teardown,
              a_large_object_takes_the_blocks_that_it_reaches,
              every_byte_of_a_large_object_leads_to_it,
              reused_blocks_read_as_zero_for_a_scanned_object,
              the_pages_behind_the_end_of_an_object_are_returned_when_asked_for,
              a_freed_large_object_leaves_free_blocks,
              an_object_stands_at_a_multiple_of_any_power_of_two,
              what_is_left_of_an_aligned_allocation_is_free,
              an_aligned_allocation_that_is_refused_changes_nothing,
              an_object_is_resized_within_its_last_block,
              an_object_grows_into_the_free_blocks_behind_it,
              an_object_that_shrinks_gives_blocks_back,
              an_object_does_not_become_small_or_too_large_where_it_stands,
              growing_in_place_keeps_to_allowance_and_limit)
