/* SPDX-License-Identifier: MIT */
#include "alloc/heap_map.h"

enum { LEAST_BLOCKS = 64, GROWTH_STEP_BLOCKS = 64 };

/* The parts of the place, for `blocks` blocks of room. */
static struct range table_space(const struct heap_map *map, size_t blocks)
{
    uintptr_t low = map->place.space.low;
    return (struct range){
        low, low + round_up(blocks * sizeof(struct block), PAGE_BYTES)};
}

static struct range heap_space(const struct heap_map *map, size_t blocks)
{
    return (struct range){map->low, block_address(map, blocks)};
}

bool gc__heap_map_init(struct heap_map *map)
{
    enum { BYTES_PER_BLOCK = BLOCK_BYTES + sizeof(struct block) };

    struct place place;
    if (!gc__pages_find_place((LEAST_BLOCKS + 2) * (size_t)BYTES_PER_BLOCK +
                                  HUGE_PAGE_BYTES,
                              &place))
        return false;

    /* Two blocks and a huge page less than would fit leave room for rounding.  Block numbers
     * have 32 bits, the largest of which says none. */
    size_t capacity =
        (range_size(place.space) - HUGE_PAGE_BYTES) / BYTES_PER_BLOCK - 2;
    capacity = round_down(smaller(capacity, NO_BLOCK - 1), LEAST_BLOCKS);
    *map = (struct heap_map){.place = place, .capacity_blocks = capacity};
    map->low = round_up(table_space(map, capacity).high, HUGE_PAGE_BYTES);
    map->blocks = (struct block *)table_space(map, 0).low;
    return true;
}

void gc__heap_map_finish(struct heap_map *map)
{
    struct range used[] = {
        table_space(map, map->table_blocks),
        heap_space(map, map->committed_blocks),
    };
    gc__pages_leave_place(&map->place, used, sizeof used / sizeof *used);
    *map = (struct heap_map){0};
}

/* Makes the part usable that `wanted` has and `present` has not. */
static bool extend(const struct place *place, struct range present,
                   struct range wanted)
{
    struct range missing = {present.high, wanted.high};
    return missing.low >= missing.high || gc__pages_commit(place, missing);
}

/* Extends table and heap to `blocks` blocks.  What succeeded of it stays: it is
 * used at the next attempt. */
static bool commit(struct heap_map *map, size_t blocks)
{
    size_t table_blocks = round_up(blocks, LEAST_BLOCKS);
    if (table_blocks > map->table_blocks) {
        if (!extend(&map->place, table_space(map, map->table_blocks),
                    table_space(map, table_blocks)))
            return false;
        map->table_blocks = table_blocks;
    }
    if (blocks > map->committed_blocks) {
        if (!extend(&map->place, heap_space(map, map->committed_blocks),
                    heap_space(map, blocks)))
            return false;
        map->committed_blocks = blocks;
    }
    return true;
}

uint32_t gc__heap_map_grow(struct heap_map *map, size_t count)
{
    size_t first = heap_map_blocks(map);
    if (count > map->capacity_blocks - first)
        return NO_BLOCK;

    size_t needed = first + count;
    if (needed > map->committed_blocks) {
        size_t step = larger(first / 8, GROWTH_STEP_BLOCKS);
        size_t wanted = smaller(needed + step, map->capacity_blocks);
        if (!commit(map, wanted) && !commit(map, needed))
            return NO_BLOCK;
    }
    AO_store_release(&map->bytes, needed << BLOCK_SHIFT);
    return (uint32_t)first;
}

size_t gc__heap_map_table_bytes(const struct heap_map *map)
{
    return range_size(table_space(map, map->table_blocks));
}
