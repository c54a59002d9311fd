/* SPDX-License-Identifier: MIT */
#ifndef GC_INLINE_H
#define GC_INLINE_H

/* Allocation without a call, from free lists that the program holds itself, one
 * array of them for each kind of objects and each thread (gc_tiny_fl.h).  A list
 * must not be used by two threads at once, and lies where the collector looks for
 * pointers. */

#include "gc.h"

#include "gc_tiny_fl.h"

#if GC_GNUC_PREREQ(3, 0)
#define GC_EXPECT(condition, value) __builtin_expect(condition, value)
#else
#define GC_EXPECT(condition, value) (condition)
#endif

#if !defined(GC_ASSERT) && !defined(NDEBUG)
#include <assert.h>
#define GC_ASSERT(condition) assert(condition)
#endif
#ifndef GC_ASSERT
#define GC_ASSERT(condition)
#endif

/* The object after the one that is handed out is written to soon. */
#if !defined(GC_PREFETCH_FOR_WRITE) && !defined(GC_NO_PREFETCH_FOR_WRITE) && \
    GC_GNUC_PREREQ(3, 0)
#define GC_PREFETCH_FOR_WRITE(address) __builtin_prefetch((address), 1)
#endif
#ifndef GC_PREFETCH_FOR_WRITE
#define GC_PREFETCH_FOR_WRITE(address) ((void)0)
#endif

/* A program that has libatomic_ops changes its lists by one store. */
#if defined(GC_THREADS) && defined(AO_HAVE_store)
#define GC_FAST_M_AO_STORE(list, value) \
    AO_store((volatile AO_t *)(list), (AO_t)(value))
#else
#define GC_FAST_M_AO_STORE(list, value) ((void)(*(list) = (value)))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds: without pointers, and with.  Others are made by GC_new_kind(). */
#define GC_I_PTRFREE 0
#define GC_I_NORMAL  1

/* GC_generic_malloc_many(bytes, kind, &list): makes the list one of some objects,
 * those with pointers cleared but for the link; or NULL. */
GC_API void GC_CALL GC_generic_malloc_many(size_t, int, void **);

/* One object of a kind, from the lists that the library holds for the thread, or
 * from those for all. */
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_malloc_kind(size_t, int);
#ifdef GC_THREADS
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_malloc_kind_global(size_t, int);
#else
#define GC_malloc_kind_global GC_malloc_kind
#endif

/* Prints the free list of (kind, granules). */
GC_API void GC_CALL GC_print_free_list(int, size_t);

#ifdef __cplusplus
}
#endif

/* Sets `result` to an object of that many granules and that kind, from an array
 * of lists, and then executes `init`.
 *
 * A list may also hold a small number instead of a pointer: the granules that
 * were allocated without it.  While that is not more than `num_direct`, and not 0,
 * `default_expr` makes the object, so that sizes that are rarely used get no
 * objects in advance.  It makes those that are too large for the lists, too. */
#define GC_FAST_MALLOC_GRANS(result, granules, tiny_fl, num_direct, kind,    \
                             default_expr, init)                             \
    do {                                                                     \
        void **GC_list_, *GC_first_;                                         \
        if (GC_EXPECT((granules) >= GC_TINY_FREELISTS, 0)) {                 \
            (result) = (default_expr);                                       \
            break;                                                           \
        }                                                                    \
        GC_list_ = (tiny_fl) + (granules);                                   \
        GC_first_ = *GC_list_;                                               \
        if (GC_EXPECT(GC_IS_COUNT_(GC_first_, num_direct), 0)) {             \
            if (GC_first_ != 0 &&                                            \
                (GC_signed_word)GC_first_ <= (GC_signed_word)(num_direct)) { \
                GC_FAST_M_AO_STORE(GC_list_,                                 \
                                   (char *)GC_first_ + (granules) + 1);      \
                (result) = (default_expr);                                   \
                break;                                                       \
            }                                                                \
            GC_generic_malloc_many((granules) == 0                           \
                                       ? GC_GRANULE_BYTES                    \
                                       : GC_RAW_BYTES_FROM_INDEX(granules),  \
                                   (kind), GC_list_);                        \
            GC_first_ = *GC_list_;                                           \
            if (GC_first_ == 0) {                                            \
                (result) = (*GC_get_oom_fn())((granules)*GC_GRANULE_BYTES);  \
                break;                                                       \
            }                                                                \
        }                                                                    \
        GC_FAST_M_AO_STORE(GC_list_, GC_NEXT(GC_first_));                    \
        GC_PREFETCH_FOR_WRITE(*GC_list_);                                    \
        (result) = GC_first_;                                                \
        init;                                                                \
        GC_ASSERT(GC_size(result) >= (granules)*GC_GRANULE_BYTES);           \
        GC_ASSERT((kind) == GC_I_PTRFREE || ((GC_word *)(result))[1] == 0);  \
    } while (0)

/* Whether the entry of a list is no object: the count stops at the first value
 * that it can reach beyond its limit. */
#define GC_IS_COUNT_(entry, num_direct) \
    ((GC_word)(entry) <= (GC_word)(num_direct) + GC_TINY_FREELISTS + 1)

/* Words in granules, rounded up. */
#define GC_WORDS_TO_WHOLE_GRANULES(words) \
    GC_WORDS_TO_GRANULES((words) + GC_GRANULE_WORDS - 1)

#define GC_MALLOC_WORDS_KIND(result, n, tiny_fl, kind, init)             \
    do {                                                                 \
        size_t GC_granules_ = GC_WORDS_TO_WHOLE_GRANULES(n);             \
        GC_FAST_MALLOC_GRANS(                                            \
            result, GC_granules_, tiny_fl, 0, kind,                      \
            GC_malloc_kind(GC_granules_ *GC_GRANULE_BYTES, kind), init); \
    } while (0)

/* Sets `result` to an object of n words; the first has the link removed. */
#define GC_MALLOC_WORDS(result, n, tiny_fl)               \
    GC_MALLOC_WORDS_KIND(result, n, tiny_fl, GC_I_NORMAL, \
                         *(void **)(result) = 0)
#define GC_MALLOC_ATOMIC_WORDS(result, n, tiny_fl) \
    GC_MALLOC_WORDS_KIND(result, n, tiny_fl, GC_I_PTRFREE, (void)0)

/* Sets `result` to an object of two words, with these pointers in it. */
#define GC_CONS(result, first, second, tiny_fl)                         \
    do {                                                                \
        void *GC_car_ = (void *)(first);                                \
        void *GC_cdr_ = (void *)(second);                               \
        GC_MALLOC_WORDS_KIND(result, 2, tiny_fl, GC_I_NORMAL, (void)0); \
        if ((result) != 0) {                                            \
            *(void **)(result) = GC_car_;                               \
            GC_PTR_STORE_AND_DIRTY((void **)(result) + 1, GC_cdr_);     \
            GC_reachable_here(GC_car_);                                 \
        }                                                               \
    } while (0)

#endif
