/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "tests/suite.h"
#include "tests/unit/dying.h"

static const enum finalizer_order NO = FINALIZE_NO_ORDER;
static const enum finalizer_order SELF = FINALIZE_IGNORE_SELF;
static const enum finalizer_order ORDERED = FINALIZE_ORDERED;
static const enum finalizer_order UNREACHABLE = FINALIZE_UNREACHABLE;
static const int NONE = -1;

struct named {
    struct named *next;
    struct named *other;
    size_t name;
};

enum { NAMES = 26 };

static char called[1000]; /* the names, in the order of the calls */
static size_t call_count;

static void note(void *object, void *data)
{
    const struct named *named = object;
    (void)data;
    if (call_count < sizeof called - 1) {
        called[call_count] = (char)named->name;
        called[call_count + 1] = '\0';
    }
    call_count++;
}

static void setup(void)
{
    dying_setup();
    call_count = 0;
    called[0] = '\0';
}

static struct named *new_named(char name, int order, struct named *next)
{
    struct named *named = new_object(KIND_SCANNED, sizeof *named);
    *named = (struct named){next, NULL, (size_t)name};
    if (order >= 0)
        set_finalizer(named, (enum finalizer_order)order, note, NULL);
    return named;
}

/* The names of those that are called after the next collection, sorted. */
static const char *after_collection(void)
{
    call_count = 0;
    called[0] = '\0';
    collect();
    call_ready();
    for (size_t i = 1; i < call_count; i++)
        for (size_t k = i; k > 0 && called[k - 1] > called[k]; k--) {
            char name = called[k];
            called[k] = called[k - 1];
            called[k - 1] = name;
        }
    return called;
}

/* a -> b -> c */
static void make_list(int a, int b, int c)
{
    new_named('a', a, new_named('b', b, new_named('c', c, NULL)));
}

static void expect(const char *first, const char *second, const char *third)
{
    ck_assert_str_eq(after_collection(), first);
    ck_assert_str_eq(after_collection(), second);
    ck_assert_str_eq(after_collection(), third);
    ck_assert_str_eq(after_collection(), "");
}

/* ------------------------------------------------------------------- orders */

START_TEST(an_ordered_list_is_finalized_from_its_head)
{
    make_list(ORDERED, ORDERED, ORDERED);
    expect("a", "b", "c");
    ck_assert_uint_eq(heap.finalizers.waiting.count, 0);
}
END_TEST

START_TEST(one_that_ignores_itself_is_finalized_from_its_head_too)
{
    make_list(SELF, SELF, SELF);
    expect("a", "b", "c");
    struct named *c = new_named('c', SELF, NULL);
    c->next = c;
    new_named('a', SELF, new_named('b', SELF, c));
    expect("a", "b", "c");
}
END_TEST

START_TEST(without_an_order_all_are_finalized_at_once)
{
    make_list(NO, NO, NO);
    expect("abc", "", "");
    struct named *b = new_named('b', NO, NULL);
    b->next = new_named('a', NO, b);
    expect("ab", "", "");
}
END_TEST

START_TEST(unreachable_ones_wait_for_all_that_lead_to_them)
{
    make_list(UNREACHABLE, UNREACHABLE, UNREACHABLE);
    expect("a", "b", "c");
    make_list(NO, UNREACHABLE, UNREACHABLE);
    expect("a", "b", "c");
    make_list(NO, UNREACHABLE, NO);
    expect("a", "b", "c");
}
END_TEST

START_TEST(an_ordered_one_that_leads_to_itself_is_never_finalized)
{
    struct named *c = new_named('c', ORDERED, NULL);
    c->next = c;
    new_named('a', ORDERED, new_named('b', ORDERED, c));
    expect("a", "b", "");
    ck_assert_uint_eq(heap.finalizers.cycles, 1);
    ck_assert_uint_eq(heap.finalizers.in_cycle, ~(uintptr_t)c);
    ck_assert(is_object(c));
}
END_TEST

START_TEST(of_two_that_lead_to_each_other_none_with_an_order_is_finalized)
{
    const enum finalizer_order ordered[] = {ORDERED, SELF, UNREACHABLE};
    for (size_t i = 0; i < sizeof ordered / sizeof *ordered; i++) {
        struct named *b = new_named('b', ordered[i], NULL);
        b->next = new_named('a', ordered[i], b);
        expect("", "", "");
        ck_assert(is_object(b));
        ck_assert(is_object(b->next));
    }
}
END_TEST

START_TEST(an_order_counts_through_objects_without_a_finalizer)
{
    make_list(ORDERED, NONE, ORDERED);
    expect("a", "c", "");
    struct named *a = new_named('a', SELF, NULL);
    a->next = new_named('b', NONE, a); /* not itself, but by way of b */
    expect("", "", "");
}
END_TEST

START_TEST(an_object_without_pointers_leads_to_nothing)
{
    void **atomic = new_object(KIND_ATOMIC, 64);
    struct named *a = new_named('a', ORDERED, NULL);
    memset(atomic, 0, 64);
    atomic[0] = a;
    ((struct named *)(void *)atomic)->name = 'x';
    set_finalizer(atomic, ORDERED, note, NULL);
    ck_assert_str_eq(after_collection(), "ax");
}
END_TEST

START_TEST(the_order_holds_in_a_long_list)
{
    enum { LONG = 700 };
    struct named *list = NULL;
    for (int i = 0; i < LONG; i++)
        list = new_named((char)('a' + i % NAMES), SELF, list);
    for (int i = LONG; i-- > 0;) {
        char name[2] = {(char)('a' + i % NAMES), '\0'};
        ck_assert_str_eq(after_collection(), name);
    }
    ck_assert_str_eq(after_collection(), "");
}
END_TEST

/* ------------------------------------------------------------------ revival */

START_TEST(the_object_and_what_it_leads_to_are_there_for_the_call)
{
    struct named *c = new_named('c', NONE, NULL);
    struct named *a = new_named('a', NO, new_named('b', NONE, c));
    collect();
    ck_assert_uint_eq(finalizers_ready(&heap.finalizers), 1);
    for (int i = 0; i < 3; i++) {
        collect();
        ck_assert(is_object(a));
        ck_assert(is_object(c));
        ck_assert_int_eq((int)a->next->next->name, 'c');
    }
    ck_assert_uint_eq(call_ready(), 1);
    ck_assert_str_eq(called, "a");
    collect();
    ck_assert(!is_object(a));
    ck_assert(!is_object(c));
}
END_TEST

START_TEST(an_object_that_is_reached_is_not_finalized)
{
    roots[3] = (uintptr_t)new_named('a', NO, new_named('b', NO, NULL));
    expect("", "", "");
    roots[3] = 0;
    expect("ab", "", "");
}
END_TEST

static void keep(void *object, void *data)
{
    note(object, data);
    roots[0] = (uintptr_t)object;
}

START_TEST(an_object_that_its_finalizer_keeps_lives_on_without_it)
{
    struct named *a = new_named('a', NONE, NULL);
    set_finalizer(a, NO, keep, NULL);
    expect("a", "", "");
    ck_assert(is_object(a));
    roots[0] = 0;
    expect("", "", "");
    ck_assert(!is_object(a));
}
END_TEST

static void set_again(void *object, void *data)
{
    note(object, data);
    set_finalizer(object, NO, set_again, NULL);
}

START_TEST(a_finalizer_that_sets_itself_again_is_called_after_each_collection)
{
    struct named *a = new_named('a', NONE, NULL);
    set_finalizer(a, NO, set_again, NULL);
    for (int i = 0; i < 10; i++)
        ck_assert_str_eq(after_collection(), "a");
}
END_TEST

START_TEST(data_is_kept_until_the_call)
{
    struct named *data = new_named('d', NONE, new_named('e', NONE, NULL));
    struct named *a = new_named('a', NONE, NULL);
    roots[0] = (uintptr_t)a;
    set_finalizer(a, NO, note, data);
    collect();
    ck_assert(is_object(data->next));
    roots[0] = 0;
    collect();
    collect();
    ck_assert(is_object(data));
    ck_assert(is_object(data->next));
    call_ready();
    collect();
    ck_assert(!is_object(data));
}
END_TEST

START_TEST(data_that_leads_to_the_object_keeps_it)
{
    struct named *a = new_named('a', NONE, NULL);
    set_finalizer(a, NO, note, new_named('d', NONE, a));
    expect("", "", "");
    ck_assert(is_object(a));
}
END_TEST

/* ------------------------------------------------------------------- setting */

static void other(void *object, void *data)
{
    (void)object;
    (void)data;
}

START_TEST(a_finalizer_replaces_the_one_before)
{
    int first, second;
    struct named *a = new_named('a', NONE, NULL);
    struct finalizer old = set_finalizer(a, ORDERED, other, &first);
    ck_assert(old.run == NULL);
    ck_assert_ptr_null(old.data);
    old = set_finalizer(a, NO, note, &second);
    ck_assert(old.run == other);
    ck_assert_ptr_eq(old.data, &first);
    ck_assert_int_eq(old.order, ORDERED);
    ck_assert_uint_eq(heap.finalizers.waiting.count, 1);
    old = gc__finalizer_of(&heap.finalizers, &heap.variable, cell_at(a));
    ck_assert(old.run == note);
    ck_assert_str_eq(after_collection(), "a");
}
END_TEST

START_TEST(a_finalizer_can_be_taken_back)
{
    int data;
    struct named *a = new_named('a', NONE, NULL);
    set_finalizer(a, NO, note, &data);
    struct finalizer old = set_finalizer(a, NO, NULL, NULL);
    ck_assert(old.run == note);
    ck_assert_ptr_eq(old.data, &data);
    ck_assert(set_finalizer(a, NO, NULL, NULL).run == NULL);
    expect("", "", "");
    ck_assert(!is_object(a));
}
END_TEST

START_TEST(freeing_an_object_drops_its_finalizer)
{
    struct named *a = new_named('a', NO, NULL);
    void *large = new_object(KIND_SCANNED, 100000);
    set_finalizer(large, ORDERED, note, NULL);
    gc__heap_untie(&heap, cell_at(a));
    free_object(a);
    gc__heap_untie(&heap, cell_at(large));
    free_object(large);
    expect("", "", "");
}
END_TEST

START_TEST(an_object_that_is_freed_while_it_is_ready_is_not_finalized)
{
    struct named *a = new_named('a', NO, NULL);
    new_named('b', NO, NULL);
    collect();
    gc__heap_untie(&heap, cell_at(a));
    free_object(a);
    ck_assert_uint_eq(call_ready(), 1);
    ck_assert_str_eq(called, "b");
}
END_TEST

START_TEST(all_can_be_made_ready)
{
    make_list(NO, ORDERED, SELF);
    roots[0] = (uintptr_t)new_named('d', UNREACHABLE, NULL);
    gc__finalizers_make_all_ready(&heap.finalizers);
    ck_assert_uint_eq(call_ready(), 4);
    ck_assert_uint_eq(heap.finalizers.waiting.count, 0);
    expect("", "", "");
}
END_TEST

/* -------------------------------------------------------------------- many */

START_TEST(many_are_ready_and_each_is_called_once)
{
    enum { MANY = 100 * 1000 };
    for (size_t i = 0; i < MANY; i++) {
        struct named *named = new_named('a', (int)(i % FINALIZER_ORDERS), NULL);
        if (i % 10 == 0) {
            named->next = (struct named *)roots[0];
            roots[0] = (uintptr_t)named;
        }
    }
    collect();
    ck_assert_uint_eq(call_ready(), MANY - MANY / 10);
    ck_assert_uint_eq(heap.finalizers.waiting.count, MANY / 10);
    collect();
    ck_assert_uint_eq(call_ready(), 0);
}
END_TEST

/* An even number of them is of no order, an odd one ordered. */
START_TEST(without_memory_a_finalizer_is_not_set_and_nothing_is_lost)
{
    size_t set = 0;
    struct finalizer old;
    for (size_t i = 0; i < 1000; i++) {
        struct named *named = new_named('a', NONE, NULL);
        struct finalizer wanted = {note, NULL, (enum finalizer_order)(i % 2)};
        if (i >= 500)
            gc__pages_fail_from(1);
        enum finalizer_answer answer = gc__finalizer_set(
            &heap.finalizers, &heap.variable, cell_at(named), &wanted, &old);
        gc__pages_fail_from(0);
        ck_assert(old.run == NULL);
        set += answer == FINALIZER_IS_SET;
        expect_right();
    }
    ck_assert_uint_ge(set, 500);
    ck_assert_uint_lt(set, 1000);
    gc__pages_fail_from(1);
    collect();
    ck_assert_uint_eq(call_ready(), set);
}
END_TEST

START_TEST(a_collection_needs_no_memory_to_make_them_ready)
{
    enum { MANY = 10 * 1000 };
    for (size_t i = 0; i < MANY; i++)
        new_named('a', NO, NULL);
    gc__pages_fail_from(1);
    collect();
    ck_assert_uint_eq(call_ready(), MANY);
}
END_TEST

/* A mark stack that overflows at every object. */
START_TEST(what_a_finalizer_needs_is_found_without_a_mark_stack)
{
    enum { LONG = 1000 };
    heap.marker.most = 0;
    struct named *list = NULL;
    for (size_t i = 0; i < LONG; i++) {
        list = new_named('b', NONE, list);
        list->other = new_named('c', NONE, NULL);
    }
    new_named('a', NO, list);
    collect();
    size_t length = 0;
    for (; list != NULL; list = list->next, length++)
        ck_assert(is_object(list) && is_object(list->other));
    ck_assert_uint_eq(length, LONG);
    ck_assert_uint_eq(call_ready(), 1);
}
END_TEST

FIXTURE_SUITE(
    "finalize", setup, whole_teardown,
    an_ordered_list_is_finalized_from_its_head,
    one_that_ignores_itself_is_finalized_from_its_head_too,
    without_an_order_all_are_finalized_at_once,
    unreachable_ones_wait_for_all_that_lead_to_them,
    an_ordered_one_that_leads_to_itself_is_never_finalized,
    of_two_that_lead_to_each_other_none_with_an_order_is_finalized,
    an_order_counts_through_objects_without_a_finalizer,
    an_object_without_pointers_leads_to_nothing, the_order_holds_in_a_long_list,
    the_object_and_what_it_leads_to_are_there_for_the_call,
    an_object_that_is_reached_is_not_finalized,
    an_object_that_its_finalizer_keeps_lives_on_without_it,
    a_finalizer_that_sets_itself_again_is_called_after_each_collection,
    data_is_kept_until_the_call, data_that_leads_to_the_object_keeps_it,
    a_finalizer_replaces_the_one_before, a_finalizer_can_be_taken_back,
    freeing_an_object_drops_its_finalizer,
    an_object_that_is_freed_while_it_is_ready_is_not_finalized,
    all_can_be_made_ready, many_are_ready_and_each_is_called_once,
    without_memory_a_finalizer_is_not_set_and_nothing_is_lost,
    a_collection_needs_no_memory_to_make_them_ready,
    what_a_finalizer_needs_is_found_without_a_mark_stack)
