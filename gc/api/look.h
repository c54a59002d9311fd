/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_API_LOOK_H
#define TIDEMARK_GC_API_LOOK_H

/* How the functions that look at the heap as a whole begin. */

#include <errno.h>

#include "gc/api/process.h"
#include "gc/hold.h"

/* Prepares the library, if it is not prepared yet, and holds the objects of the
 * heap; gc__unlock() lets them go.  Returns NULL if that fails. */
static inline struct thread *look_at_objects(void)
{
    struct thread *thread = gc__enter_to_ask();
    if (thread == NULL || !gc__heap_hold_objects(&gc__process.heap, thread))
        return NULL;
    return thread;
}

/* Holds the whole world, until gc__heap_go_on.  The caller spills its own
 * registers next: from its frame on the stack is looked at, so what it was asked
 * about must not be in there. */
static inline struct thread *look_at_references(void)
{
    struct thread *thread = gc__enter_to_ask();
    if (thread == NULL)
        return NULL;
    if (!gc__heap_hold(&gc__process.heap, thread)) {
        errno = ENOMEM;
        return NULL;
    }
    return thread;
}

#endif
