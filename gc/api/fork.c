/* SPDX-License-Identifier: MIT */
/* Handlers of fork(2), from when the library is prepared: a program that is only
 * linked with it forks as if it were not there.  What they do, and why it is
 * right, is in gc/fork.c.
 *
 * vfork(2), posix_spawn(3) and clone(2) call no handlers, and need none: the
 * child does nothing but start a program. */

#include "gc/fork.h"

#include <pthread.h>

#include "gc/api/private.h"
#include "gc/api/process.h"

/* A thread may be preparing the heap just now: see begin_preparing(). */
static bool is_ready(void)
{
    return AO_load_acquire(&gc__process.is_ready) != 0;
}

void gc__fork_begins(void)
{
    if (is_ready())
        gc__heap_fork_begins(&gc__process.heap, gc__thread);
}

void gc__fork_ends(void)
{
    if (is_ready())
        gc__heap_fork_ends(&gc__process.heap);
}

void gc__fork_has_child(void)
{
    if (is_ready())
        gc__heap_fork_has_child(&gc__process.heap, thread_self());
}

bool gc__watch_forks(void)
{
    struct process *process = &gc__process;
    if (!process->has_fork_handlers)
        process->has_fork_handlers =
            pthread_atfork(gc__fork_begins, gc__fork_ends,
                           gc__fork_has_child) == 0;
    return process->has_fork_handlers;
}
