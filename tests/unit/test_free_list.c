/* SPDX-License-Identifier: MIT */
/* Runs of free blocks against a model of one bool for each block. */

#include <check.h>

#include "alloc/free_list.h"
#include "tests/random.h"
#include "tests/suite.h"

enum { BLOCKS = 400, STEPS = 20000 };

static struct heap_map map;
static struct free_runs runs;
static bool is_free[BLOCKS];

/* All blocks are taken at first. */
static void setup(void)
{
    ck_assert(gc__heap_map_init(&map));
    ck_assert_uint_eq(gc__heap_map_grow(&map, BLOCKS), 0);
    for (size_t i = 0; i < BLOCKS; i++) {
        map.blocks[i].state = BLOCK_SMALL;
        is_free[i] = false;
    }
    gc__free_runs_init(&runs);
}

static void teardown(void)
{
    gc__heap_map_finish(&map);
}

static void give(uint32_t first, size_t count)
{
    gc__free_runs_give(&map, &runs, first, count, 0);
    for (size_t i = first; i < first + count; i++)
        is_free[i] = true;
}

static void note_taken(uint32_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++) {
        ck_assert(is_free[i]);
        is_free[i] = false;
        map.blocks[i].state = BLOCK_SMALL;
    }
}

static uint32_t take(size_t count)
{
    uint32_t first = gc__free_runs_take(&map, &runs, count);
    if (first != NO_BLOCK)
        note_taken(first, count);
    return first;
}

/* Length of the run of free blocks from `first` on. */
static size_t run_length(size_t first)
{
    size_t end = first;
    while (end < BLOCKS && is_free[end])
        end++;
    return end - first;
}

static size_t longest_run(void)
{
    size_t longest = 0;
    for (size_t i = 0; i < BLOCKS; i++)
        longest = larger(longest, run_length(i));
    return longest;
}

static bool has_run_of_exactly(size_t count)
{
    for (size_t i = 0; i < BLOCKS; i += run_length(i) + 1)
        if (run_length(i) == count)
            return true;
    return false;
}

static size_t count_free(void)
{
    size_t count = 0;
    for (size_t i = 0; i < BLOCKS; i++)
        count += is_free[i];
    return count;
}

/* The maximal runs of the model are those of the lists: the verifier sees that
 * each run is whole, so it is enough that the lists have as many blocks. */
static void check_against_model(void)
{
    ck_assert(gc__free_runs_verify(&map, &runs));
    ck_assert_uint_eq(runs.blocks, count_free());
    for (size_t i = 0; i < BLOCKS; i++)
        ck_assert_int_eq(map.blocks[i].state == BLOCK_FREE, is_free[i]);
}

START_TEST(there_is_nothing_to_take_where_nothing_was_given)
{
    check_against_model();
    ck_assert_uint_eq(take(1), NO_BLOCK);
    ck_assert(!gc__free_runs_take_at(&map, &runs, 0, 1));
    ck_assert(!gc__free_runs_take_at(&map, &runs, BLOCKS - 1, 2));
}
END_TEST

/* In all orders in which three neighbours can be given back. */
START_TEST(neighbours_become_one_run_in_whatever_order_they_come)
{
    static const uint32_t orders[6][3] = {{10, 12, 17}, {10, 17, 12},
                                          {12, 10, 17}, {12, 17, 10},
                                          {17, 10, 12}, {17, 12, 10}};
    for (int order = 0; order < 6; order++) {
        for (int i = 0; i < 3; i++) {
            uint32_t first = orders[order][i];
            give(first, first == 10 ? 2 : first == 12 ? 5 : 3);
            check_against_model();
        }
        ck_assert_uint_eq(take(11), NO_BLOCK);
        ck_assert_uint_eq(take(10), 10);
        check_against_model();
    }
}
END_TEST

START_TEST(blocks_with_a_taken_one_between_them_stay_apart)
{
    give(0, 5);
    give(6, 5);
    ck_assert_uint_eq(take(6), NO_BLOCK);
    ck_assert_uint_eq(runs.blocks, 10);
    give(5, 1);
    ck_assert_uint_eq(take(11), 0);
}
END_TEST

START_TEST(the_first_and_the_last_block_of_the_heap_have_one_neighbour)
{
    give(0, 1);
    give(BLOCKS - 1, 1);
    check_against_model();
    give(1, 1);
    give(BLOCKS - 2, 1);
    check_against_model();
    give(2, BLOCKS - 4);
    check_against_model();
    ck_assert_uint_eq(take(BLOCKS), 0);
}
END_TEST

START_TEST(a_run_of_the_length_asked_for_is_preferred_to_a_longer_one)
{
    size_t at = 0;
    for (uint32_t length = EXACT_BINS; length >= 1; length--) {
        if (at + length + 1 > BLOCKS)
            continue;
        give((uint32_t)at, length);
        at += length + 1;
    }
    for (size_t length = 1; length <= EXACT_BINS; length++) {
        if (!has_run_of_exactly(length))
            continue;
        uint32_t first = take(length);
        ck_assert_uint_ne(first, NO_BLOCK);
        ck_assert_uint_eq(run_length(first + length), 0);
        check_against_model();
    }
}
END_TEST

START_TEST(blocks_are_cut_out_of_the_middle_of_a_run)
{
    give(100, 50);
    ck_assert(!gc__free_runs_take_at(&map, &runs, 99, 2));
    ck_assert(!gc__free_runs_take_at(&map, &runs, 149, 2));
    ck_assert(gc__free_runs_take_at(&map, &runs, 120, 10));
    note_taken(120, 10);
    check_against_model();
    ck_assert(!gc__free_runs_take_at(&map, &runs, 119, 2));
    ck_assert(gc__free_runs_take_at(&map, &runs, 100, 20));
    note_taken(100, 20);
    ck_assert(gc__free_runs_take_at(&map, &runs, 149, 1));
    note_taken(149, 1);
    check_against_model();
}
END_TEST

START_TEST(all_parts_of_a_run_know_since_when_they_are_free)
{
    gc__free_runs_give(&map, &runs, 10, 30, 5);
    ck_assert(gc__free_runs_take_at(&map, &runs, 20, 5));
    ck_assert_uint_eq(map.blocks[10].cycle, 5);
    ck_assert_uint_eq(map.blocks[25].cycle, 5);
    for (size_t i = 20; i < 25; i++)
        map.blocks[i].state = BLOCK_SMALL;
    gc__free_runs_give(&map, &runs, 20, 5, 9);
    ck_assert_uint_eq(map.blocks[10].cycle, 9);
}
END_TEST

static void take_some(struct random *random)
{
    size_t count = 1 + random_below(random, random_below(random, 2) ? 6 : 80);
    size_t longest = longest_run();
    bool has_exact = count <= EXACT_BINS && has_run_of_exactly(count);
    uint32_t first = take(count);
    ck_assert_int_eq(first != NO_BLOCK, longest >= count);
    if (has_exact)
        ck_assert_uint_eq(run_length(first + count), 0);
}

static void take_somewhere(struct random *random)
{
    uint32_t first = (uint32_t)random_below(random, BLOCKS);
    size_t count = 1 + random_below(random, 10);
    bool can = run_length(first) >= count;
    ck_assert_int_eq(gc__free_runs_take_at(&map, &runs, first, count), can);
    if (can)
        note_taken(first, count);
}

static void give_some(struct random *random)
{
    uint32_t first = (uint32_t)random_below(random, BLOCKS);
    size_t most = 1 + random_below(random, 40);
    size_t count = 0;
    while (count < most && first + count < BLOCKS && !is_free[first + count])
        count++;
    if (count > 0)
        give(first, count);
}

START_TEST(random_taking_and_giving_agrees_with_the_model)
{
    struct random random = {20260101};
    for (size_t step = 0; step < STEPS; step++) {
        switch (random_below(&random, 5)) {
        case 0:
        case 1:
            take_some(&random);
            break;
        case 2:
            take_somewhere(&random);
            break;
        default:
            give_some(&random);
        }
        ck_assert(gc__free_runs_verify(&map, &runs));
        if (step % 100 == 0)
            check_against_model();
    }
}
END_TEST

START_TEST(a_list_of_blocks_is_linked_both_ways)
{
    struct block_list list = {NO_BLOCK};
    for (uint32_t i = 0; i < 5; i++)
        gc__block_list_push(&map, &list, i);
    gc__block_list_remove(&map, &list, 2); /* in the middle */
    gc__block_list_remove(&map, &list, 4); /* the first */
    gc__block_list_remove(&map, &list, 0); /* the last */
    ck_assert_uint_eq(list.first, 3);
    ck_assert_uint_eq(map.blocks[3].previous, NO_BLOCK);
    ck_assert_uint_eq(map.blocks[3].next, 1);
    ck_assert_uint_eq(map.blocks[1].previous, 3);
    ck_assert_uint_eq(map.blocks[1].next, NO_BLOCK);
    gc__block_list_remove(&map, &list, 3);
    gc__block_list_remove(&map, &list, 1);
    ck_assert_uint_eq(list.first, NO_BLOCK);
}
END_TEST

/* Restored by the caller; the verifier must see it in between. */
static void expect_damage(void)
{
    ck_assert(!gc__free_runs_verify(&map, &runs));
}

START_TEST(the_verifier_sees_a_damaged_run)
{
    give(10, 4);
    give(20, 40);
    check_against_model();

    map.blocks[10].run_blocks = 3;
    expect_damage();
    map.blocks[10].run_blocks = 4;
    map.blocks[13].back = 2;
    expect_damage();
    map.blocks[13].back = 3;
    map.blocks[25].state = BLOCK_SMALL;
    expect_damage();
    map.blocks[25].state = BLOCK_FREE;
    map.blocks[60].state = BLOCK_FREE; /* a neighbour that was not joined */
    expect_damage();
    map.blocks[60].state = BLOCK_SMALL;
    map.blocks[20].previous = 10;
    expect_damage();
    map.blocks[20].previous = NO_BLOCK;
    runs.blocks++;
    expect_damage();
    runs.blocks--;
    map.blocks[12].cells = 1;
    expect_damage();
    map.blocks[12].cells = 0;
    check_against_model();
}
END_TEST

FIXTURE_SUITE("free_list", setup, teardown,
              there_is_nothing_to_take_where_nothing_was_given,
              neighbours_become_one_run_in_whatever_order_they_come,
              blocks_with_a_taken_one_between_them_stay_apart,
              the_first_and_the_last_block_of_the_heap_have_one_neighbour,
              a_run_of_the_length_asked_for_is_preferred_to_a_longer_one,
              blocks_are_cut_out_of_the_middle_of_a_run,
              all_parts_of_a_run_know_since_when_they_are_free,
              random_taking_and_giving_agrees_with_the_model,
              a_list_of_blocks_is_linked_both_ways,
              the_verifier_sees_a_damaged_run)
