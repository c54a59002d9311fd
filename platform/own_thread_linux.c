/* SPDX-License-Identifier: MIT */
/* Sources: pthread_create(3), pthread_attr_setstacksize(3).
 *
 * The thread inherits the mask of signals, so there is no moment at which it takes
 * one. */

#define _GNU_SOURCE /* syscall */

#include "platform/own_thread.h"

#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "platform/signal_mask.h"

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

static bool start_detached(struct own_thread *thread, void *(*run)(void *),
                           void *argument)
{
    pthread_attr_t with;
    if (pthread_attr_init(&with) != 0)
        return false;
    bool is_started =
        pthread_attr_setdetachstate(&with, PTHREAD_CREATE_DETACHED) == 0 &&
        create(&thread->thread, &with, run, argument) == 0;
    pthread_attr_destroy(&with);
    return is_started;
}

typedef bool starting(struct own_thread *thread, void *(*run)(void *),
                      void *argument);

static bool start_by(starting *start, struct own_thread *thread,
                     void *(*run)(void *), void *argument)
{
    if (must_fail())
        return false;
    uint64_t before = gc__signals_shut_out();
    bool is_started = start(thread, run, argument);
    gc__signals_let_in(before);
    return is_started;
}

bool gc__own_thread_start(struct own_thread *thread, void *(*run)(void *),
                          void *argument)
{
    return start_by(start_small, thread, run, argument);
}

bool gc__own_thread_start_alone(struct own_thread *thread, void *(*run)(void *),
                                void *argument)
{
    return start_by(start_detached, thread, run, argument);
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
