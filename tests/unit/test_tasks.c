/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* gettid */

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/tasks.h"
#include "tests/suite.h"
#include "tests/valgrind.h"

/* Threads that wait, with their signals blocked or not, until they are let go.
 * So many that their names take several reads. */
enum { MANY = 300, SIGNAL = 64 };

struct parked {
    pthread_t thread;
    int tid;
    bool blocks;
};

static struct parked parked[MANY];
static size_t parked_count;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool may_go;

static void *park(void *argument)
{
    struct parked *self = argument;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGNAL);
    pthread_sigmask(self->blocks ? SIG_BLOCK : SIG_UNBLOCK, &signals, NULL);
    pthread_mutex_lock(&mutex);
    self->tid = gettid();
    pthread_cond_broadcast(&changed);
    while (!may_go)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void start(size_t count)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 1 << 18);
    may_go = false;
    for (parked_count = 0; parked_count < count; parked_count++) {
        struct parked *next = &parked[parked_count];
        *next = (struct parked){.blocks = parked_count % 2 == 1};
        ck_assert_int_eq(pthread_create(&next->thread, &attributes, park, next),
                         0);
    }
    pthread_attr_destroy(&attributes);
    pthread_mutex_lock(&mutex);
    for (size_t i = 0; i < count; i++)
        while (parked[i].tid == 0)
            pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
}

static void let_go(void)
{
    pthread_mutex_lock(&mutex);
    may_go = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
    for (size_t i = 0; i < parked_count; i++)
        ck_assert_int_eq(pthread_join(parked[i].thread, NULL), 0);
    parked_count = 0;
}

/* ----------------------------------------------------------------- listing */

struct count {
    int tid;
    size_t found;
    size_t visited;
    size_t most;
};

static bool count_task(int tid, void *context)
{
    struct count *count = context;
    count->visited++;
    count->found += tid == count->tid;
    return count->visited < count->most;
}

static size_t times_listed(int tid)
{
    struct count count = {.tid = tid, .most = SIZE_MAX};
    ck_assert(gc__tasks(count_task, &count));
    return count.found;
}

START_TEST(every_thread_is_listed_once)
{
    start(MANY);
    ck_assert_uint_eq(times_listed(getpid()), 1);
    for (size_t i = 0; i < MANY; i++)
        ck_assert_uint_eq(times_listed(parked[i].tid), 1);
    struct count count = {.most = SIZE_MAX};
    ck_assert(gc__tasks(count_task, &count));
    ck_assert_uint_ge(count.visited, MANY + 1);
    let_go();
}
END_TEST

START_TEST(a_visitor_ends_the_visit)
{
    start(10);
    struct count count = {.most = 5};
    ck_assert(gc__tasks(count_task, &count));
    ck_assert_uint_eq(count.visited, 5);
    let_go();
}
END_TEST

START_TEST(without_a_free_file_descriptor_no_thread_is_listed)
{
    struct rlimit limit, none;
    struct count count = {.most = SIZE_MAX};
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = 0;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    errno = 123;
    bool is_read = gc__tasks(count_task, &count);
    bool is_alive = gc__task_is_alive(getpid());
    int error = errno;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert(!is_read && is_alive);
    ck_assert_uint_eq(count.visited, 0);
    ck_assert_int_eq(error, 123);
}
END_TEST

static int first_free_descriptor(void)
{
    int file = open("/dev/null", O_RDONLY);
    ck_assert_int_ge(file, 0);
    close(file);
    return file;
}

START_TEST(no_file_stays_open_and_errno_stays_as_it_was)
{
    int before = first_free_descriptor();
    errno = 123;
    ck_assert_uint_eq(times_listed(gc__task_self()), 1);
    ck_assert(gc__task_is_alive(gc__task_self()));
    ck_assert(!gc__task_blocks(gc__task_self(), SIGNAL));
    ck_assert(!gc__task_blocks(0, SIGNAL));
    ck_assert_int_eq(errno, 123);
    ck_assert_int_eq(first_free_descriptor(), before);
}
END_TEST

/* -------------------------------------------------------------- one thread */

static void *write_own_number(void *number)
{
    *(int *)number = gc__task_self();
    return NULL;
}

START_TEST(a_thread_knows_its_number)
{
    int others = 0;
    pthread_t thread;
    ck_assert_int_eq(gc__task_self(), gettid());
    ck_assert_int_eq(pthread_create(&thread, NULL, write_own_number, &others),
                     0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_gt(others, 0);
    ck_assert_int_ne(others, gettid());
}
END_TEST

/* pthread_join returns when the kernel has cleared the thread's number, a
 * moment before the thread is gone. */
static void wait_until_gone(int tid)
{
    while (gc__task_is_alive(tid))
        sched_yield();
}

START_TEST(whether_a_thread_runs_is_known)
{
    start(1);
    while (gc__task_runs(parked[0].tid)) /* it is about to sleep */
        sched_yield();
    ck_assert(gc__task_runs(gettid()));
    ck_assert(!gc__task_runs(0));
    let_go();
}
END_TEST

START_TEST(a_thread_is_alive_until_it_ends)
{
    start(2);
    int tid = parked[0].tid;
    ck_assert(gc__task_is_alive(gettid()));
    ck_assert(gc__task_is_alive(tid));
    let_go();
    wait_until_gone(tid);
    ck_assert_uint_eq(times_listed(tid), 0);
}
END_TEST

START_TEST(what_is_no_thread_of_this_process_is_not_alive)
{
    ck_assert(!gc__task_is_alive(0));
    ck_assert(!gc__task_is_alive(-1));
    ck_assert(!gc__task_is_alive(getppid()));
}
END_TEST

static void *outlive_main_thread(void *main_thread)
{
    pthread_join(*(pthread_t *)main_thread, NULL);
    wait_until_gone(getpid());
    _exit(gc__task_is_alive(gettid()) && times_listed(gettid()) == 1 ? 0 : 1);
}

START_TEST(a_main_thread_that_has_ended_is_not_alive)
{
    static pthread_t main_thread;
    pid_t child = fork();
    if (child == 0) {
        pthread_t thread;
        main_thread = pthread_self();
        if (pthread_create(&thread, NULL, outlive_main_thread, &main_thread))
            _exit(2);
        pthread_exit(NULL);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(what_another_thread_blocks_is_known)
{
    if (is_under_valgrind())
        return;
    start(2);
    ck_assert(!gc__task_blocks(parked[0].tid, SIGNAL));
    ck_assert(gc__task_blocks(parked[1].tid, SIGNAL));
    ck_assert(!gc__task_blocks(parked[1].tid, SIGNAL - 1));
    ck_assert(!gc__task_blocks(parked[1].tid, 0));
    ck_assert(!gc__task_blocks(parked[1].tid, SIGNAL + 1));
    let_go();
}
END_TEST

START_TEST(each_blocked_signal_is_told_from_the_others)
{
    if (is_under_valgrind())
        return;
    for (int number = 1; number <= SIGRTMAX; number++) {
        sigset_t one, before;
        sigemptyset(&one);
        if (sigaddset(&one, number) != 0) /* one of libc's own */
            continue;
        ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &one, &before), 0);
        for (int other = 1; other <= SIGRTMAX; other++) {
            bool can_be_blocked = number != SIGKILL && number != SIGSTOP;
            ck_assert_int_eq(gc__task_blocks(gettid(), other),
                             other == number && can_be_blocked);
        }
        ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    }
}
END_TEST

/* As libc does where a thread starts. */
START_TEST(who_blocks_libcs_signals_too_does_not_block_by_choice)
{
    uint64_t all = UINT64_MAX, before;
    ck_assert_int_eq(
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all), 0);
    bool blocks = gc__task_blocks(gc__task_self(), SIGNAL);
    ck_assert_int_eq(
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof all), 0);
    ck_assert(!blocks);
}
END_TEST

SUITE("tasks", who_blocks_libcs_signals_too_does_not_block_by_choice,
      every_thread_is_listed_once, a_visitor_ends_the_visit,
      without_a_free_file_descriptor_no_thread_is_listed,
      no_file_stays_open_and_errno_stays_as_it_was, a_thread_knows_its_number,
      whether_a_thread_runs_is_known, a_thread_is_alive_until_it_ends,
      what_is_no_thread_of_this_process_is_not_alive,
      a_main_thread_that_has_ended_is_not_alive,
      what_another_thread_blocks_is_known,
      each_blocked_signal_is_told_from_the_others)
