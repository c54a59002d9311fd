/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_THREAD_H
#define TIDEMARK_GC_THREAD_H

/* What the collector knows of one thread: what it has in hand, and, while it is
 * stopped, where its roots are. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc/variable.h"
#include "base/atomics.h"
#include "base/word.h"
#include "gc/growing.h"
#include "platform/kept_registers.h"
#include "platform/registers.h"

/* How far a thread has come in a stop. */
enum thread_state {
    THREAD_RUNS,
    THREAD_ASKED,     /* has been sent the signal */
    THREAD_STOPPED,   /* has answered, or rests */
    THREAD_UNWILLING, /* blocks the signal, or did not answer in time */
    THREAD_GONE,      /* the system does not know it any more */
};

/* A thread that rests is as good as stopped: see gc/rest.h.  Where its roots
 * are. */
enum rest {
    NO_REST,
    REST_SPILLED,     /* it has spilled its registers */
    REST_IN_SECTION,  /* above where its innermost blocking section began */
    REST_INTERRUPTED, /* as of one that a signal has stopped */
};

/* Finalizers that call finalizers. */
enum {
    FINALIZING_MAX = 3,       /* so deep ... */
    FINALIZING_PATIENCE = 64, /* ... but for one after so many times */
};

/* How a stack was left for another one. */
struct stack_left {
    uintptr_t at; /* it was in use from here up; 0: not known */
    uintptr_t kept[KEPT_REGISTERS];
};

/* What a thread is to do when it has been made: a function, and its argument. */
struct start {
    uintptr_t run;
    uintptr_t argument;
};

struct thread {
    /* Its own.  The rest of the list is reached through it: see gc/world.h. */
    struct local local;
    struct thread *next;

    struct start start;     /* while it is expected */
    int task;               /* the system's number of the thread */
    bool is_stranger;       /* was found, and has never called the library */
    unsigned registrations; /* by gc_register_thread */
    uintptr_t stack_base;   /* the end of its own stack; 0: not known */
    uintptr_t stack_low;    /* it reaches down to here; 0: not known */
    bool stack_grows;       /* or further, the main thread's */
    uintptr_t told_bottom;  /* the end of the stack that it runs on, as the
                               program has told; 0: it has not */
    struct gc_stack *coroutine;    /* that it has switched to; NULL: its own */
    struct stack_left own_left;    /* its own, when it did */
    struct gc_stack *signal_stack; /* which goes when it leaves; or NULL */
    struct growing sections;       /* of struct section, the innermost last */

    /* The thread itself writes these, its signal handler included.  While
     * it is busy with memory that a stop would take from it, the handler notes
     * that a stop is due and lets it finish. */
    volatile unsigned is_busy;
    volatile unsigned stop_is_due; /* who stops the others writes it too */
    volatile unsigned comes_by;  /* has claimed something since the last stop */
    volatile unsigned is_inside; /* has the heap's lock, or is about to */
    volatile unsigned is_listing; /* has the loader's lock, or may have */
    volatile unsigned needs_lock; /* to fork, while it is busy: see gc/fork.c */

    /* Finalizers: see gc/api/finalize.c.  The thread's own. */
    bool has_collected; /* and has not looked for finalizers since */
    unsigned finalizing_depth;
    unsigned finalizing_skipped;
    unsigned finalizing_patience;
    uintptr_t finalizing[FINALIZING_MAX]; /* the frames */

    unsigned answered;    /* atomic: number of the last stop that it answered */
    unsigned rest;        /* atomic: enum rest */
    unsigned is_to_pause; /* atomic: until another thread lets it go on */

    /* While it is stopped.  A thread that stopped by itself has spilled its
     * registers; of one that a signal stopped the kernel has written them down
     * in two pieces; of one in a blocking section they lie on the stack, at
     * `section_low`. */
    enum thread_state state;
    bool is_interrupted;
    bool is_in_section;
    uintptr_t section_low;
    struct registers registers;
    struct range saved[2];
    uintptr_t stack_pointer;
    uintptr_t self;       /* its pthread_self(); 0: not known */
    uintptr_t fake_stack; /* see platform/fake_stack.h */
};

enum { REGISTER_RANGES = 2 };

static inline struct range thread_registers(const struct thread *thread,
                                            unsigned which)
{
    if (thread->is_interrupted)
        return thread->saved[which];
    return which == 0 && !thread->is_in_section
               ? gc__registers_words(&thread->registers)
               : (struct range){0, 0};
}

static inline uintptr_t thread_stack_pointer(const struct thread *thread)
{
    if (thread->is_in_section)
        return thread->section_low;
    return thread->is_interrupted
               ? thread->stack_pointer
               : gc__registers_stack_pointer(&thread->registers);
}

#endif
