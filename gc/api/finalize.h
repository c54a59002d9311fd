/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_API_FINALIZE_H
#define TIDEMARK_GC_API_FINALIZE_H

/* When finalizers are called: whatever may have collected calls
 * gc__finalize_if_due() when it has no lock and is about to return. */

#include "gc/api/process.h"

/* Calls the notifier, or ready finalizers. */
void gc__finalize_now(struct thread *thread);

static inline void gc__finalize_if_due(struct thread *thread)
{
    const struct process *process = &gc__process;
    bool calls_them = finalizers_ready(&process->heap.finalizers) > 0 &&
                      process->finalizing == TIDEMARK_FINALIZE_SOON;
    if (thread->has_collected || calls_them)
        gc__finalize_now(thread);
}

/* Has a thread of its own call them.  False if there is none to be had. */
bool gc__finalize_in_thread(void);

/* Locks the heap and finds the object that `pointer` points into.  NULL, errno
 * EINVAL, without the lock, if there is none; NULL where nothing can be
 * changed. */
struct thread *gc__lock_object(const void *pointer, struct cell *cell);

#endif
