/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_COMPAT_FINALIZE_H
#define TIDEMARK_COMPAT_FINALIZE_H

/* Tells the core who calls finalizers, and whom to notify. */
void gc__compat_apply_finalizing(void);

/* The same after a data object may have been written to.  With the lock held. */
void gc__compat_read_finalizing(void);

/* After a collection: warns if an object will never be finalized. */
void gc__compat_warn_of_cycles(void);

/* See struct hooks. */
void gc__compat_tell_ready(void *object);

#endif
