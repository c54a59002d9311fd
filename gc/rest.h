/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_REST_H
#define TIDEMARK_GC_REST_H

/* Resting: a thread that will touch nothing of the heap for a while writes down
 * where its roots are, and says so.  From then on it is as good as stopped: a
 * stop neither asks it nor waits for it, even if it blocks the signal.  Before it
 * goes on it waits for a stop to be over. */

#include "gc/world.h"
#include "platform/lock.h"

/* The calling thread rests from here on.  It must be busy, or block all signals:
 * the handler of the stop signal is not to write down other roots. */
void gc__rest_begin(struct world *world, struct thread *thread, enum rest rest);

/* It goes on, when it is not to pause; a stop that begins from here on waits for
 * it. */
void gc__rest_end(struct world *world, struct thread *thread);

/* It rests until it is not to pause any more. */
void gc__rest_to_pause(struct world *world, struct thread *thread);

/* Takes the lock that who stops the world has; the thread rests while it sleeps.
 * NULL: it has no record. */
void gc__rest_for_lock(struct world *world, struct thread *thread,
                       struct lock *lock);

#endif
