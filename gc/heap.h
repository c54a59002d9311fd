/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_HEAP_H
#define TIDEMARK_GC_HEAP_H

/* The collected heap: all state of the library hangs off one of these.
 *
 * Threads: one lock guards all of it.  It is taken by whoever leaves the fast
 * paths, and held through a collection; the loader's lock is never taken under
 * it, and no code of the program's is called under it but by visitors. */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc/variable.h"
#include "base/word.h"
#include "gc/events.h"
#include "gc/finalize.h"
#include "gc/hooks.h"
#include "gc/mark.h"
#include "gc/pace.h"
#include "gc/recognition.h"
#include "gc/roots.h"
#include "gc/stacks.h"
#include "gc/sweep.h"
#include "gc/toggle.h"
#include "gc/weak.h"
#include "gc/world.h"
#include "platform/lock.h"

struct heap {
    struct lock lock;
    struct thread *holder; /* who has the lock; read by others, which see
                              themselves in it only if they are */
    bool is_shielded;      /* the holder cannot be cancelled, ... */
    int cancel_state; /* ... but may be again when it gives the lock back */
    unsigned process; /* whose heap it is; see gc/fork.c for these */
    unsigned forking_task; /* atomic: of the thread that forks, or 0 */
    unsigned listers;      /* atomic: threads in gc__roots_list */
    bool is_unlocked_slowly;
    bool has_lost_others; /* by a fork of the holder's */
    bool is_marking;
    unsigned visits; /* of the holder, one in the other */
    unsigned keeps;  /* by the holder, see heap_keep */
    unsigned holds;  /* of the world, in them */
    struct variable variable;
    struct world world;
    struct stacks stacks;
    struct marker marker;
    struct roots roots;
    struct finalizers finalizers;
    struct links links[LINK_KINDS];
    struct toggles toggles;
    struct pace pace;
    struct totals totals;
    struct range stack; /* of the collector */

    const struct hooks *hooks; /* never NULL */
    bool has_marked_threads;   /* the program's function may leave it out */

    unsigned wanted_markers;        /* 0: as many as there are processors */
    bool has_markers;               /* so many, or as many as could be had */
    void (*on_unwilling)(int task); /* a stop was given up for it; or NULL */
    size_t word_step;
    struct recognition recognition;
    size_t stress;       /* collect at every n-th allocation; 0: never */
    size_t stress_count; /* allocations since the last such collection */
    size_t disabled;     /* calls of gc_disable less those of gc_enable */
    bool trace;
    uint64_t start_ns; /* of the trace */
    struct return_clock return_clock;
};

/* Prepares a heap that is all zero.  `own` is the memory that the caller keeps
 * the heap and the threads in, which is never looked at for roots.  Returns
 * false if the system gives no memory. */
bool gc__heap_init(struct heap *heap, struct range own);
void gc__heap_finish(struct heap *heap);

/* True in a visitor, and in a signal handler that has interrupted the thread in
 * here. */
static inline bool heap_is_held_by(const struct heap *heap,
                                   const struct thread *thread)
{
    return heap->holder == thread || thread->is_busy || thread->is_inside;
}

/* True in a visitor, which may ask and visit, and change nothing. */
static inline bool heap_is_shown_to(const struct heap *heap,
                                    const struct thread *thread)
{
    return heap->holder == thread && heap->visits > 0;
}

/* True where the lock needs no taking, since it is not given back by a call. */
static inline bool heap_has_lock(const struct heap *heap,
                                 const struct thread *thread)
{
    return heap->holder == thread && (heap->visits | heap->keeps) > 0;
}

/* The lock is taken by somebody, or its giving back is not all there is to do. */
void gc__heap_lock_slowly(struct heap *heap, struct thread *thread);
void gc__heap_unlock_slowly(struct heap *heap);

/* The thread, which has just given the lock back, is to pause. */
void gc__heap_pause(struct heap *heap, struct thread *thread);

/* A visitor has the lock already, and so has who keeps it. */
static inline void heap_lock(struct heap *heap, struct thread *thread)
{
    if (heap_has_lock(heap, thread))
        return;
    if (thread != NULL)
        thread->is_inside = true;
    AO_compiler_barrier();
    if (!lock_try(&heap->lock))
        gc__heap_lock_slowly(heap, thread);
    heap->holder = thread;
}

static inline bool heap_may_collect(const struct heap *heap)
{
    const int *disabled = heap->hooks->disabled;
    return heap->disabled == 0 && (disabled == NULL || *disabled <= 0);
}

/* The same for a collection that nobody has asked for. */
static inline bool heap_collects_by_itself(const struct heap *heap)
{
    const int *only_by_call = heap->hooks->only_by_call;
    return heap_may_collect(heap) &&
           (only_by_call == NULL || *only_by_call == 0);
}

static inline void heap_unlock(struct heap *heap)
{
    if ((heap->visits | heap->keeps) > 0)
        return;
    struct thread *thread = heap->holder;
    bool is_shielded = heap->is_shielded;
    int cancel_state = heap->cancel_state;
    heap->holder = NULL;
    heap->is_shielded = false;
    if (heap->is_unlocked_slowly)
        gc__heap_unlock_slowly(heap);
    else
        lock_give_back(&heap->lock);
    AO_compiler_barrier();
    if (thread != NULL)
        thread->is_inside = false;
    AO_compiler_barrier();
    if (thread != NULL && AO_int_load(&thread->is_to_pause))
        gc__heap_pause(heap, thread);
    if (is_shielded)
        pthread_setcancelstate(cancel_state, NULL);
}

/* Has the thread keep the lock until heap_let_go, whatever it calls meanwhile:
 * no other thread collects then.  Calls nest. */
static inline void heap_keep(struct heap *heap, struct thread *thread)
{
    heap_lock(heap, thread);
    heap->keeps++;
}

static inline void heap_let_go(struct heap *heap)
{
    heap->keeps--;
    heap_unlock(heap);
}

static inline void heap_tell(const struct heap *heap, enum step step)
{
    if (heap->hooks->on_step != NULL)
        heap->hooks->on_step(step);
}

/* From now on these; the table is kept. */
void gc__heap_set_hooks(struct heap *heap, const struct hooks *hooks);

/* A program may want static data to be none. */
static inline bool heap_is_root(const struct heap *heap,
                                const struct root *root)
{
    const int *skips_data = heap->hooks->skips_data;
    return root->origin != FROM_STATIC || skips_data == NULL ||
           *skips_data == 0;
}

/* Marks from the registers and stacks of all threads.  In a collection. */
void gc__heap_mark_threads(struct heap *heap);

/* Applies a change of pace or stress.  With the lock held. */
void gc__heap_adjust(struct heap *heap);

/* Allocates; collects first where the pace says so, and also when memory has
 * run out.  NULL if that does not help. */
void *gc__heap_alloc(struct heap *heap, struct thread *thread, enum kind kind,
                     size_t bytes, size_t alignment);

/* Allocates some objects at once, at most 4 KiB of cells: the first word of each
 * is the address of the next, of the last 0; the rest is zero if the kind is one
 * that is cleared.  The caller is answered the first, and keeps alive what it
 * can be seen to hold of them; the links count if the kind is looked at so. */
void *gc__heap_alloc_list(struct heap *heap, struct thread *thread,
                          enum kind kind, size_t bytes);

#define ALWAYS SIZE_MAX

/* Collects now; or not, if another thread has done so since there had been so many
 * `collections`.  `gives_up`, if it is not NULL, is asked before and meanwhile
 * whether it is to be given up.  Returns false if it was, or could not: where there
 * is no memory to do it, or a thread does not stop.  The thread's registers are
 * spilled in here, and its stack is looked at from here on. */
bool gc__heap_collect(struct heap *heap, struct thread *thread,
                      enum cause cause, size_t collections,
                      gc__question *gives_up);

/* Drops the finalizer of the object in `cell`, which is about to be freed, and the
 * links to it and in it.  With the lock held. */
void gc__heap_untie(struct heap *heap, struct cell cell);

/* The links that lie in a part of an object, which is about to be freed. */
void gc__heap_untie_part(struct heap *heap, struct range bytes);

#endif
