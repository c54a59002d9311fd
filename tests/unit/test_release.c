/* SPDX-License-Identifier: MIT */
/* What is free goes back to the system: counted as the kernel counts it. */

#define _GNU_SOURCE /* syscall */

#include <check.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "alloc/release.h"
#include "tests/suite.h"
#include "tests/unit/hand.h"

enum { BLOCK = BLOCK_BYTES, MEGA = 1 << 20 };

static size_t resident_of(const void *low, size_t bytes)
{
    uintptr_t from = (uintptr_t)low;
    return gc__pages_resident((struct range){from, from + bytes}) * PAGE_BYTES;
}

static size_t resident_heap(void)
{
    return resident_of((void *)heap.map.low, heap.map.bytes);
}

static char *dirty_object(enum kind kind, size_t bytes)
{
    char *object = hand_alloc(kind, bytes);
    memset(object, 0x77, bytes);
    return object;
}

static void pass_cycles(int count)
{
    for (int i = 0; i < count; i++)
        gc__variable_begin_sweep(&heap);
}

START_TEST(the_memory_of_free_blocks_is_returned_and_reads_as_zero)
{
    char *object = dirty_object(KIND_ATOMIC, MEGA);
    char *live = dirty_object(KIND_ATOMIC, BLOCK);
    hand_free(object);
    ck_assert_uint_eq(resident_of(object, MEGA), MEGA);
    ck_assert_uint_ge(gc__release_free_blocks(&heap, 0), MEGA);
    hand_verify();
    ck_assert_uint_eq(resident_of(object, MEGA), 0);
    ck_assert(holds(live, 0x77, BLOCK));
    ck_assert_ptr_eq(hand_alloc(KIND_SCANNED, MEGA), object);
    ck_assert(holds(object, 0, MEGA));
}
END_TEST

START_TEST(returned_blocks_are_not_cleared_when_they_are_taken_again)
{
    hand_free(dirty_object(KIND_ATOMIC, MEGA));
    gc__release_free_blocks(&heap, 0);
    char *object = hand_alloc(KIND_SCANNED, MEGA);
    ck_assert_uint_eq(resident_of(object, MEGA), 0);
}
END_TEST

START_TEST(what_was_returned_is_not_returned_again)
{
    hand_free(dirty_object(KIND_ATOMIC, MEGA));
    ck_assert_uint_gt(gc__release_free_blocks(&heap, 0), 0);
    ck_assert_uint_eq(gc__release_free_blocks(&heap, 0), 0);
    hand_free(dirty_object(KIND_ATOMIC, BLOCK));
    ck_assert_uint_ge(gc__release_free_blocks(&heap, 0), BLOCK);
}
END_TEST

START_TEST(blocks_stay_until_they_have_been_free_for_some_cycles)
{
    hand_free(dirty_object(KIND_ATOMIC, MEGA));
    for (int age = 0; age < 3; age++) {
        ck_assert_uint_eq(gc__release_free_blocks(&heap, 3), 0);
        pass_cycles(1);
    }
    ck_assert_uint_ge(gc__release_free_blocks(&heap, 3), MEGA);
}
END_TEST

/* madvise() does nothing about pages that a program has locked.  (A sanitizer
 * makes mlock() do nothing.) */
START_TEST(a_system_that_refuses_leaves_the_blocks_dirty)
{
    char *object = dirty_object(KIND_ATOMIC, BLOCK);
    char *locked = object + BLOCK / 2;
    ck_assert_int_eq(syscall(SYS_mlock, locked, PAGE_BYTES), 0);
    hand_free(object);
    ck_assert_uint_eq(gc__release_free_blocks(&heap, 0), 0);
    ck_assert_ptr_eq(hand_alloc(KIND_SCANNED, BLOCK), object);
    ck_assert(holds(object, 0, BLOCK));
    syscall(SYS_munlock, locked, PAGE_BYTES);
}
END_TEST

/* One cell in two of each size, for all sizes that leave whole pages free, and
 * a run of eight in sixteen for the smaller ones. */
static void free_half(char *objects[], size_t count, size_t group)
{
    for (size_t i = 0; i < count; i++)
        if (i / group % 2 == 0)
            hand_free(objects[i]);
    hand_stop();
}

static void check_half(char *objects[], size_t count, size_t group,
                       size_t bytes)
{
    for (size_t i = 0; i < count; i++)
        if (i / group % 2 == 1 && !holds(objects[i], 0x77, bytes))
            ck_abort_msg("object %zu of %zu bytes has changed", i, bytes);
}

static void release_between_objects(size_t bytes, size_t group)
{
    enum { MOST = 8192 };
    static char *objects[MOST];
    size_t count = smaller(4 * BLOCK / bytes, MOST);
    for (size_t i = 0; i < count; i++)
        objects[i] = dirty_object(KIND_SCANNED, bytes);
    free_half(objects, count, group);

    size_t before = resident_heap();
    size_t returned = gc__release_free_pages(&heap);
    hand_verify();
    ck_assert_uint_eq(resident_heap(), before - returned);
    size_t pages_of_group = group * bytes / PAGE_BYTES - 1;
    ck_assert_uint_ge(returned,
                      count / group / 2 * pages_of_group * PAGE_BYTES * 3 / 4);
    ck_assert_uint_eq(gc__release_free_pages(&heap), 0);
    check_half(objects, count, group, bytes);

    for (size_t i = 0; i < count; i++)
        ck_assert(holds(hand_alloc(KIND_SCANNED, bytes), 0, bytes));
    check_half(objects, count, group, bytes);
}

START_TEST(free_pages_between_objects_are_returned)
{
    release_between_objects(16, 1024);
    release_between_objects(48, 300);
    release_between_objects(8192, 1);
    release_between_objects(20480, 1);
    release_between_objects(32768, 1);
}
END_TEST

START_TEST(a_block_is_trimmed_again_after_something_changed_in_it)
{
    char *objects[8];
    for (int i = 0; i < 8; i++)
        objects[i] = dirty_object(KIND_SCANNED, 8192);
    hand_free(objects[2]);
    hand_stop();
    ck_assert_uint_eq(gc__release_free_pages(&heap), 8192);
    hand_free(objects[5]);
    hand_stop();
    ck_assert_uint_ge(gc__release_free_pages(&heap), 8192);
    ck_assert_uint_eq(resident_of(objects[5], 8192), 0);

    dirty_object(KIND_SCANNED, 8192);
    hand_stop();
    hand_mark(objects[0]);
    gc__variable_begin_sweep(&heap);
    gc__variable_sweep_all(&heap);
    ck_assert_uint_ge(gc__release_free_pages(&heap), 6 * 8192);
    ck_assert_uint_eq(resident_heap(), 8192);
}
END_TEST

START_TEST(tables_of_free_blocks_are_returned_with_them)
{
    enum { COUNT = 256 };
    void *objects[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        objects[i] = dirty_object(KIND_ATOMIC, 32768);
    size_t bytes = heap_map_blocks(&heap.map) * sizeof(struct block);
    ck_assert_uint_ge(resident_of(heap.map.blocks, bytes), bytes);
    for (size_t i = 0; i < COUNT; i++)
        hand_free(objects[i]);
    hand_stop();
    gc__release_free_blocks(&heap, 0);
    ck_assert_uint_le(resident_of(heap.map.blocks, bytes), 2 * PAGE_BYTES);
    hand_verify();
}
END_TEST

/* Nothing is written here.  A system that populates nothing has no page. */
START_TEST(a_block_gets_memory_in_steps_each_as_large_as_what_it_has)
{
    enum { CELLS_A_PAGE = PAGE_BYTES / GRANULE_BYTES };
    void *first = NULL;
    size_t expected = PAGE_BYTES;
    for (size_t page = 0; page < BLOCK_PAGES; page++) {
        for (size_t i = 0; i < CELLS_A_PAGE; i++) {
            void *object = hand_alloc(KIND_ATOMIC, GRANULE_BYTES);
            if (first == NULL)
                first = object;
        }
        if ((page + 1) * PAGE_BYTES > expected)
            expected *= 2;
        size_t resident = resident_of(first, BLOCK);
        if (resident != 0)
            ck_assert_uint_eq(resident, expected);
    }
}
END_TEST

FIXTURE_SUITE("release", hand_setup, hand_teardown,
              the_memory_of_free_blocks_is_returned_and_reads_as_zero,
              returned_blocks_are_not_cleared_when_they_are_taken_again,
              what_was_returned_is_not_returned_again,
              blocks_stay_until_they_have_been_free_for_some_cycles,
              a_system_that_refuses_leaves_the_blocks_dirty,
              free_pages_between_objects_are_returned,
              a_block_is_trimmed_again_after_something_changed_in_it,
              tables_of_free_blocks_are_returned_with_them,
              a_block_gets_memory_in_steps_each_as_large_as_what_it_has)
