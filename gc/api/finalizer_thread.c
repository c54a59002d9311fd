/* SPDX-License-Identifier: MIT */
/* The thread that calls finalizers where the program wants it so.  It is started
 * when there is something for it to do, and sleeps when there is not.
 *
 * It takes no signal of the program's, but is stopped like every other thread while
 * it calls finalizers.  Asleep it rests: nobody has to stop it then.
 *
 * `finalizer_calls` is counted up after finalizers have become ready.  The thread
 * reads it before it looks for them, and sleeps until it is another: so it does not
 * miss any.  In a child after fork there is no such thread; another one is started
 * when it is needed, as the number of the process says. */

#include <limits.h>
#include <unistd.h>

#include "gc/api/finalize.h"
#include "platform/futex.h"
#include "platform/own_thread.h"
#include "platform/stop_signal.h"

static void let_stop_signal_in(struct thread *thread)
{
    struct world *world = &gc__process.heap.world;
    gc__lock(thread);
    int signal = gc__world_choose_signal(world) ? world->signal : 0;
    gc__unlock();
    if (signal != 0)
        gc__stop_signal_let_in(signal);
}

static void *wait_for_call(void *seen)
{
    const unsigned *calls = &gc__process.finalizer_calls;
    unsigned before = *(unsigned *)seen;
    while (AO_int_load_acquire(calls) == before)
        gc__futex_wait(calls, before, 0);
    *(unsigned *)seen = AO_int_load_acquire(calls);
    return NULL;
}

static void *serve(void *seen_at_start)
{
    unsigned seen = (unsigned)(uintptr_t)seen_at_start;
    struct thread *thread = gc__enter();
    while (thread != NULL) {
        let_stop_signal_in(thread);
        gc_run_finalizers();
        gc_call_blocking(wait_for_call, &seen);
    }
    AO_int_store(&gc__process.finalizer_process, 0);
    return NULL;
}

/* True if the thread is there, or this call has started it. */
static bool start(unsigned calls)
{
    unsigned *process = &gc__process.finalizer_process;
    unsigned self = (unsigned)getpid();
    unsigned before = AO_int_load(process);
    struct own_thread thread;
    if (before == self || !AO_int_compare_and_swap_full(process, before, self))
        return true;
    if (gc__own_thread_start_alone(&thread, serve, (void *)(uintptr_t)calls))
        return true;
    AO_int_store(process, 0);
    return false;
}

bool gc__finalize_in_thread(void)
{
    unsigned *calls = &gc__process.finalizer_calls;
    unsigned before = AO_int_fetch_and_add_full(calls, 1);
    gc__futex_wake(calls, INT_MAX);
    return start(before + 1);
}
