/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_EPHEMERON_H
#define TIDEMARK_GC_EPHEMERON_H

/* Ephemerons: pairs of a key and a value, of which the value is reached by way of
 * the pair only while the key is reached otherwise.  So a table of them lets go of
 * what it knows about an object when that dies, even if the value leads to the key.
 * Source: B. Hayes, "Ephemerons: a new finalization mechanism", OOPSLA 1997.
 *
 * A pair is an object without pointers, as far as the marker knows.  Its record is
 * a link of a kind of its own (gc/weak.h): at the word of the key, which is the
 * first of the pair, about the key, and cleared like a long link.  So the pairs of
 * a key are found by it. */

#include "gc/mark.h"
#include "gc/weak.h"

struct ephemeron {
    AO_t key;   /* atomic; 0: it has died, and the value does not count */
    AO_t value; /* atomic */
};

/* Marks the values of those pairs whose keys, and which themselves, are marked, and
 * what follows from that.  At the first time in a collection, `begins`.  Takes time
 * in proportion to the pairs and to what it marks. */
void gc__ephemerons_mark(struct links *pairs, struct marker *marker,
                         bool begins);

#endif
