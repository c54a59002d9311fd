/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_API_LOOK_H
#define TIDEMARK_GC_API_LOOK_H

/* How the functions that look at the heap as a whole begin. */

#include <errno.h>

#include "gc/api/process.h"

/* Keeps a function that has spilled its registers from giving up its frame
 * before its last call. */
#define NOT_A_TAIL_CALL() __asm__ volatile("" : : : "memory")

/* Prepares the library, if it is not prepared yet, and settles the heap.
 * Returns NULL, errno ENOMEM or EPERM, if that fails. */
static inline struct thread *look_at_objects(void)
{
    struct thread *thread = gc__enter();
    if (thread != NULL)
        gc__heap_settle(&gc__process.heap, thread);
    return thread;
}

/* Lists the roots too.  The caller spills its own registers next: from its
 * frame on the stack is looked at, so what it was asked about must not be in
 * there. */
static inline struct thread *look_at_references(void)
{
    struct thread *thread = gc__enter();
    if (thread == NULL)
        return NULL;
    if (!gc__roots_list(&gc__process.heap.roots)) {
        errno = ENOMEM;
        return NULL;
    }
    gc__heap_settle(&gc__process.heap, thread);
    return thread;
}

#endif
