/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_FORK_H
#define TIDEMARK_GC_FORK_H

/* The heap at a fork: see gc/fork.c. */

#include <stdbool.h>

#include "gc/heap.h"

/* The three of pthread_atfork(3), in the thread that forks; its record may be
 * gc__nobody.  Each may be called twice, and then the second call does nothing.
 */
void gc__heap_fork_begins(struct heap *heap, struct thread *self);
void gc__heap_fork_ends(struct heap *heap);
void gc__heap_fork_has_child(struct heap *heap, struct thread *self);

/* False in a child process that was made without these three.  There the heap may
 * be in the middle of anything. */
bool gc__heap_is_of_this_process(struct heap *heap);

#endif
