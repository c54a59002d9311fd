/* SPDX-License-Identifier: MIT */
/* What a program does while roots are marked, and what it asks about pointers. */

#include <check.h>
#include <gc/gc.h>
#include <gc/gc_mark.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/compat/names/watch.h"
#include "tests/suite.h"

enum { BYTES = 64 };

static char **places; /* where nobody looks by himself */
static GC_push_other_roots_proc old_push;

static void init(void)
{
    init_without_stress();
    places = calloc(WATCHED, sizeof *places);
    old_push = GC_get_push_other_roots();
}

__attribute__((noinline)) static void fill(size_t offset)
{
    for (size_t i = 0; i < WATCHED; i++) {
        char *object = GC_malloc(BYTES);
        watch(i, object);
        places[i] = object + offset;
    }
}

/* --------------------------------------------------------------------- pushing */

static void push_eagerly(void)
{
    GC_push_all_eager(places, places + WATCHED);
    old_push();
}

START_TEST(what_is_pushed_eagerly_counts_like_a_stack)
{
    GC_set_all_interior_pointers(0);
    init();
    GC_set_push_other_roots(push_eagerly);
    fill(17); /* no displacement that has been registered */
    collect();
    expect_all_left(0, WATCHED);
    GC_set_push_other_roots(old_push);
    collect();
    expect_dead(0, WATCHED);
}
END_TEST

static bool pushes_all;

static void push_conditionally(void)
{
    GC_push_conditional(places, places + WATCHED, pushes_all);
    old_push();
}

START_TEST(what_is_pushed_conditionally_is_pushed_as_a_root)
{
    init();
    GC_set_push_other_roots(push_conditionally);
    fill(0);
    pushes_all = true;
    collect();
    expect_all_left(0, WATCHED);
}
END_TEST

static GC_finalization_proc finalized_by;

static void finalize(void *object, void *data)
{
    (void)object;
    if (*(int *)data == 77)
        finalized_by = finalize;
}

/* The data of finalizers are roots, whether or not a program says so itself. */
static void push_structures(void)
{
    GC_push_finalizer_structures();
    old_push();
}

START_TEST(a_program_may_push_the_tables_of_finalizers)
{
    init();
    GC_set_finalize_on_demand(1);
    GC_set_push_other_roots(push_structures);
    for (size_t i = 0; i < WATCHED; i++) {
        int *data = GC_malloc_atomic(sizeof *data);
        *data = 77;
        watch(i, data);
        GC_register_finalizer(GC_malloc(16), finalize, data, NULL, NULL);
    }
    collect();
    expect_all_left(0, WATCHED);
    ck_assert_int_ge(GC_invoke_finalizers(), WATCHED - SOME_LEFT);
    ck_assert(finalized_by == finalize);
}
END_TEST

/* ----------------------------------------------------------------------- marks */

static unsigned were_marked;

/* Marks are set and taken back; what keeps its mark stays. */
static void mark_half(void)
{
    for (size_t i = 0; i < WATCHED; i++) {
        char *object = (char *)~(uintptr_t)places[i];
        if (GC_is_marked(object))
            continue;
        GC_set_mark_bit(object);
        were_marked += GC_is_marked(object) != 0;
        if (i % 2 == 0)
            GC_clear_mark_bit(object);
        were_marked -= i % 2 == 0 && !GC_is_marked(object);
    }
    old_push();
}

START_TEST(a_mark_can_be_taken_back)
{
    init();
    fill(0);
    for (size_t i = 0; i < WATCHED; i++)
        places[i] = (char *)~(uintptr_t)places[i];
    GC_set_push_other_roots(mark_half);
    wipe_stack();
    GC_gcollect();
    ck_assert_uint_ge(were_marked + SOME_LEFT, WATCHED / 2);
    ck_assert_uint_le(were_marked, WATCHED / 2 + SOME_LEFT);
    size_t left = count_left(0, WATCHED);
    ck_assert_uint_ge(left, WATCHED / 2);
    ck_assert_uint_le(left, WATCHED / 2 + SOME_LEFT);
}
END_TEST

START_TEST(the_stack_can_be_cleared_and_a_value_used)
{
    init();
    fill(0);
    GC_noop1((GC_word)places);
    ck_assert_ptr_eq(GC_clear_stack(&places), &places);
    GC_gcollect();
    expect_dead(0, WATCHED);
}
END_TEST

/* ------------------------------------------------------------------------ roots */

static void *volatile in_data;

START_TEST(data_of_the_program_is_a_root_for_the_time_being)
{
    GC_INIT();
    GC_set_no_dls(1);
    ck_assert_int_eq(GC_get_no_dls(), 1);
    GC_set_no_dls(0);
    in_data = GC_malloc(16);
    GC_gcollect();
    void *heap = in_data;
    ck_assert_ptr_nonnull(GC_base(heap));
    ck_assert_int_eq(GC_is_tmp_root(heap), 0);
    ck_assert_int_ne(GC_is_tmp_root((void *)(uintptr_t)&in_data), 0);
}
END_TEST

/* --------------------------------------------------------------------- pointers */

static unsigned reports;

static void count_one(void *pointer)
{
    (void)pointer;
    reports++;
}

static void count_two(void *one, void *other)
{
    (void)one, (void)other;
    reports++;
}

START_TEST(a_pointer_is_moved_within_its_object)
{
    init();
    GC_same_obj_print_proc = count_two;
    char *object = GC_malloc(BYTES);
    void *at = object;
    ck_assert_ptr_eq(GC_pre_incr(&at, 16), object + 16);
    ck_assert_ptr_eq(at, object + 16);
    ck_assert_ptr_eq(GC_post_incr(&at, 8), object + 16);
    ck_assert_ptr_eq(at, object + 24);
    ck_assert_ptr_eq(GC_pre_incr(&at, -24), object);
    ck_assert_uint_eq(reports, 0);
    GC_post_incr(&at, 1 << 20);
    ck_assert_uint_eq(reports, 1);
    GC_same_obj(object, object + (1 << 20));
    ck_assert_uint_eq(reports, 2);
}
END_TEST

START_TEST(displacements_are_checked)
{
    GC_set_all_interior_pointers(0);
    init();
    ck_assert_int_eq(GC_get_all_interior_pointers(), 0);
    GC_is_valid_displacement_print_proc = count_one;
    char *object = GC_malloc(BYTES);
    ck_assert_ptr_eq(GC_is_valid_displacement(object), object);
    ck_assert_ptr_eq(GC_is_valid_displacement(&reports), &reports);
    ck_assert_uint_eq(reports, 0);
    GC_is_valid_displacement(object + 5);
    ck_assert_uint_eq(reports, 1);
    GC_register_displacement(5);
    GC_is_valid_displacement(object + 5);
    ck_assert_uint_eq(reports, 1);
}
END_TEST

/* ------------------------------------------------------------------ enumeration */

struct search {
    size_t found;
    char *const *kept;
};

static void look(void *object, size_t bytes, void *context)
{
    struct search *search = context;
    for (size_t i = 0; i < WATCHED / 10; i++)
        if (object == search->kept[i]) {
            ck_assert_uint_ge(bytes, BYTES);
            search->found++;
        }
}

START_TEST(the_objects_that_are_left_are_shown)
{
    static char *kept[WATCHED / 10];
    struct search search = {0, kept};
    init();
    fill(0);
    memcpy(kept, places, sizeof kept);
    collect();
    GC_alloc_lock();
    GC_enumerate_reachable_objects_inner(look, &search);
    GC_alloc_unlock();
    ck_assert_uint_eq(search.found, WATCHED / 10);
}
END_TEST

SUITE("names_marking", what_is_pushed_eagerly_counts_like_a_stack,
      what_is_pushed_conditionally_is_pushed_as_a_root,
      a_program_may_push_the_tables_of_finalizers, a_mark_can_be_taken_back,
      the_stack_can_be_cleared_and_a_value_used,
      data_of_the_program_is_a_root_for_the_time_being,
      a_pointer_is_moved_within_its_object, displacements_are_checked,
      the_objects_that_are_left_are_shown)
