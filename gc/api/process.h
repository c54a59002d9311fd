/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_API_PROCESS_H
#define TIDEMARK_GC_API_PROCESS_H

/* What there is once in a process: the heap, its thread, the handlers. */

#include <stdbool.h>
#include <stddef.h>

#include "gc/heap.h"
#include "include/tidemark.h"

enum { PICTURES_BYTES = 4096 };

struct process {
    struct heap heap;
    struct thread thread; /* the one that may allocate */
    bool is_ready;

    gc_out_of_memory_handler *on_out_of_memory;
    void *out_of_memory_context;
    gc_error_handler *on_error;
    void *error_context;

    bool ignore_free;
    bool stats_at_exit;
    bool has_exit_handler;
    char pictures[PICTURES_BYTES]; /* folder, or "" */
};

extern struct process gc__process __attribute__((visibility("hidden")));

/* The calling thread's record; before its first call, one that has nothing in
 * hand, so that the fast path needs no test for it. */
extern _Thread_local struct thread *gc__thread
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* The calling thread's record, after preparing whatever is not prepared yet.
 * NULL, errno ENOMEM, if the system gives no memory; NULL, errno EPERM, after a
 * report, in a thread that may not allocate. */
struct thread *gc__enter_slowly(void);

extern struct thread gc__nobody __attribute__((visibility("hidden")));

static inline struct thread *gc__enter(void)
{
    struct thread *thread = gc__thread;
    return thread != &gc__nobody ? thread : gc__enter_slowly();
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
