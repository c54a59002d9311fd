/* SPDX-License-Identifier: MIT */
#ifndef GC_DISCLAIM_H
#define GC_DISCLAIM_H

/* Functions that are called when an object is swept. */

#include "gc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Called with an object that is not marked; other than 0 keeps it for now. */
typedef int(GC_CALLBACK *GC_disclaim_proc)(void *);

/* (kind, function, mark): for all objects of a kind; with a third argument other
 * than 0, what they refer to is kept until then. */
GC_API void GC_CALL GC_register_disclaim_proc(int, GC_disclaim_proc, int)
    GC_ATTR_NONNULL(2);

/* Objects with a finalizer from the start, which costs less than to register one.
 * Called proc(object, cd).  The closure outlives the object. */
struct GC_finalizer_closure {
    GC_finalization_proc proc;
    void *cd;
};
GC_API void GC_CALL GC_init_finalized_malloc(void);
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_finalized_malloc(size_t, const struct GC_finalizer_closure *)
        GC_ATTR_NONNULL(2);

#ifdef __cplusplus
}
#endif

#endif
