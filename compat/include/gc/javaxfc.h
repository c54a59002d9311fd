/* SPDX-License-Identifier: MIT */
#ifndef GC_JAVAXFC_H
#define GC_JAVAXFC_H

/* What an implementation of Java needs besides. */

#include "gc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Calls all finalizers that are registered, those of reachable objects included;
 * at the end of a program. */
GC_API void GC_CALL GC_finalize_all(void);

#ifdef GC_THREADS

#ifndef GC_SUSPEND_THREAD_ID
#define GC_SUSPEND_THREAD_ID pthread_t
#endif

/* Stops a thread until it is resumed, whatever it is doing. */
GC_API void GC_CALL GC_suspend_thread(GC_SUSPEND_THREAD_ID);
GC_API void GC_CALL GC_resume_thread(GC_SUSPEND_THREAD_ID);
GC_API int GC_CALL GC_is_thread_suspended(GC_SUSPEND_THREAD_ID);

#endif

#ifdef __cplusplus
}
#endif

#endif
