/* SPDX-License-Identifier: MIT */
#include "alloc/release.h"

#include "alloc/bit_run.h"

enum {
    BITS_BYTES = BLOCK_BIT_WORDS * sizeof(struct bit_pair),
    BLOCKS_PER_TABLE_PAGE = PAGE_BYTES / BITS_BYTES,
};

static size_t return_pages(uintptr_t low, uintptr_t high)
{
    struct range pages = {round_up(low, PAGE_BYTES),
                          round_down(high, PAGE_BYTES)};
    if (pages.low >= pages.high || !gc__pages_return(pages))
        return 0;
    return range_size(pages);
}

/* Bits of free blocks are zero, and so are fresh pages. */
static size_t return_tables(struct heap_map *map, size_t first, size_t end)
{
    first = round_up(first, BLOCKS_PER_TABLE_PAGE);
    end = round_down(end, BLOCKS_PER_TABLE_PAGE);
    if (first >= end)
        return 0;
    return return_pages((uintptr_t)block_bits(map, first),
                        (uintptr_t)block_bits(map, end));
}

static size_t return_run(struct heap_map *map, size_t first, size_t end)
{
    size_t bytes = 0;
    bool was_dirty = false;
    for (size_t i = first; i < end;) {
        if (map->blocks[i].is_clean) {
            i++;
            continue;
        }
        size_t dirty = i;
        for (; i < end && !map->blocks[i].is_clean; i++)
            map->blocks[i].is_clean = true;
        size_t returned =
            return_pages(block_address(map, dirty), block_address(map, i));
        for (size_t b = dirty; returned == 0 && b < i; b++)
            map->blocks[b].is_clean = false;
        bytes += returned;
        was_dirty = true;
    }
    return was_dirty ? bytes + return_tables(map, first, end) : bytes;
}

size_t gc__release_free_blocks(struct variable *heap, uint32_t age)
{
    struct heap_map *map = &heap->map;
    size_t bytes = 0;
    for (unsigned bin = 0; bin < BIN_COUNT; bin++)
        for (uint32_t run = heap->free_runs.bins[bin].first; run != NO_BLOCK;
             run = map->blocks[run].next)
            if (heap->cycle - map->blocks[run].cycle >= age)
                bytes +=
                    return_run(map, run, run + map->blocks[run].run_blocks);
    return bytes;
}

static size_t trim_small(const struct heap_map *map, uint32_t index)
{
    struct block *block = &map->blocks[index];
    struct bit_pair *bits = block_bits(map, index);
    uintptr_t low = block_address(map, index);
    size_t bytes = 0;
    unsigned first = bit_run_free(bits, 0, block->fresh);
    while (first < block->fresh) {
        unsigned end = bit_run_taken(bits, first, block->fresh);
        bytes += return_pages(low + (size_t)first * block->cell_bytes,
                              low + (size_t)end * block->cell_bytes);
        first = bit_run_free(bits, end, block->fresh);
    }
    block->is_trimmed = true;
    return bytes;
}

size_t gc__release_free_pages(struct variable *heap)
{
    size_t bytes = 0;
    for (size_t i = 0; i < heap_map_blocks(&heap->map); i++) {
        const struct block *block = &heap->map.blocks[i];
        if (block->state == BLOCK_SMALL && !block->is_trimmed &&
            block->place != PLACE_OWNED && block->used < block->cells)
            bytes += trim_small(&heap->map, (uint32_t)i);
    }
    return bytes;
}
