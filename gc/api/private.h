/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_API_PRIVATE_H
#define TIDEMARK_GC_API_PRIVATE_H

/* What the shared library exports for libgc.so.1 alone, in a version node of its
 * own, and for nobody else: all of it may change in any release.
 *
 * The other thing exported so is gc__thread, in gc/world.h, so that the fast path
 * of gc/api/allocate.h can be compiled into both. */

#include <stdbool.h>
#include <stddef.h>

#include "alloc/block.h"
#include "gc/hooks.h"

#define TIDEMARK_PRIVATE __attribute__((visibility("default")))

/* Sets the hooks of the process; the table is kept.  It may be called before
 * everything else, and prepares nothing. */
TIDEMARK_PRIVATE void gc__set_hooks(const struct hooks *hooks);

/* ------------------------------------------------------------- allocating */

/* What is left when the fast path of gc/api/allocate.h does not serve.  They ask
 * no handler: NULL, errno ENOMEM, if there is no memory. */
TIDEMARK_PRIVATE void *gc__alloc_slowly(enum kind kind, size_t bytes,
                                        size_t alignment);
TIDEMARK_PRIVATE void *gc__alloc_freed(enum kind kind, size_t bytes);

/* What became of an attempt to resize an object without moving it. */
struct resizing {
    bool is_object; /* else it has been reported, and errno is set */
    bool is_done;
    enum kind kind;
    size_t had_bytes;
};
TIDEMARK_PRIVATE struct resizing gc__resize(const void *object, size_t bytes,
                                            const char *caller);

#endif
