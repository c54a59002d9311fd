/* SPDX-License-Identifier: MIT */
#ifndef GC_BACKPTR_H
#define GC_BACKPTR_H

/* Why an object is alive.  Only a collector that was built to keep it has the
 * functions; with Tidemark, GC_dump_why() of <tidemark.h> answers that. */

#include "gc.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    GC_UNREFERENCED,
    GC_NO_SPACE,
    GC_REFD_FROM_ROOT,
    GC_REFD_FROM_REG,
    GC_REFD_FROM_HEAP,
    GC_FINALIZER_REFD
} GC_ref_kind;

/* (object, &from, &offset): where the pointer lies that the last collection found
 * first. */
GC_API GC_ref_kind GC_CALL GC_get_back_ptr_info(void *, void **, size_t *)
    GC_ATTR_NONNULL(1);
GC_API void GC_CALL GC_print_backtrace(void *) GC_ATTR_NONNULL(1);

/* The same for an object that is drawn by lot. */
GC_API void *GC_CALL GC_generate_random_heap_address(void);
GC_API void *GC_CALL GC_generate_random_valid_address(void);
GC_API void GC_CALL GC_generate_random_backtrace(void);

#ifdef __cplusplus
}
#endif

#endif
