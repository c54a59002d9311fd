/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_PAUSE_H
#define TIDEMARK_GC_PAUSE_H

/* One thread that stands still because another one wants it to, through any number
 * of collections: see gc/rest.c. */

#include <stdbool.h>
#include <stdint.h>

#include "gc/heap.h"

/* Has the thread whose pthread_self() is `target` pause, and returns when it rests,
 * or if there is none.  The calling thread may pause itself: then it returns when
 * another one has let it go on. */
void gc__pause(struct heap *heap, struct thread *self, uintptr_t target);

/* Lets it go on. */
void gc__pause_ends(struct heap *heap, struct thread *self, uintptr_t target);

/* Whether it pauses, or is about to. */
bool gc__pauses(struct heap *heap, struct thread *self, uintptr_t target);

#endif
