/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_ALLOC_FREE_LIST_H
#define TIDEMARK_ALLOC_FREE_LIST_H

/* Free lists.  Memory is free in two sizes:
 *
 * Cells.  They have no links in them; a free cell is a zero bit, neighbouring
 * zero bits are a free run, and what stands on a list is the block that has
 * some: for each kind and size class, the blocks with free cells, those
 * without, and after a collection those that nobody has swept yet.
 *
 * Blocks.  Neighbouring free blocks are one free run, coalesced at once when
 * one is given back; the first and the last block of a run know its length, and
 * the first stands on a list by that length. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc/heap_map.h"

/* Doubly linked through the descriptors; the number of the first or NO_BLOCK.
 */
struct block_list {
    uint32_t first;
};

void gc__block_list_push(struct heap_map *map, struct block_list *list,
                         uint32_t block);
void gc__block_list_remove(struct heap_map *map, struct block_list *list,
                           uint32_t block);

enum {
    EXACT_BINS = 32, /* runs of 1 to 32 blocks, one length each */
    BIN_COUNT = EXACT_BINS + 27,
};

struct free_runs {
    struct block_list bins[BIN_COUNT];
    size_t blocks;   /* in all runs */
    size_t unbacked; /* of them, without any memory behind them */
};

void gc__free_runs_init(struct free_runs *runs);

/* Takes `count` neighbouring blocks off the lists, or answers NO_BLOCK.  The
 * descriptors keep their is_dirty; everything else in them is the caller's to
 * set. */
uint32_t gc__free_runs_take(struct heap_map *map, struct free_runs *runs,
                            size_t count);

/* Takes one block of which about `pages` pages have memory behind them, if there
 * is a free run of one block; else NO_BLOCK. */
uint32_t gc__free_runs_take_touched(struct heap_map *map,
                                    struct free_runs *runs, unsigned pages);

/* Takes exactly the `count` blocks from `first` on, if they are free. */
bool gc__free_runs_take_at(struct heap_map *map, struct free_runs *runs,
                           uint32_t first, size_t count);

/* Gives blocks back, whose bits must be zero, and coalesces them with their
 * neighbours. */
void gc__free_runs_give(struct heap_map *map, struct free_runs *runs,
                        uint32_t first, size_t count, uint32_t cycle);

/* True if every run stands on the right list, and no two are neighbours. */
bool gc__free_runs_verify(const struct heap_map *map,
                          const struct free_runs *runs);

#endif
