/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include <check.h>
#include <string.h>
#include <sys/mman.h>

#include "alloc/heap_map.h"
#include "alloc/object_header.h"
#include "tests/crowd.h"
#include "tests/suite.h"

/* The step in which memory is made usable is 64 blocks. */
enum { STEP_BLOCKS = 64, MEGA = 1 << 20 };

static struct heap_map map;

static void setup(void)
{
    ck_assert(gc__heap_map_init(&map));
}

static void teardown(void)
{
    gc__pages_fail_from(0);
    gc__heap_map_finish(&map);
}

static void make_small(uint32_t index, size_t cell_bytes)
{
    map.blocks[index] = (struct block){
        .reciprocal = reciprocal_of((uint32_t)cell_bytes),
        .cell_bytes = (uint32_t)cell_bytes,
        .cells = (uint16_t)(BLOCK_BYTES / cell_bytes),
        .state = BLOCK_SMALL,
    };
}

static void make_large(uint32_t head, uint32_t blocks, size_t bytes)
{
    map.blocks[head] = (struct block){
        .cells = 1,
        .state = BLOCK_LARGE,
        .kind = KIND_ATOMIC,
        .run_blocks = blocks,
        .large_bytes = bytes,
    };
    for (uint32_t i = 1; i < blocks; i++)
        map.blocks[head + i] =
            (struct block){.state = BLOCK_LARGE_TAIL, .back = i};
}

static void make_free(uint32_t first, uint32_t blocks)
{
    map.blocks[first].run_blocks = blocks;
    map.blocks[first + blocks - 1].back = blocks - 1;
}

static struct cell find(uintptr_t word)
{
    struct cell cell;
    ck_assert(heap_map_find(&map, word, &cell));
    return cell;
}

static bool finds_nothing(uintptr_t word)
{
    struct cell cell = {77, 78};
    return !heap_map_find(&map, word, &cell) && cell.block == 77 &&
           cell.index == 78;
}

/* Not by an assertion of Check for each byte, which would take seconds. */
static void expect_cell(uintptr_t word, uint32_t block, size_t index)
{
    struct cell cell;
    if (!heap_map_find(&map, word, &cell) || cell.block != block ||
        cell.index != index)
        ck_abort_msg("byte %zu of the heap is in cell %zu of block %u",
                     (size_t)(word - map.low), index, block);
}

static void expect_none(uintptr_t word)
{
    if (!finds_nothing(word))
        ck_abort_msg("byte %zu of the heap is in no cell",
                     (size_t)(word - map.low));
}

static void expect_cells(uint32_t block)
{
    uintptr_t low = block_address(&map, block);
    size_t bytes = map.blocks[block].cell_bytes;
    for (size_t offset = 0; offset < BLOCK_BYTES; offset++) {
        if (offset / bytes < BLOCK_BYTES / bytes)
            expect_cell(low + offset, block, offset / bytes);
        else
            expect_none(low + offset);
    }
}

static void expect_object(uint32_t head, uint32_t blocks)
{
    uintptr_t end = block_address(&map, head + blocks);
    for (uintptr_t at = block_address(&map, head); at < end; at++)
        expect_cell(at, head, 0);
}

static void expect_nothing(uint32_t first, uint32_t blocks)
{
    uintptr_t end = block_address(&map, first + blocks);
    for (uintptr_t at = block_address(&map, first); at < end; at++)
        expect_none(at);
}

START_TEST(every_byte_of_blocks_in_all_states_leads_to_its_cell_or_to_none)
{
    ck_assert_uint_eq(gc__heap_map_grow(&map, 12), 0);
    make_small(0, 16);
    make_small(1, 48);
    make_small(2, SIZE_CLASS_MAX_BYTES);
    make_free(3, 3);
    make_large(6, 1, 40000);
    make_large(7, 3, 2 * BLOCK_BYTES + 16);
    make_small(10, 13 * 256);
    make_free(11, 1);

    expect_cells(0);
    expect_cells(1);
    expect_cells(2);
    expect_nothing(3, 3);
    expect_object(6, 1);
    expect_object(7, 3);
    expect_cells(10);
    expect_nothing(11, 1);
}
END_TEST

START_TEST(words_outside_of_the_heap_are_no_cells)
{
    ck_assert(finds_nothing(map.low));
    ck_assert_uint_eq(gc__heap_map_grow(&map, 2), 0);
    make_small(0, 16);
    make_large(1, 1, BLOCK_BYTES);
    ck_assert(finds_nothing(0));
    ck_assert(finds_nothing(1));
    ck_assert(finds_nothing(map.low - 1));
    ck_assert(finds_nothing(map.low + map.bytes));
    ck_assert(finds_nothing((uintptr_t)&map));
    ck_assert(finds_nothing((uintptr_t)map.blocks));
    ck_assert(finds_nothing(UINTPTR_MAX));
    ck_assert(finds_nothing(~map.low));
}
END_TEST

START_TEST(a_cell_knows_its_address_its_size_and_its_bits)
{
    ck_assert_uint_eq(gc__heap_map_grow(&map, 3), 0);
    make_small(0, 48);
    make_large(1, 2, BLOCK_BYTES + 160);

    struct cell cell = find(map.low + 100 * 48 + 5);
    ck_assert_uint_eq(cell_address(&map, cell), map.low + 100 * 48);
    ck_assert_uint_eq(cell_bytes(&map, cell), 48);
    ck_assert(!cell_is_allocated(&map, cell));
    cell_bits(&map, cell)->allocated |= cell_bit(cell);
    ck_assert(cell_is_allocated(&map, cell));
    ck_assert(!cell_is_marked(&map, cell));
    ck_assert_uint_eq(map.blocks[0].bits[1].allocated,
                      (uint64_t)1 << (100 - 64));

    struct cell large = find(block_address(&map, 2) + 7);
    cell_bits(&map, large)->allocated |= cell_bit(large);
    cell_bits(&map, large)->marked |= cell_bit(large);
    struct object_header header = object_header_of(&map, large);
    ck_assert_uint_eq(header.base, block_address(&map, 1));
    ck_assert_uint_eq(header.bytes, BLOCK_BYTES + 160);
    ck_assert_int_eq(header.kind, KIND_ATOMIC);
    ck_assert(header.is_allocated);
    ck_assert(header.is_marked);
    ck_assert_uint_eq(map.blocks[1].bits[0].marked, 1);
}
END_TEST

static bool is_zero(const void *memory, size_t bytes)
{
    const unsigned char *at = memory;
    for (size_t i = 0; i < bytes; i++)
        if (at[i] != 0)
            return false;
    return true;
}

static bool block_is_fresh(uint32_t block)
{
    return is_zero((void *)block_address(&map, block), BLOCK_BYTES) &&
           is_zero(&map.blocks[block], sizeof(struct block));
}

static void scribble(uint32_t block)
{
    memset((void *)block_address(&map, block), 0xff, BLOCK_BYTES);
    memset(&map.blocks[block], 0xff, sizeof(struct block));
}

START_TEST(a_heap_grows_in_place_by_fresh_blocks)
{
    uint32_t blocks = 0;
    ck_assert_uint_eq(map.low % BLOCK_BYTES, 0);
    for (uint32_t step = 1; step <= 25; step++) {
        ck_assert_uint_eq(gc__heap_map_grow(&map, step), blocks);
        for (uint32_t i = 0; i < step; i++) {
            ck_assert(block_is_fresh(blocks + i));
            scribble(blocks + i);
        }
        blocks += step;
        ck_assert_uint_eq(heap_map_blocks(&map), blocks);
    }
    ck_assert_uint_ge(gc__heap_map_table_bytes(&map),
                      blocks * sizeof(struct block));
    ck_assert_uint_le(gc__heap_map_table_bytes(&map),
                      2 * blocks * sizeof(struct block));
}
END_TEST

START_TEST(tables_and_heap_lie_in_their_place_and_do_not_overlap)
{
    size_t most = map.capacity_blocks;
    uintptr_t blocks_end = (uintptr_t)(map.blocks + most);
    ck_assert_uint_ge((uintptr_t)map.blocks, map.place.space.low);
    ck_assert_uint_le(blocks_end, map.low);
    ck_assert_uint_le(block_address(&map, most), map.place.space.high);
    ck_assert_uint_lt(most, NO_BLOCK);
    ck_assert_uint_ge(most, (size_t)1 << 20); /* 64 GiB */
}
END_TEST

START_TEST(more_blocks_than_there_is_room_for_are_refused)
{
    ck_assert_uint_eq(gc__heap_map_grow(&map, map.capacity_blocks + 1),
                      NO_BLOCK);
    ck_assert_uint_eq(gc__heap_map_grow(&map, SIZE_MAX), NO_BLOCK);
    ck_assert_uint_eq(heap_map_blocks(&map), 0);
    ck_assert_uint_eq(gc__heap_map_grow(&map, 1), 0);
    ck_assert_uint_eq(gc__heap_map_grow(&map, map.capacity_blocks), NO_BLOCK);
    ck_assert_uint_eq(heap_map_blocks(&map), 1);
}
END_TEST

START_TEST(a_place_that_is_refused_is_no_heap)
{
    struct heap_map refused = {.low = 1};
    gc__pages_fail_from(1);
    ck_assert(!gc__heap_map_init(&refused));
}
END_TEST

/* Whatever call of a growth fails, nothing has changed, and the next attempt
 * has everything. */
static void grow_when_call_fails(size_t call, bool *has_failed)
{
    uint32_t before = (uint32_t)heap_map_blocks(&map);
    gc__pages_fail_from(call);
    uint32_t first = gc__heap_map_grow(&map, STEP_BLOCKS + 1);
    gc__pages_fail_from(0);
    *has_failed = first == NO_BLOCK;
    if (*has_failed) {
        ck_assert_uint_eq(heap_map_blocks(&map), before);
        first = gc__heap_map_grow(&map, STEP_BLOCKS + 1);
    }
    ck_assert_uint_eq(first, before);
    for (uint32_t i = 0; i < STEP_BLOCKS + 1; i++) {
        ck_assert(block_is_fresh(before + i));
        scribble(before + i);
    }
}

START_TEST(a_growth_that_fails_half_way_can_be_tried_again)
{
    bool has_failed = true;
    size_t call;
    for (call = 1; has_failed; call++)
        grow_when_call_fails(call, &has_failed);
    ck_assert_uint_ge(call, 4); /* bits, descriptors, blocks */
}
END_TEST

START_TEST(a_growth_that_fails_half_way_in_a_place_set_aside_can_be_tried_again)
{
    gc__heap_map_finish(&map);
    crowd_places();
    ck_assert(gc__heap_map_init(&map));
    ck_assert(map.place.is_set_aside);
    bool has_failed = true;
    for (size_t call = 1; has_failed; call++)
        grow_when_call_fails(call, &has_failed);
    uncrowd_places();
}
END_TEST

START_TEST(a_foreign_mapping_in_the_way_ends_the_growth_and_stays)
{
    enum { ROOM = 200 };
    void *wanted = (void *)block_address(&map, ROOM);
    char *foreign = mmap(wanted, PAGE_BYTES, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_eq(foreign, wanted);
    strcpy(foreign, "mine");

    ck_assert_uint_eq(gc__heap_map_grow(&map, ROOM + 1), NO_BLOCK);
    ck_assert_uint_eq(gc__heap_map_grow(&map, ROOM), 0);
    ck_assert_uint_eq(gc__heap_map_grow(&map, 1), NO_BLOCK);
    ck_assert(block_is_fresh(ROOM - 1));
    ck_assert_str_eq(foreign, "mine");

    munmap(foreign, PAGE_BYTES);
    ck_assert_uint_eq(gc__heap_map_grow(&map, 1), ROOM);
}
END_TEST

START_TEST(under_a_limit_of_address_space_the_heap_grows_by_what_is_needed)
{
    ck_assert_uint_eq(gc__heap_map_grow(&map, STEP_BLOCKS), 0);
    scribble(0);
    /* Room for the blocks and their tables, not for a step in advance. */
    struct rlimit old = limit_address_space(6 * MEGA);
    ck_assert_uint_eq(gc__heap_map_grow(&map, 200), NO_BLOCK);
    ck_assert_uint_eq(gc__heap_map_grow(&map, 80), STEP_BLOCKS);
    ck_assert(block_is_fresh(STEP_BLOCKS + 79));

    setrlimit(RLIMIT_AS, &old);
    ck_assert_uint_eq(gc__heap_map_grow(&map, 200), STEP_BLOCKS + 80);
    ck_assert_uint_eq(*(unsigned char *)map.low, 0xff);
}
END_TEST

FIXTURE_SUITE(
    "heap_map", setup, teardown,
    every_byte_of_blocks_in_all_states_leads_to_its_cell_or_to_none,
    words_outside_of_the_heap_are_no_cells,
    a_cell_knows_its_address_its_size_and_its_bits,
    a_heap_grows_in_place_by_fresh_blocks,
    tables_and_heap_lie_in_their_place_and_do_not_overlap,
    more_blocks_than_there_is_room_for_are_refused,
    a_place_that_is_refused_is_no_heap,
    a_growth_that_fails_half_way_can_be_tried_again,
    a_growth_that_fails_half_way_in_a_place_set_aside_can_be_tried_again,
    a_foreign_mapping_in_the_way_ends_the_growth_and_stays,
    under_a_limit_of_address_space_the_heap_grows_by_what_is_needed)
