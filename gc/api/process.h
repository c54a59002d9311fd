/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_API_PROCESS_H
#define TIDEMARK_GC_API_PROCESS_H

/* What there is once in a process: the heap, its first thread, the handlers. */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "gc/heap.h"
#include "gc/hooks.h"
#include "include/tidemark.h"

enum { PICTURES_BYTES = 4096 };

struct process {
    struct heap heap;
    struct thread first; /* the one that called first */
    AO_t is_ready;       /* atomic: released when all of it is */
    unsigned preparing;  /* atomic: the process that prepares it, or 0 */
    bool has_fork_handlers;

    const struct hooks *hooks; /* or NULL */

    gc_out_of_memory_handler *on_out_of_memory;
    void *out_of_memory_context;
    gc_error_handler *on_error;
    void *error_context;

    enum gc_finalizing finalizing; /* who calls finalizers */
    gc_finalizer_notifier *finalizer_notifier;
    void *finalizer_context;
    unsigned
        finalizer_process;    /* atomic: in which there is a thread for them */
    unsigned finalizer_calls; /* atomic: to that thread */
    unsigned typed_kind;      /* see gc/api/kinds.c; atomic: release, acquire */

    gc_toggle_function *toggle_function;
    void *toggle_context;

    size_t padding; /* what objects are larger than was asked for */
    bool ignore_free;
    bool stats_at_exit;
    bool has_exit_handler;
    char pictures[PICTURES_BYTES]; /* folder, or "" */
};

extern struct process gc__process __attribute__((visibility("hidden")));

/* Requests up to this size may be served by the fast path: 0 if objects are
 * padded. */
extern size_t gc__quick_bytes __attribute__((visibility("hidden")));

/* What is allocated for a request. */
static inline size_t padded(size_t bytes)
{
    size_t padding = gc__process.padding;
    return bytes > SIZE_MAX - padding ? SIZE_MAX : bytes + padding;
}

/* Prepares whatever is not prepared yet, and makes the calling thread known.
 * NULL, errno ENOMEM, if the system gives no memory. */
struct thread *gc__join(void);

/* For the wrappers of what makes threads.  gc__expect_thread makes the record of
 * a thread that is about to be made, and sees to it that the calling thread, and
 * so the new one, lets the signal of a stop in.  NULL where the thread is to be
 * made as if we were not there: the library is not prepared or leaves strangers
 * alone, a visitor, a signal handler or a sanitizer's runtime calls, or there is no
 * memory.  If the thread could not be made, the
 * record is taken back by gc__expect_no_thread; or else the thread begins with
 * gc__begin_expected, which makes it known and returns what it is to do. */
struct thread *gc__expect_thread(struct start start);
void gc__expect_no_thread(struct thread *thread);
struct start gc__begin_expected(struct thread *thread);

/* Has the heap made ready for each fork, from now on.  False if there is no
 * memory. */
bool gc__watch_forks(void);

/* What the program's handler answers to an allocation that fails; errno is
 * ENOMEM. */
void *gc__out_of_memory(size_t bytes);

/* Says that a call cannot be served where it was made. */
void gc__refuse(void);

/* The calling thread's record, after preparing whatever is not prepared yet, to
 * ask for what a visitor may ask too.  NULL, errno ENOMEM, if the system gives no
 * memory; NULL, errno EDEADLK, after a message, in a signal handler that has
 * interrupted the thread in the middle of a call. */
static inline struct thread *gc__enter_to_ask(void)
{
    struct thread *thread = gc__thread;
    if (thread == &gc__nobody)
        return gc__join();
    const struct heap *heap = &gc__process.heap;
    if (!heap_is_held_by(heap, thread) || heap_has_lock(heap, thread))
        return thread;
    gc__refuse();
    return NULL;
}

/* The same for what changes the heap.  NULL, errno ENOMEM, in a visitor. */
static inline struct thread *gc__enter(void)
{
    struct thread *thread = gc__enter_to_ask();
    if (thread != NULL && heap_is_shown_to(&gc__process.heap, thread)) {
        errno = ENOMEM;
        return NULL;
    }
    return thread;
}

/* With the heap's lock. */
static inline struct thread *gc__lock(struct thread *thread)
{
    if (thread != NULL)
        heap_lock(&gc__process.heap, thread);
    return thread;
}

static inline void gc__unlock(void)
{
    heap_unlock(&gc__process.heap);
}

/* Makes the calling thread busy, to do without the lock what is its own business;
 * NULL where it may be in the middle of something.  thread_end_busy ends it. */
static inline struct thread *gc__begin_alone(void)
{
    struct thread *thread = gc__thread;
    if (thread == &gc__nobody || heap_is_held_by(&gc__process.heap, thread))
        return NULL;
    thread_begin_busy(thread);
    return thread;
}

/* Tells the error handler. */
__attribute__((format(printf, 3, 4))) void gc__error(enum gc_error_code code,
                                                     const void *address,
                                                     const char *format, ...);

/* Reads the environment. */
void gc__settings_read(void);

/* Has the exit handler called when the program ends. */
void gc__at_exit(void);

#endif
