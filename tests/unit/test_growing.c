/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "gc/growing.h"
#include "platform/pages.h"
#include "tests/suite.h"

struct entry {
    uint32_t number;
    char rest[8];
};

static struct growing array;

static void setup(void)
{
    gc__growing_init(&array, sizeof(struct entry));
}

static void teardown(void)
{
    gc__pages_fail_from(0);
    gc__growing_finish(&array);
}

static struct entry *append(uint32_t number)
{
    struct entry *entry = gc__growing_append(&array);
    if (entry != NULL)
        entry->number = number;
    return entry;
}

START_TEST(every_entry_keeps_its_place_and_its_contents)
{
    enum { COUNT = 100000 };
    static struct entry *places[COUNT];
    for (uint32_t i = 0; i < COUNT; i++)
        places[i] = append(i);
    ck_assert_uint_eq(array.count, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        ck_assert_ptr_eq(growing_at(&array, i), places[i]);
        ck_assert_uint_eq(places[i]->number, i);
    }
    ck_assert_uint_eq(array.areas[0].low, (uintptr_t)places[0]);
    ck_assert_uint_eq(array.areas[1].low, (uintptr_t)places[4096]);
    ck_assert_uint_eq(array.areas[2].low, (uintptr_t)places[3 * 4096]);
}
END_TEST

START_TEST(an_area_has_twice_as_many_entries_as_the_one_before)
{
    size_t first = 0;
    for (unsigned area = 0; area < GROWING_AREAS; area++) {
        size_t entries = (size_t)4096 << area;
        ck_assert_uint_eq(growing_area_entries(area), entries);
        ck_assert_uint_eq(growing_area(first), area);
        ck_assert_uint_eq(growing_area(first + entries - 1), area);
        first += entries;
    }
}
END_TEST

START_TEST(entries_are_zero_and_do_not_overlap)
{
    for (uint32_t i = 0; i < 20000; i++) {
        struct entry *entry = append(i);
        for (size_t k = 0; k < sizeof entry->rest; k++)
            ck_assert_int_eq(entry->rest[k], 0);
        memset(entry, 0xff, sizeof *entry);
    }
}
END_TEST

START_TEST(without_memory_nothing_is_appended_and_it_may_be_tried_again)
{
    gc__pages_fail_from(2);
    uint32_t count = 0;
    while (append(count) != NULL)
        count++;
    ck_assert_uint_eq(count, 4096);
    ck_assert_uint_eq(array.count, count);
    ck_assert_ptr_null(append(count));

    gc__pages_fail_from(0);
    ck_assert_ptr_nonnull(append(count));
    for (uint32_t i = 0; i <= count; i++)
        ck_assert_uint_eq(((struct entry *)growing_at(&array, i))->number, i);
}
END_TEST

START_TEST(a_finished_array_is_empty_and_usable)
{
    append(1);
    gc__growing_finish(&array);
    ck_assert_uint_eq(array.count, 0);
    ck_assert_ptr_nonnull(append(2));
    ck_assert_uint_eq(((struct entry *)growing_at(&array, 0))->number, 2);
}
END_TEST

FIXTURE_SUITE("growing", setup, teardown,
              every_entry_keeps_its_place_and_its_contents,
              an_area_has_twice_as_many_entries_as_the_one_before,
              entries_are_zero_and_do_not_overlap,
              without_memory_nothing_is_appended_and_it_may_be_tried_again,
              a_finished_array_is_empty_and_usable)
