/* SPDX-License-Identifier: MIT */
/* Settings: what they are at the beginning, that they can be changed before the
 * library is prepared, that the data objects of the same name are the same, and
 * what some of them do. */

#include <check.h>
#include <gc/gc.h>
#include <gc/gc_mark.h>
#include <stdint.h>

#include "tests/compat/names/watch.h"
#include "tests/suite.h"

enum { MIB = 1 << 20 };

#define EXPECT_SETTING(name, at_first, other)              \
    do {                                                   \
        ck_assert_int_eq((long)GC_get_##name(), at_first); \
        GC_set_##name(other);                              \
        ck_assert_int_eq((long)GC_get_##name(), other);    \
    } while (0)

/* The same, where programs know the variable. */
#define EXPECT_VARIABLE(name, at_first, other)             \
    do {                                                   \
        ck_assert_int_eq((long)GC_##name, at_first);       \
        EXPECT_SETTING(name, at_first, other);             \
        ck_assert_int_eq((long)GC_##name, other);          \
        GC_##name = at_first;                              \
        ck_assert_int_eq((long)GC_get_##name(), at_first); \
    } while (0)

START_TEST(settings_are_as_programs_expect_and_can_be_changed)
{
    EXPECT_VARIABLE(all_interior_pointers, 1, 0);
    EXPECT_VARIABLE(dont_expand, 0, 1);
    EXPECT_VARIABLE(dont_precollect, 0, 1);
    EXPECT_VARIABLE(finalize_on_demand, 0, 1);
    EXPECT_VARIABLE(find_leak, 0, 1);
    EXPECT_VARIABLE(free_space_divisor, 3, 7);
    EXPECT_VARIABLE(full_freq, 19, 5);
    EXPECT_VARIABLE(java_finalization, 1, 0);
    EXPECT_VARIABLE(max_retries, 0, 3);
    EXPECT_VARIABLE(no_dls, 0, 1);
    EXPECT_VARIABLE(non_gc_bytes, 0, 4096);
    EXPECT_VARIABLE(time_limit, 999999, 20);
    EXPECT_SETTING(allocd_bytes_per_finalizer, 10000, 500);
    EXPECT_SETTING(disable_automatic_collection, 0, 1);
    EXPECT_SETTING(force_unmap_on_gcollect, 0, 1);
    EXPECT_SETTING(manual_vdb_allowed, 0, 1);
    EXPECT_SETTING(max_prior_attempts, 1, 4);
    EXPECT_SETTING(min_bytes_allocd, 1, 100);
    EXPECT_SETTING(pages_executable, 0, 1);
    EXPECT_SETTING(rate, 10, 3);
    ck_assert_int_eq(GC_use_entire_heap, 0);
    ck_assert_int_eq(GC_parallel, 0);
    ck_assert_int_eq(GC_get_parallel(), 0);
    ck_assert_uint_eq(GC_debug_header_size, GC_get_debug_header_size());
    ck_assert_uint_eq(GC_gc_no, 0);
    ck_assert(!GC_is_init_called());
}
END_TEST

/* They are for ever, so not one of them may do harm. */
START_TEST(a_program_runs_with_all_that_only_ask_for_other_speed)
{
    GC_set_full_freq(2);
    GC_set_rate(2);
    GC_set_max_prior_attempts(3);
    GC_set_max_retries(2);
    GC_set_allocd_bytes_per_finalizer(100);
    GC_set_force_unmap_on_gcollect(1);
    GC_set_dont_precollect(1);
    GC_use_entire_heap = 1;
    GC_set_time_limit(5);
    unsigned char **list = NULL;
    for (size_t i = 0; i < 300000; i++) {
        unsigned char **object = GC_malloc(100);
        object[0] = i % 10 == 0 ? (unsigned char *)list : NULL;
        list = i % 10 == 0 ? object : list;
    }
    GC_gcollect();
    size_t count = 0;
    for (; list != NULL; list = (unsigned char **)list[0])
        count++;
    ck_assert_uint_eq(count, 30000);
}
END_TEST

START_TEST(the_time_limit_has_nanoseconds)
{
    struct GC_timeval_s limit = {30, 500};
    ck_assert_uint_eq(GC_get_time_limit_tv().tv_ms, 999999);
    GC_set_time_limit_tv(limit);
    ck_assert_uint_eq(GC_get_time_limit_tv().tv_ms, 30);
    ck_assert_uint_eq(GC_get_time_limit_tv().tv_nsec, 500);
    ck_assert_uint_eq(GC_get_time_limit(), 30);
    ck_assert_uint_eq(GC_time_limit, 30);
}
END_TEST

START_TEST(the_library_can_be_left_and_prepared_for)
{
    ck_assert(!GC_is_init_called());
    GC_INIT();
    ck_assert(GC_is_init_called());
    ck_assert_uint_eq(GC_gc_no, GC_get_gc_no());
    GC_deinit();
    ck_assert(!GC_is_init_called());
}
END_TEST

/* -------------------------------------------------------------- what they do */

static void *volatile live;

static void drop(size_t bytes)
{
    for (size_t i = 0; i < bytes / 1000; i++)
        GC_malloc(1000);
}

static size_t bytes_until_collected(void)
{
    size_t bytes = 0;
    GC_gcollect();
    for (GC_word before = GC_get_gc_no(); GC_get_gc_no() < before + 2;) {
        drop(MIB / 8);
        bytes += MIB / 8;
    }
    return bytes;
}

static GC_word collections_for(size_t bytes)
{
    GC_word before = GC_get_gc_no();
    drop(bytes);
    return GC_get_gc_no() - before;
}

START_TEST(a_collection_waits_until_the_least_number_of_bytes_is_taken)
{
    init_without_stress();
    GC_set_min_bytes_allocd(96 * MIB);
    drop(2 * MIB);
    GC_gcollect();
    ck_assert_uint_eq(collections_for(64 * MIB), 0);
    GC_set_min_bytes_allocd(1);
    GC_gcollect();
    ck_assert_uint_gt(collections_for(128 * MIB), 0);
}
END_TEST

START_TEST(a_heap_that_does_not_expand_is_collected_more_often)
{
    init_without_stress();
    for (size_t i = 0; i < 20000; i++) {
        void **object = GC_malloc(1000);
        *object = live;
        live = object;
    }
    GC_set_dont_expand(1);
    size_t few = bytes_until_collected();
    GC_set_dont_expand(0);
    ck_assert_uint_lt(few, bytes_until_collected());
}
END_TEST

/* What the program frees itself. */
START_TEST(uncollectable_objects_count_as_not_for_the_collector)
{
    static void *objects[1000];
    GC_INIT();
    GC_word before = GC_get_non_gc_bytes();
    for (size_t i = 0; i < 1000; i++)
        objects[i] = i % 2 == 0 ? GC_malloc_uncollectable(112)
                                : GC_malloc_atomic_uncollectable(64);
    GC_word more = GC_get_non_gc_bytes() - before;
    ck_assert_uint_ge(more, 500 * 112);
    ck_assert_uint_eq(GC_non_gc_bytes, before + more);
    for (size_t i = 0; i < 1000; i++)
        GC_free(objects[i]);
    ck_assert_int_le((long)(GC_get_non_gc_bytes() - before), (long)more / 20);
    GC_set_non_gc_bytes(5 * MIB);
    ck_assert_uint_eq(GC_get_non_gc_bytes(), 5 * MIB);
    for (unsigned i = 0; i < 10; i++)
        objects[i] = GC_malloc_uncollectable(112);
    ck_assert_uint_ge(GC_get_non_gc_bytes(), 5 * MIB + 8 * 112);
}
END_TEST

SUITE("names_settings", settings_are_as_programs_expect_and_can_be_changed,
      a_program_runs_with_all_that_only_ask_for_other_speed,
      the_time_limit_has_nanoseconds, the_library_can_be_left_and_prepared_for,
      a_collection_waits_until_the_least_number_of_bytes_is_taken,
      a_heap_that_does_not_expand_is_collected_more_often,
      uncollectable_objects_count_as_not_for_the_collector)
