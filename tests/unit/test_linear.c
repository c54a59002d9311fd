/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "alloc/linear.h"
#include "tests/suite.h"

enum { AREA_BYTES = 1024 };

static _Alignas(64) unsigned char area[AREA_BYTES];
static struct linear linear;

static struct range area_range(void)
{
    return (struct range){(uintptr_t)area, (uintptr_t)area + AREA_BYTES};
}

static void setup(void)
{
    gc__linear_init(&linear, area_range());
}

static size_t offset_of(const void *pointer)
{
    return (uintptr_t)pointer - (uintptr_t)area;
}

START_TEST(objects_follow_each_other_through_the_area)
{
    ck_assert_uint_eq(offset_of(gc__linear_alloc(&linear, 24, 8)), 0);
    ck_assert_uint_eq(offset_of(gc__linear_alloc(&linear, 8, 8)), 24);
    ck_assert_uint_eq(offset_of(gc__linear_alloc(&linear, 100, 1)), 32);
    ck_assert_uint_eq(gc__linear_used(&linear), 132);
}
END_TEST

START_TEST(an_object_starts_at_a_multiple_of_its_alignment)
{
    for (size_t alignment = 1; alignment <= 64; alignment *= 2) {
        gc__linear_reset(&linear);
        ck_assert_ptr_nonnull(gc__linear_alloc(&linear, 1, 1));
        void *object = gc__linear_alloc(&linear, 1, alignment);
        ck_assert_uint_eq(offset_of(object), alignment);
    }
}
END_TEST

START_TEST(the_last_byte_can_be_taken_and_no_more)
{
    ck_assert_ptr_nonnull(gc__linear_alloc(&linear, AREA_BYTES - 1, 1));
    ck_assert_ptr_null(gc__linear_alloc(&linear, 2, 1));
    ck_assert_ptr_nonnull(gc__linear_alloc(&linear, 1, 1));
    ck_assert_ptr_null(gc__linear_alloc(&linear, 1, 1));
    ck_assert_uint_eq(gc__linear_used(&linear), AREA_BYTES);
}
END_TEST

START_TEST(what_does_not_fit_takes_nothing)
{
    ck_assert_ptr_nonnull(gc__linear_alloc(&linear, 1, 1));
    ck_assert_ptr_null(gc__linear_alloc(&linear, AREA_BYTES, 1));
    ck_assert_ptr_null(gc__linear_alloc(&linear, AREA_BYTES - 8, 16));
    ck_assert_uint_eq(gc__linear_used(&linear), 1);
}
END_TEST

START_TEST(sizes_and_alignments_near_the_largest_do_not_wrap_around)
{
    ck_assert_ptr_nonnull(gc__linear_alloc(&linear, 1, 1));
    ck_assert_ptr_null(gc__linear_alloc(&linear, SIZE_MAX, 1));
    ck_assert_ptr_null(gc__linear_alloc(&linear, SIZE_MAX - 15, 16));
    ck_assert_ptr_null(gc__linear_alloc(&linear, 1, (size_t)1 << 63));

    struct linear top;
    gc__linear_init(&top, (struct range){UINTPTR_MAX - 32, UINTPTR_MAX});
    ck_assert_ptr_nonnull(gc__linear_alloc(&top, 20, 1));
    ck_assert_ptr_null(gc__linear_alloc(&top, 1, 4096));
    ck_assert_uint_eq(gc__linear_used(&top), 20);
}
END_TEST

START_TEST(a_reset_area_is_handed_out_again_from_its_start)
{
    unsigned char *first = gc__linear_alloc(&linear, 48, 16);
    ck_assert_ptr_nonnull(gc__linear_alloc(&linear, 48, 16));
    memset(first, 0xa5, 48);
    gc__linear_reset(&linear);
    ck_assert_uint_eq(gc__linear_used(&linear), 0);
    ck_assert_ptr_eq(gc__linear_alloc(&linear, 48, 16), first);
    ck_assert_uint_eq(first[47], 0xa5); /* reset writes nothing */
}
END_TEST

START_TEST(an_empty_area_holds_only_objects_of_no_bytes)
{
    struct range empty = {(uintptr_t)area, (uintptr_t)area};
    gc__linear_init(&linear, empty);
    ck_assert_ptr_null(gc__linear_alloc(&linear, 1, 1));
    ck_assert_ptr_eq(gc__linear_alloc(&linear, 0, 1), area);
}
END_TEST

FIXTURE_SUITE("linear", setup, NULL, objects_follow_each_other_through_the_area,
              an_object_starts_at_a_multiple_of_its_alignment,
              the_last_byte_can_be_taken_and_no_more,
              what_does_not_fit_takes_nothing,
              sizes_and_alignments_near_the_largest_do_not_wrap_around,
              a_reset_area_is_handed_out_again_from_its_start,
              an_empty_area_holds_only_objects_of_no_bytes)
