/* SPDX-License-Identifier: MIT */
/* Objects that are allocated many at once. */

#include "gc/heap.h"
#include "tests/suite.h"
#include "tests/unit/whole.h"

static uintptr_t *list_of(enum kind kind, size_t bytes)
{
    uintptr_t *list = gc__heap_alloc_list(&heap, &thread, kind, bytes);
    ck_assert_ptr_nonnull(list);
    return list;
}

static size_t length_of(const uintptr_t *list)
{
    size_t length = 0;
    for (; list != NULL; list = (const uintptr_t *)*list)
        length++;
    return length;
}

static bool is_object(const void *pointer)
{
    struct cell cell;
    return heap_map_find(&heap.variable.map, (uintptr_t)pointer, &cell) &&
           gc__variable_is_object(&heap.variable, &thread.local, cell);
}

static bool is_zero_but_for_the_link(const uintptr_t *cell, size_t bytes)
{
    for (size_t i = 1; i < bytes / WORD_BYTES; i++)
        if (cell[i] != 0)
            return false;
    return true;
}

START_TEST(a_list_has_a_page_of_zeroed_objects_at_most)
{
    for (size_t class = 0; class < SIZE_CLASS_COUNT; class ++)
        for (unsigned round = 0; round < 20; round++) {
            size_t bytes = size_class_bytes(class);
            uintptr_t *list = list_of(KIND_SCANNED, bytes);
            size_t length = length_of(list);
            ck_assert_uint_ge(length, 1);
            ck_assert_uint_le(length, larger(1, PAGE_BYTES / bytes));
            for (uintptr_t *at = list, *next; at != NULL; at = next) {
                next = (uintptr_t *)*at;
                ck_assert(is_object(at));
                ck_assert(is_zero_but_for_the_link(at, bytes));
                memset(at, 0xee, bytes);
            }
        }
    ck_assert_uint_ge(length_of(list_of(KIND_SCANNED, 20)), 100);
}
END_TEST

START_TEST(no_object_is_in_a_list_and_elsewhere)
{
    enum { COUNT = 3000 };
    uintptr_t *alone[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        alone[i] = new_object(KIND_ATOMIC, 32);
        alone[i][1] = i;
        uintptr_t *list = i % 7 == 0 ? list_of(KIND_ATOMIC, 32) : NULL;
        for (; list != NULL; list = (uintptr_t *)*list)
            list[1] = COUNT;
        if (i % 3 == 0)
            free_object(alone[i]);
    }
    for (size_t i = 0; i < COUNT; i++)
        if (i % 3 != 0)
            ck_assert_uint_eq(alone[i][1], i);
}
END_TEST

START_TEST(a_freed_object_is_a_list)
{
    uintptr_t *object = new_object(KIND_ATOMIC, 48);
    new_object(KIND_ATOMIC, 48);
    memset(object, 0xee, 48);
    free_object(object);
    ck_assert_ptr_eq(list_of(KIND_ATOMIC, 48), object);
    ck_assert_uint_eq(*object, 0);
    ck_assert_uint_gt(length_of(list_of(KIND_ATOMIC, 48)), 1);
}
END_TEST

START_TEST(a_large_object_is_a_list)
{
    static const size_t sizes[] = {32769, 65536, 1 << 20};
    for (unsigned i = 0; i < 3; i++) {
        uintptr_t *list = list_of(KIND_ATOMIC, sizes[i]);
        ck_assert_uint_eq(*list, 0);
        ck_assert(is_object(list));
    }
}
END_TEST

START_TEST(a_list_lives_by_its_links_and_a_part_of_it_may_die)
{
    stack_words[0] = (uintptr_t)list_of(KIND_SCANNED, 60);
    stack_words[1] = (uintptr_t)list_of(KIND_SCANNED, 60);
    size_t length = length_of((uintptr_t *)stack_words[0]);
    uintptr_t *dropped = (uintptr_t *)stack_words[1];
    stack_words[1] = 0;
    uintptr_t *tail = (uintptr_t *)stack_words[0];
    for (unsigned i = 0; i < length / 2; i++)
        tail = (uintptr_t *)*tail;
    stack_words[0] = (uintptr_t)tail;

    gc__heap_settle(&heap, &thread);
    gc__marker_start(&heap.marker, WORD_BYTES);
    gc__mark_ambiguous_range(&heap.marker,
                             range_of(stack_words, sizeof stack_words));
    gc__mark_drain(&heap.marker);
    gc__marker_end(&heap.marker);
    ck_assert_uint_eq(heap.marker.live_objects, length - length / 2);
    gc__sweep_begin(&heap.variable);
    ck_assert(!is_object(dropped));
    for (; tail != NULL; tail = (uintptr_t *)*tail)
        ck_assert(is_object(tail));
}
END_TEST

START_TEST(without_memory_there_is_no_list)
{
    gc__pages_fail_from(1);
    size_t lists = 0;
    heap.disabled = 1;
    while (gc__heap_alloc_list(&heap, &thread, KIND_SCANNED, 2048) != NULL)
        ck_assert_uint_lt(lists++, 1000);
}
END_TEST

FIXTURE_SUITE("alloc_list", whole_setup, whole_teardown,
              a_list_has_a_page_of_zeroed_objects_at_most,
              no_object_is_in_a_list_and_elsewhere, a_freed_object_is_a_list,
              a_large_object_is_a_list,
              a_list_lives_by_its_links_and_a_part_of_it_may_die,
              without_memory_there_is_no_list)
