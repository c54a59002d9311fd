/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_DYING_H
#define TIDEMARK_GC_DYING_H

/* What a collection does about the objects that the marking from the roots did not
 * reach, before they are swept: clears the weak links to them, has the finalizers
 * of some made ready, and marks what these still need.
 *
 * The collecting thread does it alone, in the stop and with the heap's lock, but
 * for the draining of what it shades. */

struct heap;

/* Marks from the finalizers: their data, and the objects of the ready ones; and
 * from toggle references, after asking which are strong.  They are roots like
 * others. */
void gc__dying_mark_roots(struct heap *heap);

/* All else, when everything is marked that the roots reach.  Afterwards what is
 * white is to be swept. */
void gc__dying_settle(struct heap *heap);

/* Gives memory back that the tables do not need any more.  Not in a stop. */
void gc__dying_trim(struct heap *heap);

#endif
