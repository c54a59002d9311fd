/* SPDX-License-Identifier: MIT */
/* Values of pthread_setspecific(), of few keys and of many, in the thread that
 * collects and in another one. */

#include <check.h>
#include <stdlib.h>

#include "tests/hidden.h"
#include "tests/process/threads.h"
#include "tests/suite.h"

enum { KEYS = 200, BYTES = 48, FILLING = 0x6b };

static pthread_key_t keys[KEYS];
static struct counter ready, may_end;

static void make_keys(void)
{
    for (unsigned i = 0; i < KEYS; i++)
        ck_assert_int_eq(pthread_key_create(&keys[i], NULL), 0);
    ready.value = may_end.value = 0;
}

static void delete_keys(void)
{
    for (unsigned i = 0; i < KEYS; i++)
        pthread_key_delete(keys[i]);
}

__attribute__((noinline)) static void set_values(void)
{
    for (unsigned i = 0; i < KEYS; i++) {
        void *object = gc_malloc(BYTES);
        memset(object, FILLING, BYTES);
        hidden[i] = hide(object);
        CHECK(pthread_setspecific(keys[i], object) == 0);
    }
}

static void clear_values(void)
{
    for (unsigned i = 0; i < KEYS; i++)
        pthread_setspecific(keys[i], NULL);
}

/* Overwrites what earlier calls have left below the caller's frame. */
__attribute__((noinline)) static void clean_stack(void)
{
    char frame[8192];
    memset(frame, 0, sizeof frame);
    __asm__ volatile("" : : "r"(frame) : "memory");
}

static bool are_intact(void)
{
    for (unsigned i = 0; i < KEYS; i++)
        if (!holds(pthread_getspecific(keys[i]), FILLING, BYTES))
            return false;
    return true;
}

START_TEST(values_of_the_only_thread_keep_objects)
{
    set_values();
    clean_stack();
    GC_collect();
    expect_alive(KEYS);
    ck_assert(are_intact());
    clear_values();
    clean_stack();
    GC_collect();
    expect_gone(KEYS);
}
END_TEST

static void *keep_values(void *unused)
{
    set_values();
    clean_stack();
    count_up(&ready);
    await_count(&may_end, 1);
    return are_intact() ? unused : "an object was lost";
}

START_TEST(values_of_another_thread_keep_objects_until_it_ends)
{
    pthread_t thread = start(keep_values, NULL);
    await_count(&ready, 1);
    GC_collect();
    expect_alive(KEYS);
    count_up(&may_end);
    finish(thread);
    GC_collect();
    expect_gone(KEYS);
}
END_TEST

static void *collect_with_values(void *unused)
{
    set_values();
    clean_stack();
    GC_collect();
    return are_intact() ? unused : "an object was lost";
}

START_TEST(values_of_a_thread_that_collects_beside_others_keep_objects)
{
    pthread_t other = start(keep_values, NULL);
    await_count(&ready, 1);
    for (unsigned i = 0; i < 20; i++)
        finish(start(collect_with_values, NULL));
    count_up(&may_end);
    finish(other);
}
END_TEST

/* A block is allocated, and given back as a thread ends, while others collect. */
static struct counter is_over;

static void *come_and_go(void *unused)
{
    while (count_of(&is_over) == 0) {
        void *kept = gc_malloc(BYTES);
        memset(kept, FILLING, BYTES);
        CHECK(pthread_setspecific(keys[KEYS - 1], kept) == 0);
        kept = NULL;
        pthread_t child = start(collect_with_values, NULL);
        (void)join(child);
        if (!holds(pthread_getspecific(keys[KEYS - 1]), FILLING, BYTES))
            return "an object was lost";
    }
    return unused;
}

START_TEST(blocks_of_values_come_and_go_while_others_collect)
{
    enum { THREADS = 3 };
    pthread_t threads[THREADS];
    is_over.value = 0;
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = start(come_and_go, NULL);
    for (unsigned i = 0; i < 100; i++)
        GC_collect();
    count_up(&is_over);
    for (unsigned i = 0; i < THREADS; i++)
        finish(threads[i]);
}
END_TEST

FIXTURE_SUITE("specific", make_keys, delete_keys,
              values_of_the_only_thread_keep_objects,
              values_of_another_thread_keep_objects_until_it_ends,
              values_of_a_thread_that_collects_beside_others_keep_objects,
              blocks_of_values_come_and_go_while_others_collect)
