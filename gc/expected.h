/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_EXPECTED_H
#define TIDEMARK_GC_EXPECTED_H

/* Threads that are about to be made by somebody who has told us.
 *
 * The record of one is made beforehand, and has what the thread is to do: the
 * function and its argument, which are roots until the thread has them.  It stands
 * on a list of its own, since the world does not wait for a thread that may never
 * come.  When the thread comes, it is the thread's record, and when it could not
 * be made, it is taken back.
 *
 * Between the two moments the thread may be there already, and be found by a stop
 * as a stranger.  Then its record as a stranger goes when it comes: a thread has
 * one record on the list of the world at any time.
 *
 * All functions are called with the heap's lock held. */

#include "gc/world.h"

/* Makes a record.  NULL if there is no memory. */
struct thread *gc__world_expect(struct world *world, struct start start);

/* Takes it back: the thread could not be made. */
void gc__world_expect_no_more(struct world *world, struct thread *thread);

/* Called by the thread itself: it joins the world.  What it is to do must stand
 * where it is looked at by now, in its registers or its stack. */
void gc__world_join_expected(struct world *world, struct thread *thread,
                             uintptr_t stack_base);

/* None of them will come, since this is a child process. */
void gc__world_expect_nobody(struct world *world);

static inline struct range start_words(const struct thread *thread)
{
    uintptr_t low = (uintptr_t)&thread->start;
    return (struct range){low, low + sizeof thread->start};
}

#endif
