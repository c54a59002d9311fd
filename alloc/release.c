/* SPDX-License-Identifier: MIT */
#include "alloc/release.h"

#include "alloc/bit_run.h"

static size_t return_pages(uintptr_t low, uintptr_t high)
{
    struct range pages = {round_up(low, PAGE_BYTES),
                          round_down(high, PAGE_BYTES)};
    if (pages.low >= pages.high || !gc__pages_return(pages))
        return 0;
    return range_size(pages);
}

/* The descriptors of a free run are zero once its memory is returned, all but
 * the first and the last. */
static size_t return_table(struct heap_map *map, size_t first, size_t end)
{
    if (end - first < 3)
        return 0;
    return return_pages((uintptr_t)&map->blocks[first + 1],
                        (uintptr_t)&map->blocks[end - 1]);
}

static void mark_clean(struct block *block)
{
    block->is_dirty = false;
    block->touched = 0;
}

/* Blocks that had memory and were never used: note of it may be lost with their
 * descriptors. */
static void forget_touched(struct variable *heap, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        heap->free_runs.unbacked += heap->map.blocks[i].touched > 0;
        heap->map.blocks[i].touched = 0;
    }
}

static size_t return_run(struct variable *heap, size_t first, size_t end)
{
    struct heap_map *map = &heap->map;
    size_t bytes = 0;
    for (size_t i = first; i < end;) {
        if (!map->blocks[i].is_dirty) {
            i++;
            continue;
        }
        size_t dirty = i;
        while (i < end && map->blocks[i].is_dirty)
            i++;
        size_t returned =
            return_pages(block_address(map, dirty), block_address(map, i));
        if (returned == 0)
            return bytes; /* the system would not; they stay dirty */
        for (size_t clean = dirty; clean < i; clean++)
            mark_clean(&map->blocks[clean]);
        heap->free_runs.unbacked += i - dirty;
        bytes += returned;
    }
    if (bytes == 0)
        return 0;
    forget_touched(heap, first, end);
    return bytes + return_table(map, first, end);
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
                    return_run(heap, run, run + map->blocks[run].run_blocks);
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

/* What an earlier owner of the last block left behind the end of the object. */
static size_t trim_large(const struct heap_map *map, uint32_t index)
{
    struct block *head = &map->blocks[index];
    struct block *last = &map->blocks[index + head->run_blocks - 1];
    uintptr_t end = block_address(map, index) + head->large_bytes;
    uintptr_t high = block_address(map, index + head->run_blocks);
    head->is_trimmed = true;
    last->touched = (uint8_t)(BLOCK_PAGES -
                              (high - round_up(end, PAGE_BYTES)) / PAGE_BYTES);
    return return_pages(end, high);
}

size_t gc__release_free_pages(struct variable *heap)
{
    size_t bytes = 0;
    size_t end = heap_map_blocks(&heap->map);
    for (size_t i = 0; i < end; i = block_after(&heap->map, i)) {
        const struct block *block = &heap->map.blocks[i];
        if (block->is_trimmed)
            continue;
        if (block->state == BLOCK_LARGE)
            bytes += trim_large(&heap->map, (uint32_t)i);
        if (block->state == BLOCK_SMALL && block->place != PLACE_OWNED &&
            block->used < block->cells)
            bytes += trim_small(&heap->map, (uint32_t)i);
    }
    return bytes;
}
