/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_THREAD_VALUES_H
#define TIDEMARK_PLATFORM_THREAD_VALUES_H

/* The values that a thread has given to pthread_setspecific, in the blocks that
 * libc keeps them in. */

#include <stdbool.h>
#include <stddef.h>

#include "platform/thread_locals.h"

/* Where things are kept: offsets in bytes, as seen from the thread. */
struct thread_value_layout {
    size_t blocks_at; /* addresses of the blocks; 0: there is none */
    size_t blocks;    /* so many of them */
    size_t block_bytes;
    size_t thread_bytes; /* what libc keeps of a thread, the first block too */
};

/* Reads the layout.  Returns false where it is unknown: in a static program, and
 * with other C libraries than glibc.  Takes the loader's lock. */
bool gc__thread_value_layout(struct thread_value_layout *layout);

/* Shows the blocks of a thread, by its pthread_self(), which is the calling one or
 * stands still.  Returns false if the visitor did. */
bool gc__thread_values(const struct thread_value_layout *layout,
                       uintptr_t thread, gc__thread_local_visitor *visit,
                       void *context);

#endif
