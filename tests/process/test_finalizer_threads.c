/* SPDX-License-Identifier: MIT */
/* Finalizers and weak references among several threads, in a thread of the
 * library's own, and in a child after fork. */

#define _GNU_SOURCE

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/hidden.h"
#include "tests/process/threads.h"
#include "tests/suite.h"

enum { MOST = HIDDEN - HIDDEN / 20, THREADS = 4 };

static struct counter called;
static pthread_t main_thread;
static struct counter called_here; /* by the main thread */

static void count(void *object, void *data)
{
    (void)data;
    CHECK(holds(object, 7, 48));
    if (pthread_equal(pthread_self(), main_thread))
        count_up(&called_here);
    count_up(&called);
}

static void *new_counted(gc_finalizer *finalizer)
{
    void *object = gc_malloc_atomic(48);
    memset(object, 7, 48);
    CHECK(gc_set_finalizer(object, finalizer, NULL));
    return object;
}

__attribute__((noinline)) static void drop_many(gc_finalizer *finalizer)
{
    for (size_t i = 0; i < HIDDEN; i++)
        new_counted(finalizer);
}

static void setup(void)
{
    main_thread = pthread_self();
    called = called_here = (struct counter){0};
}

static void teardown(void)
{
    gc_set_finalizing(TIDEMARK_FINALIZE_SOON, NULL, NULL);
    GC_collect();
}

/* ------------------------------------------------------------ its own thread */

START_TEST(a_thread_of_the_librarys_own_calls_them)
{
    ck_assert(gc_set_finalizing(TIDEMARK_FINALIZE_IN_THREAD, NULL, NULL));
    for (unsigned round = 1; round <= 3; round++) {
        drop_many(count);
        GC_collect();
        await_count(&called, round * MOST);
    }
    ck_assert_uint_eq(count_of(&called_here), 0);
}
END_TEST

/* What is left for the end of the test is called one in the other. */
static pthread_mutex_t held = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static void lock_and_count(void *object, void *data)
{
    pthread_mutex_lock(&held);
    CHECK(gc_malloc(100) != NULL);
    GC_collect();
    count(object, data);
    pthread_mutex_unlock(&held);
}

START_TEST(it_may_wait_for_a_lock_that_is_held_where_the_program_collects)
{
    ck_assert(gc_set_finalizing(TIDEMARK_FINALIZE_IN_THREAD, NULL, NULL));
    for (size_t i = 0; i < 200; i++)
        new_counted(lock_and_count);
    pthread_mutex_lock(&held);
    for (size_t i = 0; i < 20; i++)
        GC_collect();
    pthread_mutex_unlock(&held);
    await_count(&called, 100);
}
END_TEST

static void see_mask(void *object, void *data)
{
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    CHECK(
        pthread_equal(pthread_self(), main_thread) ||
        (sigismember(&mask, SIGUSR1) == 1 && sigismember(&mask, SIGINT) == 1));
    count(object, data);
}

START_TEST(it_takes_no_signal_of_the_programs)
{
    ck_assert(gc_set_finalizing(TIDEMARK_FINALIZE_IN_THREAD, NULL, NULL));
    drop_many(see_mask);
    GC_collect();
    await_count(&called, MOST);
}
END_TEST

static int finalize_in_child(void)
{
    main_thread = pthread_self();
    called = called_here = (struct counter){0};
    drop_many(count);
    GC_collect();
    await_count(&called, MOST);
    return count_of(&called_here) == 0 ? 7 : 1;
}

START_TEST(a_child_after_fork_has_a_thread_of_its_own_for_them)
{
    int status;
    ck_assert(gc_set_finalizing(TIDEMARK_FINALIZE_IN_THREAD, NULL, NULL));
    drop_many(count);
    GC_collect();
    await_count(&called, MOST);
    pid_t child = fork();
    if (child == 0)
        _exit(finalize_in_child());
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}
END_TEST

/* What was ready, or waited, at the fork is there on both sides. */
START_TEST(a_child_after_fork_has_the_finalizers_of_its_parent)
{
    int status;
    ck_assert(gc_set_finalizing(TIDEMARK_FINALIZE_ON_DEMAND, NULL, NULL));
    drop_many(count);
    GC_collect();
    size_t ready = gc_ready_finalizers();
    pid_t child = fork();
    if (child == 0) {
        bool is_well = gc_run_finalizers() == ready &&
                       gc_ready_finalizers() == 0 && count_of(&called) == ready;
        _exit(is_well ? 7 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    ck_assert_uint_eq(gc_run_finalizers(), ready);
}
END_TEST

/* ------------------------------------------------------------- many threads */

enum { ROUNDS = 3000 };

static void *set_and_drop(void *unused)
{
    (void)unused;
    for (size_t i = 0; i < ROUNDS; i++) {
        new_counted(count);
        if (i % 7 == 0)
            gc_free(new_counted(count));
        if (i % 500 == 0)
            GC_collect();
    }
    return NULL;
}

START_TEST(threads_set_finalizers_while_others_collect_and_call_them)
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        threads[i] = start(set_and_drop, NULL);
    for (size_t i = 0; i < THREADS; i++)
        finish(threads[i]);
    GC_collect();
    ck_assert_uint_ge(count_of(&called), THREADS * ROUNDS * 9 / 10);
    ck_assert_uint_le(count_of(&called), THREADS * ROUNDS);
}
END_TEST

enum { SHARED = 256 };

static struct gc_weak *shared[SHARED];
static struct counter ended;

/* A weak reference gives an object as it was made, or nothing. */
static void *read_shared(void *unused)
{
    (void)unused;
    const char *problem = NULL;
    for (size_t i = 0; count_of(&ended) == 0; i++) {
        const unsigned char *object = gc_weak_get(shared[i % SHARED]);
        if (object != NULL && !holds(object, (unsigned char)(i % SHARED), 64))
            problem = "a dead object was got";
    }
    return (void *)problem;
}

static void renew(size_t index)
{
    void *object = gc_malloc_atomic(64);
    memset(object, (int)index, 64);
    struct gc_weak *weak = gc_weak_new(object);
    ck_assert_ptr_nonnull(weak);
    AO_store((AO_t *)&shared[index], (AO_t)weak);
}

START_TEST(weak_references_are_read_while_others_collect)
{
    pthread_t threads[THREADS];
    ended = (struct counter){0};
    for (size_t i = 0; i < SHARED; i++)
        renew(i);
    for (size_t i = 0; i < THREADS; i++)
        threads[i] = start(read_shared, NULL);
    for (size_t i = 0; i < 20000; i++) {
        renew(i % SHARED);
        if (i % 100 == 0)
            GC_collect();
    }
    count_up(&ended);
    for (size_t i = 0; i < THREADS; i++)
        finish(threads[i]);
}
END_TEST

FIXTURE_SUITE("finalizer_threads", setup, teardown,
              a_thread_of_the_librarys_own_calls_them,
              it_may_wait_for_a_lock_that_is_held_where_the_program_collects,
              it_takes_no_signal_of_the_programs,
              a_child_after_fork_has_a_thread_of_its_own_for_them,
              a_child_after_fork_has_the_finalizers_of_its_parent,
              threads_set_finalizers_while_others_collect_and_call_them,
              weak_references_are_read_while_others_collect)
