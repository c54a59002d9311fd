/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_ALLOC_RUN_H
#define TIDEMARK_ALLOC_RUN_H

/* Runs: the free cells that a thread takes from a block at once.  (For alloc/.) */

#include <stdbool.h>

#include "alloc/variable.h"

/* Claims the next free run of the slot's block; false if there is none left.
 * Under the lock, or without it if the slot owns the block: see alloc/run.c. */
bool gc__local_claim_run(const struct variable *heap, struct local *local,
                         struct slot *slot);

/* Wants memory behind the pages that the cells up to `end` are in, and, since the
 * next ones will be in the next pages, behind as many again as the block has
 * already.  So a class that is hardly used has hardly any. */
void gc__local_want_memory(const struct heap_map *map, struct local *local,
                           uint32_t block, unsigned end);

/* Hands out the first cell of the slot's run, which must have one. */
static inline void *slot_next_cell(struct slot *slot, size_t bytes,
                                   bool is_filled)
{
    void *cell = (void *)slot->next;
    slot->next += bytes;
    slot->has_filled |= is_filled;
    return cell;
}

#endif
