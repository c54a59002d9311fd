/* SPDX-License-Identifier: MIT */
/* The wrappers of what makes threads, and what all wrappers have in common. */

#define _GNU_SOURCE /* secure_getenv */

#include "gc/api/interpose.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "base/atomics.h"
#include "gc/api/process.h"
#include "platform/next_function.h"
#include "platform/own_thread.h"

/* ----------------------------------------------------------- next functions */

static const char *const names[WRAPPED_COUNT] = {
    [WRAPPED_PTHREAD_CREATE] = "pthread_create",
    [WRAPPED_THRD_CREATE] = "thrd_create",
    [WRAPPED_PTHREAD_SIGMASK] = "pthread_sigmask",
    [WRAPPED_SIGPROCMASK] = "sigprocmask",
    [WRAPPED_SIGWAIT] = "sigwait",
    [WRAPPED_SIGWAITINFO] = "sigwaitinfo",
    [WRAPPED_SIGTIMEDWAIT] = "sigtimedwait",
};

static AO_t next[WRAPPED_COUNT]; /* atomic: no order; 0 while not found */

uintptr_t gc__next_if_found(enum wrapped which)
{
    return AO_load(&next[which]);
}

uintptr_t gc__next_of(enum wrapped which)
{
    if (AO_load(&next[which]) == 0)
        AO_store(&next[which], gc__next_function(names[which]));
    return AO_load(&next[which]);
}

/* ------------------------------------------------------------------- switch */

static bool is_on; /* set before the program begins */

/* Where we stand behind libc, since the program reaches us only through another
 * library, none is found; and to find nothing takes the loader long. */
static void find_next_functions(void)
{
    unsigned which = 0;
    while (which < WRAPPED_COUNT && gc__next_of(which) != 0)
        which++;
}

__attribute__((constructor)) static void begin(void)
{
    find_next_functions();
    const char *text = secure_getenv("TIDEMARK_INTERPOSE");
    is_on = text == NULL || strcmp(text, "0") != 0;
    uintptr_t create = gc__next_if_found(WRAPPED_PTHREAD_CREATE);
    if (create != 0)
        gc__own_threads_start_with((own_thread_create *)create);
}

int gc__signal_left_out(void)
{
    if (!is_on || !AO_load_acquire(&gc__process.is_ready))
        return 0;
    return gc__process.heap.world.signal;
}

/* ------------------------------------------------------------------ threads */

static struct thread *expect(uintptr_t run, void *argument)
{
    struct start start = {run, (uintptr_t)argument};
    return is_on ? gc__expect_thread(start) : NULL;
}

static void *run_expected(void *thread)
{
    struct start start = gc__begin_expected(thread);
    void *(*run)(void *) = (void *(*)(void *))start.run;
    return run((void *)start.argument);
}

TIDEMARK_WRAPPER int pthread_create(pthread_t *id, const pthread_attr_t *with,
                                    void *(*run)(void *), void *argument)
{
    own_thread_create *create =
        (own_thread_create *)gc__next_of(WRAPPED_PTHREAD_CREATE);
    if (create == NULL)
        return EAGAIN;
    struct thread *thread = expect((uintptr_t)run, argument);
    if (thread == NULL)
        return create(id, with, run, argument);
    int error = create(id, with, run_expected, thread);
    if (error != 0)
        gc__expect_no_thread(thread);
    return error;
}

typedef int create_c11(thrd_t *id, thrd_start_t run, void *argument);

static int run_expected_c11(void *thread)
{
    struct start start = gc__begin_expected(thread);
    thrd_start_t run = (thrd_start_t)start.run;
    return run((void *)start.argument);
}

TIDEMARK_WRAPPER int thrd_create(thrd_t *id, thrd_start_t run, void *argument)
{
    create_c11 *create = (create_c11 *)gc__next_of(WRAPPED_THRD_CREATE);
    if (create == NULL)
        return thrd_error;
    struct thread *thread = expect((uintptr_t)run, argument);
    if (thread == NULL)
        return create(id, run, argument);
    int result = create(id, run_expected_c11, thread);
    if (result != thrd_success)
        gc__expect_no_thread(thread);
    return result;
}
