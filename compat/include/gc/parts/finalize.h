/* SPDX-License-Identifier: MIT */
/* Part of gc.h: what happens when an object is no longer referred to. */
#ifndef GC_PARTS_FINALIZE_H
#define GC_PARTS_FINALIZE_H

#ifdef __cplusplus
extern "C" {
#endif

/* -- Finalizers
 *
 *     GC_register_finalizer(object, function, data, &old_function, &old_data)
 *
 * When no pointer to the object is found any more, function(object, data) is
 * called, once, in some thread that calls the collector.  An object has one
 * finalizer: the new one replaces the old one, and NULL takes it away.  What was
 * there is stored through the last two arguments, which may be NULL.  The data
 * keep alive what they refer to.
 *
 * The variants differ in what may refer to the object.  Plain: nothing that has a
 * finalizer itself, so that of two that refer to each other none is called.  ..._
 * ignore_self: the object may refer to itself.  ..._no_order: anything that is
 * unreachable.  ..._unreachable: like that, and after all other finalizers that
 * can reach it.
 *
 * Those with debug_ are for objects of the functions with debug_. */

typedef void(GC_CALLBACK *GC_finalization_proc)(void *, void *);

GC_API void GC_CALL GC_register_finalizer(void *, GC_finalization_proc, void *,
                                          GC_finalization_proc *, void **)
    GC_ATTR_NONNULL(1);
GC_API void GC_CALL GC_register_finalizer_ignore_self(
    void *, GC_finalization_proc, void *, GC_finalization_proc *, void **)
    GC_ATTR_NONNULL(1);
GC_API void GC_CALL GC_register_finalizer_no_order(void *, GC_finalization_proc,
                                                   void *,
                                                   GC_finalization_proc *,
                                                   void **) GC_ATTR_NONNULL(1);
GC_API void GC_CALL GC_register_finalizer_unreachable(
    void *, GC_finalization_proc, void *, GC_finalization_proc *, void **)
    GC_ATTR_NONNULL(1);

GC_API void GC_CALL GC_debug_register_finalizer(void *, GC_finalization_proc,
                                                void *, GC_finalization_proc *,
                                                void **) GC_ATTR_NONNULL(1);
GC_API void GC_CALL GC_debug_register_finalizer_ignore_self(
    void *, GC_finalization_proc, void *, GC_finalization_proc *, void **)
    GC_ATTR_NONNULL(1);
GC_API void GC_CALL GC_debug_register_finalizer_no_order(
    void *, GC_finalization_proc, void *, GC_finalization_proc *, void **)
    GC_ATTR_NONNULL(1);
GC_API void GC_CALL GC_debug_register_finalizer_unreachable(
    void *, GC_finalization_proc, void *, GC_finalization_proc *, void **)
    GC_ATTR_NONNULL(1);

/* Calls those that are due, and says how many it has called; and whether some
 * are due. */
GC_API int GC_CALL GC_invoke_finalizers(void);
GC_API int GC_CALL GC_should_invoke_finalizers(void);

/* Leave it to the program to call GC_invoke_finalizers(). */
GC_API GC_ATTR_DEPRECATED int GC_finalize_on_demand;
GC_API void GC_CALL GC_set_finalize_on_demand(int);
GC_API int GC_CALL GC_get_finalize_on_demand(void);

/* What only finalizers can reach is kept until they have been called. */
GC_API GC_ATTR_DEPRECATED int GC_java_finalization;
GC_API void GC_CALL GC_set_java_finalization(int);
GC_API int GC_CALL GC_get_java_finalization(void);

/* Called after a collection that has made some due, where they are left to the
 * program; NULL for none. */
typedef void(GC_CALLBACK *GC_finalizer_notifier_proc)(void);
GC_API GC_ATTR_DEPRECATED GC_finalizer_notifier_proc GC_finalizer_notifier;
GC_API void GC_CALL GC_set_finalizer_notifier(GC_finalizer_notifier_proc);
GC_API GC_finalizer_notifier_proc GC_CALL GC_get_finalizer_notifier(void);

/* Called with each object that has become due, while the lock is held. */
typedef void(GC_CALLBACK *GC_await_finalize_proc)(void *);
GC_API void GC_CALL GC_set_await_finalize_proc(GC_await_finalize_proc);
GC_API GC_await_finalize_proc GC_CALL GC_get_await_finalize_proc(void);

/* -- Disappearing links: pointers that do not keep their object alive, and are
 * cleared when it goes.  They lie in memory that is not searched, or hidden. */

#define GC_SUCCESS       0
#define GC_DUPLICATE     1 /* it was registered before, and is for another now */
#define GC_NO_MEMORY     2
#define GC_NO_THREADS    2
#define GC_UNIMPLEMENTED 3
#define GC_NOT_FOUND     4

/* Cleared when the object that the link lies in is unreachable. */
GC_API int GC_CALL GC_register_disappearing_link(void **) GC_ATTR_NONNULL(1);
/* (link, object): cleared as soon as the object is unreachable, before its
 * finalizer. */
GC_API int GC_CALL GC_general_register_disappearing_link(void **, const void *)
    GC_ATTR_NONNULL(1) GC_ATTR_NONNULL(2);
/* To another place: (from, to). */
GC_API int GC_CALL GC_move_disappearing_link(void **, void **)
    GC_ATTR_NONNULL(2);
/* Whether there was one. */
GC_API int GC_CALL GC_unregister_disappearing_link(void **);

/* Long ones are cleared when the object is unreachable from finalizers, too. */
GC_API int GC_CALL GC_register_long_link(void **, const void *)
    GC_ATTR_NONNULL(1) GC_ATTR_NONNULL(2);
GC_API int GC_CALL GC_move_long_link(void **, void **) GC_ATTR_NONNULL(2);
GC_API int GC_CALL GC_unregister_long_link(void **);

/* -- Toggle references: before each collection the function says of each object
 * in the list whether the list keeps it. */

typedef enum {
    GC_TOGGLE_REF_DROP,   /* take it off */
    GC_TOGGLE_REF_STRONG, /* keep it alive */
    GC_TOGGLE_REF_WEAK    /* do not, and take it off when it dies */
} GC_ToggleRefStatus;
typedef GC_ToggleRefStatus(GC_CALLBACK *GC_toggleref_func)(void *);
GC_API void GC_CALL GC_set_toggleref_func(GC_toggleref_func);
GC_API GC_toggleref_func GC_CALL GC_get_toggleref_func(void);
/* Adds an object, strong or weak at first. */
GC_API int GC_CALL GC_toggleref_add(void *, int) GC_ATTR_NONNULL(1);

#ifdef __cplusplus
}
#endif

#ifdef GC_DEBUG
#define GC_REGISTER_FINALIZER(p, f, d, of, od) \
    GC_debug_register_finalizer(p, f, d, of, od)
#define GC_REGISTER_FINALIZER_IGNORE_SELF(p, f, d, of, od) \
    GC_debug_register_finalizer_ignore_self(p, f, d, of, od)
#define GC_REGISTER_FINALIZER_NO_ORDER(p, f, d, of, od) \
    GC_debug_register_finalizer_no_order(p, f, d, of, od)
#define GC_REGISTER_FINALIZER_UNREACHABLE(p, f, d, of, od) \
    GC_debug_register_finalizer_unreachable(p, f, d, of, od)
/* The object starts before the pointer that the program has. */
#define GC_OBJECT_OF_LINK_(p) GC_base((void *)(p))
#else
#define GC_REGISTER_FINALIZER(p, f, d, of, od) \
    GC_register_finalizer(p, f, d, of, od)
#define GC_REGISTER_FINALIZER_IGNORE_SELF(p, f, d, of, od) \
    GC_register_finalizer_ignore_self(p, f, d, of, od)
#define GC_REGISTER_FINALIZER_NO_ORDER(p, f, d, of, od) \
    GC_register_finalizer_no_order(p, f, d, of, od)
#define GC_REGISTER_FINALIZER_UNREACHABLE(p, f, d, of, od) \
    GC_register_finalizer_unreachable(p, f, d, of, od)
#define GC_OBJECT_OF_LINK_(p) (p)
#endif
#define GC_GENERAL_REGISTER_DISAPPEARING_LINK(link, p) \
    GC_general_register_disappearing_link(link, GC_OBJECT_OF_LINK_(p))
#define GC_REGISTER_LONG_LINK(link, p) \
    GC_register_long_link(link, GC_OBJECT_OF_LINK_(p))

#endif
