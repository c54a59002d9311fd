/* SPDX-License-Identifier: MIT */
/* Thread-local variables of threads that are stopped at any moment, also in the
 * middle of dlopen(), dlclose() or the first use of a variable. */

#define _GNU_SOURCE /* pthread_kill */

#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/atomics.h"
#include "platform/futex.h"
#include "platform/thread_locals.h"
#include "tests/plugin.h"
#include "tests/suite.h"

enum { WORKERS = 4, STOPS = 1000, CAPACITY = 100, SIGNAL = SIGUSR1 };

struct worker {
    pthread_t thread;
    const char *path;
    AO_t word; /* atomic: address of a variable in use, or 0 */
};

static struct worker workers[WORKERS];
static sem_t stopped;
static unsigned round_number; /* atomic: the stop that is over next */
static AO_t is_over;          /* atomic */
static size_t faults;

static void stand_still(int signal)
{
    int saved_errno = errno;
    unsigned now = AO_int_load_acquire(&round_number);
    (void)signal;
    sem_post(&stopped);
    while (AO_int_load_acquire(&round_number) == now)
        gc__futex_wait(&round_number, now, 0);
    errno = saved_errno;
}

/* From here until they go nothing is asserted, since an assertion takes locks
 * that they may hold. */
static void stop_workers(void)
{
    for (size_t i = 0; i < WORKERS; i++)
        faults += pthread_kill(workers[i].thread, SIGNAL) != 0;
    for (size_t i = 0; i < WORKERS; i++)
        while (sem_wait(&stopped) != 0)
            faults += errno != EINTR;
}

static void let_workers_go(void)
{
    AO_int_fetch_and_add_full(&round_number, 1);
    gc__futex_wake(&round_number, WORKERS);
}

/* Loads the library, uses its variables and lets it go, again and again. */
static void *work(void *argument)
{
    struct worker *worker = argument;
    while (!AO_load(&is_over)) {
        plugin_function *words_of;
        void *library = dlopen(worker->path, RTLD_NOW | RTLD_LOCAL);
        if (library == NULL)
            return "dlopen";
        *(void **)&words_of = dlsym(library, "plugin_words");
        void **words = words_of(PLUGIN_THREAD);
        words[1] = words;
        AO_store_full(&worker->word, (AO_t)&words[1]);
        sched_yield();
        AO_store_full(&worker->word, 0);
        if (dlclose(library) != 0)
            return "dlclose";
    }
    return NULL;
}

static struct thread_local_layout layout;
static struct thread_local_module array[CAPACITY];
static struct thread_local_modules modules = {array, CAPACITY, 0};

struct look {
    uintptr_t word;
    bool is_found;
    uintptr_t sum;
};

__attribute__((no_sanitize("address", "thread"))) static bool
look(struct range range, void *context)
{
    struct look *look = context;
    look->is_found |= look->word != 0 && range_contains(range, look->word);
    uintptr_t at = round_up(range.low, WORD_BYTES);
    for (; at + WORD_BYTES <= range.high; at += PAGE_BYTES / 4)
        look->sum += *(volatile uintptr_t *)at;
    return true;
}

static size_t seen, missed;

static void look_at_workers(void)
{
    for (size_t i = 0; i < WORKERS; i++) {
        struct look found = {.word = AO_load(&workers[i].word)};
        gc__thread_locals(&layout, &modules, (uintptr_t)workers[i].thread, look,
                          &found);
        seen += found.is_found;
        missed += found.word != 0 && !found.is_found;
    }
}

/* Looks by a list of an older stop too, which may be wrong, but does no harm. */
static bool stop_and_look(void)
{
    stop_workers();
    bool is_current = gc__thread_local_modules_are_current(&layout, &modules);
    size_t missed_before = missed;
    look_at_workers();
    if (!is_current)
        missed = missed_before;
    let_workers_go();
    return is_current;
}

static void start_workers(void)
{
    struct sigaction action = {.sa_handler = stand_still,
                               .sa_flags = SA_RESTART};
    ck_assert_int_eq(sigaction(SIGNAL, &action, NULL), 0);
    ck_assert_int_eq(sem_init(&stopped, 0, 0), 0);
    AO_store(&is_over, 0);
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i].path = i % 2 == 0 ? PLUGIN : LARGE_PLUGIN;
        ck_assert_int_eq(
            pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
}

static void end_workers(void)
{
    AO_store(&is_over, 1);
    for (size_t i = 0; i < WORKERS; i++) {
        void *failed = NULL;
        ck_assert_int_eq(pthread_join(workers[i].thread, &failed), 0);
        ck_assert_msg(failed == NULL, "%s failed", (char *)failed);
    }
}

START_TEST(threads_may_be_stopped_at_any_moment)
{
    size_t current = 0;
    ck_assert(gc__thread_local_layout(&layout));
    start_workers();
    /* On a quiet machine it takes a while until they have begun. */
    for (size_t stop = 0; stop < STOPS || seen == 0 || current == 0; stop++) {
        if (stop % 4 != 0)
            ck_assert(gc__thread_local_modules(&layout, &modules));
        current += stop_and_look();
    }
    end_workers();
    ck_assert_uint_eq(faults, 0);
    ck_assert_uint_eq(missed, 0);
}
END_TEST

SUITE("thread_locals_stopped", threads_may_be_stopped_at_any_moment)
