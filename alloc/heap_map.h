/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_ALLOC_HEAP_MAP_H
#define TIDEMARK_ALLOC_HEAP_MAP_H

/* The heap map: where the heap is, and which addresses in it are cells.
 *
 * The heap is one range of addresses that grows in place, so "may this word be
 * a pointer" is a subtraction and a comparison, and the table of the blocks is
 * an array indexed by (address - low) >> 16.  It lies below the heap in the same
 * place and grows with it:
 *
 *     descriptors and bits, 1088 bytes a block -> | heap ->
 *
 * The descriptor of a block becomes usable before its memory does. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc/block.h"
#include "base/atomics.h"
#include "base/word.h"
#include "platform/pages.h"

struct heap_map {
    uintptr_t low;
    /* That blocks have been made of; the rest is not known.  atomic: release when
     * it rises, acquire where it is read without the lock. */
    size_t bytes;
    struct block *blocks;

    struct place place;
    size_t capacity_blocks;  /* room for, in the place */
    size_t committed_blocks; /* writable memory for */
    size_t table_blocks;     /* writable descriptors for */
};

/* A cell, which a word was found to point into. */
struct cell {
    uint32_t block; /* of a large object: its head */
    uint32_t index; /* in the block; 0 for a large object */
};

/* Finds a place for the heap; false if the system has none. */
bool gc__heap_map_init(struct heap_map *map);
void gc__heap_map_finish(struct heap_map *map);

/* Appends `count` blocks and answers the index of the first, or NO_BLOCK.
 * Their descriptors and bits are zero, and so is their memory. */
uint32_t gc__heap_map_grow(struct heap_map *map, size_t count);

/* Bytes of the table that have been made usable. */
size_t gc__heap_map_table_bytes(const struct heap_map *map);

static inline size_t heap_map_blocks(const struct heap_map *map)
{
    return map->bytes >> BLOCK_SHIFT;
}

static inline uintptr_t block_address(const struct heap_map *map, size_t block)
{
    return map->low + (block << BLOCK_SHIFT);
}

static inline struct bit_pair *block_bits(const struct heap_map *map,
                                          size_t block)
{
    return map->blocks[block].bits;
}

/* The block after the free run, the large object or the block of cells that
 * starts at `block`.  A walk from one to the next touches no descriptor inside
 * of a free run, whose memory may have been returned. */
static inline size_t block_after(const struct heap_map *map, size_t block)
{
    const struct block *first = &map->blocks[block];
    return block + (first->state == BLOCK_SMALL ? 1 : first->run_blocks);
}

/* The bits of cell `index`, which is bit index % 64 of the pair. */
static inline struct bit_pair *cell_bits(const struct heap_map *map,
                                         struct cell cell)
{
    return block_bits(map, cell.block) + cell.index / WORD_BITS;
}

static inline uint64_t cell_bit(struct cell cell)
{
    return (uint64_t)1 << (cell.index % WORD_BITS);
}

/* The quick half of heap_map_find, for the marker: true if `word` points into a
 * small block.  Behind the last cell of the block it answers a cell that does
 * not exist, and whose bits are therefore zero. */
static inline bool heap_map_find_small(const struct heap_map *map,
                                       uintptr_t word, struct cell *cell)
{
    size_t offset = word - map->low;
    *cell = (struct cell){0, 0};
    if (offset >= AO_load_acquire(&map->bytes))
        return false;
    cell->block = (uint32_t)(offset >> BLOCK_SHIFT);
    const struct block *block = &map->blocks[cell->block];
    cell->index = block_cell_at(block, offset & (BLOCK_BYTES - 1));
    return block->reciprocal != 0;
}

/* The cell that `word` points into, allocated or not; false if there is none.
 * Any word is welcome: this is the one place where a word that may be a pointer
 * becomes something else. */
static inline bool heap_map_find(const struct heap_map *map, uintptr_t word,
                                 struct cell *cell)
{
    struct cell found;
    bool is_small = heap_map_find_small(map, word, &found);
    if (!is_small && word - map->low >= map->bytes)
        return false;
    const struct block *block = &map->blocks[found.block];
    if (is_small ? found.index >= block->cells : block->state == BLOCK_FREE)
        return false;
    if (block->state == BLOCK_LARGE_TAIL)
        found.block -= block->back;
    *cell = found;
    return true;
}

static inline uintptr_t cell_address(const struct heap_map *map,
                                     struct cell cell)
{
    return block_address(map, cell.block) +
           (size_t)cell.index * map->blocks[cell.block].cell_bytes;
}

/* Usable bytes of the cell. */
static inline size_t cell_bytes(const struct heap_map *map, struct cell cell)
{
    const struct block *block = &map->blocks[cell.block];
    return block->state == BLOCK_SMALL ? block->cell_bytes : block->large_bytes;
}

/* True if `word`, which points into the cell, does not speak for it, wherever it
 * lies. */
static inline bool cell_ignores(const struct heap_map *map, struct cell cell,
                                uintptr_t word)
{
    return map->blocks[cell.block].is_kept_by_start &&
           word - block_address(map, cell.block) >= PAGE_BYTES;
}

static inline bool cell_is_allocated(const struct heap_map *map,
                                     struct cell cell)
{
    return (cell_bits(map, cell)->allocated & cell_bit(cell)) != 0;
}

static inline bool cell_is_marked(const struct heap_map *map, struct cell cell)
{
    return (cell_bits(map, cell)->marked & cell_bit(cell)) != 0;
}

#endif
