/* SPDX-License-Identifier: MIT */
/* Each invariant of the allocator is broken on purpose, and the verifier names
 * it. */

#include <check.h>
#include <stdio.h>

#include "tests/suite.h"
#include "tests/unit/hand.h"

/* A heap in which every structure has something in it. */
static struct {
    char *full;     /* first cell of a full block of 4096-byte cells */
    char *partly;   /* first cell of a block with free cells */
    char *shared;   /* a cell of a run in a block that nobody owns */
    char *owned;    /* a cell of a block that the thread owns */
    char *freed[2]; /* on a freed list, the second first */
    char *large;    /* of three blocks */
    char *free_run; /* two free blocks */
} sample;

enum {
    FULL_BYTES = 4096,
    PARTLY_BYTES = 8192,
    OWNED_BYTES = 48,
    SHARED_BYTES = 64
};

static struct block *block_of(const void *pointer)
{
    return &heap.map.blocks[((uintptr_t)pointer - heap.map.low) >> BLOCK_SHIFT];
}

static struct bit_pair *bits_of(const void *pointer)
{
    return block_bits(&heap.map,
                      (uint32_t)(block_of(pointer) - heap.map.blocks));
}

static void fill_block(char **first, size_t bytes)
{
    *first = hand_alloc(KIND_SCANNED, bytes);
    for (size_t i = 1; i < BLOCK_BYTES / bytes; i++)
        hand_alloc(KIND_SCANNED, bytes);
}

static void setup(void)
{
    hand_setup();
    fill_block(&sample.full, FULL_BYTES);
    sample.partly = hand_alloc(KIND_SCANNED, PARTLY_BYTES);
    gc__local_retire(&heap, &local);
    sample.large = hand_alloc(KIND_SCANNED, 3 * BLOCK_BYTES - 100);
    sample.free_run = hand_alloc(KIND_ATOMIC, 2 * BLOCK_BYTES);
    sample.shared = hand_alloc(KIND_ATOMIC, SHARED_BYTES);
    do {
        sample.owned = hand_alloc(KIND_ATOMIC, OWNED_BYTES);
    } while (block_of(sample.owned)->place != PLACE_OWNED);
    for (int i = 0; i < 2; i++)
        sample.freed[i] = hand_alloc(KIND_ATOMIC, OWNED_BYTES);
    for (int i = 0; i < 2; i++)
        hand_free(sample.freed[i]);
    hand_free(sample.free_run);
    hand_verify();
}

static const char *fault_of_heap(void)
{
    size_t where;
    const char *fault = gc__variable_verify(&heap, &local, &where);
    return fault == NULL ? "" : fault;
}

/* Overwrites a field, expects the fault, and puts it back. */
#define EXPECT_FAULT(field, wrong, expected)   \
    do {                                       \
        __typeof__(field) right = (field);     \
        (field) = (wrong);                     \
        const char *fault = fault_of_heap();   \
        (field) = right;                       \
        ck_assert_str_eq(fault, expected);     \
        ck_assert_str_eq(fault_of_heap(), ""); \
    } while (0)

START_TEST(faults_in_the_bits_of_a_block_are_named)
{
    struct bit_pair *bits = bits_of(sample.full);
    EXPECT_FAULT(bits[0].allocated, bits[0].allocated | 1 << 16,
                 "no bit is set past the last cell of a block");
    EXPECT_FAULT(bits[63].marked, 1,
                 "no bit is set past the last cell of a block");
    EXPECT_FAULT(bits_of(sample.free_run)[0].allocated, 1,
                 "no bit is set past the last cell of a block");
    EXPECT_FAULT(bits[0].marked, 1 << 3, "a swept block has no marks");
    EXPECT_FAULT(bits_of(sample.partly)[0].marked, 1 << 3,
                 "what is marked is allocated");
    EXPECT_FAULT(bits[0].allocated, bits[0].allocated & ~(uint64_t)4,
                 "`used` counts the allocated bits");
    EXPECT_FAULT(bits_of(sample.large)[0].allocated, 0,
                 "a large object is allocated");
}
END_TEST

START_TEST(faults_in_the_descriptor_of_a_small_block_are_named)
{
    struct block *block = block_of(sample.full);
    EXPECT_FAULT(block->size_class, SIZE_CLASS_COUNT,
                 "a small block has a size class and a kind");
    EXPECT_FAULT(block->kind, KIND_COUNT,
                 "a small block has a size class and a kind");
    EXPECT_FAULT(block->cell_bytes, 4080,
                 "cells of a small block have the size of its class");
    EXPECT_FAULT(block->cells, 15,
                 "cells of a small block have the size of its class");
    EXPECT_FAULT(block->reciprocal, block->reciprocal + 1,
                 "cells of a small block have the size of its class");
    EXPECT_FAULT(block->used, 0, "an empty block that nobody uses is free");
    EXPECT_FAULT(block_of(sample.partly)->cursor, 2,
                 "cells before the cursor of a block are taken");
    EXPECT_FAULT(block_of(sample.partly)->fresh, 0,
                 "cells past `fresh` were never taken");
    EXPECT_FAULT(block->state, BLOCK_LARGE_TAIL, "a tail follows its head");
}
END_TEST

START_TEST(faults_in_a_large_object_are_named)
{
    struct block *head = block_of(sample.large);
    EXPECT_FAULT(head->cells, 2, "the head of a large object is one cell");
    EXPECT_FAULT(head->reciprocal, 1, "the head of a large object is one cell");
    EXPECT_FAULT(head->run_blocks, 0, "a large object lies in the heap");
    EXPECT_FAULT(head->run_blocks, 1000, "a large object lies in the heap");
    EXPECT_FAULT(head->large_bytes, 3 * BLOCK_BYTES + 1,
                 "a large object takes no block too many");
    EXPECT_FAULT(head->large_bytes, 2 * BLOCK_BYTES,
                 "a large object takes no block too many");
    EXPECT_FAULT(head[1].back, 2,
                 "the tails of a large object lead to its head");
    EXPECT_FAULT(head[2].state, BLOCK_FREE,
                 "the tails of a large object lead to its head");
}
END_TEST

START_TEST(faults_in_free_runs_and_counts_are_named)
{
    const char *runs = "free runs are whole and on the list of their length";
    EXPECT_FAULT(block_of(sample.free_run)->run_blocks, 1, runs);
    EXPECT_FAULT(block_of(sample.free_run)[1].back, 0, runs);
    EXPECT_FAULT(heap.free_runs.blocks, 1, runs);
    EXPECT_FAULT(heap.used_blocks, heap.used_blocks + 1,
                 "`used_blocks` counts what is not free");
    struct class_blocks *class =
        &heap.classes[KIND_SCANNED][size_class_of(FULL_BYTES)];
    EXPECT_FAULT(class->count, 2, "each class counts its blocks");
}
END_TEST

START_TEST(faults_in_the_lists_of_blocks_are_named)
{
    struct class_blocks *full =
        &heap.classes[KIND_SCANNED][size_class_of(FULL_BYTES)];
    struct class_blocks *partly =
        &heap.classes[KIND_SCANNED][size_class_of(PARTLY_BYTES)];
    EXPECT_FAULT(full->full.first, 100000, "a listed block lies in the heap");
    EXPECT_FAULT(full->full.first, partly->available.first,
                 "a block stands on a list of its kind and class");
    EXPECT_FAULT(block_of(sample.full)->previous, 0,
                 "lists are linked both ways");
    EXPECT_FAULT(block_of(sample.full)->place, PLACE_AVAILABLE,
                 "a block stands on the list that it says");
    EXPECT_FAULT(full->full.first, NO_BLOCK,
                 "every block is on a list or owned");
}
END_TEST

/* All survive, and only the full block is swept. */
static void collect_and_sweep_one(void)
{
    hand_stop();
    struct cell cell = {0, 0};
    for (; gc__variable_next(&heap, &cell); cell.index++)
        cell_bits(&heap.map, cell)->marked |= cell_bit(cell);
    gc__variable_begin_sweep(&heap);
    gc__variable_sweep_block(&heap, hand_cell(sample.full).block);
    hand_verify();
}

START_TEST(faults_in_the_lists_of_unswept_blocks_are_named)
{
    struct class_blocks *full =
        &heap.classes[KIND_SCANNED][size_class_of(FULL_BYTES)];
    struct class_blocks *partly =
        &heap.classes[KIND_SCANNED][size_class_of(PARTLY_BYTES)];
    collect_and_sweep_one();
    EXPECT_FAULT(partly->available.first, partly->unswept[0].first,
                 "unswept blocks stand on the unswept lists");
    EXPECT_FAULT(full->unswept[1].first, full->full.first,
                 "unswept blocks stand on the unswept lists");
    EXPECT_FAULT(block_of(sample.full)->cycle, heap.cycle - 1,
                 "unswept blocks stand on the unswept lists");
    EXPECT_FAULT(block_of(sample.partly)->cycle, heap.cycle,
                 "a swept block has no marks");
    EXPECT_FAULT(block_of(sample.partly)->place, PLACE_FULL,
                 "a block stands on the list that it says");
}
END_TEST

START_TEST(a_full_block_among_those_with_free_cells_is_named)
{
    struct class_blocks *class =
        &heap.classes[KIND_SCANNED][size_class_of(FULL_BYTES)];
    uint32_t block = class->full.first;
    gc__block_list_remove(&heap.map, &class->full, block);
    gc__block_list_push(&heap.map, &class->available, block);
    heap.map.blocks[block].place = PLACE_AVAILABLE;
    ck_assert_str_eq(fault_of_heap(), "a full block has no free cell");
    gc__block_list_remove(&heap.map, &class->available, block);
    gc__block_list_push(&heap.map, &class->full, block);
    heap.map.blocks[block].place = PLACE_FULL;
}
END_TEST

START_TEST(faults_in_what_a_thread_has_are_named)
{
    struct slot *slot = &local.slots[KIND_ATOMIC][size_class_of(OWNED_BYTES)];
    struct freed_cell *freed = slot->freed;
    EXPECT_FAULT(local.slots[KIND_SCANNED][0].limit, 32, "a run is in a block");
    EXPECT_FAULT(slot->home,
                 (uint32_t)(block_of(sample.full) - heap.map.blocks) + 1,
                 "the block of a run is of its class");
    EXPECT_FAULT(slot->next, slot->limit + OWNED_BYTES,
                 "a run lies in its block");
    EXPECT_FAULT(slot->limit, slot->next + BLOCK_BYTES,
                 "a run lies in its block");
    struct slot *shared =
        &local.slots[KIND_ATOMIC][size_class_of(SHARED_BYTES)];
    EXPECT_FAULT(shared->owns, true, "a block has the owner that it says");
    EXPECT_FAULT(slot->owns, false, "every block is on a list or owned");
    EXPECT_FAULT(block_of(sample.shared)->users, 2,
                 "a block counts the threads that use it");
    EXPECT_FAULT(slot->freed, (struct freed_cell *)(sample.owned + 16),
                 "a freed list has cells");
    EXPECT_FAULT(slot->freed, (struct freed_cell *)&local,
                 "a freed list has cells");
    EXPECT_FAULT(slot->freed, (struct freed_cell *)sample.full,
                 "a freed list has cells of its class");
    EXPECT_FAULT(freed->seal, 0,
                 "a freed cell is sealed: it was written after it was freed");
    EXPECT_FAULT(slot->freed_count, 1, "a freed list is as long as it says");
    EXPECT_FAULT(slot->freed_count, 3, "a freed list is as long as it says");
    EXPECT_FAULT(freed->next, freed, "a freed list is as long as it says");
    EXPECT_FAULT(slot->freed, (struct freed_cell *)(slot->limit),
                 "a freed cell keeps its allocated bit");
}
END_TEST

START_TEST(the_place_of_a_fault_is_told)
{
    size_t where = 0;
    size_t expected = (size_t)(block_of(sample.full) - heap.map.blocks);
    block_of(sample.full)->used--;
    ck_assert_ptr_nonnull(gc__variable_verify(&heap, &local, &where));
    ck_assert_uint_eq(where, expected);
    block_of(sample.full)->used++;
}
END_TEST

FIXTURE_SUITE("verify", setup, hand_teardown,
              faults_in_the_bits_of_a_block_are_named,
              faults_in_the_descriptor_of_a_small_block_are_named,
              faults_in_a_large_object_are_named,
              faults_in_free_runs_and_counts_are_named,
              faults_in_the_lists_of_blocks_are_named,
              faults_in_the_lists_of_unswept_blocks_are_named,
              a_full_block_among_those_with_free_cells_is_named,
              faults_in_what_a_thread_has_are_named,
              the_place_of_a_fault_is_told)
