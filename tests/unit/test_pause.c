/* SPDX-License-Identifier: MIT */
/* Threads that are held: one that another thread pauses, and all of them. */

#define _GNU_SOURCE

#include <check.h>
#include <signal.h>
#include <dlfcn.h>
#include <link.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gc/api/private.h"
#include "gc/api/process.h"
#include "tests/process/threads.h"
#include "tests/suite.h"

enum { BYTES = 48, KEPT = 100, COLLECTIONS = 10, TIMES = 50 };

static struct counter begun, steps, may_end;
static struct gate gate = CLOSED_GATE;

static void setup(void)
{
    begun.value = steps.value = may_end.value = 0;
    set_open(&gate, false);
}

static struct node *new_list(unsigned owner)
{
    struct node *list = NULL;
    for (unsigned place = 0; place < KEPT; place++)
        list = new_node(list, owner, place, BYTES);
    return list;
}

static void *work(void *unused)
{
    (void)unused;
    struct node *list = new_list(1);
    count_up(&begun);
    while (count_of(&may_end) == 0) {
        struct node *other = new_list(2);
        if (!is_list_of(list, 1, KEPT) || !is_list_of(other, 2, KEPT))
            return "a list is lost";
        list = new_list(1);
        count_up(&steps);
    }
    return NULL;
}

static void await_more_steps(void)
{
    await_count(&steps, count_of(&steps) + 2);
}

static void expect_no_step(void)
{
    unsigned before = count_of(&steps);
    for (unsigned i = 0; i < COLLECTIONS; i++) {
        GC_collect();
        sched_yield();
    }
    ck_assert_uint_eq(count_of(&steps), before);
}

/* ------------------------------------------------------------------- pausing */

START_TEST(a_thread_that_is_paused_stands_still_and_keeps_what_it_has)
{
    pthread_t thread = start(work, NULL);
    await_count(&steps, 1);
    for (unsigned i = 0; i < TIMES; i++) {
        gc__pause_thread(thread);
        ck_assert(gc__is_paused(thread));
        expect_no_step();
        gc__let_thread_go(thread);
        ck_assert(!gc__is_paused(thread));
        await_more_steps();
    }
    count_up(&may_end);
    finish(thread);
}
END_TEST

/* What the loader has is had by who lists what is loaded: here, until it is told to
 * pause, and then for some time. */
typedef int list_loaded(int (*see)(struct dl_phdr_info *, size_t, void *),
                        void *context);
static volatile bool lingers;
static unsigned is_listed_by; /* atomic: one who lingers */

static void linger(void)
{
    AO_int_store(&is_listed_by, true);
    count_up(&steps);
    while (!AO_int_load(&gc__thread->is_to_pause))
        sched_yield();
    for (unsigned i = 0; i < 20 * TIMES; i++)
        sched_yield();
}

/* AddressSanitizer calls it before it is ready to be told of a frame. */
__attribute__((visibility("default"), no_sanitize("address", "undefined"))) int
dl_iterate_phdr(int (*see)(struct dl_phdr_info *, size_t, void *),
                void *context)
{
    list_loaded *next;
    *(void **)&next = dlsym(RTLD_NEXT, "dl_iterate_phdr");
    if (!lingers || gc__thread == &gc__nobody)
        return next(see, context);
    linger();
    lingers = false;
    int result = next(see, context);
    AO_int_store(&is_listed_by, false);
    return result;
}

static void *collect_slowly(void *unused)
{
    (void)unused;
    struct node *list = new_list(1);
    lingers = true;
    GC_collect();
    return is_list_of(list, 1, KEPT) ? NULL : "a list is lost";
}

START_TEST(a_thread_does_not_pause_where_it_has_a_lock_of_the_loaders)
{
    GC_collect();
    for (unsigned i = 0; i < COLLECTIONS; i++) {
        steps.value = 0;
        pthread_t thread = start(collect_slowly, NULL);
        await_count(&steps, 1);
        gc__pause_thread(thread);
        ck_assert(!AO_int_load(&is_listed_by));
        expect_no_step();
        gc__let_thread_go(thread);
        finish(thread);
    }
}
END_TEST

static void *rest(void *context)
{
    count_up(&steps);
    pass(&gate);
    return context;
}

static void *rest_and_work(void *unused)
{
    struct node *list = new_list(1);
    gc_call_blocking(rest, unused);
    count_up(&steps);
    return is_list_of(list, 1, KEPT) ? NULL : "a list is lost";
}

START_TEST(a_thread_in_a_section_pauses_when_it_leaves)
{
    pthread_t thread = start(rest_and_work, NULL);
    await_count(&steps, 1);
    gc__pause_thread(thread);
    set_open(&gate, true);
    expect_no_step();
    gc__let_thread_go(thread);
    finish(thread);
    ck_assert_uint_eq(count_of(&steps), 2);
}
END_TEST

static void *pause_itself(void *unused)
{
    (void)unused;
    struct node *list = new_list(1);
    gc__pause_thread(pthread_self());
    count_up(&steps);
    return is_list_of(list, 1, KEPT) ? NULL : "a list is lost";
}

START_TEST(a_thread_may_pause_itself)
{
    pthread_t thread = start(pause_itself, NULL);
    while (!gc__is_paused(thread))
        sched_yield();
    expect_no_step();
    gc__let_thread_go(thread);
    finish(thread);
}
END_TEST

static void *fork_in_section(void *child)
{
    rest(child);
    *(pid_t *)child = fork();
    return NULL;
}

static void *fork_while_paused(void *unused)
{
    (void)unused;
    pid_t child = -1;
    int status = 1;
    gc_call_blocking(fork_in_section, &child);
    if (child == 0)
        _exit(is_list_of(new_list(1), 1, KEPT) ? 0 : 1);
    waitpid(child, &status, 0);
    return status == 0 ? NULL : "the child did not go on";
}

START_TEST(a_child_has_nobody_to_pause_for)
{
    pthread_t thread = start(fork_while_paused, NULL);
    await_count(&steps, 1);
    gc__pause_thread(thread);
    set_open(&gate, true);
    expect_no_step();
    gc__let_thread_go(thread);
    finish(thread);
}
END_TEST

START_TEST(who_is_not_there_is_not_waited_for)
{
    pthread_t thread = start(work, NULL);
    await_count(&steps, 1);
    count_up(&may_end);
    finish(thread);
    gc__pause_thread(thread);
    ck_assert(!gc__is_paused(thread));
    gc__let_thread_go(thread);
}
END_TEST

/* ------------------------------------------------------------------ all others */

static unsigned stopped, gone_on;

static void watch(bool is_stopped, uintptr_t thread)
{
    ck_assert_uint_ne(thread, (uintptr_t)pthread_self());
    stopped += is_stopped;
    gone_on += !is_stopped;
}

START_TEST(all_others_stand_still_until_they_are_let_go)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = start(work, NULL);
    await_count(&begun, THREADS);
    gc__set_thread_watcher(watch);
    for (unsigned i = 0; i < TIMES; i++) {
        ck_assert(gc__stop_others());
        ck_assert_uint_eq(stopped - gone_on, THREADS);
        unsigned before = count_of(&steps);
        for (unsigned j = 0; j < TIMES; j++)
            sched_yield();
        ck_assert_uint_eq(count_of(&steps), before);
        gc__let_others_go();
        await_more_steps();
    }
    gc__set_thread_watcher(NULL);
    ck_assert_uint_eq(stopped, gone_on);
    ck_assert_uint_ge(stopped, THREADS * TIMES);
    count_up(&may_end);
    for (unsigned i = 0; i < THREADS; i++)
        finish(threads[i]);
}
END_TEST

static struct counter handled;

static void count_handled(int signal)
{
    (void)signal;
    count_up(&handled);
}

/* However they were stopped: by the signal, or by themselves where they allocate. */
START_TEST(no_handler_of_the_programs_runs_while_others_stand_still)
{
    enum { THREADS = 2 };
    pthread_t threads[THREADS];
    signal(SIGUSR1, count_handled);
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = start(work, NULL);
    await_count(&begun, THREADS);
    for (unsigned i = 1; i <= TIMES; i++) {
        ck_assert(gc__stop_others());
        unsigned before = count_of(&handled);
        for (unsigned j = 0; j < THREADS; j++)
            pthread_kill(threads[j], SIGUSR1);
        usleep(200);
        ck_assert_uint_eq(count_of(&handled), before);
        gc__let_others_go();
        await_count(&handled, before + 1);
        await_more_steps();
    }
    count_up(&may_end);
    for (unsigned i = 0; i < THREADS; i++)
        finish(threads[i]);
}
END_TEST

FIXTURE_SUITE("pause", setup, NULL,
              a_thread_that_is_paused_stands_still_and_keeps_what_it_has,
              a_thread_does_not_pause_where_it_has_a_lock_of_the_loaders,
              a_thread_in_a_section_pauses_when_it_leaves,
              a_thread_may_pause_itself, a_child_has_nobody_to_pause_for,
              who_is_not_there_is_not_waited_for,
              all_others_stand_still_until_they_are_let_go,
              no_handler_of_the_programs_runs_while_others_stand_still)
