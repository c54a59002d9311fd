/* SPDX-License-Identifier: MIT */
/* The settings that say which words are pointers. */

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/hidden.h"
#include "tests/suite.h"

static void *kept[HIDDEN]; /* static data */

static void teardown(void)
{
    memset(kept, 0, sizeof kept);
    gc_set(TIDEMARK_INTERIOR, 1);
    gc_set(TIDEMARK_PAST_END, 1);
}

/* Static pointers `offset` bytes into objects. */
__attribute__((noinline)) static void keep_by(size_t bytes, size_t offset)
{
    for (size_t i = 0; i < HIDDEN; i++) {
        char *object = gc_malloc(bytes);
        hidden[i] = hide(object);
        kept[i] = object + offset;
    }
}

/* ----------------------------------------------------------------- interior */

START_TEST(interior_pointers_keep_objects_at_first)
{
    keep_by(48, 8);
    GC_collect();
    expect_alive(HIDDEN);
}
END_TEST

/* Until all are there, each is kept by a pointer to its start too. */
static void *start[HIDDEN];

static void keep_by_inside(void)
{
    memset(start, 0, sizeof start);
    for (size_t i = 0; i < HIDDEN; i++) {
        char *object = start[i] = gc_malloc(48);
        hidden[i] = hide(object);
        kept[i] = object + 8;
    }
    memset(start, 0, sizeof start);
}

START_TEST(they_do_not_where_only_the_start_counts)
{
    ck_assert(gc_set(TIDEMARK_INTERIOR, 0));
    keep_by_inside();
    GC_collect();
    expect_gone(HIDDEN);
    keep_by(48, 0);
    GC_collect();
    expect_alive(HIDDEN);
}
END_TEST

START_TEST(in_the_stack_they_do_all_the_same)
{
    enum { COUNT = 100 };
    char *volatile inside[COUNT];
    ck_assert(gc_set(TIDEMARK_INTERIOR, 0));
    for (size_t i = 0; i < COUNT; i++) {
        inside[i] = (char *)gc_malloc(48) + 8 + i % 40;
        hidden[i] = hide(inside[i] - 8 - i % 40);
    }
    GC_collect();
    expect_alive(COUNT);
    ck_assert_ptr_nonnull(inside[0]);
}
END_TEST

START_TEST(a_displacement_that_is_registered_counts)
{
    ck_assert(!gc_register_displacement(4096));
    ck_assert(gc_set(TIDEMARK_INTERIOR, 0));
    ck_assert(gc_register_displacement(8));
    keep_by_inside();
    GC_collect();
    expect_alive(HIDDEN);
}
END_TEST

/* ----------------------------------------------------------------- past end */

START_TEST(static_pointers_past_the_end_keep_nothing_at_first)
{
    static void *all[HIDDEN];
    for (size_t i = 0; i < HIDDEN; i++)
        all[i] = gc_malloc(64);
    for (size_t i = 0; i < HIDDEN; i++) {
        hidden[i] = hide(all[i]);
        kept[i] = (char *)all[i] + 64;
    }
    for (size_t i = 0; i < HIDDEN; i += 2)
        kept[i] = NULL;
    memset(all, 0, sizeof all);
    GC_collect();
    ck_assert_uint_lt(count_alive(HIDDEN), HIDDEN / 2 + HIDDEN / 20);
    ck_assert_uint_eq(gc_size(gc_malloc(64)), 64);
}
END_TEST

START_TEST(they_keep_objects_that_are_a_byte_larger)
{
    static const size_t sizes[] = {0, 16, 64, 256, 1000, 32768, 65536};
    ck_assert(gc_set(TIDEMARK_PAST_END, 2));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        ck_assert_uint_gt(gc_size(gc_malloc(sizes[i])), sizes[i]);
        ck_assert_uint_gt(gc_size(gc_malloc_atomic(sizes[i])), sizes[i]);
        ck_assert_uint_gt(gc_size(gc_calloc(1, sizes[i])), sizes[i]);
        ck_assert_uint_gt(gc_size(gc_aligned_alloc(64, sizes[i])), sizes[i]);
        ck_assert_uint_gt(gc_size(gc_malloc_kind(TIDEMARK_SCANNED, sizes[i])),
                          sizes[i]);
        void *resized = gc_realloc(gc_malloc(24), sizes[i]);
        ck_assert_uint_gt(gc_size(resized), sizes[i]);
        gc_free(resized);
    }
    ck_assert_uint_gt(gc_size(gc_strdup("fifteen letters")), 16);
    keep_by(64, 64);
    GC_collect();
    expect_alive(HIDDEN);
}
END_TEST

START_TEST(a_size_that_cannot_grow_fails)
{
    volatile size_t too_much = SIZE_MAX;
    ck_assert(gc_set(TIDEMARK_PAST_END, 2));
    ck_assert_ptr_null(gc_malloc(too_much));
    ck_assert_ptr_null(gc_malloc_kind(TIDEMARK_ATOMIC, too_much));
    ck_assert_ptr_null(gc_realloc(NULL, too_much));
    void *object = gc_malloc(16);
    ck_assert_ptr_null(gc_realloc(object, too_much));
    ck_assert_ptr_eq(gc_base(object), object);
}
END_TEST

static bool is_zero(const char *memory, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (memory[i] != 0)
            return false;
    return true;
}

START_TEST(padded_objects_are_zeroed_and_reused)
{
    ck_assert(gc_set(TIDEMARK_PAST_END, 2));
    for (size_t i = 0; i < 20000; i++) {
        size_t bytes = 1 + i % 300;
        char *object = gc_malloc(bytes);
        ck_assert(is_zero(object, bytes + 1));
        memset(object, 0xff, bytes);
        if (i % 2 == 0)
            gc_free(object);
    }
}
END_TEST

FIXTURE_SUITE("recognised", NULL, teardown,
              interior_pointers_keep_objects_at_first,
              they_do_not_where_only_the_start_counts,
              in_the_stack_they_do_all_the_same,
              a_displacement_that_is_registered_counts,
              static_pointers_past_the_end_keep_nothing_at_first,
              they_keep_objects_that_are_a_byte_larger,
              a_size_that_cannot_grow_fails,
              padded_objects_are_zeroed_and_reused)
