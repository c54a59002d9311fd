/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_WORLD_H
#define TIDEMARK_GC_WORLD_H

/* The world: all threads of the process, and how they are stopped.
 *
 * All functions but gc__world_stop_here are called with the heap's lock held. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gc/markers.h"
#include "gc/thread.h"

struct world {
    struct thread *threads; /* who calls first is the last of the list */
    size_t count;
    struct thread *expected; /* not there yet: see gc/expected.h */
    struct thread *unused;   /* records of threads that have ended */

    int wanted_signal;   /* 0: any */
    volatile int signal; /* 0: not installed yet.  Set once, under the lock, and
                            read by wrappers without it */
    uint64_t timeout_ns;
    bool leaves_strangers; /* they are not looked for */
    /* Told of each thread that stands still, and that goes on; or NULL. */
    void (*on_thread)(bool is_stopped, uintptr_t pthread_self);
    const struct thread *stopper; /* in a stop */
    bool has_told;
    size_t unseen;      /* strangers that did not stop, this time or the last */
    int unwilling;      /* task for which the last stop was given up; else 0 */
    bool is_called_off; /* it was, since a busy thread needs the lock first */
    const struct marker *marker; /* knows the library's own threads */

    unsigned number;   /* atomic: of the stop; odd while one is going on */
    unsigned answers;  /* atomic: to this stop */
    unsigned wanted;   /* atomic: so many answers wake the one who stops */
    unsigned sleepers; /* atomic: threads that sleep until the stop is over */
    size_t processors; /* 0: not known */
};

/* The calling thread's record; before its first call, one that has nothing in
 * hand, so that the fast path needs no test for it.  Exported: see
 * gc/api/private.h. */
extern _Thread_local struct thread *gc__thread
    __attribute__((tls_model("initial-exec"), visibility("default")));
extern struct thread gc__nobody __attribute__((visibility("hidden")));

/* The calling thread's record while it is in a blocking section, where it has
 * nothing in hand either; else NULL. */
extern _Thread_local struct thread *gc__blocked
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* The record in both cases. */
static inline struct thread *thread_self(void)
{
    return gc__blocked != NULL ? gc__blocked : gc__thread;
}

void gc__world_init(struct world *world);

/* Chooses the signal that stops threads, when there is a second one for the first
 * time, or is about to be.  False if there is none to be had. */
bool gc__world_choose_signal(struct world *world);

/* Stops every other thread, those that have never called the library too: of
 * these, one that blocks the signal goes on.  Returns false, with none stopped,
 * after one that has used the library did not stop in time. */
bool gc__world_stop(struct world *world, const struct thread *self);
void gc__world_resume(struct world *world);

/* Has the thread come to its handler of the stop signal, where it sees what is
 * due.  False if the signal could not be sent. */
bool gc__world_nudge(struct world *world, const struct thread *thread);

/* Has the thread that stops the others look how they stand. */
void gc__world_wake(struct world *world);

/* True if there is another thread than the calling one. */
bool gc__world_has_others(const struct world *world);

/* In the stop that is going on, one more thread stands still. */
void gc__world_count_answer(struct world *world);

/* Sleeps until the stop of this number is over. */
void gc__world_await_end(struct world *world, unsigned number);

/* Called by a thread that was busy when it was to stop. */
void gc__world_stop_here(struct thread *thread);

/* From here on a stop waits for the calling thread, until it is not busy. */
static inline void thread_begin_busy(struct thread *thread)
{
    thread->is_busy = true;
    AO_compiler_barrier();
}

/* The thread is doing what it does often when it allocates. */
static inline void thread_comes_by(struct thread *thread)
{
    thread->comes_by = true;
}

static inline void thread_end_busy(struct thread *thread)
{
    AO_compiler_barrier();
    thread->is_busy = false;
    AO_compiler_barrier();
    if (thread->stop_is_due)
        gc__world_stop_here(thread);
}

#endif
