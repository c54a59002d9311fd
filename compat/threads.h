/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_COMPAT_THREADS_H
#define TIDEMARK_COMPAT_THREADS_H

#include <pthread.h>
#include <stdbool.h>

/* What GC_init does for threads: before the core is prepared nothing is needed,
 * and after it this. */
void gc__compat_prepare_threads(void);

/* Parts of it. */
void gc__compat_prepare_signals(void);
void gc__compat_prepare_markers(void);
void gc__compat_prepare_wrappers(void);

/* Whether a thread of GC_pthread_create() is suspended, which it may be called when
 * it has ended already, until it is joined. */
void gc__compat_note_suspended(pthread_t thread, bool is_suspended);
bool gc__compat_is_noted_suspended(pthread_t thread);

/* There may be a second thread from now on. */
void gc__compat_expect_threads(void);

#endif
