/* SPDX-License-Identifier: MIT */
/* Part of gc.h: threads and their stacks. */
#ifndef GC_PARTS_THREADS_H
#define GC_PARTS_THREADS_H

#ifdef __cplusplus
extern "C" {
#endif

/* The end of a stack from which it grows: its highest address. */
struct GC_stack_base {
    void *mem_base;
};

/* That of the calling thread: GC_SUCCESS, or GC_UNIMPLEMENTED. */
GC_API int GC_CALL GC_get_stack_base(struct GC_stack_base *) GC_ATTR_NONNULL(1);
/* Calls the function with it, or with an address that is high enough for what
 * the function calls. */
typedef void *(GC_CALLBACK *GC_stack_base_func)(struct GC_stack_base *, void *);
GC_API void *GC_CALL GC_call_with_stack_base(GC_stack_base_func, void *)
    GC_ATTR_NONNULL(1);

/* What the collector takes for it; its handle of the thread is returned. */
GC_API void *GC_CALL GC_get_my_stackbottom(struct GC_stack_base *)
    GC_ATTR_NONNULL(1);
/* Sets it, with such a handle, for a coroutine: under the lock.  NULL is the
 * calling thread. */
GC_API void GC_CALL GC_set_stackbottom(void *, const struct GC_stack_base *)
    GC_ATTR_NONNULL(2);

/* Calls a function that does not touch the heap and may take long: collections
 * do not wait for it. */
GC_API void *GC_CALL GC_do_blocking(GC_fn_type, void *) GC_ATTR_NONNULL(1);
/* From within such a function, calls one that does touch the heap. */
GC_API void *GC_CALL GC_call_with_gc_active(GC_fn_type, void *)
    GC_ATTR_NONNULL(1);

/* Starts the threads that help marking; otherwise the first thread that the
 * program creates does so. */
GC_API void GC_CALL GC_start_mark_threads(void);

#ifdef GC_THREADS

/* How many help.  The variable is read-only. */
GC_API GC_ATTR_DEPRECATED int GC_parallel;
GC_API int GC_CALL GC_get_parallel(void);
/* How many shall mark, before GC_INIT(): those that help, and one; 0 lets the
 * collector decide. */
GC_API void GC_CALL GC_set_markers_count(unsigned);

/* The signals that stop a thread and let it go on; -1 for none. */
GC_API void GC_CALL GC_set_suspend_signal(int);
GC_API int GC_CALL GC_get_suspend_signal(void);
GC_API void GC_CALL GC_set_thr_restart_signal(int);
GC_API int GC_CALL GC_get_thr_restart_signal(void);

/* A thread that was not created by GC_pthread_create() registers before it uses
 * the heap, and says when it no longer does.  The first call, in a thread that is
 * registered, allows the others. */
GC_API void GC_CALL GC_allow_register_threads(void);
GC_API int GC_CALL GC_register_my_thread(const struct GC_stack_base *)
    GC_ATTR_NONNULL(1);
GC_API int GC_CALL GC_unregister_my_thread(void);
GC_API int GC_CALL GC_thread_is_registered(void);

/* Two stacks of the calling thread: (stack, bytes, signal stack, bytes). */
GC_API void GC_CALL GC_register_altstack(void *, GC_word, void *, GC_word);

/* Stops all other threads, and lets them go on. */
GC_API void GC_CALL GC_stop_world_external(void);
GC_API void GC_CALL GC_start_world_external(void);

#endif

#ifdef __cplusplus
}
#endif

#ifdef GC_PTHREADS
#include "../gc_pthread_redirects.h"
#endif

#endif
