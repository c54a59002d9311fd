/* SPDX-License-Identifier: MIT */
/* What the library says of the heap. */

#include <check.h>
#include <gc/gc.h>
#include <stdint.h>

#include "tests/compat/names/watch.h"
#include "tests/suite.h"

enum { KIB = 1 << 10, MIB = 1 << 20, OBJECTS = 20000 };

static void *volatile kept[OBJECTS];

/* Not in the headers of programs. */
void GC_incr_bytes_allocd(size_t);
void GC_incr_bytes_freed(size_t);

static void fill(size_t bytes)
{
    for (size_t i = 0; i < OBJECTS; i++)
        kept[i] = GC_malloc_atomic(bytes);
}

static void let_go(void)
{
    for (size_t i = 0; i < OBJECTS; i++)
        kept[i] = NULL;
    collect();
}

START_TEST(what_is_taken_is_counted_since_the_last_collection_and_ever)
{
    init_without_stress();
    GC_disable();
    size_t ever = GC_get_total_bytes();
    size_t since = GC_get_bytes_since_gc();
    fill(KIB);
    ck_assert_uint_ge(GC_get_total_bytes() - ever, OBJECTS * KIB);
    ck_assert_uint_ge(GC_get_bytes_since_gc() - since, OBJECTS * KIB * 9 / 10);
    GC_enable();
    GC_gcollect();
    ck_assert_uint_le(GC_get_bytes_since_gc(), MIB);
    ck_assert_uint_ge(GC_get_total_bytes() - ever, OBJECTS * KIB);
    ck_assert_uint_ge(GC_get_memory_use(), OBJECTS * KIB);
}
END_TEST

/* Programs with free lists of their own say so. */
START_TEST(what_a_program_takes_and_frees_by_itself_can_be_told)
{
    init_without_stress();
    size_t ever = GC_get_total_bytes();
    size_t freed = GC_get_expl_freed_bytes_since_gc();
    GC_incr_bytes_allocd(5 * MIB);
    GC_incr_bytes_freed(3 * MIB);
    ck_assert_uint_ge(GC_get_total_bytes() - ever, 5 * MIB);
    ck_assert_uint_eq(GC_get_expl_freed_bytes_since_gc() - freed, 3 * MIB);
    GC_gcollect();
    ck_assert_uint_lt(GC_get_bytes_since_gc(), 5 * MIB);
    ck_assert_uint_lt(GC_get_expl_freed_bytes_since_gc(), 3 * MIB);
}
END_TEST

START_TEST(memory_that_is_given_back_is_no_part_of_the_heap)
{
    init_without_stress();
    fill(2 * KIB);
    size_t full = GC_get_heap_size();
    size_t from_system = GC_get_obtained_from_os_bytes();
    ck_assert_uint_ge(full, OBJECTS * 2 * KIB);
    ck_assert_uint_ge(from_system, full);
    let_go();
    GC_gcollect_and_unmap();
    ck_assert_uint_ge(GC_get_unmapped_bytes(), OBJECTS * KIB);
    ck_assert_uint_le(GC_get_heap_size(), full - OBJECTS * KIB);
    ck_assert_uint_ge(GC_get_obtained_from_os_bytes(), from_system / 10 * 9);
    size_t unmapped = GC_get_unmapped_bytes();
    fill(2 * KIB);
    ck_assert_uint_lt(GC_get_unmapped_bytes(), unmapped);
    ck_assert_uint_ge(GC_get_heap_size(), OBJECTS * 2 * KIB);
}
END_TEST

START_TEST(free_bytes_are_in_the_heap_and_become_more_with_a_collection)
{
    init_without_stress();
    GC_set_force_unmap_on_gcollect(0);
    fill(KIB);
    size_t before = GC_get_free_bytes();
    for (size_t i = 0; i < OBJECTS; i++)
        if (i % 64 < 48)
            kept[i] = NULL;
    GC_gcollect();
    ck_assert_uint_le(GC_get_free_bytes(), GC_get_heap_size());
    ck_assert_uint_gt(GC_get_free_bytes() + GC_get_unmapped_bytes(),
                      before + MIB);
}
END_TEST

static void expect_fitting(const struct GC_prof_stats_s *stats)
{
    GC_word heap, unused, unmapped, since, total;
    GC_get_heap_usage_safe(&heap, &unused, &unmapped, &since, &total);
    ck_assert_uint_eq(stats->heapsize_full, heap + unmapped);
    ck_assert_uint_eq(stats->free_bytes_full, unused + unmapped);
    ck_assert_uint_eq(stats->unmapped_bytes, unmapped);
    ck_assert_uint_eq(stats->bytes_allocd_since_gc, since);
    ck_assert_uint_eq(
        stats->bytes_allocd_since_gc + stats->allocd_bytes_before_gc, total);
    ck_assert_uint_eq(stats->gc_no, GC_get_gc_no());
    ck_assert_uint_eq(stats->non_gc_bytes, GC_get_non_gc_bytes());
    ck_assert_uint_eq(stats->expl_freed_bytes_since_gc,
                      GC_get_expl_freed_bytes_since_gc());
    ck_assert_uint_eq(stats->obtained_from_os_bytes,
                      GC_get_obtained_from_os_bytes());
    ck_assert_uint_ge(stats->obtained_from_os_bytes, stats->heapsize_full);
}

static void free_and_collect_some(void)
{
    GC_gcollect();
    fill(KIB);
    GC_free(kept[0]);
    GC_free(kept[1]);
    kept[0] = kept[1] = NULL;
}

START_TEST(all_figures_at_once_fit_the_single_ones)
{
    struct GC_prof_stats_s stats, unsafe;
    init_without_stress();
    GC_disable(); /* the bytes since a collection */
    free_and_collect_some();
    ck_assert_uint_eq(GC_get_prof_stats(&stats, sizeof stats), sizeof stats);
    expect_fitting(&stats);
    GC_enable();
    let_go();
    GC_get_prof_stats(&stats, sizeof stats);
    ck_assert_uint_eq(GC_get_prof_stats_unsafe(&unsafe, sizeof unsafe),
                      sizeof unsafe);
    ck_assert_mem_eq(&stats, &unsafe, sizeof stats);
    expect_fitting(&unsafe);
}
END_TEST

/* A program may have been made for fewer figures, or for more. */
START_TEST(only_as_many_figures_are_answered_as_there_is_room_for)
{
    struct {
        struct GC_prof_stats_s known;
        GC_word unknown[3];
    } stats = {.unknown = {1, 2, 3}};
    GC_INIT();
    ck_assert_uint_eq(GC_get_prof_stats(&stats.known, 2 * sizeof(GC_word)),
                      2 * sizeof(GC_word));
    ck_assert_uint_eq(stats.known.unmapped_bytes, 0);
    ck_assert_uint_eq(GC_get_prof_stats_unsafe(&stats.known, sizeof stats),
                      sizeof stats.known);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_eq(stats.unknown[i], (GC_word)-1);
}
END_TEST

START_TEST(what_collections_take_is_measured_on_demand)
{
    init_without_stress();
    GC_start_performance_measurement();
    void **list = NULL;
    for (size_t i = 0; i < 1000000; i++) {
        void **object = GC_malloc(32);
        *object = list;
        kept[0] = list = object;
    }
    unsigned long before = GC_get_full_gc_total_time();
    for (unsigned i = 0; i < 1000 && GC_get_full_gc_total_time() == before; i++)
        GC_gcollect();
    ck_assert_uint_gt(GC_get_full_gc_total_time(), before);
}
END_TEST

SUITE("names_figures",
      what_is_taken_is_counted_since_the_last_collection_and_ever,
      what_a_program_takes_and_frees_by_itself_can_be_told,
      memory_that_is_given_back_is_no_part_of_the_heap,
      free_bytes_are_in_the_heap_and_become_more_with_a_collection,
      all_figures_at_once_fit_the_single_ones,
      only_as_many_figures_are_answered_as_there_is_room_for,
      what_collections_take_is_measured_on_demand)
