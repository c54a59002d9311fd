/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_HEAP_H
#define TIDEMARK_GC_HEAP_H

/* The collected heap: all state of the library hangs off one of these. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc/variable.h"
#include "base/word.h"
#include "gc/events.h"
#include "gc/mark.h"
#include "gc/pace.h"
#include "gc/roots.h"
#include "gc/sweep.h"
#include "platform/registers.h"

/* A thread that allocates. */
struct thread {
    struct local local;
    struct registers registers; /* while it is stopped */
    uintptr_t stack_base;
};

struct heap {
    struct variable variable;
    struct marker marker;
    struct roots roots;
    struct pace pace;
    struct totals totals;
    struct range stack; /* of the collector */

    size_t word_step;
    size_t stress;       /* collect at every n-th allocation; 0: never */
    size_t stress_count; /* allocations since the last such collection */
    size_t disabled;     /* calls of gc_disable less those of gc_enable */
    bool trace;
    bool is_collecting; /* or shown to a visitor: must not change */
    uint64_t start_ns;
    struct return_clock return_clock;
};

/* Prepares the heap.  `own` is the memory that the caller keeps the heap and
 * the threads in, which is never looked at for roots.  Returns false if the
 * system gives no memory. */
bool gc__heap_init(struct heap *heap, struct range own);
void gc__heap_finish(struct heap *heap);

/* Applies a change of pace or stress. */
void gc__heap_adjust(struct heap *heap);

/* Allocates; collects first where the pace says so, and also when memory has
 * run out.  NULL if that does not help. */
void *gc__heap_alloc(struct heap *heap, struct thread *thread, enum kind kind,
                     size_t bytes, size_t alignment);

/* Collects now.  Returns false if it could not: during a collection, or where
 * there is no memory to do it.  The thread's registers are spilled in here, and
 * its stack is looked at from here on. */
bool gc__heap_collect(struct heap *heap, struct thread *thread,
                      enum cause cause);

/* Sweeps everything and gives the thread's cells back, so that the allocated
 * bits say what is an object. */
void gc__heap_settle(struct heap *heap, struct thread *thread);

#endif
