/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_COMPAT_STATISTICS_H
#define TIDEMARK_COMPAT_STATISTICS_H

/* A collection has stopped the world, and it is over: what is counted, and the
 * line that GC_PRINT_STATS asks for. */
void gc__compat_count_begin(void);
void gc__compat_count_end(void);

/* The addresses between which all objects lie. */
void gc__compat_note_bounds(void);

#endif
