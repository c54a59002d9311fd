/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_FINALIZE_H
#define TIDEMARK_FINALIZE_H

/* Tidemark: finalizers and weak links.  tidemark.h includes this; it is the eighth
 * part of the manual. */

#ifndef TIDEMARK_H
#error "include tidemark.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------
 * 8. Finalizers and weak links
 *
 * Finalizers: functions that are called with an object after nothing leads to it
 * any more; to close the file that it stands for, for instance.  When that is, or
 * whether it is before the program ends, is not known: one stale word may keep the
 * object.  What has to happen by a certain time, do yourself.
 *
 * The object, and all that it leads to, is intact when the function is called, and
 * lives on if that stores a pointer to it somewhere.  The finalizer is not called
 * again, unless it is set again, which the function itself may do.  It may do
 * whatever the program may do elsewhere: allocate, free, collect, set finalizers,
 * leave by longjmp() or a C++ exception.  No lock is held.
 *
 * An object has one finalizer at most.  gc_free() of an object forgets it.
 *
 * Threads: any, but not in a visitor.
 * Cost:    a look into a table under the heap's lock; some nanoseconds for each
 *          finalizer and each link at each collection. */

typedef void gc_finalizer(void *object, void *data);

/* What other dead objects mean for an object that has died with them:
 *
 *   NO_ORDER     nothing.  Its finalizer is called though a finalizer that was, or
 *                will be, called with another object may find it by way of that
 *   IGNORE_SELF  it waits while another one that has a finalizer with an order
 *                leads to it: so of a list, or a tree, an object for each
 *                collection, the head first.  Of two that lead to each other
 *                neither is ever called, and both stay
 *   ORDERED      the same, and one that leads to itself stays
 *   UNREACHABLE  it waits while any other one that has a finalizer leads to it */
enum gc_order {
    TIDEMARK_NO_ORDER,
    TIDEMARK_IGNORE_SELF,
    TIDEMARK_ORDERED,
    TIDEMARK_UNREACHABLE
};

struct gc_finalization {
    gc_finalizer *run; /* NULL: none */
    void *data;        /* is kept alive until `run` is called with it */
    enum gc_order order;
};

/* Has `run` called with the object that `object` points into, by its first byte,
 * and with `data`, which is kept alive until then: so it must not lead to the
 * object.  In place of the finalizer that the object had; NULL for none.  With no
 * order.
 *
 * Returns: false, and nothing has changed, with errno ENOMEM if there is no memory
 *          to note it, or EINVAL if `object` is none of this library's. */
TIDEMARK_API bool gc_set_finalizer(void *object, gc_finalizer *run, void *data);

/* The same with another order, and *before, unless it is NULL, becomes what the
 * object had: one step, whoever else does it.  `now` NULL only asks. */
TIDEMARK_API bool gc_replace_finalizer(void *object,
                                       const struct gc_finalization *now,
                                       struct gc_finalization *before);

/* Calls the finalizers that are ready, those of objects that a collection has
 * found dead, until there is none.  Does not collect.
 *
 * Returns: how many it has called.
 * Threads: several may call it at once; each finalizer is called by one. */
TIDEMARK_API size_t gc_run_finalizers(void);

/* How many are ready.
 *
 * Cost: a load. */
TIDEMARK_API size_t gc_ready_finalizers(void);

/* Who calls them:
 *
 *   FINALIZE_SOON       the thread that has collected, or the next one that asks
 *                       for more memory, before the call returns to the program.
 *                       The default
 *   FINALIZE_IN_THREAD  a thread of the library's own, which is started when it is
 *                       needed.  There a finalizer has to return, and no longjmp
 *                       or exception leads out of it; it may wait for locks that
 *                       the program holds where it allocates.  Where no thread is
 *                       to be had, as FINALIZE_SOON
 *   FINALIZE_ON_DEMAND  gc_run_finalizers() only */
enum gc_finalizing {
    TIDEMARK_FINALIZE_SOON,
    TIDEMARK_FINALIZE_ON_DEMAND,
    TIDEMARK_FINALIZE_IN_THREAD
};

/* Sets it.  With FINALIZE_ON_DEMAND, `notify`, unless it is NULL, is called after
 * each collection after which finalizers are ready, once, by the thread that has
 * collected.  No lock is held: it may do whatever a finalizer may.
 *
 * Returns: false, and nothing changes, if `how` is none of these. */
typedef void gc_finalizer_notifier(void *context);
TIDEMARK_API bool gc_set_finalizing(enum gc_finalizing how,
                                    gc_finalizer_notifier *notify,
                                    void *context);

/* Weak links: words that a collection sets to NULL when an object has died.  They
 * must lie where the collector does not look for pointers, or they keep the object
 * alive themselves: in an object of gc_malloc_atomic(), in memory of libc's malloc.
 * Read one in another thread than the one that sets it, or copy it, only where
 * nothing is collected; gc_weak_get() does not have that difficulty.
 *
 *   SHORT  set to NULL as soon as nothing leads to the object, before any
 *          finalizer sees it, even if one makes it reachable again
 *   LONG   not before the object goes: after its finalizer, which may keep it, and
 *          after those of all objects that lead to it */
enum gc_link_kind { TIDEMARK_SHORT_LINK, TIDEMARK_LONG_LINK };

enum gc_link_result {
    TIDEMARK_LINK_DONE,
    TIDEMARK_LINK_EXISTS, /* gc_link_add: there was a link at that place, and it is
                             about the new object now.  gc_link_move: there is one
                             at the new place; nothing has changed */
    TIDEMARK_LINK_UNKNOWN,   /* gc_link_move: there is none to be moved */
    TIDEMARK_LINK_NO_MEMORY, /* nothing has changed */
    TIDEMARK_LINK_NO_OBJECT, /* `object` is none of this library's */
    TIDEMARK_LINK_MISALIGNED /* the address is no multiple of that of a pointer */
};

/* Has *link set to NULL when the object dies that `object` points into.  The word
 * itself is neither read nor written now.  If it lies in an object, the link ends
 * with that; else it must stay writable until the link is removed.  gc_free() of
 * the object sets it to NULL. */
TIDEMARK_API enum gc_link_result gc_link_add(void **link, const void *object,
                                             enum gc_link_kind kind);

/* Ends a link; the word stays as it is.
 *
 * Returns: false if there was none at `link`, which may be any address. */
TIDEMARK_API bool gc_link_remove(void **link, enum gc_link_kind kind);

/* Moves a link from one place to another.  Neither word is read or written. */
TIDEMARK_API enum gc_link_result gc_link_move(void **link, void **to,
                                              enum gc_link_kind kind);

/* A weak reference: an object that knows another one without keeping it alive.
 *
 * Returns: NULL, errno ENOMEM, if there is no memory, or EINVAL if `object` is
 *          none of this library's.
 * Owner:   the collector. */
struct gc_weak;
TIDEMARK_API struct gc_weak *gc_weak_new(const void *object) TIDEMARK_RESULT;

/* The object, which lives on as long as the result is held; NULL if it has died.
 *
 * Cost: some loads and stores, no lock. */
TIDEMARK_API void *gc_weak_get(const struct gc_weak *weak);

/* An ephemeron: an object with a key and a value.  It keeps the value alive as long
 * as the key is kept alive by something else, and does not keep the key.  What leads
 * to the key from the value does not count.  For tables that know something about
 * objects: the pair is empty when the key has died, after its finalizer.
 *
 * Returns: NULL, errno ENOMEM, if there is no memory, or EINVAL if `key` is none of
 *          this library's.  `value` may be anything.
 * Owner:   the collector. */
struct gc_ephemeron;
TIDEMARK_API struct gc_ephemeron *
gc_ephemeron_new(const void *key, const void *value) TIDEMARK_RESULT;

/* The key, by its first byte, and the value; NULL if the key has died.
 *
 * Cost: some loads and stores, no lock. */
TIDEMARK_API void *gc_ephemeron_key(const struct gc_ephemeron *ephemeron);
TIDEMARK_API void *gc_ephemeron_value(const struct gc_ephemeron *ephemeron);

/* Gives the pair another value, which may be anything.  Nothing happens where the
 * key has died.
 *
 * Cost: some loads and stores, no lock. */
TIDEMARK_API void gc_ephemeron_set(struct gc_ephemeron *ephemeron,
                                   const void *value);

/* Toggle references: from outside of the heap to objects, strong or weak as a
 * function of the program says at each collection.  For objects that stand for
 * reference-counted ones of another library: strong as long as that counts other
 * references than the one that the object itself has.
 *
 * A weak one ends when the object goes, after finalizers, like a long link; and
 * with gc_free(). */
enum gc_toggle {
    TIDEMARK_TOGGLE_DROP, /* the reference ends */
    TIDEMARK_TOGGLE_STRONG,
    TIDEMARK_TOGGLE_WEAK
};

/* Makes one to the object that `object` points into, or changes the one that there
 * is: an object has one at most.  It stays as `toggle` says where no function is
 * set.
 *
 * Returns: false, errno ENOMEM if there is no memory, or EINVAL if `object` is
 *          none of this library's. */
TIDEMARK_API bool gc_toggle_set(void *object, enum gc_toggle toggle);

/* Has `decide` called with the first byte of each object, at each collection, while
 * all other threads are stopped.  It must call nothing of this library but what a
 * visitor may, and take no lock, libc's included.  NULL for none. */
typedef enum gc_toggle gc_toggle_function(void *object, void *context);
TIDEMARK_API void gc_set_toggle_function(gc_toggle_function *decide,
                                         void *context);

#ifdef __cplusplus
}
#endif

#endif
