/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_STACK_BOUNDS_H
#define TIDEMARK_PLATFORM_STACK_BOUNDS_H

#include <stdbool.h>

#include "base/word.h"

struct stack_bounds {
    struct range stack; /* it began at the high end: scan it from the stack
                           pointer to there */
    bool grows;         /* the main thread's: the low end is not known, but the
                           stack reaches down to `low` at least */
};

/* Finds the calling thread's stack: its own one, whichever it runs on.
 *
 * Returns false, leaving *bounds alone, if the platform will not say.
 *
 * May allocate and may read files: call it once for a thread, with no lock
 * held, and keep the answer; never while the world is stopped. */
bool gc__stack_bounds(struct stack_bounds *bounds);

#endif
