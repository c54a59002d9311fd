/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "gc/table.h"
#include "platform/pages.h"
#include "tests/random.h"
#include "tests/suite.h"

struct record {
    struct keyed key;
    uint64_t value;
};

static struct table table;

static void setup(void)
{
    gc__table_init(&table, sizeof(struct record));
}

static void teardown(void)
{
    gc__pages_fail_from(0);
    gc__table_finish(&table);
}

static struct record *add(uintptr_t address, uint64_t value)
{
    ck_assert(gc__table_reserve(&table, table.count + 1));
    struct record *record = gc__table_add(&table, address);
    record->value = value;
    return record;
}

static uint64_t value_of(uintptr_t address)
{
    const struct record *record = gc__table_find(&table, address);
    return record == NULL ? 0 : record->value;
}

static void expect_right(void)
{
    const char *fault = gc__table_verify(&table);
    if (fault != NULL)
        ck_abort_msg("\"%s\" does not hold", fault);
}

START_TEST(nothing_is_found_in_a_table_without_memory)
{
    ck_assert_ptr_null(gc__table_find(&table, 16));
    ck_assert_uint_eq(range_size(table.pages), 0);
    expect_right();
}
END_TEST

START_TEST(a_record_is_found_by_its_address)
{
    static const uintptr_t addresses[] = {0,  8,           16,
                                          24, UINTPTR_MAX, UINTPTR_MAX - 7};
    enum { COUNT = sizeof addresses / sizeof *addresses };
    for (size_t i = 0; i < COUNT; i++)
        add(addresses[i], i + 1);
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_uint_eq(value_of(addresses[i]), i + 1);
    ck_assert_uint_eq(value_of(32), 0);
    expect_right();
}
END_TEST

START_TEST(the_address_itself_does_not_stand_in_the_table)
{
    uintptr_t address = (uintptr_t)&table;
    add(address, 0);
    const uintptr_t *words = (const uintptr_t *)table.pages.low;
    for (size_t i = 0; i < range_size(table.pages) / sizeof *words; i++)
        ck_assert_uint_ne(words[i], address);
}
END_TEST

/* Against an array that knows the truth. */
START_TEST(many_records_come_and_go)
{
    enum { ADDRESSES = 3000, ROUNDS = 200 * 1000 };
    static uint64_t truth[ADDRESSES];
    struct random random = {7};
    memset(truth, 0, sizeof truth);
    for (int round = 0; round < ROUNDS; round++) {
        size_t at = random_below(&random, ADDRESSES);
        uintptr_t address = 0x7f0000000000 + at * 48;
        ck_assert_uint_eq(value_of(address), truth[at]);
        bool grows = round % 1000 < 600;
        if (truth[at] == 0 && grows) {
            truth[at] = random_next(&random) | 1;
            add(address, truth[at]);
        } else if (truth[at] != 0 && !grows) {
            truth[at] = 0;
            gc__table_remove(&table, gc__table_find(&table, address));
        }
        if (round % 1000 == 0) {
            expect_right();
            gc__table_trim(&table, 0);
        }
    }
    expect_right();
}
END_TEST

START_TEST(the_records_have_no_gaps)
{
    for (uintptr_t i = 0; i < 1000; i++)
        add(i * 16, i + 1);
    for (size_t i = table.count; i-- > 0;)
        if (((struct record *)table_at(&table, i))->value % 3 != 0)
            gc__table_remove(&table, table_at(&table, i));
    ck_assert_uint_eq(table.count, 333);
    for (size_t i = 0; i < table.count; i++)
        ck_assert_uint_eq(((struct record *)table_at(&table, i))->value % 3, 0);
    expect_right();
}
END_TEST

START_TEST(a_record_can_get_another_address)
{
    for (uintptr_t i = 0; i < 100; i++)
        add(i * 16, i + 1);
    gc__table_rename(&table, gc__table_find(&table, 160), 5000);
    ck_assert_uint_eq(value_of(160), 0);
    ck_assert_uint_eq(value_of(5000), 11);
    expect_right();
}
END_TEST

START_TEST(two_records_may_have_one_address)
{
    add(64, 1);
    add(64, 2);
    expect_right();
    uint64_t first = value_of(64);
    gc__table_remove(&table, gc__table_find(&table, 64));
    ck_assert_uint_eq(value_of(64), 3 - first);
    expect_right();
}
END_TEST

START_TEST(without_memory_a_table_stays_as_it_is)
{
    for (uintptr_t i = 0; table.count < table.capacity || i == 0; i++)
        add(i * 16, i + 1);
    size_t count = table.count;
    gc__pages_fail_from(1);
    ck_assert(!gc__table_reserve(&table, count + 1));
    ck_assert(gc__table_reserve(&table, count));
    for (size_t i = 0; i < count; i++)
        ck_assert_uint_eq(value_of(i * 16), i + 1);
    gc__pages_fail_from(0);
    ck_assert(gc__table_reserve(&table, count + 1));
    expect_right();
    ck_assert(!gc__table_reserve(&table, SIZE_MAX));
}
END_TEST

START_TEST(memory_that_is_not_needed_goes_back)
{
    for (uintptr_t i = 0; i < 100000; i++)
        add(i * 16, i + 1);
    size_t bytes = range_size(table.pages);
    gc__table_trim(&table, 0);
    ck_assert_uint_eq(range_size(table.pages), bytes);
    while (table.count > 10)
        gc__table_remove(&table, table_last(&table));
    gc__table_trim(&table, 100000);
    ck_assert_uint_eq(range_size(table.pages), bytes);
    gc__pages_fail_from(1);
    gc__table_trim(&table, 10);
    ck_assert_uint_eq(range_size(table.pages), bytes);
    gc__pages_fail_from(0);
    gc__table_trim(&table, 10);
    ck_assert_uint_le(range_size(table.pages), 2 * PAGE_BYTES);
    expect_right();
    for (uintptr_t i = 0; i < 10; i++)
        ck_assert_uint_eq(value_of(i * 16), i + 1);
    while (table.count > 0)
        gc__table_remove(&table, table_last(&table));
    gc__table_trim(&table, 0);
    ck_assert_uint_eq(range_size(table.pages), 0);
}
END_TEST

START_TEST(what_is_wrong_is_seen)
{
    for (uintptr_t i = 0; i < 10; i++)
        add(i * 16, i + 1);
    struct record *record = table_at(&table, 5);
    record->key.key ^= 64;
    ck_assert_ptr_nonnull(gc__table_verify(&table));
    record->key.key ^= 64;
    expect_right();
    table.count--;
    ck_assert_ptr_nonnull(gc__table_verify(&table));
    table.count++;
}
END_TEST

FIXTURE_SUITE("table", setup, teardown,
              nothing_is_found_in_a_table_without_memory,
              a_record_is_found_by_its_address,
              the_address_itself_does_not_stand_in_the_table,
              many_records_come_and_go, the_records_have_no_gaps,
              a_record_can_get_another_address,
              two_records_may_have_one_address,
              without_memory_a_table_stays_as_it_is,
              memory_that_is_not_needed_goes_back, what_is_wrong_is_seen)
