/* SPDX-License-Identifier: MIT */
/* Part of gc.h: the beginning. */
#ifndef GC_PARTS_INIT_H
#define GC_PARTS_INIT_H

#ifdef __cplusplus
extern "C" {
#endif

/* The first allocation prepares the library as well, but without what GC_INIT()
 * sets.  May be called again. */
GC_API void GC_CALL GC_init(void);
GC_API int GC_CALL GC_is_init_called(void);
/* The program is about to end, and will not allocate again. */
GC_API void GC_CALL GC_deinit(void);

#ifdef __cplusplus
}
#endif

/* A program calls GC_INIT() in main(), before anything else of this.  It sets what
 * these macros say, if they were defined before this header:
 *
 *     GC_DONT_GC                     no collections
 *     GC_DONT_EXPAND                 GC_set_dont_expand(1)
 *     GC_FORCE_UNMAP_ON_GCOLLECT     GC_set_force_unmap_on_gcollect(1)
 *     GC_IGNORE_WARN                 no warnings
 *     GC_INITIAL_HEAP_SIZE           bytes, by GC_expand_hp()
 *     GC_ALLOCD_BYTES_PER_FINALIZER, GC_FREE_SPACE_DIVISOR, GC_FULL_FREQ,
 *     GC_MARKERS, GC_MAXIMUM_HEAP_SIZE, GC_MAX_RETRIES, GC_SIG_SUSPEND,
 *     GC_SIG_THR_RESTART, GC_TIME_LIMIT
 *                                    the value for the function of that name */

#ifdef GC_DONT_EXPAND
#define GC_INIT_CONF_DONT_EXPAND GC_set_dont_expand(1)
#else
#define GC_INIT_CONF_DONT_EXPAND
#endif

#ifdef GC_FORCE_UNMAP_ON_GCOLLECT
#define GC_INIT_CONF_FORCE_UNMAP_ON_GCOLLECT GC_set_force_unmap_on_gcollect(1)
#else
#define GC_INIT_CONF_FORCE_UNMAP_ON_GCOLLECT
#endif

/* GC_disable() would need the library to be prepared. */
#if defined(GC_DONT_GC)
#define GC_INIT_CONF_MAX_RETRIES (void)(GC_dont_gc = 1)
#elif defined(GC_MAX_RETRIES)
#define GC_INIT_CONF_MAX_RETRIES GC_set_max_retries(GC_MAX_RETRIES)
#else
#define GC_INIT_CONF_MAX_RETRIES
#endif

#ifdef GC_ALLOCD_BYTES_PER_FINALIZER
#define GC_INIT_CONF_ALLOCD_BYTES_PER_FINALIZER \
    GC_set_allocd_bytes_per_finalizer(GC_ALLOCD_BYTES_PER_FINALIZER)
#else
#define GC_INIT_CONF_ALLOCD_BYTES_PER_FINALIZER
#endif

#ifdef GC_FREE_SPACE_DIVISOR
#define GC_INIT_CONF_FREE_SPACE_DIVISOR \
    GC_set_free_space_divisor(GC_FREE_SPACE_DIVISOR)
#else
#define GC_INIT_CONF_FREE_SPACE_DIVISOR
#endif

#ifdef GC_FULL_FREQ
#define GC_INIT_CONF_FULL_FREQ GC_set_full_freq(GC_FULL_FREQ)
#else
#define GC_INIT_CONF_FULL_FREQ
#endif

#ifdef GC_TIME_LIMIT
#define GC_INIT_CONF_TIME_LIMIT GC_set_time_limit(GC_TIME_LIMIT)
#else
#define GC_INIT_CONF_TIME_LIMIT
#endif

#if defined(GC_MARKERS) && defined(GC_THREADS)
#define GC_INIT_CONF_MARKERS GC_set_markers_count(GC_MARKERS)
#else
#define GC_INIT_CONF_MARKERS
#endif

#if defined(GC_SIG_SUSPEND) && defined(GC_THREADS)
#define GC_INIT_CONF_SUSPEND_SIGNAL GC_set_suspend_signal(GC_SIG_SUSPEND)
#else
#define GC_INIT_CONF_SUSPEND_SIGNAL
#endif

#if defined(GC_SIG_THR_RESTART) && defined(GC_THREADS)
#define GC_INIT_CONF_THR_RESTART_SIGNAL \
    GC_set_thr_restart_signal(GC_SIG_THR_RESTART)
#else
#define GC_INIT_CONF_THR_RESTART_SIGNAL
#endif

#ifdef GC_MAXIMUM_HEAP_SIZE
#define GC_INIT_CONF_MAXIMUM_HEAP_SIZE \
    GC_set_max_heap_size(GC_MAXIMUM_HEAP_SIZE)
#else
#define GC_INIT_CONF_MAXIMUM_HEAP_SIZE
#endif

#ifdef GC_IGNORE_WARN
#define GC_INIT_CONF_IGNORE_WARN GC_set_warn_proc(GC_ignore_warn_proc)
#else
#define GC_INIT_CONF_IGNORE_WARN
#endif

#ifdef GC_INITIAL_HEAP_SIZE
#define GC_INIT_CONF_INITIAL_HEAP_SIZE                    \
    (void)(GC_get_heap_size() < (GC_INITIAL_HEAP_SIZE) && \
           GC_expand_hp((GC_INITIAL_HEAP_SIZE)-GC_get_heap_size()))
#else
#define GC_INIT_CONF_INITIAL_HEAP_SIZE
#endif

/* Static data are found without help here. */
#define GC_INIT_CONF_ROOTS

#define GC_INIT()                                \
    {                                            \
        GC_INIT_CONF_DONT_EXPAND;                \
        GC_INIT_CONF_FORCE_UNMAP_ON_GCOLLECT;    \
        GC_INIT_CONF_MAX_RETRIES;                \
        GC_INIT_CONF_ALLOCD_BYTES_PER_FINALIZER; \
        GC_INIT_CONF_FREE_SPACE_DIVISOR;         \
        GC_INIT_CONF_FULL_FREQ;                  \
        GC_INIT_CONF_TIME_LIMIT;                 \
        GC_INIT_CONF_MARKERS;                    \
        GC_INIT_CONF_SUSPEND_SIGNAL;             \
        GC_INIT_CONF_THR_RESTART_SIGNAL;         \
        GC_INIT_CONF_MAXIMUM_HEAP_SIZE;          \
        GC_init();                               \
        GC_INIT_CONF_ROOTS;                      \
        GC_INIT_CONF_IGNORE_WARN;                \
        GC_INIT_CONF_INITIAL_HEAP_SIZE;          \
    }

#endif
