/* SPDX-License-Identifier: MIT */
/* The functions of libc that the header turns into the library's own. */

#define _GNU_SOURCE

#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "tests/compat/threads/threads.h"
#include "tests/suite.h"

enum { THREADS = 100 };

static void setup(void)
{
    GC_INIT();
    reset_counters();
}

static void *new_object(void)
{
    return memset(GC_MALLOC(BYTES), FILLING, BYTES);
}

/* Overwrites what is lost, and what earlier calls have left on the stack. */
__attribute__((noinline)) static void collect(void)
{
    volatile char frame[4096];
    memset((char *)frame, 0, sizeof frame);
    GC_gcollect();
    for (size_t i = 0; i < HIDDEN; i++)
        memset(GC_MALLOC(BYTES), 0xff, BYTES);
}

START_TEST(the_names_are_turned_into_ours)
{
    ck_assert_ptr_eq((void *)pthread_create, (void *)GC_pthread_create);
    ck_assert_ptr_eq((void *)pthread_join, (void *)GC_pthread_join);
    ck_assert_ptr_eq((void *)dlopen, (void *)GC_dlopen);
}
END_TEST

/* -------------------------------------------------- what is passed and returned */

static void *look_at_argument(void *argument)
{
    void *volatile object = argument;
    bool is_registered = GC_thread_is_registered();
    count_up(&arrived);
    await_count(&may_go, 1);
    return is_registered && is_whole(object) ? NULL : "it is lost";
}

__attribute__((noinline)) static pthread_t start_with_object(void)
{
    pthread_t thread;
    ck_assert_int_eq(
        pthread_create(&thread, NULL, look_at_argument, new_object()), 0);
    return thread;
}

START_TEST(what_a_thread_is_started_with_is_kept)
{
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = start_with_object();
    await_count(&arrived, THREADS);
    collect();
    count_up(&may_go);
    for (unsigned i = 0; i < THREADS; i++) {
        void *problem = &threads;
        ck_assert_int_eq(pthread_join(threads[i], &problem), 0);
        ck_assert_ptr_null(problem);
    }
}
END_TEST

static void *return_object(void *exits)
{
    void *object = new_object();
    count_up(&arrived);
    if (exits != NULL)
        pthread_exit(object);
    return object;
}

START_TEST(what_a_thread_returns_is_kept_until_it_is_joined)
{
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, return_object,
                                        i % 2 == 0 ? NULL : threads),
                         0);
    await_count(&arrived, THREADS);
    collect();
    for (unsigned i = 0; i < THREADS; i++) {
        void *object = NULL;
        ck_assert_int_eq(pthread_join(threads[i], &object), 0);
        ck_assert(is_whole(object));
    }
}
END_TEST

/* ---------------------------------------------------------------- the ends */

static pthread_key_t key;

static void come_back(void *value)
{
    struct GC_stack_base base;
    bool was_registered = GC_thread_is_registered();
    GC_get_stack_base(&base);
    bool is_registered = GC_register_my_thread(&base) == GC_SUCCESS;
    void *object = GC_MALLOC(BYTES);
    if (!was_registered && is_registered && object != NULL &&
        GC_unregister_my_thread() == GC_SUCCESS)
        count_up(value);
}

static void *end_with_data(void *value)
{
    pthread_setspecific(key, value);
    return GC_MALLOC(BYTES);
}

START_TEST(a_thread_may_come_back_in_a_destructor)
{
    ck_assert_int_eq(pthread_key_create(&key, come_back), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_t thread;
        ck_assert_int_eq(pthread_create(&thread, NULL, end_with_data, &arrived),
                         0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
    }
    ck_assert_uint_eq(arrived, THREADS);
    GC_gcollect();
    pthread_key_delete(key);
}
END_TEST

static void *just_end(void *unused)
{
    GC_MALLOC(BYTES);
    count_up(&arrived);
    return unused;
}

START_TEST(a_thread_may_be_detached_before_after_and_from_the_start)
{
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_t thread;
        bool is_from_start = i % 3 == 0;
        ck_assert_int_eq(pthread_create(&thread,
                                        is_from_start ? &detached : NULL,
                                        just_end, NULL),
                         0);
        if (i % 3 == 1)
            await_count(&arrived, i + 1);
        if (!is_from_start)
            ck_assert_int_eq(pthread_detach(thread), 0);
    }
    await_count(&arrived, THREADS);
    GC_gcollect();
    pthread_attr_destroy(&detached);
}
END_TEST

START_TEST(a_thread_that_is_over_is_suspended_until_it_is_resumed)
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, just_end, NULL), 0);
    await_count(&arrived, 1);
    for (unsigned i = 0; i < THREADS; i++)
        sched_yield();
    ck_assert(!GC_is_thread_suspended(thread));
    GC_suspend_thread(thread);
    ck_assert(GC_is_thread_suspended(thread));
    GC_resume_thread(thread);
    ck_assert(!GC_is_thread_suspended(thread));
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert(!GC_is_thread_suspended(thread));
}
END_TEST

static void *wait_for_ever(void *unused)
{
    GC_MALLOC(BYTES);
    count_up(&arrived);
    for (;;)
        sleep(1000);
    return unused;
}

START_TEST(a_thread_may_be_cancelled)
{
    pthread_t thread;
    void *result;
    ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_ever, NULL), 0);
    await_count(&arrived, 1);
    ck_assert_int_eq(pthread_cancel(thread), 0);
    ck_assert_int_eq(pthread_join(thread, &result), 0);
    ck_assert_ptr_eq(result, PTHREAD_CANCELED);
    GC_gcollect();
}
END_TEST

#undef pthread_create
#undef pthread_join

START_TEST(a_thread_of_libcs_is_joined_too_and_the_other_way_round)
{
    pthread_t thread;
    for (unsigned i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_create(&thread, NULL, just_end, NULL), 0);
        ck_assert_int_eq(GC_pthread_join(thread, NULL), 0);
        ck_assert_int_eq(GC_pthread_create(&thread, NULL, just_end, NULL), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
    }
    ck_assert_uint_eq(arrived, 2 * THREADS);
}
END_TEST

/* ---------------------------------------------------------------- many at once */

enum { DEPTH = 5 };

static void *create_two(void *depth)
{
    uintptr_t left = (uintptr_t)depth;
    pthread_t threads[2];
    void *objects[2] = {NULL, NULL};
    for (unsigned i = 0; left > 0 && i < 2; i++)
        if (GC_pthread_create(&threads[i], NULL, create_two,
                              (void *)(left - 1)) != 0)
            return NULL;
    void *own = new_object();
    for (unsigned i = 0; left > 0 && i < 2; i++)
        if (GC_pthread_join(threads[i], &objects[i]) != 0 ||
            objects[i] == NULL || !is_whole(objects[i]))
            return NULL;
    GC_gcollect();
    return is_whole(own) ? own : NULL;
}

START_TEST(threads_create_threads_while_all_collect)
{
    void *object = create_two((void *)(uintptr_t)DEPTH);
    ck_assert_ptr_nonnull(object);
    ck_assert(is_whole(object));
}
END_TEST

FIXTURE_SUITE("compat wrappers", setup, NULL, the_names_are_turned_into_ours,
              what_a_thread_is_started_with_is_kept,
              what_a_thread_returns_is_kept_until_it_is_joined,
              a_thread_may_come_back_in_a_destructor,
              a_thread_may_be_detached_before_after_and_from_the_start,
              a_thread_that_is_over_is_suspended_until_it_is_resumed,
              a_thread_may_be_cancelled,
              a_thread_of_libcs_is_joined_too_and_the_other_way_round,
              threads_create_threads_while_all_collect)
