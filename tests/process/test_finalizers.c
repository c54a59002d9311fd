/* SPDX-License-Identifier: MIT */
/* Finalizers and weak links in a whole program: most of what is dropped is
 * finalized, since some stale word may keep any one object. */

#include <check.h>
#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>

#include "tests/hidden.h"
#include "tests/suite.h"

enum { MOST = HIDDEN - HIDDEN / 20 };

struct counted {
    struct counted *next;
    size_t *counter;
};

static void *words[HIDDEN];
static size_t counter;
static bool is_intact = true;

static void count(void *object, void *data)
{
    const struct counted *counted = object;
    is_intact = is_intact && counted->counter == data;
    ++*counted->counter;
}

static struct counted *new_counted(gc_finalizer *finalizer, void *data)
{
    struct counted *counted = gc_malloc(sizeof *counted);
    counted->counter = &counter;
    ck_assert(gc_set_finalizer(counted, finalizer, data));
    return counted;
}

__attribute__((noinline)) static void drop_many(gc_finalizer *finalizer,
                                                void *data)
{
    gc_disable();
    for (size_t i = 0; i < HIDDEN; i++)
        hidden[i] = hide(new_counted(finalizer, data));
    gc_enable();
}

static void setup(void)
{
    counter = 0;
    is_intact = true;
    ck_assert(gc_set_finalizing(TIDEMARK_FINALIZE_SOON, NULL, NULL));
}

/* What is left over is called, and forgotten. */
static void teardown(void)
{
    gc_set_finalizing(TIDEMARK_FINALIZE_SOON, NULL, NULL);
    GC_collect();
}

START_TEST(what_is_dropped_is_finalized_when_the_call_returns)
{
    drop_many(count, &counter);
    ck_assert_uint_eq(counter, 0);
    GC_collect();
    ck_assert_uint_ge(counter, MOST);
    ck_assert(is_intact);
    ck_assert_uint_eq(gc_ready_finalizers(), 0);
    GC_collect();
    expect_gone(HIDDEN);
}
END_TEST

START_TEST(allocating_is_enough)
{
    drop_many(count, &counter);
    for (size_t i = 0; i < 100 * 1000 * 1000 && counter < MOST; i++)
        ck_assert_ptr_nonnull(gc_malloc(64));
    ck_assert_uint_ge(counter, MOST);
}
END_TEST

START_TEST(on_demand_they_are_called_when_asked_for)
{
    ck_assert(gc_set_finalizing(TIDEMARK_FINALIZE_ON_DEMAND, NULL, NULL));
    drop_many(count, &counter);
    GC_collect();
    GC_collect();
    ck_assert_uint_eq(counter, 0);
    size_t ready = gc_ready_finalizers();
    ck_assert_uint_ge(ready, MOST);
    ck_assert_uint_eq(gc_run_finalizers(), ready);
    ck_assert_uint_eq(counter, ready);
    ck_assert_uint_eq(gc_run_finalizers(), 0);
}
END_TEST

static size_t notifications;

static void notify(void *context)
{
    ck_assert_ptr_eq(context, &notifications);
    ck_assert_ptr_nonnull(gc_malloc(100));
    notifications++;
}

START_TEST(the_notifier_is_called_once_after_a_collection)
{
    notifications = 0;
    ck_assert(
        gc_set_finalizing(TIDEMARK_FINALIZE_ON_DEMAND, notify, &notifications));
    GC_collect();
    ck_assert_uint_eq(notifications, 0);
    drop_many(count, &counter);
    GC_collect();
    ck_assert_uint_eq(notifications, 1);
    GC_collect();
    ck_assert_uint_eq(notifications, 2);
    ck_assert_uint_ge(gc_run_finalizers(), MOST);
    GC_collect();
    ck_assert_uint_le(notifications, 3);
}
END_TEST

/* ----------------------------------------------------- what a finalizer may do */

static jmp_buf out;

static void leave(void *object, void *data)
{
    count(object, data);
    if (counter % 50 == 1)
        longjmp(out, 1);
}

START_TEST(a_finalizer_may_leave_by_longjmp)
{
    volatile size_t landings = 0;
    drop_many(leave, &counter);
    for (;;) {
        if (setjmp(out) != 0)
            landings++;
        size_t before = counter;
        GC_collect();
        if (counter == before)
            break;
    }
    ck_assert_uint_ge(counter, MOST);
    ck_assert_uint_ge(landings, MOST / 50);
}
END_TEST

static void work(void *object, void *data)
{
    count(object, data);
    ck_assert_ptr_nonnull(gc_malloc(1000));
    if (counter % 1000 == 0)
        GC_collect();
    free(malloc(100));
    gc_free(gc_malloc(100));
}

START_TEST(a_finalizer_may_allocate_free_and_collect)
{
    drop_many(work, &counter);
    GC_collect();
    ck_assert_uint_ge(counter, MOST);
    ck_assert(is_intact);
}
END_TEST

static void again(void *object, void *data)
{
    ++*(size_t *)data;
    gc_set_finalizer(object, again, data);
}

START_TEST(a_finalizer_may_set_itself_again)
{
    gc_set_finalizer(gc_malloc_atomic(16), again, &counter);
    for (size_t i = 0; i < 100; i++)
        GC_collect();
    ck_assert_uint_ge(counter, 95);
    ck_assert_uint_le(counter, 100);
}
END_TEST

static size_t depth, deepest;

static void nest(void *object, void *data)
{
    count(object, data);
    deepest = ++depth > deepest ? depth : deepest;
    GC_collect();
    depth--;
}

enum { LISTS = 40, LENGTH = 10, NODES = LISTS * LENGTH };

/* Each leads to the next, so a collection makes one of each list ready. */
__attribute__((noinline)) static void drop_lists(void)
{
    for (size_t i = 0; i < NODES; i++) {
        struct gc_finalization now = {nest, &counter, TIDEMARK_IGNORE_SELF};
        struct counted *node = gc_malloc(sizeof *node);
        node->next = i % LENGTH == 0 ? NULL : words[0];
        node->counter = &counter;
        ck_assert(gc_replace_finalizer(node, &now, NULL));
        words[0] = node;
    }
    words[0] = NULL;
}

START_TEST(calls_are_not_nested_deeply)
{
    depth = deepest = 0;
    drop_lists();
    for (size_t i = 0; i < LENGTH; i++)
        GC_collect();
    ck_assert_uint_ge(counter, NODES - NODES / 10);
    ck_assert_uint_ge(deepest, 2);
    ck_assert_uint_le(deepest, 8);
}
END_TEST

/* -------------------------------------------------------------------- misuse */

START_TEST(what_is_no_object_has_no_finalizer)
{
    int local;
    errno = 0;
    ck_assert(!gc_set_finalizer(&local, count, NULL));
    ck_assert_int_eq(errno, EINVAL);
    ck_assert(!gc_set_finalizer(NULL, count, NULL));
    struct gc_finalization wrong = {count, NULL, (enum gc_order)17};
    ck_assert(!gc_replace_finalizer(gc_malloc(16), &wrong, NULL));
    ck_assert(!gc_set_finalizing((enum gc_finalizing)17, NULL, NULL));
}
END_TEST

START_TEST(a_pointer_into_an_object_stands_for_it)
{
    char *object = gc_malloc(100);
    struct gc_finalization before = {NULL, NULL, TIDEMARK_NO_ORDER};
    ck_assert(gc_set_finalizer(object + 99, count, &counter));
    ck_assert(gc_replace_finalizer(object, NULL, &before));
    ck_assert(before.run == count);
    ck_assert(gc_replace_finalizer(object + 1, NULL, &before));
    ck_assert_ptr_eq(before.data, &counter);
    ck_assert(gc_set_finalizer(object, NULL, NULL));
}
END_TEST

START_TEST(what_is_freed_is_not_finalized)
{
    for (size_t i = 0; i < HIDDEN; i++)
        gc_free(new_counted(count, &counter));
    GC_collect();
    ck_assert_uint_eq(counter, 0);
}
END_TEST

/* --------------------------------------------------------------------- links */

static struct gc_weak *references[HIDDEN];

__attribute__((noinline)) static void link_many(enum gc_link_kind kind)
{
    void **links = gc_malloc_atomic(sizeof words);
    gc_disable();
    for (size_t i = 0; i < HIDDEN; i++) {
        links[i] = gc_malloc(16);
        ck_assert_int_eq(gc_link_add(&links[i], links[i], kind),
                         TIDEMARK_LINK_DONE);
    }
    gc_enable();
    words[0] = links;
}

static size_t count_words(void)
{
    void **links = words[0];
    size_t set = 0;
    for (size_t i = 0; i < HIDDEN; i++)
        set += links[i] != NULL;
    return set;
}

START_TEST(links_are_cleared_when_their_objects_die)
{
    for (int kind = 0; kind < 2; kind++) {
        link_many((enum gc_link_kind)kind);
        ck_assert_uint_eq(count_words(), HIDDEN);
        GC_collect();
        ck_assert_uint_le(count_words(), HIDDEN - MOST);
    }
    words[0] = NULL;
}
END_TEST

START_TEST(links_answer_what_became_of_them)
{
    void *object = gc_malloc(16);
    void *pair[2];
    enum gc_link_kind kind = TIDEMARK_SHORT_LINK;
    ck_assert_int_eq(gc_link_add(&pair[0], &pair, kind),
                     TIDEMARK_LINK_NO_OBJECT);
    ck_assert_int_eq(gc_link_add((void **)((char *)pair + 1), object, kind),
                     TIDEMARK_LINK_MISALIGNED);
    ck_assert_int_eq(gc_link_add(&pair[0], object, kind), TIDEMARK_LINK_DONE);
    ck_assert_int_eq(gc_link_add(&pair[0], object, kind), TIDEMARK_LINK_EXISTS);
    ck_assert_int_eq(gc_link_move(&pair[1], &pair[0], kind),
                     TIDEMARK_LINK_UNKNOWN);
    ck_assert_int_eq(gc_link_move(&pair[0], &pair[1], kind),
                     TIDEMARK_LINK_DONE);
    ck_assert(!gc_link_remove(&pair[0], kind));
    ck_assert(!gc_link_remove(&pair[1], TIDEMARK_LONG_LINK));
    ck_assert(gc_link_remove(&pair[1], kind));
    gc_keep_alive(object);
}
END_TEST

__attribute__((noinline)) static void refer_to_many(void **kept)
{
    for (size_t i = 0; i < HIDDEN; i++) {
        void *object = gc_malloc(16);
        references[i] = gc_weak_new(object);
        ck_assert_ptr_eq(gc_weak_get(references[i]), object);
        kept[i] = i % 2 == 0 ? object : NULL;
    }
}

START_TEST(a_weak_reference_gives_the_object_as_long_as_it_lives)
{
    static void *kept[HIDDEN];
    size_t dead = 0;
    refer_to_many(kept);
    GC_collect();
    for (size_t i = 0; i < HIDDEN; i++)
        if (i % 2 == 0)
            ck_assert_ptr_eq(gc_weak_get(references[i]), kept[i]);
        else
            dead += gc_weak_get(references[i]) == NULL;
    ck_assert_uint_ge(dead, HIDDEN / 2 - HIDDEN / 20);
    errno = 0;
    ck_assert_ptr_null(gc_weak_new(&dead));
    ck_assert_int_eq(errno, EINVAL);
    gc_free(kept[0]);
    ck_assert_ptr_null(gc_weak_get(references[0]));
}
END_TEST

static struct gc_ephemeron *pairs[HIDDEN];

__attribute__((noinline)) static void pair_many(void **kept)
{
    for (size_t i = 0; i < HIDDEN; i++) {
        void *key = gc_malloc(16);
        void **value = gc_malloc(16);
        *value = key;
        pairs[i] = gc_ephemeron_new(key, value);
        ck_assert_ptr_eq(gc_ephemeron_key(pairs[i]), key);
        ck_assert_ptr_eq(gc_ephemeron_value(pairs[i]), value);
        kept[i] = i % 2 == 0 ? key : NULL;
    }
}

START_TEST(an_ephemeron_keeps_its_value_for_its_key)
{
    static void *kept[HIDDEN];
    size_t dead = 0;
    pair_many(kept);
    GC_collect();
    for (size_t i = 0; i < HIDDEN; i++) {
        void **value = gc_ephemeron_value(pairs[i]);
        if (i % 2 == 0)
            ck_assert_ptr_eq(*value, kept[i]);
        else
            dead += value == NULL && gc_ephemeron_key(pairs[i]) == NULL;
    }
    ck_assert_uint_ge(dead, HIDDEN / 2 - HIDDEN / 20);
    gc_ephemeron_set(pairs[0], &dead);
    ck_assert_ptr_eq(gc_ephemeron_value(pairs[0]), &dead);
    ck_assert_ptr_null(gc_ephemeron_new(&dead, NULL));
}
END_TEST

/* An end that is cut off is another object's by and by. */
START_TEST(a_link_in_the_end_of_an_object_that_is_cut_off_is_dropped)
{
    void *object = gc_malloc(16);
    void **large = gc_malloc_atomic(1 << 20);
    void **last = &large[(1 << 20) / sizeof *large - 1];
    ck_assert_int_eq(gc_link_add(&large[0], object, TIDEMARK_LONG_LINK),
                     TIDEMARK_LINK_DONE);
    ck_assert_int_eq(gc_link_add(last, object, TIDEMARK_LONG_LINK),
                     TIDEMARK_LINK_DONE);
    void **smaller = gc_realloc(large, 200 * 1000);
    ck_assert_ptr_eq(smaller, large);
    ck_assert(!gc_link_remove(last, TIDEMARK_LONG_LINK));
    ck_assert(gc_link_remove(&large[0], TIDEMARK_LONG_LINK));
    gc_keep_alive(object);
}
END_TEST

FIXTURE_SUITE("finalizers", setup, teardown,
              what_is_dropped_is_finalized_when_the_call_returns,
              allocating_is_enough, on_demand_they_are_called_when_asked_for,
              the_notifier_is_called_once_after_a_collection,
              a_finalizer_may_leave_by_longjmp,
              a_finalizer_may_allocate_free_and_collect,
              a_finalizer_may_set_itself_again, calls_are_not_nested_deeply,
              what_is_no_object_has_no_finalizer,
              a_pointer_into_an_object_stands_for_it,
              what_is_freed_is_not_finalized,
              links_are_cleared_when_their_objects_die,
              links_answer_what_became_of_them,
              a_weak_reference_gives_the_object_as_long_as_it_lives,
              an_ephemeron_keeps_its_value_for_its_key,
              a_link_in_the_end_of_an_object_that_is_cut_off_is_dropped)
