/* SPDX-License-Identifier: MIT */
/* Part of gc.h: hidden pointers, and checks of pointers. */
#ifndef GC_PARTS_CHECK_H
#define GC_PARTS_CHECK_H

#ifdef __cplusplus
extern "C" {
#endif

/* -- Hidden pointers look like no pointer, and keep nothing alive.  They may be
 * revealed under the lock, while something else keeps the object. */

typedef GC_word GC_hidden_pointer;
#define GC_HIDE_POINTER(pointer)  (~(GC_hidden_pointer)(pointer))
#define GC_REVEAL_POINTER(hidden) ((void *)GC_HIDE_POINTER(hidden))

#if defined(GC_I_HIDE_POINTERS) || defined(I_HIDE_POINTERS)
#define HIDE_POINTER(pointer)  GC_HIDE_POINTER(pointer)
#define REVEAL_POINTER(hidden) GC_REVEAL_POINTER(hidden)
#endif

/* The object is needed until here, whatever the optimiser thinks. */
GC_API void GC_CALL GC_noop1(GC_word);
#ifdef __GNUC__
#define GC_reachable_here(pointer) \
    __asm__ __volatile__("" : : "X"(pointer) : "memory")
#else
#define GC_reachable_here(pointer) GC_noop1((GC_word)(pointer))
#endif

/* -- Checks.  Each returns its first argument; if something is wrong it calls a
 * function that the program can replace, and that by default says so and ends
 * the program. */

/* Both point into the same object, if into one at all. */
GC_API void *GC_CALL GC_same_obj(void *, void *);
/* Adds bytes to a pointer, which stays in its object; returns the new and the old
 * value. */
GC_API void *GC_CALL GC_pre_incr(void **, ptrdiff_t) GC_ATTR_NONNULL(1);
GC_API void *GC_CALL GC_post_incr(void **, ptrdiff_t) GC_ATTR_NONNULL(1);
/* The collector would see a pointer that is stored there. */
GC_API void *GC_CALL GC_is_visible(void *);
/* It would take this for a pointer to an object, if it is into one. */
GC_API void *GC_CALL GC_is_valid_displacement(void *);

GC_API void(GC_CALLBACK *GC_same_obj_print_proc)(void *, void *);
GC_API void(GC_CALLBACK *GC_is_valid_displacement_print_proc)(void *);
GC_API void(GC_CALLBACK *GC_is_visible_print_proc)(void *);

#ifdef __cplusplus
}
#endif

/* Arithmetic, with such a check if GC_DEBUG is defined.  Counts are in elements;
 * those with a 3 are told the type. */
#if defined(GC_DEBUG) && defined(__GNUC__)
#define GC_PTR_ADD3(x, n, type) ((type)GC_same_obj((x) + (n), (x)))
#define GC_PRE_INCR3(x, n, type) \
    ((type)GC_pre_incr((void **)(&(x)), (n) * (ptrdiff_t)sizeof(*(x))))
#define GC_POST_INCR3(x, n, type) \
    ((type)GC_post_incr((void **)(&(x)), (n) * (ptrdiff_t)sizeof(*(x))))
#define GC_PTR_ADD(x, n)  GC_PTR_ADD3(x, n, __typeof__(x))
#define GC_PRE_INCR(x, n) GC_PRE_INCR3(x, n, __typeof__(x))
#define GC_POST_INCR(x)   GC_POST_INCR3(x, 1, __typeof__(x))
#define GC_POST_DECR(x)   GC_POST_INCR3(x, -1, __typeof__(x))
#else
#define GC_PTR_ADD(x, n)  ((x) + (n))
#define GC_PRE_INCR(x, n) ((x) += (n))
#define GC_POST_INCR(x)   ((x)++)
#define GC_POST_DECR(x)   ((x)--)
#endif

/* Stores a pointer where the collector sees it. */
#ifdef GC_DEBUG
#define GC_PTR_STORE(place, pointer)            \
    (*(void **)GC_is_visible((void *)(place)) = \
         GC_is_valid_displacement((void *)(pointer)))
#else
#define GC_PTR_STORE(place, pointer) (*(void **)(place) = (void *)(pointer))
#endif

#endif
