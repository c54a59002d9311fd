/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_ALLOC_RELEASE_H
#define TIDEMARK_ALLOC_RELEASE_H

/* Returning memory to the system.  The addresses stay the heap's; what is
 * returned is the memory behind them, with MADV_DONTNEED, so that the resident
 * size falls now.  MADV_FREE would look like a leak, and munmap would cost a
 * mapping for every hole. */

#include "alloc/variable.h"

/* Returns the memory of free blocks, and of their tables, that have been free
 * for at least `age` collections.  Returns the bytes. */
size_t gc__release_free_blocks(struct variable *heap, uint32_t age);

/* Returns free pages inside blocks that are partly in use, where something has
 * changed since the last time.  Threads must be retired and all blocks swept.
 */
size_t gc__release_free_pages(struct variable *heap);

#endif
