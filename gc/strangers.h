/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_STRANGERS_H
#define TIDEMARK_GC_STRANGERS_H

/* Strangers: threads that have never called the library.  They have no cells in
 * hand, but may hold pointers.  All of this is done in a stop. */

#include "gc/world.h"

/* Looks for strangers that have no record yet, and makes one for each.  False if
 * there are none, or they are not to be looked for. */
bool gc__strangers_find(struct world *world);

/* Looks where those are that go on, and counts them. */
void gc__strangers_look(struct world *world);

/* Takes their records off the list.  With the heap's lock held. */
void gc__strangers_forget(struct world *world);

#endif
