/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_VERIFY_H
#define TIDEMARK_GC_VERIFY_H

#include "gc/heap.h"

/* Verifies the allocator's structures or, where `is_marked` says that a marking
 * has just ended, that what a root or a marked object refers to is marked.  Ends
 * the process with a message at the first fault: the heap is not to be trusted
 * any more. */
void gc__verify(const struct heap *heap, bool is_marked);

#endif
