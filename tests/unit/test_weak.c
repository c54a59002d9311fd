/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "tests/random.h"
#include "tests/suite.h"
#include "tests/unit/dying.h"

enum { WORDS = 4096 };

static void *words[WORDS]; /* links that lie nowhere in the heap */

static void setup(void)
{
    dying_setup();
    memset(words, 0, sizeof words);
}

static void *new_atomic(void)
{
    return new_object(KIND_ATOMIC, 32);
}

static void nothing(void *object, void *data)
{
    (void)object;
    (void)data;
}

static void *link_to(enum link_kind kind, void **word, void *object)
{
    ck_assert_int_eq(add_link(kind, word, object), LINK_DONE);
    *word = object;
    return object;
}

static size_t count(enum link_kind kind)
{
    return heap.links[kind].table.count;
}

START_TEST(a_link_is_cleared_when_its_object_dies)
{
    for (unsigned kind = 0; kind < LINK_KINDS; kind++) {
        roots[0] = (uintptr_t)link_to(kind, &words[0], new_atomic());
        link_to(kind, &words[1], new_atomic());
        collect();
        ck_assert_uint_eq((uintptr_t)words[0], roots[0]);
        ck_assert_ptr_null(words[1]);
        ck_assert_uint_eq(count(kind), 1);
        roots[0] = 0;
        collect();
        ck_assert_ptr_null(words[0]);
        ck_assert_uint_eq(count(kind), 0);
    }
}
END_TEST

START_TEST(many_links_to_one_object_are_cleared)
{
    void *object = new_atomic();
    for (size_t i = 0; i < WORDS; i++)
        link_to(SHORT_LINK, &words[i], object);
    collect();
    for (size_t i = 0; i < WORDS; i++)
        ck_assert_ptr_null(words[i]);
    ck_assert_uint_eq(count(SHORT_LINK), 0);
}
END_TEST

START_TEST(a_short_link_is_cleared_before_the_finalizer_and_a_long_one_after_it)
{
    void *object = new_atomic();
    set_finalizer(object, FINALIZE_NO_ORDER, nothing, NULL);
    link_to(SHORT_LINK, &words[0], object);
    link_to(LONG_LINK, &words[1], object);
    for (int i = 0; i < 3; i++) {
        collect();
        ck_assert_ptr_null(words[0]);
        ck_assert_ptr_eq(words[1], object);
    }
    call_ready();
    collect();
    ck_assert_ptr_null(words[1]);
}
END_TEST

/* By way of an object that has one. */
START_TEST(what_a_finalizer_revives_keeps_its_long_links)
{
    void *child = new_atomic();
    uintptr_t *object = new_words(2);
    object[0] = (uintptr_t)child;
    set_finalizer(object, FINALIZE_NO_ORDER, nothing, NULL);
    link_to(SHORT_LINK, &words[0], child);
    link_to(LONG_LINK, &words[1], child);
    collect();
    ck_assert_ptr_null(words[0]);
    ck_assert_ptr_eq(words[1], child);
    call_ready();
    collect();
    ck_assert_ptr_null(words[1]);
}
END_TEST

START_TEST(a_link_goes_with_the_object_that_it_lies_in)
{
    for (unsigned kind = 0; kind < LINK_KINDS; kind++) {
        void **holder = new_object(KIND_ATOMIC, 4 * sizeof(void *));
        void **large = new_object(KIND_ATOMIC, 100000);
        roots[0] = (uintptr_t)link_to(kind, &holder[3], new_atomic());
        roots[1] = (uintptr_t)link_to(kind, &large[9000], new_atomic());
        roots[2] = (uintptr_t)holder;
        roots[3] = (uintptr_t)large;
        collect();
        ck_assert_uint_eq(count(kind), 2);
        roots[2] = 0;
        collect();
        ck_assert_uint_eq(count(kind), 1);
        roots[3] = 0;
        collect();
        ck_assert_uint_eq(count(kind), 0);
    }
}
END_TEST

START_TEST(a_link_in_an_object_that_is_revived_stays)
{
    void **holder = new_object(KIND_ATOMIC, sizeof(void *));
    void *live = link_to(SHORT_LINK, holder, new_atomic());
    roots[0] = (uintptr_t)live;
    set_finalizer(holder, FINALIZE_NO_ORDER, nothing, NULL);
    collect();
    ck_assert_uint_eq(count(SHORT_LINK), 1);
    call_ready();
    collect();
    ck_assert_uint_eq(count(SHORT_LINK), 0);
}
END_TEST

/* A key that is not looked at for pointers, and its holder. */
START_TEST(a_link_and_its_object_may_die_together)
{
    void **holder = new_object(KIND_ATOMIC, sizeof(void *));
    link_to(SHORT_LINK, holder, holder);
    link_to(LONG_LINK, holder, holder);
    collect();
    ck_assert_uint_eq(count(SHORT_LINK) + count(LONG_LINK), 0);
}
END_TEST

START_TEST(a_place_has_one_link_of_each_kind)
{
    void *first = new_atomic();
    void *second = new_atomic();
    struct links *links = &heap.links[SHORT_LINK];
    uintptr_t place = (uintptr_t)&words[0];
    link_to(SHORT_LINK, &words[0], first);
    ck_assert_int_eq(add_link(SHORT_LINK, &words[0], second), LINK_EXISTS);
    ck_assert_int_eq(add_link(LONG_LINK, &words[0], first), LINK_DONE);
    ck_assert_uint_eq(gc__link_object(links, place), (uintptr_t)second);
    ck_assert_uint_eq(count(SHORT_LINK), 1);
    roots[0] = (uintptr_t)second;
    collect();
    ck_assert_uint_eq(count(SHORT_LINK), 1);
    ck_assert_uint_eq(count(LONG_LINK), 0);
}
END_TEST

START_TEST(a_link_can_be_removed_once)
{
    struct links *links = &heap.links[SHORT_LINK];
    void *object = link_to(SHORT_LINK, &words[0], new_atomic());
    ck_assert(!gc__link_remove(links, (uintptr_t)&words[1]));
    ck_assert(!gc__link_remove(links, (uintptr_t)&words[0] + 1));
    ck_assert(!gc__link_remove(links, 0));
    ck_assert(gc__link_remove(links, (uintptr_t)&words[0]));
    ck_assert(!gc__link_remove(links, (uintptr_t)&words[0]));
    collect();
    ck_assert_ptr_eq(words[0], object);
    ck_assert(!is_object(object));
}
END_TEST

START_TEST(a_link_can_be_moved)
{
    struct links *links = &heap.links[SHORT_LINK];
    struct variable *variable = &heap.variable;
    uintptr_t at[4];
    for (size_t i = 0; i < 4; i++)
        at[i] = (uintptr_t)&words[i];
    void *object = link_to(SHORT_LINK, &words[0], new_atomic());
    words[2] = object;
    ck_assert_int_eq(gc__link_move(links, variable, at[1], at[2]),
                     LINK_UNKNOWN);
    ck_assert_int_eq(gc__link_move(links, variable, at[0], at[0]), LINK_DONE);
    ck_assert_int_eq(gc__link_move(links, variable, at[0], at[2] + 4),
                     LINK_MISALIGNED);
    link_to(SHORT_LINK, &words[3], object);
    ck_assert_int_eq(gc__link_move(links, variable, at[0], at[3]), LINK_EXISTS);
    ck_assert_int_eq(gc__link_move(links, variable, at[0], at[2]), LINK_DONE);
    ck_assert_ptr_eq(words[0], object);
    expect_right();
    collect();
    ck_assert_ptr_eq(words[0], object);
    ck_assert_ptr_null(words[2]);
    ck_assert_ptr_null(words[3]);
}
END_TEST

START_TEST(a_link_that_is_moved_into_an_object_goes_with_it)
{
    void **holder = new_object(KIND_ATOMIC, sizeof(void *));
    void *object = link_to(SHORT_LINK, &words[0], new_atomic());
    ck_assert_int_eq(gc__link_move(&heap.links[SHORT_LINK], &heap.variable,
                                   (uintptr_t)&words[0], (uintptr_t)holder),
                     LINK_DONE);
    *holder = object;
    roots[0] = (uintptr_t)object;
    collect();
    ck_assert_uint_eq(count(SHORT_LINK), 0);
}
END_TEST

START_TEST(a_misaligned_link_is_refused)
{
    ck_assert_int_eq(add_link(SHORT_LINK, (char *)words + 4, new_atomic()),
                     LINK_MISALIGNED);
    ck_assert_uint_eq(count(SHORT_LINK), 0);
}
END_TEST

/* -------------------------------------------------------------------- freeing */

static void untie_and_free(void *object)
{
    gc__heap_untie(&heap, cell_at(object));
    free_object(object);
    expect_right();
}

START_TEST(freeing_an_object_clears_the_links_to_it)
{
    void *object = new_atomic();
    void *live = new_atomic();
    roots[0] = (uintptr_t)live;
    for (size_t i = 0; i < 100; i++)
        link_to(i % 2 ? SHORT_LINK : LONG_LINK, &words[i],
                i % 3 ? object : live);
    untie_and_free(object);
    for (size_t i = 0; i < 100; i++)
        ck_assert_ptr_eq(words[i], i % 3 ? NULL : live);
    ck_assert_uint_eq(count(SHORT_LINK) + count(LONG_LINK), 34);
}
END_TEST

START_TEST(freeing_an_object_drops_the_links_in_it)
{
    void **holder = new_object(KIND_ATOMIC, 64);
    void **large = new_object(KIND_ATOMIC, 100000);
    void *live = new_atomic();
    roots[0] = (uintptr_t)live;
    link_to(SHORT_LINK, &holder[0], live);
    link_to(LONG_LINK, &holder[7], live);
    link_to(SHORT_LINK, &large[12499], live);
    for (size_t i = 0; i < 20; i++)
        link_to(SHORT_LINK, &words[i], live);
    untie_and_free(holder);
    ck_assert_uint_eq(count(LONG_LINK), 0);
    ck_assert_uint_eq(count(SHORT_LINK), 21);
    untie_and_free(large);
    ck_assert_uint_eq(count(SHORT_LINK), 20);
}
END_TEST

START_TEST(what_nothing_is_tied_to_is_freed_without_the_lock)
{
    void *object = new_atomic();
    gc__local_retire(&heap.variable, &thread.local);
    ck_assert(gc__local_free(&heap.variable, &thread.local, (uintptr_t)object));
    object = new_atomic();
    gc__local_retire(&heap.variable, &thread.local);
    link_to(SHORT_LINK, &words[0], object);
    ck_assert(
        !gc__local_free(&heap.variable, &thread.local, (uintptr_t)object));
}
END_TEST

/* ----------------------------------------------------------------------- many */

START_TEST(many_links_come_and_go)
{
    enum { ROUNDS = 100 * 1000, OBJECTS = DYING_ROOTS };
    struct random random = {3};
    struct links *links = &heap.links[SHORT_LINK];
    static size_t linked[WORDS]; /* index of the object, plus one */
    memset(linked, 0, sizeof linked);
    for (size_t i = 0; i < OBJECTS; i++)
        roots[i] = (uintptr_t)new_atomic();
    for (int round = 0; round < ROUNDS; round++) {
        size_t at = random_below(&random, WORDS);
        size_t to = random_below(&random, WORDS);
        size_t object = random_below(&random, OBJECTS);
        uintptr_t place = (uintptr_t)&words[at];
        if (linked[at] == 0 && round % 1000 < 500) {
            link_to(SHORT_LINK, &words[at], (void *)roots[object]);
            linked[at] = object + 1;
        } else if (linked[at] != 0 && linked[to] == 0 && round % 2 == 0) {
            ck_assert_int_eq(gc__link_move(links, &heap.variable, place,
                                           (uintptr_t)&words[to]),
                             LINK_DONE);
            words[to] = words[at];
            linked[to] = linked[at];
            linked[at] = 0;
        } else {
            ck_assert_int_eq(gc__link_remove(links, place), linked[at] != 0);
            linked[at] = 0;
        }
        if (round % 10000 == 0) {
            collect();
            roots[object] = (uintptr_t)new_atomic();
            collect();
            for (size_t i = 0; i < WORDS; i++)
                if (linked[i] == object + 1) {
                    ck_assert_ptr_null(words[i]);
                    linked[i] = 0;
                }
        }
    }
    for (size_t i = 0; i < WORDS; i++)
        if (linked[i] != 0)
            ck_assert_uint_eq(gc__link_object(links, (uintptr_t)&words[i]),
                              roots[linked[i] - 1]);
}
END_TEST

START_TEST(without_memory_no_link_is_added_and_none_is_lost)
{
    void *object = new_atomic();
    size_t added = 0;
    roots[0] = (uintptr_t)object;
    for (size_t i = 0; i < WORDS; i++) {
        gc__pages_fail_from(i % 4 == 3 ? 0 : 1 + i % 3);
        enum link_answer answer = add_link(SHORT_LINK, &words[i], object);
        gc__pages_fail_from(0);
        ck_assert(answer == LINK_DONE || answer == LINK_NO_MEMORY);
        added += answer == LINK_DONE;
        ck_assert_uint_eq(count(SHORT_LINK), added);
    }
    expect_right();
    ck_assert_uint_gt(added, WORDS / 2);
    gc__pages_fail_from(1);
    roots[0] = 0;
    collect();
    ck_assert_uint_eq(count(SHORT_LINK), 0);
}
END_TEST

FIXTURE_SUITE(
    "weak", setup, whole_teardown, a_link_is_cleared_when_its_object_dies,
    many_links_to_one_object_are_cleared,
    a_short_link_is_cleared_before_the_finalizer_and_a_long_one_after_it,
    what_a_finalizer_revives_keeps_its_long_links,
    a_link_goes_with_the_object_that_it_lies_in,
    a_link_in_an_object_that_is_revived_stays,
    a_link_and_its_object_may_die_together, a_place_has_one_link_of_each_kind,
    a_link_can_be_removed_once, a_link_can_be_moved,
    a_link_that_is_moved_into_an_object_goes_with_it,
    a_misaligned_link_is_refused, freeing_an_object_clears_the_links_to_it,
    freeing_an_object_drops_the_links_in_it,
    what_nothing_is_tied_to_is_freed_without_the_lock, many_links_come_and_go,
    without_memory_no_link_is_added_and_none_is_lost)
