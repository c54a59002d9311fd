/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_HOLD_H
#define TIDEMARK_GC_HOLD_H

/* Holding the world: what a collection begins with, and whoever looks at the heap
 * as a whole.
 *
 *     take the lock        nobody else collects, or has blocks
 *     list the roots       without the lock meanwhile: the loader has its own
 *     stop the threads     see gc/world.c
 *     complete the list    with what depends on where the threads are
 *
 * Where the list is not true any more in the stop, since the program has gone on
 * meanwhile, the world goes on and all of it begins again.  The lock then stays
 * with the holder until the end, and the holder cannot be cancelled.
 *
 * Nothing here begins a collection.  Where a function returns false, the lock has
 * been given back and all threads go on. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gc/heap.h"

/* What is wanted, and how it went. */
struct hold {
    size_t collections;  /* not needed if there have been others; or ALWAYS */
    bool is_collection;  /* not only somebody who looks */
    uint64_t list_ns;    /* in all tries */
    uint64_t started_at; /* the stop */
    uint64_t stopped_at; /* all threads stood still */
};

/* Another thread may have found the goal reached, and collected. */
static inline bool hold_is_served(const struct hold *hold,
                                  const struct heap *heap)
{
    return hold->collections != ALWAYS &&
           hold->collections != heap->totals.collections;
}

/* Holds the world.  Returns false where there is no memory for the roots, a thread
 * does not stop, or the hold is served.  gc__world_resume and heap_unlock end
 * it. */
bool gc__hold_world(struct heap *heap, struct thread *thread,
                    struct hold *hold);

/* The same for who does not look at roots. */
bool gc__heap_stop_others(struct heap *heap, struct thread *thread);

/* Sweeps everything and gives the cells of all threads back, so that the allocated
 * bits say what is an object.  With the lock held, and the world stopped. */
void gc__heap_settle(struct heap *heap, struct thread *self);

/* Holds the world and settles the heap, for a visitor, in which it nests.
 * gc__heap_go_on ends it. */
bool gc__heap_hold(struct heap *heap, struct thread *thread);
void gc__heap_go_on(struct heap *heap);

/* The same for who does not look at roots: the world goes on, and only the lock is
 * held, until heap_unlock.  A thread may be about to hand out a cell, which
 * counts as an object. */
bool gc__heap_hold_objects(struct heap *heap, struct thread *thread);

#endif
