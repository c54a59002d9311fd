/* SPDX-License-Identifier: MIT */
/* In which collection finalizers become ready, who hears of it, and links and toggle
 * references in their less usual forms. */

#include <check.h>
#include <gc/gc.h>
#include <gc/gc_mark.h>
#include <gc/javaxfc.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/compat/chains.h"
#include "tests/compat/names/watch.h"
#include "tests/suite.h"

static void expect_called_in_next(unsigned first, unsigned second,
                                  unsigned third)
{
    wipe_stack();
    expect_called(first, second, third);
}

START_TEST(one_for_unreachable_objects_waits_for_those_that_lead_to_it)
{
    init_without_stress();
    drop_chains(GC_register_finalizer_unreachable, GC_register_finalizer_unreachable, false);
    expect_called_in_next(1, 0, 0);
    expect_called_in_next(1, 1, 0);
    expect_called_in_next(1, 1, 1);
}
END_TEST

START_TEST(it_also_waits_for_those_with_no_order)
{
    init_without_stress();
    drop_chains(GC_register_finalizer_no_order, GC_register_finalizer_unreachable, false);
    expect_called_in_next(1, 0, 0);
    expect_called_in_next(1, 1, 0);
    expect_called_in_next(1, 1, 1);
}
END_TEST

START_TEST(but_not_where_the_program_says_so)
{
    init_without_stress();
    GC_java_finalization = 0;
    ck_assert_int_eq(GC_get_java_finalization(), 0);
    drop_chains(GC_register_finalizer_no_order, GC_register_finalizer_unreachable, false);
    expect_called_in_next(1, 1, 0);
    expect_called_in_next(1, 1, 1);
}
END_TEST

/* ------------------------------------------------------------------- who hears */

static unsigned awaited, notices;

static void await(void *object)
{
    ck_assert_uint_lt(((struct link *)object)->place, LINKS);
    awaited++;
}

static void notice(void)
{
    notices++;
}

START_TEST(each_object_is_told_of_and_all_of_them_once)
{
    init_without_stress();
    ck_assert(GC_get_await_finalize_proc() == NULL);
    ck_assert(GC_get_finalizer_notifier() == NULL);
    GC_set_await_finalize_proc(await);
    ck_assert(GC_get_await_finalize_proc() == await);
    GC_finalizer_notifier = notice;
    ck_assert(GC_get_finalizer_notifier() == notice);
    GC_finalize_on_demand = 1;
    ck_assert_int_eq(GC_get_finalize_on_demand(), 1);
    drop_chains(GC_register_finalizer_no_order, GC_register_finalizer_no_order, false);
    wipe_stack();
    GC_gcollect();
    ck_assert_uint_ge(awaited, LINKS * (WATCHED - SOME_LEFT));
    ck_assert_uint_eq(notices, 1);
    ck_assert_uint_eq(called[0], 0);
    ck_assert_int_eq(GC_invoke_finalizers(), (int)awaited);
}
END_TEST

/* ----------------------------------------------------------------------- links */

static void **volatile places;

__attribute__((noinline)) static void drop_linked(size_t i, bool within)
{
    void **object = GC_malloc(2 * sizeof *object);
    watch(i, object);
    object[1] = object;
    if (within)
        ck_assert_int_eq(GC_register_disappearing_link(&object[1]), GC_SUCCESS);
    places[i] = object;
    ck_assert_int_eq(GC_register_long_link(&places[i], object), GC_SUCCESS);
}

START_TEST(a_link_in_the_object_itself_goes_with_it)
{
    init_without_stress();
    places = calloc(WATCHED, sizeof *places);
    for (size_t i = 0; i < WATCHED; i++)
        drop_linked(i, true);
    collect();
    expect_dead(0, WATCHED);
}
END_TEST

START_TEST(a_long_link_can_be_moved_and_removed)
{
    init_without_stress();
    places = calloc(2 * WATCHED, sizeof *places);
    GC_disable();
    for (size_t i = 0; i < WATCHED; i++) {
        drop_linked(i, false);
        places[WATCHED + i] = places[i];
        void **from = &places[i], **to = &places[WATCHED + i];
        ck_assert_int_eq(GC_move_long_link(from, to), GC_SUCCESS);
        ck_assert_int_eq(GC_move_long_link(from, to), GC_NOT_FOUND);
        ck_assert_int_eq(GC_unregister_long_link(from), 0);
        if (i % 2 == 0)
            ck_assert_int_eq(GC_unregister_long_link(to), 1);
    }
    GC_enable();
    collect();
    size_t left[2] = {0, 0};
    for (size_t i = 0; i < WATCHED; i++)
        left[i % 2] += places[WATCHED + i] != NULL;
    ck_assert_uint_eq(left[0], WATCHED / 2);
    ck_assert_uint_le(left[1], SOME_LEFT);
}
END_TEST

/* -------------------------------------------------------------- toggle references */

static GC_ToggleRefStatus drop(void *object)
{
    (void)object;
    return GC_TOGGLE_REF_DROP;
}

START_TEST(the_function_for_toggle_references_is_answered)
{
    init_without_stress();
    ck_assert(GC_get_toggleref_func() == NULL);
    GC_set_toggleref_func(drop);
    ck_assert(GC_get_toggleref_func() == drop);
    for (size_t i = 0; i < WATCHED; i++) {
        void *object = GC_malloc(16);
        watch(i, object);
        ck_assert_int_eq(GC_toggleref_add(object, 1), GC_SUCCESS);
    }
    collect();
    expect_dead(0, WATCHED);
}
END_TEST

SUITE("names_finalization",
      one_for_unreachable_objects_waits_for_those_that_lead_to_it,
      it_also_waits_for_those_with_no_order, but_not_where_the_program_says_so,
      each_object_is_told_of_and_all_of_them_once,
      a_link_in_the_object_itself_goes_with_it,
      a_long_link_can_be_moved_and_removed,
      the_function_for_toggle_references_is_answered)
