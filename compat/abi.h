/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_COMPAT_ABI_H
#define TIDEMARK_COMPAT_ABI_H

/* What libgc.so.1 exports: names, types and sizes as programs that were compiled
 * for the Boehm-Demers-Weiser collector 8.2 expect them.  symbols.txt has the
 * list.
 *
 * The data objects are preemptible: a program that refers to one directly has a
 * copy of its own, and then that is what everybody reads and writes.  So nothing
 * here may reach them but by name. */

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

#define COMPAT_API __attribute__((visibility("default")))

typedef unsigned long GC_word;
typedef GC_word GC_descr;

struct GC_ms_entry;
struct GC_stack_base;
struct GC_prof_stats_s;
struct GC_finalizer_closure;

struct GC_timeval_s {
    unsigned long tv_ms;
    unsigned long tv_nsec;
};

typedef enum {
    GC_EVENT_START,
    GC_EVENT_MARK_START,
    GC_EVENT_MARK_END,
    GC_EVENT_RECLAIM_START,
    GC_EVENT_RECLAIM_END,
    GC_EVENT_END,
    GC_EVENT_PRE_STOP_WORLD,
    GC_EVENT_POST_STOP_WORLD,
    GC_EVENT_PRE_START_WORLD,
    GC_EVENT_POST_START_WORLD,
    GC_EVENT_THREAD_SUSPENDED,
    GC_EVENT_THREAD_UNSUSPENDED
} GC_EventType;

typedef enum {
    GC_TOGGLE_REF_DROP,
    GC_TOGGLE_REF_STRONG,
    GC_TOGGLE_REF_WEAK
} GC_ToggleRefStatus;

enum {
    GC_SUCCESS = 0,
    GC_DUPLICATE = 1,
    GC_NO_MEMORY = 2,
    GC_UNIMPLEMENTED = 3,
    GC_NOT_FOUND = 4,
};

typedef void *(*GC_oom_func)(size_t);
typedef void (*GC_on_heap_resize_proc)(GC_word);
typedef void (*GC_on_collection_event_proc)(GC_EventType);
typedef void (*GC_on_thread_event_proc)(GC_EventType, void *);
typedef void (*GC_start_callback_proc)(void);
typedef void (*GC_warn_proc)(char *, GC_word);
typedef void (*GC_abort_func)(const char *);
typedef int (*GC_stop_func)(void);
typedef void *(*GC_fn_type)(void *);
typedef void *(*GC_stack_base_func)(struct GC_stack_base *, void *);
typedef int (*GC_has_static_roots_func)(const char *, void *, size_t);
typedef void (*GC_push_other_roots_proc)(void);
typedef struct GC_ms_entry *(*GC_mark_proc)(GC_word *, struct GC_ms_entry *,
                                            struct GC_ms_entry *, GC_word);
typedef int (*GC_disclaim_proc)(void *);
typedef void (*GC_describe_type_fn)(void *, char *);
typedef void (*GC_reachable_object_proc)(void *, size_t, void *);
typedef void (*GC_finalization_proc)(void *, void *);
typedef void (*GC_finalizer_notifier_proc)(void);
typedef void (*GC_await_finalize_proc)(void *);
typedef GC_ToggleRefStatus (*GC_toggleref_func)(void *);

/* --------------------------------------------- initialisation, version */

COMPAT_API void GC_init(void);
COMPAT_API int GC_is_init_called(void);
COMPAT_API void GC_deinit(void);
COMPAT_API unsigned GC_get_version(void);

/* ---------------------------------------------------- basic allocation */

COMPAT_API void *GC_malloc(size_t);
COMPAT_API void *GC_malloc_atomic(size_t);
COMPAT_API void *GC_malloc_uncollectable(size_t);
COMPAT_API void *GC_malloc_atomic_uncollectable(size_t);
COMPAT_API void *GC_malloc_ignore_off_page(size_t);
COMPAT_API void *GC_malloc_atomic_ignore_off_page(size_t);
COMPAT_API void *GC_malloc_stubborn(size_t);
COMPAT_API char *GC_strdup(const char *);
COMPAT_API char *GC_strndup(const char *, size_t);
COMPAT_API void *GC_memalign(size_t, size_t);
COMPAT_API int GC_posix_memalign(void **, size_t, size_t);
COMPAT_API void *GC_realloc(void *, size_t);
COMPAT_API void GC_free(void *);

/* ----------------------------- batch / inline allocation, object kinds */

COMPAT_API void *GC_malloc_many(size_t);
COMPAT_API void *GC_generic_malloc(size_t, int);
COMPAT_API void GC_generic_malloc_many(size_t, int, void **);
COMPAT_API void *GC_generic_malloc_ignore_off_page(size_t, int);
COMPAT_API void *GC_generic_malloc_uncollectable(size_t, int);
COMPAT_API void *GC_generic_or_special_malloc(size_t, int);
COMPAT_API void *GC_malloc_kind(size_t, int);
COMPAT_API void *GC_malloc_kind_global(size_t, int);
COMPAT_API void **GC_new_free_list(void);
COMPAT_API void **GC_new_free_list_inner(void);
COMPAT_API unsigned GC_new_kind(void **, GC_word, int, int);
COMPAT_API unsigned GC_new_kind_inner(void **, GC_word, int, int);
COMPAT_API unsigned GC_new_proc(GC_mark_proc);
COMPAT_API unsigned GC_new_proc_inner(GC_mark_proc);
COMPAT_API int GC_get_kind_and_size(const void *, size_t *);
COMPAT_API void GC_register_describe_type_fn(int, GC_describe_type_fn);
COMPAT_API void GC_print_free_list(int, size_t);

/* ----------------------------------------- explicitly typed allocation */

COMPAT_API GC_descr GC_make_descriptor(const GC_word *, size_t);
COMPAT_API void *GC_malloc_explicitly_typed(size_t, GC_descr);
COMPAT_API void *GC_malloc_explicitly_typed_ignore_off_page(size_t, GC_descr);
COMPAT_API void *GC_calloc_explicitly_typed(size_t, size_t, GC_descr);

/* ---------------------------------- disclaim (sweep-time finalization) */

COMPAT_API void GC_init_finalized_malloc(void);
COMPAT_API void *GC_finalized_malloc(size_t,
                                     const struct GC_finalizer_closure *);
COMPAT_API void GC_register_disclaim_proc(int, GC_disclaim_proc, int);

/* --------------------------------------------------------- gcj support */

COMPAT_API void GC_init_gcj_malloc(int, void *);
COMPAT_API void *GC_gcj_malloc(size_t, void *);
COMPAT_API void *GC_gcj_malloc_ignore_off_page(size_t, void *);
COMPAT_API void *GC_debug_gcj_malloc(size_t, void *, const char *s, int i);

/* ---------------------------------------------------- debug allocation */

COMPAT_API void *GC_debug_malloc(size_t, const char *s, int i);
COMPAT_API void *GC_debug_malloc_atomic(size_t, const char *s, int i);
COMPAT_API void *GC_debug_malloc_uncollectable(size_t, const char *s, int i);
COMPAT_API void *GC_debug_malloc_atomic_uncollectable(size_t, const char *s,
                                                      int i);
COMPAT_API void *GC_debug_malloc_ignore_off_page(size_t, const char *s, int i);
COMPAT_API void *GC_debug_malloc_atomic_ignore_off_page(size_t, const char *s,
                                                        int i);
COMPAT_API void *GC_debug_malloc_stubborn(size_t, const char *s, int i);
COMPAT_API void *GC_debug_malloc_replacement(size_t);
COMPAT_API void *GC_debug_realloc(void *, size_t, const char *s, int i);
COMPAT_API void *GC_debug_realloc_replacement(void *, size_t);
COMPAT_API void GC_debug_free(void *);
COMPAT_API char *GC_debug_strdup(const char *, const char *s, int i);
COMPAT_API char *GC_debug_strndup(const char *, size_t, const char *s, int i);
COMPAT_API void *GC_debug_generic_or_special_malloc(size_t, int, const char *s,
                                                    int i);
COMPAT_API void GC_debug_register_displacement(size_t);
COMPAT_API void GC_debug_register_finalizer(void *, GC_finalization_proc,
                                            void *, GC_finalization_proc *,
                                            void **);
COMPAT_API void
GC_debug_register_finalizer_ignore_self(void *, GC_finalization_proc, void *,
                                        GC_finalization_proc *, void **);
COMPAT_API void
GC_debug_register_finalizer_no_order(void *, GC_finalization_proc, void *,
                                     GC_finalization_proc *, void **);
COMPAT_API void
GC_debug_register_finalizer_unreachable(void *, GC_finalization_proc, void *,
                                        GC_finalization_proc *, void **);
COMPAT_API void GC_debug_change_stubborn(const void *);
COMPAT_API void GC_debug_end_stubborn_change(const void *);
COMPAT_API void GC_debug_ptr_store_and_dirty(void *, const void *);
COMPAT_API size_t GC_get_debug_header_size(void);

/* ------------------------------------ object queries, pointer checking */

COMPAT_API void *GC_base(void *);
COMPAT_API size_t GC_size(const void *);
COMPAT_API int GC_is_heap_ptr(const void *);
COMPAT_API void *GC_is_visible(void *);
COMPAT_API void *GC_is_valid_displacement(void *);
COMPAT_API void *GC_same_obj(void *, void *);
COMPAT_API void *GC_pre_incr(void **, ptrdiff_t);
COMPAT_API void *GC_post_incr(void **, ptrdiff_t);
COMPAT_API void GC_register_displacement(size_t);
COMPAT_API void GC_enumerate_reachable_objects_inner(GC_reachable_object_proc,
                                                     void *);

/* -------------------------------------------------- collection control */

COMPAT_API void GC_gcollect(void);
COMPAT_API void GC_gcollect_and_unmap(void);
COMPAT_API int GC_try_to_collect(GC_stop_func);
COMPAT_API int GC_collect_a_little(void);
COMPAT_API void GC_enable(void);
COMPAT_API void GC_disable(void);
COMPAT_API int GC_is_disabled(void);
COMPAT_API void GC_set_stop_func(GC_stop_func);
COMPAT_API GC_stop_func GC_get_stop_func(void);
COMPAT_API void GC_set_disable_automatic_collection(int);
COMPAT_API int GC_get_disable_automatic_collection(void);

/* ------------------------------------- incremental mode, write barrier */

COMPAT_API void GC_enable_incremental(void);
COMPAT_API int GC_is_incremental_mode(void);
COMPAT_API int GC_incremental_protection_needs(void);
COMPAT_API void GC_start_incremental_collection(void);
COMPAT_API void GC_set_manual_vdb_allowed(int);
COMPAT_API int GC_get_manual_vdb_allowed(void);
COMPAT_API void GC_end_stubborn_change(const void *);
COMPAT_API void GC_change_stubborn(const void *);
COMPAT_API void GC_ptr_store_and_dirty(void *, const void *);
COMPAT_API void GC_set_time_limit(unsigned long);
COMPAT_API unsigned long GC_get_time_limit(void);
COMPAT_API void GC_set_time_limit_tv(struct GC_timeval_s);
COMPAT_API struct GC_timeval_s GC_get_time_limit_tv(void);
COMPAT_API void GC_set_full_freq(int);
COMPAT_API int GC_get_full_freq(void);
COMPAT_API void GC_set_rate(int);
COMPAT_API int GC_get_rate(void);
COMPAT_API void GC_set_max_prior_attempts(int);
COMPAT_API int GC_get_max_prior_attempts(void);

/* ---------------------------------------------- heap sizing and tuning */

COMPAT_API int GC_expand_hp(size_t);
COMPAT_API void GC_set_max_heap_size(GC_word);
COMPAT_API void GC_set_free_space_divisor(GC_word);
COMPAT_API GC_word GC_get_free_space_divisor(void);
COMPAT_API void GC_set_dont_expand(int);
COMPAT_API int GC_get_dont_expand(void);
COMPAT_API void GC_set_max_retries(GC_word);
COMPAT_API GC_word GC_get_max_retries(void);
COMPAT_API void GC_set_min_bytes_allocd(size_t);
COMPAT_API size_t GC_get_min_bytes_allocd(void);
COMPAT_API void GC_set_allocd_bytes_per_finalizer(GC_word);
COMPAT_API GC_word GC_get_allocd_bytes_per_finalizer(void);
COMPAT_API void GC_set_non_gc_bytes(GC_word);
COMPAT_API GC_word GC_get_non_gc_bytes(void);
COMPAT_API void GC_set_force_unmap_on_gcollect(int);
COMPAT_API int GC_get_force_unmap_on_gcollect(void);
COMPAT_API void GC_set_pages_executable(int);
COMPAT_API int GC_get_pages_executable(void);
COMPAT_API void GC_set_dont_precollect(int);
COMPAT_API int GC_get_dont_precollect(void);

/* ---------------------------------------------------------- statistics */

COMPAT_API size_t GC_get_heap_size(void);
COMPAT_API size_t GC_get_free_bytes(void);
COMPAT_API size_t GC_get_unmapped_bytes(void);
COMPAT_API size_t GC_get_bytes_since_gc(void);
COMPAT_API size_t GC_get_expl_freed_bytes_since_gc(void);
COMPAT_API size_t GC_get_total_bytes(void);
COMPAT_API size_t GC_get_obtained_from_os_bytes(void);
COMPAT_API void GC_get_heap_usage_safe(GC_word *, GC_word *, GC_word *,
                                       GC_word *, GC_word *);
COMPAT_API size_t GC_get_prof_stats(struct GC_prof_stats_s *, size_t);
COMPAT_API size_t GC_get_prof_stats_unsafe(struct GC_prof_stats_s *, size_t);
COMPAT_API size_t GC_get_memory_use(void);
COMPAT_API size_t GC_get_size_map_at(int i);
COMPAT_API GC_word GC_get_gc_no(void);
COMPAT_API void GC_start_performance_measurement(void);
COMPAT_API unsigned long GC_get_full_gc_total_time(void);

/* --------------------------------------------------------------- roots */

COMPAT_API void GC_add_roots(void *, void *);
COMPAT_API void GC_remove_roots(void *, void *);
COMPAT_API void GC_clear_roots(void);
COMPAT_API void GC_exclude_static_roots(void *, void *);
COMPAT_API void GC_clear_exclusion_table(void);
COMPAT_API int GC_is_tmp_root(void *);
COMPAT_API void GC_set_no_dls(int);
COMPAT_API int GC_get_no_dls(void);
COMPAT_API void GC_register_has_static_roots_callback(GC_has_static_roots_func);
COMPAT_API void GC_set_all_interior_pointers(int);
COMPAT_API int GC_get_all_interior_pointers(void);

/* --------------------------------------------------- marking interface */

COMPAT_API struct GC_ms_entry *GC_mark_and_push(void *, struct GC_ms_entry *,
                                                struct GC_ms_entry *, void **);
COMPAT_API void GC_push_all(void *, void *);
COMPAT_API void GC_push_all_eager(void *, void *);
COMPAT_API void GC_push_conditional(void *, void *, int);
COMPAT_API void GC_push_finalizer_structures(void);
COMPAT_API void GC_set_push_other_roots(GC_push_other_roots_proc);
COMPAT_API GC_push_other_roots_proc GC_get_push_other_roots(void);
COMPAT_API int GC_is_marked(const void *);
COMPAT_API void GC_set_mark_bit(const void *);
COMPAT_API void GC_clear_mark_bit(const void *);
COMPAT_API void *GC_clear_stack(void *);
COMPAT_API void GC_noop1(GC_word);

/* -------------------------------------------------------- finalization */

COMPAT_API void GC_register_finalizer(void *, GC_finalization_proc, void *,
                                      GC_finalization_proc *, void **);
COMPAT_API void GC_register_finalizer_ignore_self(void *, GC_finalization_proc,
                                                  void *,
                                                  GC_finalization_proc *,
                                                  void **);
COMPAT_API void GC_register_finalizer_no_order(void *, GC_finalization_proc,
                                               void *, GC_finalization_proc *,
                                               void **);
COMPAT_API void GC_register_finalizer_unreachable(void *, GC_finalization_proc,
                                                  void *,
                                                  GC_finalization_proc *,
                                                  void **);
COMPAT_API int GC_invoke_finalizers(void);
COMPAT_API int GC_should_invoke_finalizers(void);
COMPAT_API void GC_finalize_all(void);
COMPAT_API void GC_set_finalize_on_demand(int);
COMPAT_API int GC_get_finalize_on_demand(void);
COMPAT_API void GC_set_java_finalization(int);
COMPAT_API int GC_get_java_finalization(void);
COMPAT_API void GC_set_finalizer_notifier(GC_finalizer_notifier_proc);
COMPAT_API GC_finalizer_notifier_proc GC_get_finalizer_notifier(void);
COMPAT_API void GC_set_await_finalize_proc(GC_await_finalize_proc);
COMPAT_API GC_await_finalize_proc GC_get_await_finalize_proc(void);

/* ------------------------------------- disappearing links, toggle-refs */

COMPAT_API int GC_register_disappearing_link(void **);
COMPAT_API int GC_general_register_disappearing_link(void **, const void *);
COMPAT_API int GC_unregister_disappearing_link(void **);
COMPAT_API int GC_move_disappearing_link(void **, void **);
COMPAT_API int GC_register_long_link(void **, const void *);
COMPAT_API int GC_unregister_long_link(void **);
COMPAT_API int GC_move_long_link(void **, void **);
COMPAT_API int GC_toggleref_add(void *, int);
COMPAT_API void GC_set_toggleref_func(GC_toggleref_func);
COMPAT_API GC_toggleref_func GC_get_toggleref_func(void);

/* ----------------------------------------------------- allocation lock */

COMPAT_API void *GC_call_with_alloc_lock(GC_fn_type, void *);
COMPAT_API void GC_alloc_lock(void);
COMPAT_API void GC_alloc_unlock(void);

/* -------------------------------------------------- threads and stacks */

COMPAT_API void GC_allow_register_threads(void);
COMPAT_API int GC_register_my_thread(const struct GC_stack_base *);
COMPAT_API int GC_unregister_my_thread(void);
COMPAT_API int GC_thread_is_registered(void);
COMPAT_API int GC_get_stack_base(struct GC_stack_base *);
COMPAT_API void *GC_call_with_stack_base(GC_stack_base_func, void *);
COMPAT_API void *GC_get_my_stackbottom(struct GC_stack_base *);
COMPAT_API void GC_set_stackbottom(void *, const struct GC_stack_base *);
COMPAT_API void GC_register_altstack(void *, GC_word, void *, GC_word);
COMPAT_API void *GC_do_blocking(GC_fn_type, void *);
COMPAT_API void *GC_call_with_gc_active(GC_fn_type, void *);
COMPAT_API void GC_start_mark_threads(void);
COMPAT_API void GC_set_markers_count(unsigned);
COMPAT_API int GC_get_parallel(void);
COMPAT_API void GC_set_suspend_signal(int);
COMPAT_API int GC_get_suspend_signal(void);
COMPAT_API void GC_set_thr_restart_signal(int);
COMPAT_API int GC_get_thr_restart_signal(void);
COMPAT_API void GC_suspend_thread(pthread_t);
COMPAT_API void GC_resume_thread(pthread_t);
COMPAT_API int GC_is_thread_suspended(pthread_t);
COMPAT_API void GC_stop_world_external(void);
COMPAT_API void GC_start_world_external(void);

/* ------------------------- thread function wrappers (header redirects) */

COMPAT_API int GC_pthread_create(pthread_t *, const pthread_attr_t *,
                                 void *(*)(void *), void *);
COMPAT_API int GC_pthread_join(pthread_t, void **);
COMPAT_API int GC_pthread_detach(pthread_t);
COMPAT_API void GC_pthread_exit(void *);
COMPAT_API int GC_pthread_cancel(pthread_t);
COMPAT_API int GC_pthread_sigmask(int, const sigset_t *, sigset_t *);
COMPAT_API void *GC_dlopen(const char *, int);

/* ---------------------------------------------------------------- fork */

COMPAT_API void GC_set_handle_fork(int);
COMPAT_API void GC_atfork_prepare(void);
COMPAT_API void GC_atfork_parent(void);
COMPAT_API void GC_atfork_child(void);

/* ------------------------------------------ callbacks, errors, logging */

COMPAT_API void GC_set_oom_fn(GC_oom_func);
COMPAT_API GC_oom_func GC_get_oom_fn(void);
COMPAT_API void GC_set_start_callback(GC_start_callback_proc);
COMPAT_API GC_start_callback_proc GC_get_start_callback(void);
COMPAT_API void GC_set_on_collection_event(GC_on_collection_event_proc);
COMPAT_API GC_on_collection_event_proc GC_get_on_collection_event(void);
COMPAT_API void GC_set_on_thread_event(GC_on_thread_event_proc);
COMPAT_API GC_on_thread_event_proc GC_get_on_thread_event(void);
COMPAT_API void GC_set_on_heap_resize(GC_on_heap_resize_proc);
COMPAT_API GC_on_heap_resize_proc GC_get_on_heap_resize(void);
COMPAT_API void GC_set_warn_proc(GC_warn_proc);
COMPAT_API GC_warn_proc GC_get_warn_proc(void);
COMPAT_API void GC_ignore_warn_proc(char *, GC_word);
COMPAT_API void GC_set_abort_func(GC_abort_func);
COMPAT_API GC_abort_func GC_get_abort_func(void);
COMPAT_API void GC_abort_on_oom(void);
COMPAT_API void GC_set_log_fd(int);
COMPAT_API void GC_set_find_leak(int);
COMPAT_API int GC_get_find_leak(void);

/* --------------------------------------------------------------- dumps */

COMPAT_API void GC_dump(void);
COMPAT_API void GC_dump_named(const char *);
COMPAT_API void GC_dump_regions(void);
COMPAT_API void GC_dump_finalization(void);

/* -------------------------------------------------------- internal exports */

COMPAT_API void GC_printf(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
COMPAT_API void GC_err_printf(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
COMPAT_API void GC_log_printf(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
COMPAT_API void GC_incr_bytes_allocd(size_t bytes);
COMPAT_API void GC_incr_bytes_freed(size_t bytes);

/* ------------------------------------------------------------ data objects */

extern COMPAT_API int GC_all_interior_pointers;
extern COMPAT_API const size_t GC_debug_header_size;
extern COMPAT_API int GC_dont_expand;
extern COMPAT_API int GC_dont_gc;
extern COMPAT_API int GC_dont_precollect;
extern COMPAT_API int GC_finalize_on_demand;
extern COMPAT_API GC_finalizer_notifier_proc GC_finalizer_notifier;
extern COMPAT_API int GC_find_leak;
extern COMPAT_API GC_word GC_free_space_divisor;
extern COMPAT_API int GC_full_freq;
extern COMPAT_API GC_word GC_gc_no;
extern COMPAT_API int GC_gcj_debug_kind;
extern COMPAT_API int GC_gcj_kind;
extern COMPAT_API void *GC_greatest_plausible_heap_addr;
extern COMPAT_API void (*GC_is_valid_displacement_print_proc)(void *);
extern COMPAT_API void (*GC_is_visible_print_proc)(void *);
extern COMPAT_API int GC_java_finalization;
extern COMPAT_API void *GC_least_plausible_heap_addr;
extern COMPAT_API GC_word GC_max_retries;
extern COMPAT_API int GC_no_dls;
extern COMPAT_API GC_word GC_non_gc_bytes;
extern COMPAT_API GC_on_heap_resize_proc GC_on_heap_resize;
extern COMPAT_API GC_oom_func GC_oom_fn;
extern COMPAT_API int GC_parallel;
extern COMPAT_API void (*GC_same_obj_print_proc)(void *, void *);
extern COMPAT_API char *GC_stackbottom;
extern COMPAT_API unsigned long GC_time_limit;
extern COMPAT_API int GC_use_entire_heap;

extern COMPAT_API void **const GC_objfreelist_ptr;
extern COMPAT_API void **const GC_aobjfreelist_ptr;
extern COMPAT_API void **const GC_uobjfreelist_ptr;
extern COMPAT_API void **const GC_auobjfreelist_ptr;
extern COMPAT_API GC_push_other_roots_proc GC_push_other_roots;
extern COMPAT_API GC_abort_func GC_on_abort;

#endif
