/* SPDX-License-Identifier: MIT */
#ifndef GC_H
#define GC_H

/* The interface of the Boehm-Demers-Weiser collector, release 8.2.2, over
 * Tidemark: a program written for that collector compiles with these headers and
 * links with the libraries beside them.  The names, the values and the layouts
 * are that collector's, since programs depend on them; new programs are better
 * served by <tidemark.h>.
 *
 * Parameters have no names here: a program may have defined macros of any name
 * before.  Comments give a call where the order is not plain.
 *
 * What a program may define before the first of these headers:
 *
 *     GC_THREADS            it has threads: declares what concerns them, and
 *                           lets pthread_create() and others pass through the
 *                           collector (gc_pthread_redirects.h)
 *     GC_DEBUG              GC_MALLOC() and the other macros in capitals note
 *                           file and line, and check for overruns
 *     GC_DEBUG_REPLACEMENT  GC_MALLOC() and GC_REALLOC() check without file and
 *                           line
 *     GC_I_HIDE_POINTERS    HIDE_POINTER() without the prefix, too
 *     GC_REQUIRE_WCSDUP     GC_WCSDUP()
 *
 * and what GC_INIT() heeds: see parts/init.h. */

#include "gc_version.h"

#include "gc_config_macros.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void *GC_PTR;

/* An integer as wide as a pointer. */
typedef unsigned long GC_word;
typedef long GC_signed_word;

/* The version of the interface that the library has:
 * major << 16 | minor << 8 | micro. */
GC_API unsigned GC_CALL GC_get_version(void);

/* Does something while no other thread allocates, collects or reveals hidden
 * pointers.  The function must not allocate. */
typedef void *(GC_CALLBACK *GC_fn_type)(void *);
GC_API void *GC_CALL GC_call_with_alloc_lock(GC_fn_type, void *)
    GC_ATTR_NONNULL(1);

#ifdef GC_THREADS
GC_API void GC_CALL GC_alloc_lock(void);
GC_API void GC_CALL GC_alloc_unlock(void);
#else
#define GC_alloc_lock()   ((void)0)
#define GC_alloc_unlock() ((void)0)
#endif

#ifdef __cplusplus
}
#endif

#include "parts/allocate.h"

#include "parts/collect.h"

#include "parts/settings.h"

#include "parts/finalize.h"

#include "parts/threads.h"

#include "parts/check.h"

#include "parts/init.h"

#endif
