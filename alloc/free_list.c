/* SPDX-License-Identifier: MIT */
#include "alloc/free_list.h"

#include <limits.h>

#include "base/bits.h"

void gc__block_list_push(struct heap_map *map, struct block_list *list,
                         uint32_t block)
{
    map->blocks[block].next = list->first;
    map->blocks[block].previous = NO_BLOCK;
    if (list->first != NO_BLOCK)
        map->blocks[list->first].previous = block;
    list->first = block;
}

void gc__block_list_remove(struct heap_map *map, struct block_list *list,
                           uint32_t block)
{
    uint32_t next = map->blocks[block].next;
    uint32_t previous = map->blocks[block].previous;
    if (previous == NO_BLOCK)
        list->first = next;
    else
        map->blocks[previous].next = next;
    if (next != NO_BLOCK)
        map->blocks[next].previous = previous;
}

/* Runs up to EXACT_BINS blocks have a bin for each length, longer ones a bin
 * for each doubling. */
static unsigned bin_of(size_t count)
{
    DEBUG_CHECK(count > 0);
    if (count <= EXACT_BINS)
        return (unsigned)count - 1;
    return EXACT_BINS + highest_bit(count) - highest_bit(EXACT_BINS);
}

static void link_run(struct heap_map *map, struct free_runs *runs,
                     uint32_t first, size_t count)
{
    map->blocks[first].run_blocks = (uint32_t)count;
    map->blocks[first].back = 0;
    map->blocks[first + count - 1].back = (uint32_t)count - 1;
    gc__block_list_push(map, &runs->bins[bin_of(count)], first);
    runs->blocks += count;
}

static size_t unlink_run(struct heap_map *map, struct free_runs *runs,
                         uint32_t first)
{
    size_t count = map->blocks[first].run_blocks;
    gc__block_list_remove(map, &runs->bins[bin_of(count)], first);
    runs->blocks -= count;
    return count;
}

/* It was never touched, or its memory has been returned. */
static bool is_unbacked(const struct block *block)
{
    return !block->is_dirty && block->touched == 0;
}

static size_t count_unbacked(const struct heap_map *map, size_t first,
                             size_t count)
{
    size_t unbacked = 0;
    for (size_t i = first; i < first + count; i++)
        unbacked += is_unbacked(&map->blocks[i]);
    return unbacked;
}

void gc__free_runs_init(struct free_runs *runs)
{
    runs->blocks = runs->unbacked = 0;
    for (unsigned bin = 0; bin < BIN_COUNT; bin++)
        runs->bins[bin].first = NO_BLOCK;
}

/* The shortest list that has a run of `count` blocks; in the lists of one
 * length each, the first run will do. */
static uint32_t find_run(const struct heap_map *map,
                         const struct free_runs *runs, size_t count)
{
    for (unsigned bin = bin_of(count); bin < BIN_COUNT; bin++) {
        uint32_t run = runs->bins[bin].first;
        while (run != NO_BLOCK && map->blocks[run].run_blocks < count)
            run = map->blocks[run].next;
        if (run != NO_BLOCK)
            return run;
    }
    return NO_BLOCK;
}

/* Cuts [first, first + count) out of the free run that starts at `run`. */
static void cut(struct heap_map *map, struct free_runs *runs, uint32_t run,
                uint32_t first, size_t count)
{
    uint32_t cycle = map->blocks[run].cycle;
    size_t before = first - run;
    size_t after = unlink_run(map, runs, run) - before - count;
    runs->unbacked -= count_unbacked(map, first, count);
    if (before > 0)
        link_run(map, runs, run, before);
    if (after > 0) {
        uint32_t rest = first + (uint32_t)count;
        map->blocks[rest].cycle = cycle;
        link_run(map, runs, rest, after);
    }
}

uint32_t gc__free_runs_take(struct heap_map *map, struct free_runs *runs,
                            size_t count)
{
    if (runs->blocks < count)
        return NO_BLOCK;
    uint32_t run = find_run(map, runs, count);
    if (run != NO_BLOCK)
        cut(map, runs, run, run, count);
    return run;
}

uint32_t gc__free_runs_take_touched(struct heap_map *map,
                                    struct free_runs *runs, unsigned pages)
{
    enum { LOOKS = 32 };
    uint32_t best = NO_BLOCK;
    unsigned best_distance = UINT_MAX;
    uint32_t run = runs->bins[bin_of(1)].first;
    for (unsigned i = 0; i < LOOKS && run != NO_BLOCK; i++) {
        unsigned touched = map->blocks[run].touched;
        unsigned distance = touched > pages ? touched - pages : pages - touched;
        if (distance < best_distance) {
            best_distance = distance;
            best = run;
        }
        run = map->blocks[run].next;
    }
    if (best != NO_BLOCK)
        cut(map, runs, best, best, 1);
    return best;
}

bool gc__free_runs_take_at(struct heap_map *map, struct free_runs *runs,
                           uint32_t first, size_t count)
{
    if (first + count > heap_map_blocks(map) ||
        map->blocks[first].state != BLOCK_FREE)
        return false;
    uint32_t run = first;
    while (run > 0 && map->blocks[run - 1].state == BLOCK_FREE)
        run--;
    if (run + map->blocks[run].run_blocks < first + count)
        return false;
    cut(map, runs, run, first, count);
    return true;
}

void gc__free_runs_give(struct heap_map *map, struct free_runs *runs,
                        uint32_t first, size_t count, uint32_t cycle)
{
    for (size_t i = 0; i < count; i++) {
        struct block *block = &map->blocks[first + i];
        block->state = BLOCK_FREE;
        block->cells = 0;
        block->cell_bytes = 0;
        block->reciprocal = 0;
    }
    runs->unbacked += count_unbacked(map, first, count);

    uint32_t past = first + (uint32_t)count;
    if (past < heap_map_blocks(map) && map->blocks[past].state == BLOCK_FREE)
        count += unlink_run(map, runs, past);
    if (first > 0 && map->blocks[first - 1].state == BLOCK_FREE) {
        uint32_t before = first - 1 - map->blocks[first - 1].back;
        count += unlink_run(map, runs, before);
        first = before;
    }
    map->blocks[first].cycle = cycle;
    link_run(map, runs, first, count);
}

static bool run_is_sound(const struct heap_map *map, uint32_t run, unsigned bin)
{
    size_t count = map->blocks[run].run_blocks;
    size_t past = run + count;
    if (count == 0 || past > heap_map_blocks(map) || bin_of(count) != bin)
        return false;
    for (size_t i = run; i < past; i++)
        if (map->blocks[i].state != BLOCK_FREE || map->blocks[i].cells != 0)
            return false;
    if (map->blocks[past - 1].back != count - 1)
        return false;
    if (past < heap_map_blocks(map) && map->blocks[past].state == BLOCK_FREE)
        return false;
    return run == 0 || map->blocks[run - 1].state != BLOCK_FREE;
}

bool gc__free_runs_verify(const struct heap_map *map,
                          const struct free_runs *runs)
{
    size_t listed = 0;
    for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
        uint32_t previous = NO_BLOCK;
        for (uint32_t run = runs->bins[bin].first; run != NO_BLOCK;
             run = map->blocks[run].next) {
            if (map->blocks[run].previous != previous ||
                !run_is_sound(map, run, bin))
                return false;
            listed += map->blocks[run].run_blocks;
            previous = run;
        }
    }
    size_t free = 0, unbacked = 0;
    for (size_t i = 0; i < heap_map_blocks(map); i++) {
        bool is_free = map->blocks[i].state == BLOCK_FREE;
        free += is_free;
        unbacked += is_free && is_unbacked(&map->blocks[i]);
    }
    return listed == free && listed == runs->blocks &&
           unbacked == runs->unbacked;
}
