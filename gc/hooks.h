/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_HOOKS_H
#define TIDEMARK_GC_HOOKS_H

/* What a library that gives the collector another face hangs into it: one
 * constant table for the process.  A NULL entry stands for what the collector
 * does by itself.
 *
 * The pointers to settings are read at each collection, since programs write to
 * them at any time. */

#include <stdbool.h>
#include <stddef.h>

struct hooks {
    const int *disabled;   /* > 0: no collection, the heap grows instead */
    const int *skips_data; /* not 0: loaded data is not looked at */
};

#endif
