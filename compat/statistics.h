/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_COMPAT_STATISTICS_H
#define TIDEMARK_COMPAT_STATISTICS_H

/* A collection has stopped the world, has marked, and is over: what is counted, and
 * the line that GC_PRINT_STATS asks for. */
void gc__compat_count_begin(void);
void gc__compat_count_marked(void);
void gc__compat_count_end(void);

/* Brings GC_non_gc_bytes up to date; with the lock, or at the step of marking. */
void gc__compat_count_uncollectable(void);

/* The addresses between which all objects lie. */
void gc__compat_note_bounds(void);

#endif
