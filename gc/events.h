/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_EVENTS_H
#define TIDEMARK_GC_EVENTS_H

/* What a collection tells about itself when it is over: one record, which the
 * statistics add up and the trace prints. */

#include <stddef.h>
#include <stdint.h>

enum cause {
    CAUSE_GOAL,   /* the allowance is used up */
    CAUSE_MEMORY, /* an allocation failed */
    CAUSE_CALL,   /* GC_collect() */
    CAUSE_STRESS,
};

struct collection_event {
    size_t number; /* 1 for the first of the program */
    enum cause cause;
    uint64_t start_ns;  /* since the trace was turned on */
    uint64_t list_ns;   /* listing the roots; the program is not stopped */
    uint64_t stop_ns;   /* until all other threads stood still */
    uint64_t settle_ns; /* sweeping the rest, giving runs back */
    uint64_t roots_ns;  /* marking from registers, stack and static data */
    uint64_t mark_ns;   /* marking from all other roots, and draining */
    uint64_t pause_ns;  /* all in which the program stood still */
    size_t before_bytes;
    size_t after_bytes;
    size_t goal_bytes;
    size_t live_objects;
    size_t mark_stack_overflows; /* in this collection */
    size_t threads;              /* that were stopped, and the collecting one */
    size_t markers;              /* threads that marked or could have */
};

struct totals {
    size_t collections;
    size_t mark_stack_overflows;
    uint64_t pause_total_ns;
    uint64_t pause_max_ns;
    uint64_t pause_last_ns;
};

void gc__totals_add(struct totals *totals,
                    const struct collection_event *event);

/* Prints the event as one line on standard error:
 *
 *   tidemark gc=3 cause=goal time_ms=1204.331 pause_ms=2.310 list_ms=0.021
 *   stop_ms=0.004 roots_ms=0.102 mark_ms=2.204 before=16777216 after=5242880
 *   goal=16777216 objects=81920 overflows=0 resident=23068672 settle_ms=0.017
 *   threads=1 markers=1
 *
 * (one line; bytes where no unit is given).  New keys may be added at its end.
 */
void gc__trace(const struct collection_event *event);

#endif
