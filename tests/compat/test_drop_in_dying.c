/* SPDX-License-Identifier: MIT */
/* Finalizers, links, toggle references and disclaimed objects, as programs of
 * another collector use them. */

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <gc/gc.h>
#include <gc/gc_disclaim.h>
#include <gc/gc_mark.h>
#include <gc/javaxfc.h>

#include "tests/compat/chains.h"
#include "tests/hidden.h"
#include "tests/suite.h"

/* What dies in which collection is counted. */
static void init_without_stress(void)
{
    GC_INIT();
    gc_set(TIDEMARK_STRESS, 0);
}

START_TEST(an_ordered_finalizer_waits_for_those_that_lead_to_it)
{
    init_without_stress();
    drop_chains(GC_register_finalizer, GC_register_finalizer, false);
    expect_called(1, 0, 0);
    expect_called(1, 1, 0);
    expect_called(1, 1, 1);
}
END_TEST

START_TEST(an_ordered_one_that_leads_to_itself_is_never_called)
{
    init_without_stress();
    GC_set_warn_proc(GC_ignore_warn_proc);
    drop_chains(GC_register_finalizer, GC_register_finalizer, true);
    expect_called(1, 0, 0);
    expect_called(1, 1, 0);
    expect_called(1, 1, 0);
}
END_TEST

START_TEST(one_that_ignores_itself_is)
{
    init_without_stress();
    drop_chains(GC_register_finalizer_ignore_self, GC_register_finalizer_ignore_self, true);
    expect_called(1, 0, 0);
    expect_called(1, 1, 0);
    expect_called(1, 1, 1);
}
END_TEST

START_TEST(those_with_no_order_are_called_at_once)
{
    init_without_stress();
    drop_chains(GC_register_finalizer_no_order, GC_register_finalizer_no_order, false);
    expect_called(1, 1, 1);
}
END_TEST

static unsigned notices;

static void notice(void)
{
    notices++;
}

START_TEST(on_demand_they_are_called_when_the_program_says_so)
{
    init_without_stress();
    GC_set_finalize_on_demand(1);
    GC_set_finalizer_notifier(notice);
    drop_chains(GC_register_finalizer_no_order, GC_register_finalizer_no_order, false);
    GC_gcollect();
    ck_assert_uint_eq(notices, 1);
    ck_assert_uint_eq(called[0], 0);
    ck_assert(GC_should_invoke_finalizers());
    int count_called = GC_invoke_finalizers();
    ck_assert_int_ge(count_called, LINKS * (CHAINS - MOST));
    ck_assert_uint_eq((unsigned)count_called,
                      called[0] + called[1] + called[2]);
    ck_assert_int_eq(GC_invoke_finalizers(), 0);
}
END_TEST

START_TEST(the_finalizer_that_there_was_is_answered)
{
    GC_finalization_proc old = count;
    void *data = &old;
    init_without_stress();
    struct link *link = GC_malloc(sizeof *link);
    GC_register_finalizer_no_order(link, count, link, &old, &data);
    ck_assert_ptr_null(data);
    ck_assert(old == NULL);
    GC_register_finalizer_ignore_self(link, NULL, NULL, &old, &data);
    ck_assert(old == count);
    ck_assert_ptr_eq(data, link);
    GC_register_finalizer(&old, count, NULL, &old, &data);
    ck_assert(old == NULL);
}
END_TEST

START_TEST(all_can_be_called_though_their_objects_live)
{
    init_without_stress();
    struct link *link = GC_malloc(sizeof *link);
    GC_register_finalizer_no_order(link, count, NULL, NULL, NULL);
    GC_finalize_all();
    ck_assert_uint_eq(called[0], 1);
    gc_keep_alive(link);
}
END_TEST

/* --------------------------------------------------------------------- links */

static uintptr_t *links; /* where nobody looks for pointers */
static void *kept;

static void keep(void *object, void *data)
{
    (void)data;
    kept = object;
}

__attribute__((noinline)) static void drop_linked(unsigned place, bool is_long)
{
    void *object = GC_malloc(16);
    links[place] = (uintptr_t)object;
    void **link = (void **)(void *)&links[place];
    ck_assert_int_eq(is_long
                         ? GC_register_long_link(link, object)
                         : GC_general_register_disappearing_link(link, object),
                     GC_SUCCESS);
    GC_register_finalizer_no_order(object, keep, NULL, NULL, NULL);
}

static unsigned count_set(unsigned first)
{
    unsigned set = 0;
    for (unsigned i = first; i < first + CHAINS; i++)
        set += links[i] != 0;
    return set;
}

START_TEST(a_link_disappears_before_the_finalizer_is_called)
{
    init_without_stress();
    GC_set_finalize_on_demand(1);
    links = GC_malloc_atomic_uncollectable(2 * CHAINS * sizeof *links);
    for (unsigned i = 0; i < CHAINS; i++) {
        drop_linked(i, false);
        drop_linked(CHAINS + i, true);
    }
    GC_gcollect();
    ck_assert_uint_le(count_set(0), MOST);
    ck_assert_uint_eq(count_set(CHAINS), CHAINS);
    GC_invoke_finalizers();
    GC_gcollect();
    ck_assert_uint_le(count_set(CHAINS), MOST);
}
END_TEST

START_TEST(a_link_can_be_moved_and_removed)
{
    init_without_stress();
    links = GC_malloc_atomic_uncollectable(2 * sizeof *links);
    void **one = (void **)(void *)&links[0], **other = one + 1;
    void *object = GC_malloc(16);
    ck_assert_int_eq(GC_move_disappearing_link(one, other), GC_NOT_FOUND);
    GC_general_register_disappearing_link(one, object);
    ck_assert_int_eq(GC_general_register_disappearing_link(one, object),
                     GC_DUPLICATE);
    ck_assert_int_eq(GC_move_disappearing_link(one, one), GC_SUCCESS);
    ck_assert_int_eq(GC_move_disappearing_link(one, other), GC_SUCCESS);
    ck_assert_int_eq(GC_unregister_disappearing_link(one), 0);
    ck_assert_int_eq(GC_unregister_disappearing_link(other), 1);
    gc_keep_alive(object);
}
END_TEST

/* ------------------------------------------------------------ toggle, disclaim */

static GC_ToggleRefStatus status;

static GC_ToggleRefStatus answer_status(void *object)
{
    (void)object;
    return status;
}

__attribute__((noinline)) static void drop_toggles(void)
{
    for (size_t i = 0; i < HIDDEN; i++) {
        void *object = GC_malloc(32);
        hidden[i] = hide(object);
        ck_assert_int_eq(GC_toggleref_add(object, 1), GC_SUCCESS);
    }
}

START_TEST(a_toggle_reference_is_strong_as_long_as_the_program_says_so)
{
    init_without_stress();
    GC_set_toggleref_func(answer_status);
    status = GC_TOGGLE_REF_STRONG;
    drop_toggles();
    GC_gcollect();
    expect_alive(HIDDEN);
    status = GC_TOGGLE_REF_WEAK;
    GC_gcollect();
    expect_gone(HIDDEN);
}
END_TEST

static unsigned finalized;

static void note_finalized(void *object, void *data)
{
    ck_assert_ptr_eq(data, &finalized);
    ck_assert_uint_eq(*(unsigned *)object, 77);
    finalized++;
}

static const struct GC_finalizer_closure closure = {note_finalized, &finalized};

__attribute__((noinline)) static void drop_finalized(void)
{
    for (unsigned i = 0; i < CHAINS; i++) {
        unsigned *object = GC_finalized_malloc(24, &closure);
        *object = 77;
    }
}

START_TEST(objects_can_have_a_finalizer_from_their_birth)
{
    init_without_stress();
    drop_finalized();
    GC_gcollect();
    ck_assert_uint_ge(finalized + MOST, CHAINS);
    ck_assert_uint_le(finalized, CHAINS);
}
END_TEST

/* Where the objects are, only they lead to the closures. */
__attribute__((noinline)) static void **make_with_closures(void)
{
    void **objects = GC_malloc_uncollectable(HIDDEN * sizeof *objects);
    for (size_t i = 0; i < HIDDEN; i++) {
        struct GC_finalizer_closure *own = GC_malloc_atomic(sizeof *own);
        *own = closure;
        objects[i] = GC_finalized_malloc(24, own);
        *(unsigned *)objects[i] = 77;
        hidden[i] = hide(own);
    }
    return objects;
}

START_TEST(an_object_keeps_the_finalizer_from_its_birth)
{
    GC_set_all_interior_pointers(0);
    init_without_stress();
    void **objects = make_with_closures();
    GC_gcollect();
    expect_alive(HIDDEN);
    GC_free(objects);
    finalized = 0;
    GC_gcollect();
    ck_assert_uint_ge(finalized + HIDDEN / 20, HIDDEN);
    ck_assert_uint_le(finalized, HIDDEN);
}
END_TEST

SUITE("drop_in_dying", an_ordered_finalizer_waits_for_those_that_lead_to_it,
      an_ordered_one_that_leads_to_itself_is_never_called,
      one_that_ignores_itself_is, those_with_no_order_are_called_at_once,
      on_demand_they_are_called_when_the_program_says_so,
      the_finalizer_that_there_was_is_answered,
      all_can_be_called_though_their_objects_live,
      a_link_disappears_before_the_finalizer_is_called,
      a_link_can_be_moved_and_removed,
      a_toggle_reference_is_strong_as_long_as_the_program_says_so,
      objects_can_have_a_finalizer_from_their_birth,
      an_object_keeps_the_finalizer_from_its_birth)
