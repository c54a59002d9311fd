/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_COMPAT_FINALIZE_H
#define TIDEMARK_COMPAT_FINALIZE_H

/* Tells the core who calls finalizers, and whom to notify. */
void gc__compat_apply_finalizing(void);

/* The same after a data object may have been written to.  With the lock held. */
void gc__compat_read_finalizing(void);

/* Toggle references, as a collection begins, and while it marks roots. */
void gc__compat_ask_toggles(void);
void gc__compat_mark_toggles(void);

/* See struct hooks. */
void gc__compat_tell_ready(void *object);

#endif
