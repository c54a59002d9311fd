/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_MEMBERS_H
#define TIDEMARK_GC_MEMBERS_H

/* Who is of the world: a list of records, one for each thread that the library
 * knows.  The list only changes under the heap's lock, and not behind its first
 * record while the world is being stopped: see gc/world.c. */

#include "gc/world.h"

/* Gives the records back.  No thread may use the library any more. */
void gc__members_finish(struct world *world);

/* A record that stands on no list.  NULL if there is no memory. */
struct thread *gc__members_new_record(struct world *world);

/* Adds a record that the caller owns. */
void gc__members_add(struct world *world, struct thread *thread);

/* The record of the thread with that number, or NULL.  Also called by signal
 * handlers. */
struct thread *gc__members_find(const struct world *world, int task);

/* Makes the calling thread known: the record of it as a stranger, or a new one,
 * which is the library's.  NULL if there is no memory. */
struct thread *gc__members_join(struct world *world, uintptr_t stack_base);

/* Takes a record off the list; what the thread had in hand must have been given
 * back. */
void gc__members_remove(struct world *world, struct thread *thread);

#endif
