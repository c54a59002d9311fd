/* SPDX-License-Identifier: MIT */
#ifndef GC_MARK_H
#define GC_MARK_H

/* For language implementations: objects whose pointers a function of the program
 * finds, roots that it shows itself, and marks. */

#include "gc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -- Mark procedures
 *
 *     next = procedure(object, stack pointer, stack limit, environment)
 *
 * shows the collector what the words of an object refer to, by GC_MARK_AND_PUSH(),
 * and returns what the last of these returned.  It is called while the other
 * threads stand still, in any thread, also for objects that are free; it must not
 * allocate, and should push few pointers for each call. */

#if defined(GC_BUILD) || defined(NOT_GCBUILD)
struct GC_ms_entry;
#else
struct GC_ms_entry {
    void *opaque;
};
#endif
typedef struct GC_ms_entry *(*GC_mark_proc)(GC_word *, struct GC_ms_entry *,
                                            struct GC_ms_entry *, GC_word);

/* About how many bytes one call shall look at. */
#define GC_PROC_BYTES 100

/* Procedures have numbers; the first ones are the library's. */
#define GC_LOG_MAX_MARK_PROCS           6
#define GC_MAX_MARK_PROCS               (1 << GC_LOG_MAX_MARK_PROCS)
#define GC_RESERVED_MARK_PROCS          8
#define GC_GCJ_RESERVED_MARK_PROC_INDEX 0
GC_API unsigned GC_CALL GC_new_proc(GC_mark_proc);
GC_API unsigned GC_CALL GC_new_proc_inner(GC_mark_proc);

/* Everything between these two may be an object's address, and nothing else. */
GC_API void *GC_least_plausible_heap_addr;
GC_API void *GC_greatest_plausible_heap_addr;

/* GC_MARK_AND_PUSH(pointer, stack pointer, stack limit, &pointer): marks what the
 * pointer points to, if to an object.  Returns the new stack pointer. */
GC_API struct GC_ms_entry *GC_CALL GC_mark_and_push(void *,
                                                    struct GC_ms_entry *,
                                                    struct GC_ms_entry *,
                                                    void **);
#define GC_MARK_AND_PUSH(pointer, stack, limit, place)                     \
    ((GC_word)(pointer) < (GC_word)GC_least_plausible_heap_addr ||         \
             (GC_word)(pointer) > (GC_word)GC_greatest_plausible_heap_addr \
         ? (stack)                                                         \
         : GC_mark_and_push(pointer, stack, limit, place))

/* -- Descriptors say where an object has its pointers.  The two low bits tell the
 * form:
 *
 *     GC_DS_LENGTH      in the first so many bytes
 *     GC_DS_BITMAP      in the words whose bits are set, the first word's bit
 *                       being the highest
 *     GC_DS_PROC        a procedure and its environment: GC_MAKE_PROC()
 *     GC_DS_PER_OBJECT  in a descriptor found that many bytes into the object;
 *                       if the number is negative, that many, less the bias, into
 *                       what its first word points to */
#define GC_DS_TAG_BITS        2
#define GC_DS_TAGS            ((1 << GC_DS_TAG_BITS) - 1)
#define GC_DS_LENGTH          0
#define GC_DS_BITMAP          1
#define GC_DS_PROC            2
#define GC_DS_PER_OBJECT      3
#define GC_INDIR_PER_OBJ_BIAS 0x10
#define GC_MAKE_PROC(number, environment)                   \
    ((((number) | ((environment) << GC_LOG_MAX_MARK_PROCS)) \
      << GC_DS_TAG_BITS) |                                  \
     GC_DS_PROC)

/* -- Kinds of objects: GC_new_kind(free lists, descriptor, add the size to it,
 * clear new objects) returns the number of a new one.  Those with _inner are for
 * who holds the lock. */

GC_API void **GC_CALL GC_new_free_list(void);
GC_API void **GC_CALL GC_new_free_list_inner(void);
GC_API unsigned GC_CALL GC_new_kind(void **, GC_word, int, int)
    GC_ATTR_NONNULL(1);
GC_API unsigned GC_CALL GC_new_kind_inner(void **, GC_word, int, int)
    GC_ATTR_NONNULL(1);

/* An object of a kind: (bytes, kind). */
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_generic_malloc(size_t, int);
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_generic_malloc_ignore_off_page(size_t, int);
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_generic_malloc_uncollectable(size_t, int);
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_generic_or_special_malloc(size_t, int);
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_debug_generic_or_special_malloc(size_t, int, GC_EXTRA_PARAMS);
#ifdef GC_DEBUG
#define GC_GENERIC_OR_SPECIAL_MALLOC(bytes, kind) \
    GC_debug_generic_or_special_malloc(bytes, kind, GC_EXTRAS)
#else
#define GC_GENERIC_OR_SPECIAL_MALLOC(bytes, kind) \
    GC_generic_or_special_malloc(bytes, kind)
#endif

/* The kind of the object at that start, and its size. */
GC_API int GC_CALL GC_get_kind_and_size(const void *, size_t *)
    GC_ATTR_NONNULL(1);

/* (kind, function): for reports, the function writes what an object is, in at
 * most that many characters with the terminator. */
#define GC_TYPE_DESCR_LEN 40
typedef void(GC_CALLBACK *GC_describe_type_fn)(void *, char *);
GC_API void GC_CALL GC_register_describe_type_fn(int, GC_describe_type_fn);

/* Objects of the functions with debug_ have so many bytes in front. */
GC_API GC_ATTR_CONST size_t GC_CALL GC_get_debug_header_size(void);
#define GC_USR_PTR_FROM_BASE(base) \
    ((void *)((char *)(base) + GC_get_debug_header_size()))
#ifdef GC_BUILD
GC_API const size_t GC_debug_header_size;
#else
GC_API GC_ATTR_DEPRECATED size_t GC_debug_header_size;
#endif

/* -- Marks, of the object at that start.  For use while the world stands. */

GC_API int GC_CALL GC_is_marked(const void *) GC_ATTR_NONNULL(1);
GC_API void GC_CALL GC_set_mark_bit(const void *) GC_ATTR_NONNULL(1);
GC_API void GC_CALL GC_clear_mark_bit(const void *) GC_ATTR_NONNULL(1);

/* Calls the function with each object that is marked, its size, and the second
 * argument. */
typedef void(GC_CALLBACK *GC_reachable_object_proc)(void *, size_t, void *);
GC_API void GC_CALL GC_enumerate_reachable_objects_inner(
    GC_reachable_object_proc, void *) GC_ATTR_NONNULL(1);

/* -- Roots that the program shows itself
 *
 * The function is called at each collection after the other roots; the program's
 * calls the one that was set before it.  These three are for it: all words of a
 * range; all of them, as those of a stack; all, or if the third argument is 0
 * those of pages that were changed. */

typedef void(GC_CALLBACK *GC_push_other_roots_proc)(void);
GC_API void GC_CALL GC_set_push_other_roots(GC_push_other_roots_proc);
GC_API GC_push_other_roots_proc GC_CALL GC_get_push_other_roots(void);

GC_API void GC_CALL GC_push_all(void *, void *);
GC_API void GC_CALL GC_push_all_eager(void *, void *);
GC_API void GC_CALL GC_push_conditional(void *, void *, int);
GC_API void GC_CALL GC_push_finalizer_structures(void);

/* Called before each collection, with the lock held. */
typedef void(GC_CALLBACK *GC_start_callback_proc)(void);
GC_API void GC_CALL GC_set_start_callback(GC_start_callback_proc);
GC_API GC_start_callback_proc GC_CALL GC_get_start_callback(void);

/* Whether the address is in static data of a library. */
GC_API int GC_CALL GC_is_tmp_root(void *);

/* Clears some of the unused stack; returns its argument. */
GC_API void *GC_CALL GC_clear_stack(void *);

/* A collector that was built to write a trace prints the one of a collection, by
 * number. */
GC_API void GC_CALL GC_print_trace(GC_word);
GC_API void GC_CALL GC_print_trace_inner(GC_word);

#ifdef __cplusplus
}
#endif

#endif
