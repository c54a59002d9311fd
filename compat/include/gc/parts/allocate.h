/* SPDX-License-Identifier: MIT */
/* Part of gc.h: memory. */
#ifndef GC_PARTS_ALLOCATE_H
#define GC_PARTS_ALLOCATE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Sizes are in bytes, objects begin at multiples of 16.  What has no memory asks
 * the out-of-memory function (GC_set_oom_fn()), and returns what that returns:
 * NULL, if the program has not given one. */

/* An object that is collected when no pointer to it can be found; cleared. */
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL GC_malloc(size_t);

/* One that holds no pointers: it is never searched for them, and not cleared. */
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_malloc_atomic(size_t);

/* One that stays until GC_free(), and whose pointers keep others alive. */
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_malloc_uncollectable(size_t);

/* One that stays until GC_free(), and holds no pointers. */
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_malloc_atomic_uncollectable(size_t);

/* For large objects: the program promises that, while it needs the object, there
 * is a pointer into its first 256 bytes; others may then be overlooked. */
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_malloc_ignore_off_page(size_t);
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_malloc_atomic_ignore_off_page(size_t);

/* Copies of strings, which hold no pointers.  The second one has at most that
 * many characters, and a terminator. */
GC_API GC_ATTR_MALLOC char *GC_CALL GC_strdup(const char *);
GC_API GC_ATTR_MALLOC char *GC_CALL GC_strndup(const char *, size_t)
    GC_ATTR_NONNULL(1);

/* GC_memalign(alignment, bytes), GC_posix_memalign(&object, alignment, bytes):
 * as those of libc, for objects that are collected. */
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(2) void *GC_CALL
    GC_memalign(size_t, size_t);
GC_API int GC_CALL GC_posix_memalign(void **, size_t, size_t)
    GC_ATTR_NONNULL(1);

/* As realloc(): the new object is of the old one's kind, a new one if there is
 * no old one, and NULL if the new size is 0, which frees the old one. */
GC_API void *GC_CALL GC_realloc(void *, size_t) GC_ATTR_ALLOC_SIZE(2);

/* Gives an object back now.  Needed for what is uncollectable only. */
GC_API void GC_CALL GC_free(void *);

/* Some objects of that size at once, or at least one, linked through GC_NEXT();
 * NULL if there is no memory. */
GC_API GC_ATTR_MALLOC void *GC_CALL GC_malloc_many(size_t);
#define GC_NEXT(object) (*(void **)(object))

/* The start of the object that a pointer points into, NULL if into none. */
GC_API void *GC_CALL GC_base(void *);
/* Whether it points into an object at all, without asking where that starts. */
GC_API int GC_CALL GC_is_heap_ptr(const void *);
/* How many bytes the object at that start has; what was asked for, or more. */
GC_API size_t GC_CALL GC_size(const void *) GC_ATTR_NONNULL(1);

#ifdef GC_REQUIRE_WCSDUP
GC_API GC_ATTR_MALLOC wchar_t *GC_CALL GC_wcsdup(const wchar_t *)
    GC_ATTR_NONNULL(1);
GC_API GC_ATTR_MALLOC wchar_t *GC_CALL GC_debug_wcsdup(const wchar_t *,
                                                       GC_EXTRA_PARAMS)
    GC_ATTR_NONNULL(1);
#endif

/* -- The same with file and line.  Before each object lies a header, and behind
 * it a word that shows an overrun: both are checked when the object is freed, and
 * at each collection.  What these return, the plain functions do not take. */

GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_debug_malloc(size_t, GC_EXTRA_PARAMS);
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_debug_malloc_atomic(size_t, GC_EXTRA_PARAMS);
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_debug_malloc_uncollectable(size_t, GC_EXTRA_PARAMS);
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_debug_malloc_atomic_uncollectable(size_t, GC_EXTRA_PARAMS);
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_debug_malloc_ignore_off_page(size_t, GC_EXTRA_PARAMS);
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_debug_malloc_atomic_ignore_off_page(size_t, GC_EXTRA_PARAMS);
GC_API GC_ATTR_MALLOC char *GC_CALL GC_debug_strdup(const char *,
                                                    GC_EXTRA_PARAMS);
GC_API GC_ATTR_MALLOC char *GC_CALL GC_debug_strndup(const char *, size_t,
                                                     GC_EXTRA_PARAMS)
    GC_ATTR_NONNULL(1);
GC_API void *GC_CALL GC_debug_realloc(void *, size_t, GC_EXTRA_PARAMS)
    GC_ATTR_ALLOC_SIZE(2);
GC_API void GC_CALL GC_debug_free(void *);

/* With the signatures of malloc() and realloc(), and hence without a line. */
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_debug_malloc_replacement(size_t);
GC_API void *GC_CALL GC_debug_realloc_replacement(void *, size_t)
    GC_ATTR_ALLOC_SIZE(2);

/* -- "Stubborn" objects, which said when they changed: now like any other. */

GC_API GC_ATTR_DEPRECATED void *GC_CALL GC_malloc_stubborn(size_t);
GC_API GC_ATTR_DEPRECATED void *
    GC_CALL GC_debug_malloc_stubborn(size_t, GC_EXTRA_PARAMS);
GC_API GC_ATTR_DEPRECATED void GC_CALL GC_change_stubborn(const void *);
GC_API GC_ATTR_DEPRECATED void GC_CALL GC_debug_change_stubborn(const void *);
#define GC_MALLOC_STUBBORN(bytes)  GC_MALLOC(bytes)
#define GC_NEW_STUBBORN(type)      GC_NEW(type)
#define GC_CHANGE_STUBBORN(object) GC_change_stubborn(object)

#ifdef __cplusplus
}
#endif

/* -- One or the other, as GC_DEBUG says. */

#ifdef GC_DEBUG

#define GC_MALLOC_ATOMIC(bytes) GC_debug_malloc_atomic(bytes, GC_EXTRAS)
#define GC_MALLOC_UNCOLLECTABLE(bytes) \
    GC_debug_malloc_uncollectable(bytes, GC_EXTRAS)
#define GC_MALLOC_ATOMIC_UNCOLLECTABLE(bytes) \
    GC_debug_malloc_atomic_uncollectable(bytes, GC_EXTRAS)
#define GC_MALLOC_IGNORE_OFF_PAGE(bytes) \
    GC_debug_malloc_ignore_off_page(bytes, GC_EXTRAS)
#define GC_MALLOC_ATOMIC_IGNORE_OFF_PAGE(bytes) \
    GC_debug_malloc_atomic_ignore_off_page(bytes, GC_EXTRAS)
#define GC_STRDUP(string)         GC_debug_strdup(string, GC_EXTRAS)
#define GC_STRNDUP(string, bytes) GC_debug_strndup(string, bytes, GC_EXTRAS)
#define GC_FREE(object)           GC_debug_free(object)

#else

#define GC_MALLOC_ATOMIC(bytes)        GC_malloc_atomic(bytes)
#define GC_MALLOC_UNCOLLECTABLE(bytes) GC_malloc_uncollectable(bytes)
#define GC_MALLOC_ATOMIC_UNCOLLECTABLE(bytes) \
    GC_malloc_atomic_uncollectable(bytes)
#define GC_MALLOC_IGNORE_OFF_PAGE(bytes) GC_malloc_ignore_off_page(bytes)
#define GC_MALLOC_ATOMIC_IGNORE_OFF_PAGE(bytes) \
    GC_malloc_atomic_ignore_off_page(bytes)
#define GC_STRDUP(string)         GC_strdup(string)
#define GC_STRNDUP(string, bytes) GC_strndup(string, bytes)
#define GC_FREE(object)           GC_free(object)

#endif

#if defined(GC_DEBUG_REPLACEMENT)
#define GC_MALLOC(bytes)          GC_debug_malloc_replacement(bytes)
#define GC_REALLOC(object, bytes) GC_debug_realloc_replacement(object, bytes)
#elif defined(GC_DEBUG)
#define GC_MALLOC(bytes)          GC_debug_malloc(bytes, GC_EXTRAS)
#define GC_REALLOC(object, bytes) GC_debug_realloc(object, bytes, GC_EXTRAS)
#else
#define GC_MALLOC(bytes)          GC_malloc(bytes)
#define GC_REALLOC(object, bytes) GC_realloc(object, bytes)
#endif

#ifdef GC_REQUIRE_WCSDUP
#ifdef GC_DEBUG
#define GC_WCSDUP(string) GC_debug_wcsdup(string, GC_EXTRAS)
#else
#define GC_WCSDUP(string) GC_wcsdup(string)
#endif
#endif

/* One object of a type, which is a name to which a star can be added. */
#define GC_NEW(type)        ((type *)GC_MALLOC(sizeof(type)))
#define GC_NEW_ATOMIC(type) ((type *)GC_MALLOC_ATOMIC(sizeof(type)))
#define GC_NEW_UNCOLLECTABLE(type) \
    ((type *)GC_MALLOC_UNCOLLECTABLE(sizeof(type)))

#endif
