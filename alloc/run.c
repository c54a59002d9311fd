/* SPDX-License-Identifier: MIT */
/* Claiming a run of free cells.
 *
 * The thread that owns a block claims runs in it without the lock.  Why that is
 * safe:
 *
 * - Nobody else sets allocated bits in the block while it is owned, and nobody
 *   else reads or writes its cursor, its fresh cells and its touched pages.  It
 *   becomes owned, and stops being so, with the lock held.
 * - Others clear bits meanwhile, with the lock: those of cells that they free, and
 *   of runs that they have left from before.  The bits of a word are changed by one
 *   instruction, so nothing is lost.  A cell is whoever's finds its bit zero,
 *   and who clears a bit does not touch the cell afterwards.
 * - A thread is busy meanwhile, so no stop comes in between.
 * - Who has the lock may ask whether an address is an unborn cell
 *   (gc__variable_is_object).  The run is written down before its bits are set:
 *   first its beginning, then its limit.  The new run lies behind the old one,
 *   which is used up; so from the first step on the slot has no cell, and from the
 *   second on those of the new run, before any of them has its bit.
 * - A child of fork(2) may find any of this half done: see gc__local_forget. */

#include "alloc/run.h"

#include <string.h>

#include "alloc/bit_run.h"
#include "base/atomics.h"
#include "base/bits.h"
#include "platform/memcheck.h"

enum { CACHE_LINE_BYTES = 64 };

void gc__local_prepare(struct local *local)
{
    if (range_size(local->untouched) > 0)
        gc__pages_populate(local->untouched);
    if (range_size(local->dirty) > 0)
        memset((void *)local->dirty.low, 0, range_size(local->dirty));
    local->untouched = local->dirty = (struct range){0, 0};
}

/* Brings memory into the cache that is about to be written. */
static void fetch(uintptr_t low, uintptr_t high)
{
    for (uintptr_t at = low; at < high; at += CACHE_LINE_BYTES)
        __builtin_prefetch((const void *)at, 1);
}

void gc__local_want_memory(const struct heap_map *map, struct local *local,
                           uint32_t index, unsigned end)
{
    struct block *block = &map->blocks[index];
    size_t pages =
        round_up((size_t)end * block->cell_bytes, PAGE_BYTES) / PAGE_BYTES;
    size_t had = block->touched;
    if (pages <= had)
        return;
    pages = smaller(larger(pages, 2 * had), BLOCK_PAGES);
    uintptr_t low = block_address(map, index);
    local->untouched =
        (struct range){low + had * PAGE_BYTES, low + pages * PAGE_BYTES};
    block->touched = (uint8_t)pages;
}

/* Of cells [first, end), which were used before, memory is cleared or fetched.
 * Without caching those that need not be cleared are not, so that memcheck knows
 * what was not written. */
static void want_clean(const struct variable *heap, struct local *local,
                       const struct slot *slot, unsigned first, unsigned end)
{
    struct block *block = &heap->map.blocks[slot_block(slot)];
    uintptr_t low = block_address(&heap->map, slot_block(slot));
    unsigned dirty_end = (unsigned)smaller(end, block->fresh);
    bool is_cached = heap->run_bytes > 0;
    if (!variable_clears(heap, block->kind) && (slot->owns || !is_cached))
        fetch(slot->limit,
              smaller(slot->limit + heap->run_bytes, low + BLOCK_BYTES));
    else if (dirty_end > first)
        local->dirty = (struct range){slot->next, low + (size_t)dirty_end *
                                                            block->cell_bytes};
    block->fresh = (uint16_t)larger(block->fresh, end);
}

/* What is cleared, now or before, and what holds whatever was there. */
static void tell_memcheck(const struct variable *heap, unsigned kind,
                          struct range run)
{
    if (variable_clears(heap, kind))
        memcheck_defined(run);
    else
        memcheck_undefined(run);
}

bool gc__local_claim_run(const struct variable *heap, struct local *local,
                         struct slot *slot)
{
    struct block *block = &heap->map.blocks[slot_block(slot)];
    struct bit_pair *bits = block_bits(&heap->map, slot_block(slot));
    unsigned first = bit_run_free(bits, block->cursor, block->cells);
    block->cursor = (uint16_t)first;
    if (first == block->cells)
        return false;

    size_t run_bytes =
        variable_shows_dead(heap, block->kind) ? 0 : heap->run_bytes;
    size_t most = larger(run_bytes / block->cell_bytes, 1);
    unsigned end = bit_run_taken(bits, first,
                                 (unsigned)smaller(first + most, block->cells));
    uintptr_t low = block_address(&heap->map, slot_block(slot));
    tell_memcheck(heap, block->kind,
                  (struct range){low + (size_t)first * block->cell_bytes,
                                 low + (size_t)end * block->cell_bytes});
    AO_store(&slot->next, low + (size_t)first * block->cell_bytes);
    AO_store_release(&slot->limit, low + (size_t)end * block->cell_bytes);
    bit_run_set(bits, first, end);
    block_count_used(block, (int)(end - first));
    block->cursor = (uint16_t)end;

    local->taken_bytes += slot->limit - slot->next;
    gc__local_want_memory(&heap->map, local, slot_block(slot), end);
    want_clean(heap, local, slot, first, end);
    return true;
}

void *gc__local_claim_small(const struct variable *heap, struct local *local,
                            enum kind kind, size_t request)
{
    unsigned size_class = size_class_of(larger(request, 1));
    struct slot *slots = local_slots(local, kind);
    if (heap->run_bytes == 0 || slots == NULL)
        return NULL;
    struct slot *slot = &slots[size_class];
    size_t bytes = size_class_bytes(size_class);
    if (slot->freed != NULL)
        return NULL;
    bool has_cell = slot->next != slot->limit ||
                    (slot->owns && gc__local_claim_run(heap, local, slot));
    return has_cell ? slot_next_cell(slot, bytes, request == bytes) : NULL;
}
