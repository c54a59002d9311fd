/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "tests/suite.h"
#include "tests/unit/dying.h"

static enum toggle answer;
static size_t asked;

static enum toggle decide(void *object, void *context)
{
    ck_assert_ptr_eq(context, &answer);
    ck_assert(is_object(object));
    asked++;
    return answer;
}

static void setup(void)
{
    dying_setup();
    asked = 0;
}

static void *new_toggled(enum toggle toggle)
{
    void *object = new_object(KIND_SCANNED, 32);
    ck_assert(
        gc__toggle_add(&heap.toggles, &heap.variable, cell_at(object), toggle));
    return object;
}

START_TEST(a_strong_one_keeps_what_it_leads_to_and_a_weak_one_does_not)
{
    void **strong = new_toggled(TOGGLE_STRONG);
    void *weak = new_toggled(TOGGLE_WEAK);
    strong[0] = new_object(KIND_ATOMIC, 16);
    collect();
    ck_assert(is_object(strong));
    ck_assert(is_object(strong[0]));
    ck_assert(!is_object(weak));
    ck_assert_uint_eq(heap.toggles.table.count, 1);
}
END_TEST

START_TEST(the_function_decides_at_each_collection)
{
    void *object = new_toggled(TOGGLE_WEAK);
    heap.toggles.decide = decide;
    heap.toggles.context = &answer;
    answer = TOGGLE_STRONG;
    collect();
    collect();
    ck_assert_uint_eq(asked, 2);
    ck_assert(is_object(object));
    answer = TOGGLE_WEAK;
    roots[0] = (uintptr_t)object;
    collect();
    ck_assert(is_object(object));
    ck_assert_uint_eq(heap.toggles.table.count, 1);
    roots[0] = 0;
    collect();
    ck_assert(!is_object(object));
    ck_assert_uint_eq(heap.toggles.table.count, 0);
}
END_TEST

START_TEST(one_that_is_dropped_keeps_nothing)
{
    void *object = new_toggled(TOGGLE_STRONG);
    roots[0] = (uintptr_t)object;
    heap.toggles.decide = decide;
    heap.toggles.context = &answer;
    answer = TOGGLE_DROP;
    collect();
    ck_assert_uint_eq(heap.toggles.table.count, 0);
    ck_assert(is_object(object));
}
END_TEST

static void nothing(void *object, void *data)
{
    (void)object;
    (void)data;
}

START_TEST(a_weak_one_lasts_as_long_as_a_finalizer_needs_the_object)
{
    void *object = new_toggled(TOGGLE_WEAK);
    set_finalizer(object, FINALIZE_NO_ORDER, nothing, NULL);
    collect();
    ck_assert_uint_eq(heap.toggles.table.count, 1);
    ck_assert_uint_eq(call_ready(), 1);
    collect();
    ck_assert_uint_eq(heap.toggles.table.count, 0);
}
END_TEST

START_TEST(an_object_has_one_and_freeing_it_ends_that)
{
    void *object = new_toggled(TOGGLE_WEAK);
    ck_assert(gc__toggle_add(&heap.toggles, &heap.variable, cell_at(object),
                             TOGGLE_STRONG));
    ck_assert_uint_eq(heap.toggles.table.count, 1);
    collect();
    ck_assert(is_object(object));
    gc__heap_untie(&heap, cell_at(object));
    free_object(object);
    ck_assert_uint_eq(heap.toggles.table.count, 0);
    collect();
}
END_TEST

START_TEST(without_memory_there_is_none)
{
    void *object = new_object(KIND_ATOMIC, 16);
    gc__pages_fail_from(1);
    ck_assert(!gc__toggle_add(&heap.toggles, &heap.variable, cell_at(object),
                              TOGGLE_STRONG));
    gc__pages_fail_from(0);
    ck_assert_uint_eq(heap.toggles.table.count, 0);
}
END_TEST

FIXTURE_SUITE("toggle", setup, whole_teardown,
              a_strong_one_keeps_what_it_leads_to_and_a_weak_one_does_not,
              the_function_decides_at_each_collection,
              one_that_is_dropped_keeps_nothing,
              a_weak_one_lasts_as_long_as_a_finalizer_needs_the_object,
              an_object_has_one_and_freeing_it_ends_that,
              without_memory_there_is_none)
