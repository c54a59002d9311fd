/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* MAP_ANONYMOUS */

#include <check.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "platform/pages.h"
#include "tests/crowd.h"
#include "tests/suite.h"

enum { MEGA = 1 << 20 };

static struct range pages;
static struct place place;

static void teardown(void)
{
    gc__pages_fail_from(0);
}

static struct range part(struct range range, size_t from, size_t bytes)
{
    return (struct range){range.low + from, range.low + from + bytes};
}

static void fill(struct range range, int byte)
{
    memset((void *)range.low, byte, range_size(range));
}

static bool reads_as(struct range range, unsigned char byte)
{
    for (uintptr_t at = range.low; at < range.high; at++)
        if (*(const unsigned char *)at != byte)
            return false;
    return true;
}

START_TEST(mapped_memory_is_whole_pages_of_zeroes_to_write_in)
{
    ck_assert(gc__pages_map(PAGE_BYTES + 1, &pages));
    ck_assert_uint_eq(range_size(pages), 2 * PAGE_BYTES);
    ck_assert_uint_eq(pages.low % PAGE_BYTES, 0);
    ck_assert(reads_as(pages, 0));
    fill(pages, 0xa5);
    ck_assert(reads_as(pages, 0xa5));
    gc__pages_unmap(pages);
}
END_TEST

START_TEST(a_size_that_cannot_be_is_refused)
{
    pages = (struct range){1, 2};
    ck_assert(!gc__pages_map(0, &pages));
    ck_assert(!gc__pages_map(SIZE_MAX, &pages));
    ck_assert(!gc__pages_map(SIZE_MAX - PAGE_BYTES, &pages));
    ck_assert(!gc__pages_map((size_t)1 << 62, &pages));
    ck_assert_uint_eq(pages.low, 1);
    ck_assert_uint_eq(pages.high, 2);
}
END_TEST

START_TEST(a_part_of_what_was_mapped_can_be_given_back)
{
    ck_assert(gc__pages_map(4 * PAGE_BYTES, &pages));
    fill(pages, 1);
    gc__pages_unmap(part(pages, PAGE_BYTES, PAGE_BYTES));
    ck_assert(reads_as(part(pages, 0, PAGE_BYTES), 1));
    ck_assert(reads_as(part(pages, 2 * PAGE_BYTES, 2 * PAGE_BYTES), 1));
    gc__pages_unmap(pages);
    gc__pages_unmap((struct range){0, 0});
}
END_TEST

START_TEST(returned_pages_are_not_resident_and_read_as_zero)
{
    ck_assert(gc__pages_map(MEGA, &pages));
    ck_assert_uint_eq(gc__pages_resident(pages), 0);
    fill(pages, 7);
    ck_assert_uint_eq(gc__pages_resident(pages), MEGA / PAGE_BYTES);

    ck_assert(gc__pages_return(part(pages, MEGA / 4, MEGA / 2)));
    ck_assert_uint_eq(gc__pages_resident(pages), MEGA / PAGE_BYTES / 2);
    ck_assert(reads_as(part(pages, 0, MEGA / 4), 7));
    ck_assert(reads_as(part(pages, MEGA / 4, MEGA / 2), 0));
    ck_assert(gc__pages_return((struct range){pages.low, pages.low}));
    gc__pages_unmap(pages);
}
END_TEST

/* Both kinds of place work like this. */
static void use_place_in_growing_steps(void)
{
    struct range used = {place.space.low, place.space.low};
    for (size_t step = 1; step <= 4; step++) {
        struct range fresh = part(used, range_size(used), step * PAGE_BYTES);
        ck_assert(gc__pages_commit(&place, fresh));
        ck_assert(reads_as(fresh, 0));
        fill(fresh, (int)step);
        used.high = fresh.high;
    }
    ck_assert(reads_as(part(used, PAGE_BYTES, 2 * PAGE_BYTES), 2));
    ck_assert(gc__pages_commit(&place, (struct range){used.high, used.high}));
    gc__pages_leave_place(&place, &used, 1);
}

START_TEST(a_place_is_used_in_growing_steps)
{
    ck_assert(gc__pages_find_place(MEGA, &place));
    ck_assert_uint_ge(range_size(place.space), MEGA);
    use_place_in_growing_steps();
}
END_TEST

START_TEST(a_place_takes_no_address_space_before_it_is_used)
{
    size_t before = mapped_bytes();
    ck_assert(gc__pages_find_place(MEGA, &place));
    ck_assert(!place.is_set_aside);
    ck_assert_uint_eq(mapped_bytes(), before);
    gc__pages_leave_place(&place, NULL, 0);
}
END_TEST

START_TEST(what_was_left_can_be_had_again)
{
    ck_assert(gc__pages_find_place(MEGA, &place));
    struct range used[] = {part(place.space, 0, MEGA / 2),
                           part(place.space, MEGA, MEGA / 2)};
    for (int round = 0; round < 2; round++) {
        ck_assert(gc__pages_commit(&place, used[0]));
        ck_assert(gc__pages_commit(&place, used[1]));
        fill(used[1], 1);
        gc__pages_leave_place(&place, used, 2);
    }
}
END_TEST

START_TEST(a_mapping_of_somebody_else_in_a_place_is_never_replaced)
{
    ck_assert(gc__pages_find_place(MEGA, &place));
    void *wanted = (void *)(place.space.low + 2 * PAGE_BYTES);
    char *foreign = mmap(wanted, PAGE_BYTES, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_eq(foreign, wanted);
    strcpy(foreign, "mine");

    ck_assert(!gc__pages_commit(&place, part(place.space, 0, 4 * PAGE_BYTES)));
    ck_assert_str_eq(foreign, "mine");
    struct range before = part(place.space, 0, 2 * PAGE_BYTES);
    ck_assert(gc__pages_commit(&place, before));
    gc__pages_leave_place(&place, &before, 1);
    munmap(foreign, PAGE_BYTES);
}
END_TEST

START_TEST(where_no_address_is_left_a_place_is_set_aside)
{
    crowd_places();
    ck_assert(gc__pages_find_place(MEGA, &place));
    ck_assert(place.is_set_aside);
    ck_assert_uint_ge(range_size(place.space), MEGA);
    use_place_in_growing_steps();
    uncrowd_places();
}
END_TEST

START_TEST(a_place_that_is_set_aside_is_as_large_as_is_allowed)
{
    enum { ALLOWED = 64 * MEGA };
    crowd_places();
    struct rlimit old = limit_address_space(ALLOWED);
    ck_assert(gc__pages_find_place(MEGA, &place));
    ck_assert_uint_le(range_size(place.space), ALLOWED);
    ck_assert_uint_ge(range_size(place.space), ALLOWED / 4);
    gc__pages_leave_place(&place, NULL, 0);

    ck_assert(!gc__pages_find_place(2 * (size_t)ALLOWED, &place));
    setrlimit(RLIMIT_AS, &old);
    uncrowd_places();
}
END_TEST

START_TEST(calls_fail_from_the_one_that_a_test_says)
{
    ck_assert(gc__pages_find_place(MEGA, &place));
    struct range first = part(place.space, 0, PAGE_BYTES);
    struct range second = part(place.space, PAGE_BYTES, PAGE_BYTES);
    struct range refused = {1, 2};

    gc__pages_fail_from(3);
    ck_assert(gc__pages_map(1, &pages));
    ck_assert(gc__pages_commit(&place, first));
    ck_assert(!gc__pages_commit(&place, second));
    ck_assert(!gc__pages_map(1, &refused));
    ck_assert(!gc__pages_find_place(MEGA, &(struct place){0}));
    ck_assert_uint_eq(refused.low, 1);

    gc__pages_fail_from(0);
    ck_assert(gc__pages_commit(&place, second));
    gc__pages_unmap(pages);
    gc__pages_leave_place(&place, (struct range[]){first, second}, 2);
}
END_TEST

FIXTURE_SUITE("pages", NULL, teardown,
              mapped_memory_is_whole_pages_of_zeroes_to_write_in,
              a_size_that_cannot_be_is_refused,
              a_part_of_what_was_mapped_can_be_given_back,
              returned_pages_are_not_resident_and_read_as_zero,
              a_place_is_used_in_growing_steps,
              a_place_takes_no_address_space_before_it_is_used,
              what_was_left_can_be_had_again,
              a_mapping_of_somebody_else_in_a_place_is_never_replaced,
              where_no_address_is_left_a_place_is_set_aside,
              a_place_that_is_set_aside_is_as_large_as_is_allowed,
              calls_fail_from_the_one_that_a_test_says)
