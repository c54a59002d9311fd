/* SPDX-License-Identifier: MIT */
/* Sources: pthread_create(3), pthread_attr_setstacksize(3), signal(7).
 *
 * The mask of signals is set by the system call itself: pthread_sigmask may be
 * a wrapper that leaves some signal out.  The thread inherits it, so there is
 * no moment at which it takes one. */

#define _GNU_SOURCE /* syscall */

#include "platform/own_thread.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    LEAST_STACK_BYTES = 128 << 10,
    MOST_STACK_BYTES = 8 << 20,
    STACK_GROWTH = 4,
};

static own_thread_create *create = pthread_create;
static size_t calls_until_failure;

void gc__own_threads_start_with(own_thread_create *other)
{
    create = other;
}

void gc__own_threads_fail_from(size_t call)
{
    calls_until_failure = call;
}

static bool must_fail(void)
{
    if (calls_until_failure == 0)
        return false;
    if (calls_until_failure > 1) {
        calls_until_failure--;
        return false;
    }
    return true;
}

/* All but those between the standard ones and the first real-time one that is
 * the program's: with them the C library reaches every thread, for setuid(2)
 * for one, and waits for each to answer. */
static uint64_t signals_of_the_program(void)
{
    enum { STANDARD_SIGNALS = 31 };
    uint64_t standard = ((uint64_t)1 << STANDARD_SIGNALS) - 1;
    uint64_t real_time = UINT64_MAX << (SIGRTMIN - 1);
    return standard | real_time;
}

static uint64_t set_mask(uint64_t mask)
{
    uint64_t before = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &before, sizeof mask);
    return before;
}

/* Thread-local variables come out of the stack, and in some programs take more
 * than the least one has: EINVAL. */
static bool start_small(struct own_thread *thread, void *(*run)(void *),
                        void *argument)
{
    int error = EINVAL;
    for (size_t bytes = LEAST_STACK_BYTES;
         error == EINVAL && bytes <= MOST_STACK_BYTES; bytes *= STACK_GROWTH) {
        pthread_attr_t with;
        if (pthread_attr_init(&with) != 0)
            return false;
        error = pthread_attr_setstacksize(&with, bytes);
        if (error == 0)
            error = create(&thread->thread, &with, run, argument);
        pthread_attr_destroy(&with);
    }
    return error == 0;
}

bool gc__own_thread_start(struct own_thread *thread, void *(*run)(void *),
                          void *argument)
{
    if (must_fail())
        return false;
    uint64_t mask = set_mask(signals_of_the_program());
    bool is_started = start_small(thread, run, argument);
    set_mask(mask);
    return is_started;
}

void gc__own_thread_join(const struct own_thread *thread)
{
    int state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    pthread_join(thread->thread, NULL);
    pthread_setcancelstate(state, &state);
}

uint64_t gc__own_thread_cpu_ns(void)
{
    struct timespec spent = {0, 0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return (uint64_t)spent.tv_sec * 1000000000u + (uint64_t)spent.tv_nsec;
}

unsigned gc__own_thread_id(void)
{
    return (unsigned)syscall(SYS_gettid);
}
