/* SPDX-License-Identifier: MIT */
#ifndef GC_GCJ_H
#define GC_GCJ_H

/* Objects whose first word points to a table of their class, the second word of
 * which is their descriptor (gc_mark.h): as gcj laid them out. */

#include "gc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* (procedure number, procedure): before the first of those below.  The procedure
 * marks those objects whose descriptors say so. */
GC_API void GC_CALL GC_init_gcj_malloc(int, void *);

/* (bytes, table): an object, cleared but for its first word. */
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_gcj_malloc(size_t, void *);
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_gcj_malloc_ignore_off_page(size_t, void *);
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_debug_gcj_malloc(size_t, void *, GC_EXTRA_PARAMS);

/* The kinds of these objects. */
GC_API int GC_gcj_kind;
GC_API int GC_gcj_debug_kind;

#ifdef __cplusplus
}
#endif

#ifdef GC_DEBUG
#define GC_GCJ_MALLOC(bytes, table) GC_debug_gcj_malloc(bytes, table, GC_EXTRAS)
#define GC_GCJ_MALLOC_IGNORE_OFF_PAGE(bytes, table) \
    GC_debug_gcj_malloc(bytes, table, GC_EXTRAS)
#else
#define GC_GCJ_MALLOC(bytes, table) GC_gcj_malloc(bytes, table)
#define GC_GCJ_MALLOC_IGNORE_OFF_PAGE(bytes, table) \
    GC_gcj_malloc_ignore_off_page(bytes, table)
#endif

#endif
