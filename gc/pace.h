/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_PACE_H
#define TIDEMARK_GC_PACE_H

/* Pacing: when to collect next.  After a collection that left `live` bytes,
 *
 *     goal = max(floor, live + (growth - 1) x cost x sqrt(allocators)), but not
 *            above the limit,
 *
 * and the allocator refuses when the bytes taken since then would exceed
 * goal - live, its allowance.
 *
 * Growth buys time with memory: what is saved is marking, and `cost` is what
 * that takes, in bytes: those that are looked at for pointers, and 8 for each
 * object.  So it is about `live`, and the goal about live x growth; more for a
 * heap of the smallest objects, less where large objects without pointers make
 * it up, but never less than a sixteenth of the live bytes.
 *
 * Several threads use the memory up faster, and all of them stand still in a
 * collection, so it buys more.  That the room is best in proportion to the square
 * root of the rate of allocation is from Kirisame, Shenoy and Panchekha, Optimal
 * Heap Limits for Reducing Browser Memory Use, OOPSLA 2022. */

#include <stddef.h>

enum {
    DEFAULT_FLOOR_BYTES = 16 << 20,
    DEFAULT_GROWTH_PERCENT = 175,
    LEAST_GROWTH_PERCENT = 105,
    MOST_GROWTH_PERCENT = 10000,
};

struct pace {
    size_t floor_bytes;
    size_t limit_bytes; /* 0: none */
    size_t growth_percent;
    size_t least_bytes; /* between two collections; 0: no more than usual */
    size_t live_bytes;  /* at the end of the last collection */
    size_t live_atomic_bytes; /* of them, never looked at */
    size_t live_objects;
    unsigned allocators_percent; /* threads that allocate at a time: at least
                                    100 count */
    size_t goal_bytes;
};

/* How many threads allocate, in hundredths, where they have taken so many bytes
 * each: 200 for two that take the same, hardly more than 100 where one takes
 * nearly all. */
struct shares {
    double sum;
    double squares;
};
void gc__pace_add_share(struct shares *shares, size_t bytes);
unsigned gc__pace_allocators(const struct shares *shares);

/* Sets the goal after a collection, or after a change of the settings. */
void gc__pace_set_goal(struct pace *pace);

/* Bytes that may be taken before the next collection.  Close to the limit it is
 * still some part of the heap, so that a program does not collect at every
 * step; the limit itself is kept by the allocator. */
size_t gc__pace_allowance(const struct pace *pace);

#endif
