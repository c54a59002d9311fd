/* SPDX-License-Identifier: MIT */
/* Threads that block all signals, or wait for all of them, in a program whose calls
 * come to the wrappers of libc's functions: they stop nonetheless. */

#define _GNU_SOURCE

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "tests/hidden.h"
#include "tests/process/threads.h"
#include "tests/scene.h"

enum { BYTES = 48, FILLING = 0x6b, TIMEOUT_MS = 10000 };

static struct counter ready, may_end;

static sigset_t all_signals(void)
{
    sigset_t set;
    sigfillset(&set);
    return set;
}

static unsigned thread_errors;

static void count_thread_errors(const struct gc_error *error, void *context)
{
    (void)context;
    thread_errors += error->code == TIDEMARK_ERROR_THREAD;
}

/* ------------------------------------------------------------ blocked signals */

typedef int change(int how, const sigset_t *set, sigset_t *before);

struct blocking {
    change *change;
    int how;
};

static void *keep_and_block(void *argument)
{
    const struct blocking *blocking = argument;
    sigset_t all = all_signals();
    void *kept = gc_malloc(BYTES);
    memset(kept, FILLING, BYTES);
    if (blocking->change(blocking->how, &all, NULL) != 0)
        return "signals cannot be blocked";
    count_up(&ready);
    await_count(&may_end, 1);
    return holds(kept, FILLING, BYTES) ? NULL : "an object was lost";
}

static void expect_to_collect(void)
{
    for (unsigned i = 0; i < HIDDEN; i++)
        hidden[i] = hide(gc_malloc(BYTES));
    GC_collect();
    REQUIRE(thread_errors == 0);
    REQUIRE(count_alive(HIDDEN) <= HIDDEN / 20);
}

static void begin_counting_errors(void)
{
    ready.value = may_end.value = thread_errors = 0;
    gc_set_error_handler(count_thread_errors, NULL);
    REQUIRE(gc_set(TIDEMARK_STOP_TIMEOUT, TIMEOUT_MS));
}

START_TEST(threads_that_block_all_signals_stop)
{
    static const struct blocking ways[] = {
        {pthread_sigmask, SIG_BLOCK},
        {pthread_sigmask, SIG_SETMASK},
        {sigprocmask, SIG_BLOCK},
        {sigprocmask, SIG_SETMASK},
    };
    enum { WAYS = sizeof ways / sizeof *ways };
    pthread_t threads[WAYS];
    begin_counting_errors();
    for (unsigned i = 0; i < WAYS; i++)
        threads[i] = start(keep_and_block, (void *)&ways[i]);
    await_count(&ready, WAYS);
    for (unsigned i = 0; i < 5; i++)
        expect_to_collect();
    count_up(&may_end);
    for (unsigned i = 0; i < WAYS; i++)
        finish(threads[i]);
}
END_TEST

static void *keep_and_wait(void *unused)
{
    void *kept = gc_malloc(BYTES);
    memset(kept, FILLING, BYTES);
    count_up(&ready);
    await_count(&may_end, 1);
    return holds(kept, FILLING, BYTES) ? unused : "an object was lost";
}

/* The signal is not chosen yet when the first thread blocks all. */
static void block_before_there_are_threads(void)
{
    sigset_t all = all_signals();
    REQUIRE(gc_init());
    REQUIRE(pthread_sigmask(SIG_BLOCK, &all, NULL) == 0);
    begin_counting_errors();
    pthread_t thread = start(keep_and_wait, NULL);
    await_count(&ready, 1);
    for (unsigned i = 0; i < 5; i++)
        expect_to_collect();
    count_up(&may_end);
    finish(thread);
    REQUIRE(pthread_sigmask(SIG_BLOCK, NULL, &all) == 0);
    REQUIRE(sigismember(&all, SIGUSR1) == 1);
}

START_TEST(signals_may_be_blocked_before_there_are_threads)
{
    struct played played = play("block_before_there_are_threads", NULL);
    expect_success(&played);
}
END_TEST

START_TEST(a_thread_that_was_given_a_full_mask_stops)
{
    sigset_t all = all_signals();
    pthread_attr_t with;
    pthread_t thread;
    begin_counting_errors();
    ck_assert_int_eq(pthread_attr_init(&with), 0);
    ck_assert_int_eq(pthread_attr_setsigmask_np(&with, &all), 0);
    ck_assert_int_eq(pthread_create(&thread, &with, keep_and_wait, NULL), 0);
    pthread_attr_destroy(&with);
    await_count(&ready, 1);
    expect_to_collect();
    count_up(&may_end);
    finish(thread);
}
END_TEST

/* ------------------------------------------------------------------ waiting */

static int wait_by_sigwait(const sigset_t *set)
{
    int signal = 0;
    return sigwait(set, &signal) == 0 ? signal : 0;
}

static int wait_by_sigwaitinfo(const sigset_t *set)
{
    int signal;
    do
        signal = sigwaitinfo(set, NULL);
    while (signal == -1 && errno == EINTR);
    return signal;
}

static int wait_by_sigtimedwait(const sigset_t *set)
{
    const struct timespec an_hour = {3600, 0};
    int signal;
    do
        signal = sigtimedwait(set, NULL, &an_hour);
    while (signal == -1 && errno == EINTR);
    return signal;
}

struct wait {
    int (*wait)(const sigset_t *set);
    int signal;
};

static void *wait_for_all_signals(void *argument)
{
    struct wait *wait = argument;
    sigset_t all = all_signals();
    void *kept = gc_malloc(BYTES);
    memset(kept, FILLING, BYTES);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    count_up(&ready);
    wait->signal = wait->wait(&all);
    return holds(kept, FILLING, BYTES) ? NULL : "an object was lost";
}

START_TEST(threads_that_wait_for_all_signals_stop_and_are_not_handed_the_stop)
{
    struct wait waits[] = {
        {wait_by_sigwait, 0},
        {wait_by_sigwaitinfo, 0},
        {wait_by_sigtimedwait, 0},
    };
    enum { WAITS = sizeof waits / sizeof *waits };
    pthread_t threads[WAITS];
    begin_counting_errors();
    for (unsigned i = 0; i < WAITS; i++)
        threads[i] = start(wait_for_all_signals, &waits[i]);
    await_count(&ready, WAITS);
    for (unsigned i = 0; i < 20; i++) {
        expect_to_collect();
        sched_yield();
    }
    for (unsigned i = 0; i < WAITS; i++) {
        pthread_kill(threads[i], SIGUSR1);
        finish(threads[i]);
        ck_assert_int_eq(waits[i].signal, SIGUSR1);
    }
}
END_TEST

SCENES_AND_SUITE(
    "interposed_signals", (SCENE(block_before_there_are_threads)),
    threads_that_block_all_signals_stop,
    signals_may_be_blocked_before_there_are_threads,
    a_thread_that_was_given_a_full_mask_stops,
    threads_that_wait_for_all_signals_stop_and_are_not_handed_the_stop)
