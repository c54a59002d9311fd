/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_API_ALLOCATE_H
#define TIDEMARK_GC_API_ALLOCATE_H

/* The fast path of allocation: the class, the thread's slot for it, and the next
 * cell of the run. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"
#include "gc/api/private.h"
#include "gc/world.h"

typedef void *allocating(enum kind kind, size_t bytes);

/* The next cell of the run, if the request is small enough for a class that is
 * found by one shift, no freed cell waits and the run is not used up.  Else what
 * `freed` or `slowly` answers.  For built-in kinds.
 *
 * `quick_bytes`: LINEAR_CLASS_MAX_BYTES, or less.
 * `notes_filled`: whether a pointer to the end of the cell may be one past the
 * end of this object (see gc/past_end.h). */
static inline __attribute__((always_inline)) void *
alloc_or(enum kind kind, size_t bytes, size_t quick_bytes, bool notes_filled,
         allocating *freed, allocating *slowly)
{
    if (bytes - 1 < quick_bytes) {
        size_t size_class = (bytes - 1) / GRANULE_BYTES;
        struct slot *slot = &gc__thread->local.slots[kind][size_class];
        uintptr_t cell = slot->next;
        if (slot->freed != NULL)
            return freed(kind, bytes);
        if (cell != slot->limit) {
            /* First: a stop after `next` takes it for what is handed out. */
            if (notes_filled)
                slot->has_filled |= bytes % GRANULE_BYTES == 0;
            AO_compiler_barrier();
            slot->next = cell + (size_class + 1) * GRANULE_BYTES;
            return (void *)cell;
        }
    }
    return slowly(kind, bytes);
}

#endif
