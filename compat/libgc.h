/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_COMPAT_LIBGC_H
#define TIDEMARK_COMPAT_LIBGC_H

/* What the files of this folder share.
 *
 * libgc.so.1 is another face of the collector in libtidemark.so, and holds no
 * collector of its own.  It works before its constructors would have run: all its
 * data is constant or zero, and whoever comes first prepares the rest. */

#include <stdbool.h>
#include <stddef.h>

#include "alloc/size_class.h"
#include "base/atomics.h"
#include "compat/abi.h"
#include "gc/api/private.h"

/* Makes everything ready, at the first call.  Setters and getters do without. */
static inline void prepare(void)
{
    extern AO_t gc__compat_is_ready __attribute__((visibility("hidden")));
    if (!AO_load_acquire(&gc__compat_is_ready))
        GC_init();
}

/* True once GC_init has been called. */
bool gc__compat_was_prepared(void);

/* What each collectable object is larger than was asked for: 1 if a pointer to its
 * end is to keep it alive, else 0. */
extern size_t gc__compat_padding __attribute__((visibility("hidden")));
void gc__compat_set_padding(void);

/* A large object that a pointer beyond its first page does not keep. */
static inline void *kept_by_start(void *object, size_t bytes)
{
    if (object != NULL && bytes >= SIZE_CLASS_MAX_BYTES)
        gc__keep_by_start(object);
    return object;
}

/* Tells the core which words count as pointers. */
void gc__compat_apply_recognition(void);

/* What the program's out-of-memory function answers.  It may not return. */
void *gc__compat_out_of_memory(size_t bytes);

/* Tells the program's warning function; `format` must stay. */
void gc__compat_warn(const char *format, GC_word argument);

/* Prints a line and ends the process, after asking the program's function. */
_Noreturn void gc__compat_abort(const char *message);

#endif
