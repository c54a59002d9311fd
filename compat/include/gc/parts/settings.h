/* SPDX-License-Identifier: MIT */
/* Part of gc.h: what a program can set, and what it is called back for. */
#ifndef GC_PARTS_SETTINGS_H
#define GC_PARTS_SETTINGS_H

#ifdef __cplusplus
extern "C" {
#endif

/* Many settings are a variable and two functions.  The variables are from times
 * without the functions; programs still read and write them, so they count. */

/* -- Set before GC_INIT() */

/* Pointers into the middle of an object keep it alive, wherever they are (1), or
 * only in registers and stacks (0). */
GC_API GC_ATTR_DEPRECATED int GC_all_interior_pointers;
GC_API void GC_CALL GC_set_all_interior_pointers(int);
GC_API int GC_CALL GC_get_all_interior_pointers(void);

/* Collect nothing, but report what could have been and was not freed. */
GC_API GC_ATTR_DEPRECATED int GC_find_leak;
GC_API void GC_CALL GC_set_find_leak(int);
GC_API int GC_CALL GC_get_find_leak(void);

/* Do without the collection that comes before the heap's first growth. */
GC_API GC_ATTR_DEPRECATED int GC_dont_precollect;
GC_API void GC_CALL GC_set_dont_precollect(int);
GC_API int GC_CALL GC_get_dont_precollect(void);

/* Objects may hold code that is executed. */
GC_API void GC_CALL GC_set_pages_executable(int);
GC_API int GC_CALL GC_get_pages_executable(void);

/* Handle fork() with pthread_atfork() (1), do not (0), or let the program call
 * the three functions around its fork() (-1). */
GC_API void GC_CALL GC_set_handle_fork(int);
GC_API void GC_CALL GC_atfork_prepare(void);
GC_API void GC_CALL GC_atfork_parent(void);
GC_API void GC_CALL GC_atfork_child(void);

/* -- Set at any time */

/* No static data are roots, those of libraries that come later included. */
GC_API GC_ATTR_DEPRECATED int GC_no_dls;
GC_API void GC_CALL GC_set_no_dls(int);
GC_API int GC_CALL GC_get_no_dls(void);

/* Where the stack of the main thread begins: its highest address. */
GC_API GC_ATTR_DEPRECATED char *GC_stackbottom;

/* A count: collections are off while it is not 0.  See GC_disable(). */
#ifdef GC_DONT_GC
GC_API int GC_dont_gc;
#else
GC_API GC_ATTR_DEPRECATED int GC_dont_gc;
#endif

/* Collect only when the program asks for it, or when memory is short. */
GC_API void GC_CALL GC_set_disable_automatic_collection(int);
GC_API int GC_CALL GC_get_disable_automatic_collection(void);

/* Let the heap grow only by GC_expand_hp(). */
GC_API GC_ATTR_DEPRECATED int GC_dont_expand;
GC_API void GC_CALL GC_set_dont_expand(int);
GC_API int GC_CALL GC_get_dont_expand(void);

/* Use up the heap before a collection. */
GC_API GC_ATTR_DEPRECATED int GC_use_entire_heap;

/* A collection comes after about a heap's size divided by this was allocated. */
GC_API GC_ATTR_DEPRECATED GC_word GC_free_space_divisor;
GC_API void GC_CALL GC_set_free_space_divisor(GC_word);
GC_API GC_word GC_CALL GC_get_free_space_divisor(void);

/* The least that is allocated between two collections, in bytes. */
GC_API void GC_CALL GC_set_min_bytes_allocd(size_t);
GC_API size_t GC_CALL GC_get_min_bytes_allocd(void);

/* How many bytes one finalizer that is registered counts as. */
GC_API void GC_CALL GC_set_allocd_bytes_per_finalizer(GC_word);
GC_API GC_word GC_CALL GC_get_allocd_bytes_per_finalizer(void);

/* Bytes that the program frees by itself, and that pacing leaves out. */
GC_API GC_ATTR_DEPRECATED GC_word GC_non_gc_bytes;
GC_API void GC_CALL GC_set_non_gc_bytes(GC_word);
GC_API GC_word GC_CALL GC_get_non_gc_bytes(void);

/* How often to collect again before memory is said to be short. */
GC_API GC_ATTR_DEPRECATED GC_word GC_max_retries;
GC_API void GC_CALL GC_set_max_retries(GC_word);
GC_API GC_word GC_CALL GC_get_max_retries(void);

/* Partial collections between two full ones. */
GC_API GC_ATTR_DEPRECATED int GC_full_freq;
GC_API void GC_CALL GC_set_full_freq(int);
GC_API int GC_CALL GC_get_full_freq(void);

/* How long a step of an incremental collection may take, in milliseconds, and in
 * nanoseconds besides. */
#define GC_TIME_UNLIMITED 999999
GC_API GC_ATTR_DEPRECATED unsigned long GC_time_limit;
GC_API void GC_CALL GC_set_time_limit(unsigned long);
GC_API unsigned long GC_CALL GC_get_time_limit(void);
struct GC_timeval_s {
    unsigned long tv_ms;
    unsigned long tv_nsec;
};
GC_API void GC_CALL GC_set_time_limit_tv(struct GC_timeval_s);
GC_API struct GC_timeval_s GC_CALL GC_get_time_limit_tv(void);

/* How much such a step does, and how often it is tried before the world stops. */
GC_API void GC_CALL GC_set_rate(int);
GC_API int GC_CALL GC_get_rate(void);
GC_API void GC_CALL GC_set_max_prior_attempts(int);
GC_API int GC_CALL GC_get_max_prior_attempts(void);

/* GC_gcollect() gives as much as possible back to the system. */
GC_API void GC_CALL GC_set_force_unmap_on_gcollect(int);
GC_API int GC_CALL GC_get_force_unmap_on_gcollect(void);

/* Grows the heap by that many bytes; whether it could. */
GC_API int GC_CALL GC_expand_hp(size_t);
/* The heap grows to this size, and no further; 0 for no limit. */
GC_API void GC_CALL GC_set_max_heap_size(GC_word);

/* -- Called back */

/* There is no memory for so many bytes: what the allocation shall return.  May
 * also not return, by an exception or longjmp(). */
typedef void *(GC_CALLBACK *GC_oom_func)(size_t);
GC_API GC_ATTR_DEPRECATED GC_oom_func GC_oom_fn;
GC_API void GC_CALL GC_set_oom_fn(GC_oom_func) GC_ATTR_NONNULL(1);
GC_API GC_oom_func GC_CALL GC_get_oom_fn(void);
/* Says so, and ends the program. */
GC_API void GC_CALL GC_abort_on_oom(void);

/* The heap has that size now.  No lock may be taken, nothing allocated. */
typedef void(GC_CALLBACK *GC_on_heap_resize_proc)(GC_word);
GC_API GC_ATTR_DEPRECATED GC_on_heap_resize_proc GC_on_heap_resize;
GC_API void GC_CALL GC_set_on_heap_resize(GC_on_heap_resize_proc);
GC_API GC_on_heap_resize_proc GC_CALL GC_get_on_heap_resize(void);

/* A collection has come to that point; the two last ones are of threads.  No lock
 * may be taken, nothing allocated. */
typedef enum {
    GC_EVENT_START = 0,
    GC_EVENT_MARK_START = 1,
    GC_EVENT_MARK_END = 2,
    GC_EVENT_RECLAIM_START = 3,
    GC_EVENT_RECLAIM_END = 4,
    GC_EVENT_END = 5,
    GC_EVENT_PRE_STOP_WORLD = 6,
    GC_EVENT_POST_STOP_WORLD = 7,
    GC_EVENT_PRE_START_WORLD = 8,
    GC_EVENT_POST_START_WORLD = 9,
    GC_EVENT_THREAD_SUSPENDED = 10,
    GC_EVENT_THREAD_UNSUSPENDED = 11
} GC_EventType;
typedef void(GC_CALLBACK *GC_on_collection_event_proc)(GC_EventType);
GC_API void GC_CALL GC_set_on_collection_event(GC_on_collection_event_proc);
GC_API GC_on_collection_event_proc GC_CALL GC_get_on_collection_event(void);
#ifdef GC_THREADS
typedef void(GC_CALLBACK *GC_on_thread_event_proc)(GC_EventType, void *);
GC_API void GC_CALL GC_set_on_thread_event(GC_on_thread_event_proc);
GC_API GC_on_thread_event_proc GC_CALL GC_get_on_thread_event(void);
#endif

/* Something is odd: a format with at most one word in it, which lives as long as
 * the program, and that word.  GC_ignore_warn_proc says nothing. */
typedef void(GC_CALLBACK *GC_warn_proc)(char *, GC_word);
GC_API void GC_CALL GC_set_warn_proc(GC_warn_proc) GC_ATTR_NONNULL(1);
GC_API GC_warn_proc GC_CALL GC_get_warn_proc(void);
GC_API void GC_CALLBACK GC_ignore_warn_proc(char *, GC_word);

/* The program is going to end, for this reason; NULL without one. */
typedef void(GC_CALLBACK *GC_abort_func)(const char *);
GC_API void GC_CALL GC_set_abort_func(GC_abort_func) GC_ATTR_NONNULL(1);
GC_API GC_abort_func GC_CALL GC_get_abort_func(void);

/* Where the log goes: a file descriptor. */
GC_API void GC_CALL GC_set_log_fd(int);

#ifdef __cplusplus
}
#endif

#endif
