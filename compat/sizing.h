/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_COMPAT_SIZING_H
#define TIDEMARK_COMPAT_SIZING_H

#include <stddef.h>

/* Has the heap begin with more room, if nobody has set how much. */
void gc__compat_raise_floor(void);

/* Tells the core what was set before it was prepared. */
void gc__compat_apply_sizes(void);

/* Tells it if a data object has been written to.  With the heap's lock. */
void gc__compat_read_growth(void);

/* What the heap counts as at least, since the program has asked for so much. */
size_t gc__compat_expanded_bytes(void);

#endif
