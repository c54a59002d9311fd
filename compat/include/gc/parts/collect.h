/* SPDX-License-Identifier: MIT */
/* Part of gc.h: collections, roots, and numbers about them. */
#ifndef GC_PARTS_COLLECT_H
#define GC_PARTS_COLLECT_H

#ifdef __cplusplus
extern "C" {
#endif

/* -- Collections */

/* Collects now, all of the heap, while the other threads stand still. */
GC_API void GC_CALL GC_gcollect(void);
/* The same, and what is free goes back to the system. */
GC_API void GC_CALL GC_gcollect_and_unmap(void);

/* Collects unless the function, which is asked now and then while it does, wants
 * otherwise.  Whether the collection was completed. */
typedef int(GC_CALLBACK *GC_stop_func)(void);
GC_API int GC_CALL GC_try_to_collect(GC_stop_func) GC_ATTR_NONNULL(1);
/* The function for all other collections. */
GC_API void GC_CALL GC_set_stop_func(GC_stop_func) GC_ATTR_NONNULL(1);
GC_API GC_stop_func GC_CALL GC_get_stop_func(void);

/* Does some of the work of a collection, if there is reason for one; whether
 * some is left. */
GC_API int GC_CALL GC_collect_a_little(void);

/* No collections from here to there.  These nest. */
GC_API void GC_CALL GC_disable(void);
GC_API void GC_CALL GC_enable(void);
GC_API int GC_CALL GC_is_disabled(void);

/* -- Incremental collection, in small steps.  Where the library does not have it,
 * these keep what they are told, and collections go on as before. */

GC_API void GC_CALL GC_enable_incremental(void);
GC_API int GC_CALL GC_is_incremental_mode(void);
GC_API void GC_CALL GC_start_incremental_collection(void);

/* What an incremental collector may write-protect: a sum of these. */
#define GC_PROTECTS_NONE         0
#define GC_PROTECTS_POINTER_HEAP 1
#define GC_PROTECTS_PTRFREE_HEAP 2
#define GC_PROTECTS_STATIC_DATA  4
#define GC_PROTECTS_STACK        8
GC_API int GC_CALL GC_incremental_protection_needs(void);

/* A program that tells each store of a pointer into the heap needs no protected
 * pages: it calls one of these. */
GC_API void GC_CALL GC_set_manual_vdb_allowed(int);
GC_API int GC_CALL GC_get_manual_vdb_allowed(void);
/* After the object was changed. */
GC_API void GC_CALL GC_end_stubborn_change(const void *) GC_ATTR_NONNULL(1);
GC_API void GC_CALL GC_debug_end_stubborn_change(const void *)
    GC_ATTR_NONNULL(1);
/* GC_ptr_store_and_dirty(place, pointer): stores, and tells. */
GC_API void GC_CALL GC_ptr_store_and_dirty(void *, const void *);
GC_API void GC_CALL GC_debug_ptr_store_and_dirty(void *, const void *);

/* -- Roots: where the search for pointers begins.  Registers, stacks and static
 * data are roots without a call. */

/* From the first address up to, without, the second. */
GC_API void GC_CALL GC_add_roots(void *, void *);
/* All ranges of roots that lie within that one. */
GC_API void GC_CALL GC_remove_roots(void *, void *);
/* All ranges. */
GC_API void GC_CALL GC_clear_roots(void);

/* Static data that is not to be searched. */
GC_API void GC_CALL GC_exclude_static_roots(void *, void *);
GC_API void GC_CALL GC_clear_exclusion_table(void);

/* Asked for each library that is loaded, with its file name, and address and size
 * of a segment: whether that is to be searched. */
typedef int(GC_CALLBACK *GC_has_static_roots_func)(const char *, void *,
                                                   size_t);
GC_API void
    GC_CALL GC_register_has_static_roots_callback(GC_has_static_roots_func);

/* Pointers that many bytes behind the start of an object count as pointers to
 * it, too; where all_interior_pointers is set, all do. */
GC_API void GC_CALL GC_register_displacement(size_t);
GC_API void GC_CALL GC_debug_register_displacement(size_t);

/* -- Numbers.  Bytes, unless it says otherwise.  They are read without the lock,
 * except by those that are called "safe". */

/* The heap's size; without what has been given back to the system. */
GC_API size_t GC_CALL GC_get_heap_size(void);
/* What of it is free, at least. */
GC_API size_t GC_CALL GC_get_free_bytes(void);
/* What has been given back, and may be taken again. */
GC_API size_t GC_CALL GC_get_unmapped_bytes(void);
/* Allocated since the last collection, and since the start. */
GC_API size_t GC_CALL GC_get_bytes_since_gc(void);
GC_API size_t GC_CALL GC_get_total_bytes(void);
/* Freed by GC_free() since the last collection. */
GC_API size_t GC_CALL GC_get_expl_freed_bytes_since_gc(void);
/* Taken from the system since the start. */
GC_API size_t GC_CALL GC_get_obtained_from_os_bytes(void);
/* In blocks that hold objects. */
GC_API size_t GC_CALL GC_get_memory_use(void);
/* What an object is rounded up to, by the n-th row of a table; -1 at its end. */
GC_API size_t GC_CALL GC_get_size_map_at(int);

/* Five of them at once, which fit together; each pointer may be NULL:
 * GC_get_heap_usage_safe(&size, &free, &unmapped, &since_gc, &total). */
GC_API void GC_CALL GC_get_heap_usage_safe(GC_word *, GC_word *, GC_word *,
                                           GC_word *, GC_word *);

/* All of them at once.  Fields may be added at the end. */
struct GC_prof_stats_s {
    GC_word heapsize_full;   /* with what is unmapped */
    GC_word free_bytes_full; /* with what is unmapped */
    GC_word unmapped_bytes;
    GC_word bytes_allocd_since_gc;
    GC_word allocd_bytes_before_gc;
    GC_word non_gc_bytes;
    GC_word gc_no;                    /* collections */
    GC_word markers_m1;               /* threads that help marking */
    GC_word bytes_reclaimed_since_gc; /* roughly */
    GC_word reclaimed_bytes_before_gc;
    GC_word expl_freed_bytes_since_gc;
    GC_word obtained_from_os_bytes;
};

/* Fills in as much of the struct as the second argument says it has, what is not
 * known with ones; returns how many bytes are known. */
GC_API size_t GC_CALL GC_get_prof_stats(struct GC_prof_stats_s *, size_t);
#ifdef GC_THREADS
/* The same, from within GC_call_with_alloc_lock(). */
GC_API size_t GC_CALL GC_get_prof_stats_unsafe(struct GC_prof_stats_s *,
                                               size_t);
#endif

/* Collections so far.  The variable is read-only. */
GC_API GC_ATTR_DEPRECATED GC_word GC_gc_no;
GC_API GC_word GC_CALL GC_get_gc_no(void);

/* The time that collections have taken, in milliseconds, since the first of
 * these was called. */
GC_API void GC_CALL GC_start_performance_measurement(void);
GC_API unsigned long GC_CALL GC_get_full_gc_total_time(void);

/* -- For a person to read.  The name is printed with it. */

GC_API void GC_CALL GC_dump(void);
GC_API void GC_CALL GC_dump_named(const char *);
GC_API void GC_CALL GC_dump_regions(void);
GC_API void GC_CALL GC_dump_finalization(void);

#ifdef __cplusplus
}
#endif

#ifdef GC_DEBUG
#define GC_END_STUBBORN_CHANGE(object) GC_debug_end_stubborn_change(object)
#define GC_PTR_STORE_AND_DIRTY(place, pointer) \
    GC_debug_ptr_store_and_dirty(place, pointer)
#define GC_REGISTER_DISPLACEMENT(bytes) GC_debug_register_displacement(bytes)
#else
#define GC_END_STUBBORN_CHANGE(object) GC_end_stubborn_change(object)
#define GC_PTR_STORE_AND_DIRTY(place, pointer) \
    GC_ptr_store_and_dirty(place, pointer)
#define GC_REGISTER_DISPLACEMENT(bytes) GC_register_displacement(bytes)
#endif

#endif
