/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_COMPAT_THREADS_H
#define TIDEMARK_COMPAT_THREADS_H

/* What GC_init does for threads: before the core is prepared nothing is needed,
 * and after it this. */
void gc__compat_prepare_threads(void);

/* Parts of it. */
void gc__compat_prepare_signals(void);
void gc__compat_prepare_markers(void);
void gc__compat_prepare_wrappers(void);

/* There may be a second thread from now on. */
void gc__compat_expect_threads(void);

#endif
