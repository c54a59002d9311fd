/* SPDX-License-Identifier: MIT */
/* Allocation, settings and callbacks as programs of another collector know them.
 * Each test runs in a process of its own, since most settings are for ever. */

#include <check.h>
#include <errno.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <gc/gc.h>
#include <gc/gc_mark.h>

#include "tests/hidden.h"
#include "tests/suite.h"

enum { KIB = 1024, MIB = 1 << 20 };

/* For tests that count collections. */
static void init_without_stress(void)
{
    GC_INIT();
    gc_set(TIDEMARK_STRESS, 0);
}

/* ------------------------------------------------------------------- objects */

START_TEST(an_object_has_a_byte_more_for_a_pointer_to_its_end)
{
    GC_INIT();
    ck_assert_uint_eq(GC_size(GC_malloc(0)), 16);
    ck_assert_uint_eq(GC_size(GC_malloc(15)), 16);
    ck_assert_uint_eq(GC_size(GC_malloc(16)), 32);
    ck_assert_uint_eq(GC_size(GC_malloc_atomic(256)), 288);
    ck_assert_uint_eq(GC_size(GC_malloc_uncollectable(32)), 32);
}
END_TEST

START_TEST(without_interior_pointers_it_has_none)
{
    GC_set_all_interior_pointers(0);
    GC_INIT();
    ck_assert_uint_eq(GC_size(GC_malloc(16)), 16);
    ck_assert_uint_eq(GC_size(GC_malloc(4096)), 4096);
    ck_assert_ptr_ne(GC_malloc(0), GC_malloc(0));
}
END_TEST

/* A program may write to the data object directly. */
START_TEST(the_data_object_is_read_when_the_library_is_prepared)
{
    GC_all_interior_pointers = 0;
    ck_assert_uint_eq(GC_size(GC_malloc(16)), 16);
}
END_TEST

START_TEST(memory_is_zero_also_when_it_is_used_again)
{
    for (unsigned i = 0; i < HIDDEN; i++) {
        unsigned char *object = GC_malloc(40);
        for (unsigned j = 0; j < 40; j++)
            ck_assert_uint_eq(object[j], 0);
        memset(object, 0xaa, 40);
        GC_free(object);
    }
}
END_TEST

START_TEST(realloc_with_zero_bytes_frees)
{
    char *object = GC_realloc(NULL, 20);
    ck_assert_ptr_nonnull(object);
    strcpy(object, "what is kept");
    object = GC_realloc(object, 100000);
    ck_assert_str_eq(object, "what is kept");
    for (unsigned i = 32; i < 100000; i++)
        ck_assert_int_eq(object[i], 0);
    ck_assert_ptr_null(GC_realloc(object, 0));
    ck_assert_ptr_null(gc_base(object));
}
END_TEST

START_TEST(realloc_keeps_the_kind)
{
    size_t bytes;
    int kind =
        GC_get_kind_and_size(GC_realloc(GC_malloc_atomic(10), 1000), &bytes);
    ck_assert_int_eq(kind, 0);
    kind = GC_get_kind_and_size(GC_realloc(GC_malloc_uncollectable(10), 1000),
                                &bytes);
    ck_assert_int_eq(kind, 2);
    ck_assert_uint_ge(bytes, 1000);
}
END_TEST

START_TEST(alignment_goes_up_to_a_page)
{
    void *result;
    ck_assert_uint_eq((uintptr_t)GC_memalign(4096, 10) % 4096, 0);
    ck_assert_uint_eq((uintptr_t)GC_memalign(64, 1000) % 64, 0);
    GC_set_warn_proc(GC_ignore_warn_proc);
    ck_assert_int_eq(GC_posix_memalign(&result, 4, 10), EINVAL);
    ck_assert_int_eq(GC_posix_memalign(&result, 8192, 10), ENOMEM);
    ck_assert_int_eq(GC_posix_memalign(&result, 256, 10), 0);
    ck_assert_uint_eq((uintptr_t)result % 256, 0);
}
END_TEST

START_TEST(strings_are_copied)
{
    ck_assert_ptr_null(GC_strdup(NULL));
    ck_assert_str_eq(GC_strdup("seven"), "seven");
    ck_assert_str_eq(GC_strndup("seven", 2), "se");
    ck_assert_str_eq(GC_strndup("seven", 20), "seven");
}
END_TEST

START_TEST(a_list_of_objects_is_linked_by_first_words_and_zero)
{
    size_t count = 0;
    for (void **at = GC_malloc_many(40); at != NULL; at = *at) {
        for (unsigned i = 1; i < 5; i++)
            ck_assert_ptr_null(at[i]);
        ck_assert_uint_eq(GC_size(at), 48);
        count++;
    }
    ck_assert_uint_gt(count, 0);
}
END_TEST

/* ----------------------------------------------------------- out of memory */

static size_t asked_bytes;
static jmp_buf back;

static void *answer(size_t bytes)
{
    asked_bytes = bytes;
    return &asked_bytes;
}

static void *jump(size_t bytes)
{
    asked_bytes = bytes;
    longjmp(back, 1);
}

/* The compiler takes what is allocated for new, and nothing else. */
static void *opaque(void *pointer)
{
    __asm__ volatile("" : "+r"(pointer) : : "memory");
    return pointer;
}

START_TEST(the_function_for_no_memory_is_asked)
{
    GC_set_warn_proc(GC_ignore_warn_proc);
    ck_assert_ptr_null(GC_malloc(SIZE_MAX / 2));
    GC_set_oom_fn(answer);
    ck_assert_ptr_eq(opaque(GC_malloc(SIZE_MAX / 2)), &asked_bytes);
    ck_assert_uint_eq(asked_bytes, SIZE_MAX / 2);
    volatile size_t most = SIZE_MAX;
    ck_assert_ptr_eq(opaque(GC_malloc_atomic(most)), &asked_bytes);
    ck_assert_uint_eq(asked_bytes, most);
}
END_TEST

START_TEST(it_may_jump_out)
{
    GC_set_warn_proc(GC_ignore_warn_proc);
    GC_set_oom_fn(jump);
    volatile int jumps = 0;
    if (setjmp(back) != 0)
        jumps++;
    if (jumps < 3)
        GC_malloc(SIZE_MAX / 4);
    ck_assert_int_eq(jumps, 3);
    ck_assert_ptr_nonnull(GC_malloc(100));
}
END_TEST

static void *fill(void)
{
    void **list = NULL;
    for (unsigned i = 0; i < 64; i++) {
        void **more = GC_malloc(MIB);
        if (more == NULL)
            return list;
        *more = list;
        list = more;
    }
    return NULL;
}

START_TEST(the_heap_has_a_limit)
{
    GC_set_warn_proc(GC_ignore_warn_proc);
    GC_set_max_heap_size(32 * MIB);
    ck_assert_ptr_nonnull(fill());
    GC_set_max_heap_size(0);
    ck_assert_ptr_null(fill());
}
END_TEST

/* -------------------------------------------------------------- collections */

START_TEST(the_first_number_of_a_collection_is_one)
{
    ck_assert_uint_eq(GC_get_gc_no(), 0);
    init_without_stress();
    ck_assert_uint_eq(GC_get_gc_no(), 1);
    GC_gcollect();
    ck_assert_uint_eq(GC_get_gc_no(), 2);
}
END_TEST

START_TEST(while_it_is_disabled_nothing_is_collected)
{
    init_without_stress();
    GC_disable();
    GC_disable();
    GC_gcollect();
    for (unsigned i = 0; i < 64; i++)
        GC_malloc(MIB);
    GC_enable();
    ck_assert(GC_is_disabled());
    ck_assert_uint_eq(GC_get_gc_no(), 1);
    GC_enable();
    GC_gcollect();
    ck_assert_uint_eq(GC_get_gc_no(), 2);
}
END_TEST

START_TEST(memory_asked_for_in_advance_is_used_first)
{
    init_without_stress();
    ck_assert_int_eq(GC_expand_hp(128 * MIB), 1);
    ck_assert_uint_ge(GC_get_heap_size(), 128 * MIB);
    for (unsigned i = 0; i < 100; i++)
        GC_malloc(MIB);
    ck_assert_uint_eq(GC_get_gc_no(), 1);
}
END_TEST

static int never(void)
{
    return 1;
}

START_TEST(the_stop_function_can_prevent_it)
{
    init_without_stress();
    ck_assert_int_eq(GC_try_to_collect(never), 0);
    ck_assert_uint_eq(GC_get_gc_no(), 1);
    ck_assert_int_eq(GC_collect_a_little(), 0);
}
END_TEST

static GC_EventType seen[32];
static unsigned seen_count, starts;

static void note_event(GC_EventType event)
{
    if (seen_count < 32)
        seen[seen_count++] = event;
}

static void note_start(void)
{
    starts++;
    ck_assert_uint_eq(seen_count, 0);
}

START_TEST(the_steps_of_a_collection_are_told_in_order)
{
    static const GC_EventType order[] = {GC_EVENT_START,
                                         GC_EVENT_PRE_STOP_WORLD,
                                         GC_EVENT_POST_STOP_WORLD,
                                         GC_EVENT_MARK_START,
                                         GC_EVENT_MARK_END,
                                         GC_EVENT_PRE_START_WORLD,
                                         GC_EVENT_POST_START_WORLD,
                                         GC_EVENT_RECLAIM_START,
                                         GC_EVENT_RECLAIM_END,
                                         GC_EVENT_END};
    init_without_stress();
    GC_set_start_callback(note_start);
    GC_set_on_collection_event(note_event);
    GC_gcollect();
    GC_set_on_collection_event(NULL);
    ck_assert_uint_eq(starts, 1);
    ck_assert_uint_eq(seen_count, sizeof order / sizeof *order);
    ck_assert_mem_eq(seen, order, sizeof order);
}
END_TEST

static void *allocate_and_collect(void *count)
{
    for (unsigned i = 0; i < *(unsigned *)count; i++)
        ck_assert_ptr_nonnull(GC_malloc(100));
    GC_gcollect();
    return count;
}

START_TEST(who_has_the_allocation_lock_may_allocate)
{
    unsigned count = 100000;
    GC_INIT();
    ck_assert_ptr_eq(GC_call_with_alloc_lock(allocate_and_collect, &count),
                     &count);
    GC_alloc_lock();
    allocate_and_collect(&count);
    GC_alloc_unlock();
    ck_assert_uint_ge(GC_get_gc_no(), 3);
}
END_TEST

START_TEST(figures_fit_each_other)
{
    GC_word heap, unused, unmapped, since, total;
    struct GC_prof_stats_s stats;
    for (unsigned i = 0; i < 1000; i++)
        GC_malloc(KIB);
    GC_get_heap_usage_safe(&heap, &unused, &unmapped, &since, &total);
    ck_assert_uint_ge(total, 1000 * KIB);
    ck_assert_uint_le(since, total);
    ck_assert_uint_ge(heap, unused);
    ck_assert_uint_eq(GC_get_prof_stats(&stats, sizeof stats), sizeof stats);
    ck_assert_uint_eq(stats.gc_no, GC_get_gc_no());
    ck_assert_uint_eq(stats.heapsize_full, heap + unmapped);
    GC_get_heap_usage_safe(NULL, NULL, NULL, NULL, NULL);
}
END_TEST

START_TEST(what_was_freed_is_counted_at_once)
{
    for (size_t i = 1; i < 1000; i++) {
        void *object = GC_malloc_uncollectable(i * 100 % 3000);
        size_t before = GC_get_expl_freed_bytes_since_gc();
        size_t taken = GC_get_total_bytes();
        GC_free(object);
        ck_assert_uint_gt(GC_get_expl_freed_bytes_since_gc(), before);
        ck_assert_uint_ge(GC_get_total_bytes(), taken);
    }
}
END_TEST

START_TEST(setters_prepare_nothing)
{
    GC_set_free_space_divisor(5);
    GC_set_time_limit(50);
    GC_set_max_heap_size(0);
    GC_set_finalize_on_demand(1);
    GC_set_no_dls(1);
    ck_assert_uint_eq(GC_get_free_space_divisor(), 5);
    ck_assert_uint_eq(GC_get_time_limit(), 50);
    ck_assert(!GC_is_init_called());
    ck_assert_uint_eq(GC_get_version(), 0x80202);
    GC_INIT();
    ck_assert(GC_is_init_called());
    ck_assert_uint_eq(gc_get(TIDEMARK_GROWTH), 145);
}
END_TEST

SUITE("drop_in", an_object_has_a_byte_more_for_a_pointer_to_its_end,
      without_interior_pointers_it_has_none,
      the_data_object_is_read_when_the_library_is_prepared,
      memory_is_zero_also_when_it_is_used_again, realloc_with_zero_bytes_frees,
      realloc_keeps_the_kind, alignment_goes_up_to_a_page, strings_are_copied,
      a_list_of_objects_is_linked_by_first_words_and_zero,
      the_function_for_no_memory_is_asked, it_may_jump_out,
      the_heap_has_a_limit, the_first_number_of_a_collection_is_one,
      while_it_is_disabled_nothing_is_collected,
      memory_asked_for_in_advance_is_used_first,
      the_stop_function_can_prevent_it,
      the_steps_of_a_collection_are_told_in_order,
      who_has_the_allocation_lock_may_allocate, figures_fit_each_other,
      what_was_freed_is_counted_at_once, setters_prepare_nothing)
