/* SPDX-License-Identifier: MIT */
#include "alloc/variable.h"

#include <string.h>

#include "alloc/bit_run.h"
#include "alloc/run.h"
#include "base/atomics.h"
#include "base/bits.h"

enum {
    RUN_BYTES = 4096,   /* cleared at once, so that it is warm in the cache */
    FREED_BYTES = 4096, /* on one freed list */
    BORROWED_RUNS = 4,  /* of one class, before a thread owns a block */
    POPULATE_FROM_BLOCKS = (2 << 20) / BLOCK_BYTES,
};

bool gc__variable_init(struct variable *heap)
{
    *heap = (struct variable){
        .kind_count = KIND_COUNT,
        .limit_blocks = SIZE_MAX,
        .allowance_bytes = SIZE_MAX,
    };
    gc__variable_set_caching(heap, true);
    if (!gc__heap_map_init(&heap->map))
        return false;
    gc__free_runs_init(&heap->free_runs);
    for (unsigned kind = 0; kind < KIND_COUNT; kind++)
        for (unsigned class = 0; class < CLASS_COUNT; class ++)
            class_blocks_init(&heap->classes[kind][class]);

    /* The place of the heap is random. */
    heap->seal = heap->map.low * UINT64_C(0x9e3779b97f4a7c15) | 1;
    return true;
}

void gc__variable_finish(struct variable *heap)
{
    gc__kinds_finish(heap);
    gc__heap_map_finish(&heap->map);
}

void gc__variable_set_caching(struct variable *heap, bool is_on)
{
    heap->run_bytes = is_on ? RUN_BYTES : 0;
    heap->freed_list_bytes = is_on ? FREED_BYTES : 0;
}

void gc__local_init(struct local *local)
{
    memset(local, 0, sizeof *local);
}

/* ---------------------------------------------------------------- blocks */

static size_t free_blocks_at_end(const struct heap_map *map)
{
    size_t blocks = heap_map_blocks(map);
    if (blocks == 0 || map->blocks[blocks - 1].state != BLOCK_FREE)
        return 0;
    return map->blocks[blocks - 1].back + 1;
}

/* A heap of some size that needs one more block for cells will soon need the
 * next: it gets a huge page's worth of them, with memory.  Large objects, which
 * may never be touched as a whole, do not. */
static void grow_by_huge_page(struct variable *heap, struct range *untouched)
{
    enum { HUGE_PAGE_BLOCKS = HUGE_PAGE_BYTES / BLOCK_BYTES };
    struct heap_map *map = &heap->map;
    size_t blocks = heap_map_blocks(map);
    if (blocks < POPULATE_FROM_BLOCKS)
        return;
    size_t count = HUGE_PAGE_BLOCKS - blocks % HUGE_PAGE_BLOCKS;
    if (heap->used_blocks + count > heap->limit_blocks)
        return;
    uint32_t first = gc__heap_map_grow(map, count);
    if (first == NO_BLOCK)
        return;
    *untouched = (struct range){block_address(map, first),
                                block_address(map, first + count)};
    for (size_t i = first; i < first + count; i++)
        map->blocks[i].touched = BLOCK_PAGES;
    gc__free_runs_give(map, &heap->free_runs, first, count, heap->cycle);
}

static uint32_t grow(struct variable *heap, size_t count)
{
    struct heap_map *map = &heap->map;
    size_t reused = free_blocks_at_end(map);
    DEBUG_CHECK(reused < count);
    uint32_t fresh = gc__heap_map_grow(map, count - reused);
    if (fresh == NO_BLOCK)
        return NO_BLOCK;
    uint32_t first = fresh - (uint32_t)reused;
    if (reused > 0)
        gc__free_runs_take_at(map, &heap->free_runs, first, reused);
    return first;
}

uint32_t gc__variable_take_blocks(struct variable *heap, size_t count,
                                  struct range *untouched, enum refusal *why)
{
    uint32_t first = NO_BLOCK;
    for (;;) {
        bool is_allowed = heap->used_blocks + count <= heap->limit_blocks;
        if (is_allowed)
            first = gc__free_runs_take(&heap->map, &heap->free_runs, count);
        if (first != NO_BLOCK)
            break;
        if (gc__variable_sweep_one(heap))
            continue;
        *why = is_allowed ? REFUSED_BY_SYSTEM : REFUSED_BY_LIMIT;
        if (is_allowed && untouched != NULL) {
            grow_by_huge_page(heap, untouched);
            first = gc__free_runs_take(&heap->map, &heap->free_runs, 1);
        }
        if (is_allowed && first == NO_BLOCK)
            first = grow(heap, count);
        if (first == NO_BLOCK)
            return NO_BLOCK;
        break;
    }
    heap->used_blocks += count;
    return first;
}

uint32_t gc__variable_take_touched(struct variable *heap, unsigned pages)
{
    if (heap->used_blocks >= heap->limit_blocks)
        return NO_BLOCK;
    uint32_t block =
        gc__free_runs_take_touched(&heap->map, &heap->free_runs, pages);
    heap->used_blocks += block != NO_BLOCK;
    return block;
}

void gc__variable_give_blocks(struct variable *heap, uint32_t first,
                              size_t count)
{
    for (size_t i = first; i < first + count; i++)
        heap->map.blocks[i].is_dirty = true;
    heap->used_blocks -= count;
    gc__free_runs_give(&heap->map, &heap->free_runs, first, count, heap->cycle);
}

static void make_small(struct variable *heap, uint32_t index, enum kind kind,
                       unsigned size_class)
{
    struct block *block = &heap->map.blocks[index];
    bool was_dirty = block->is_dirty;
    uint8_t touched = block->touched;
    block_clear(block);
    block->touched = touched;
    block->cell_bytes = (uint32_t)size_class_bytes(size_class);
    block->reciprocal = reciprocal_of(block->cell_bytes);
    block->cells = (uint16_t)(BLOCK_BYTES / block->cell_bytes);
    block->state = BLOCK_SMALL;
    block->kind = (uint8_t)kind;
    block->size_class = (uint8_t)size_class;
    block->fresh = was_dirty ? block->cells : 0;
    block->cycle = heap->cycle;
    variable_class(heap, kind, size_class)->count++;
}

/* ------------------------------------------------------------------ runs */

static void shelve(struct variable *heap, uint32_t index)
{
    struct block *block = &heap->map.blocks[index];
    struct class_blocks *class =
        variable_class(heap, block->kind, block->size_class);
    bool is_full = block->used == block->cells;
    block->place = is_full ? PLACE_FULL : PLACE_AVAILABLE;
    block->cursor = 0;
    gc__block_list_push(&heap->map, is_full ? &class->full : &class->available,
                        index);
}

static void unshelve(struct variable *heap, uint32_t index)
{
    struct block *block = &heap->map.blocks[index];
    struct class_blocks *class =
        variable_class(heap, block->kind, block->size_class);
    gc__block_list_remove(
        &heap->map,
        block->place == PLACE_FULL ? &class->full : &class->available, index);
}

/* Puts a block, which is on no list, where it belongs. */
static void settle(struct variable *heap, uint32_t index)
{
    struct block *block = &heap->map.blocks[index];
    if (block->used + block->users > 0) {
        shelve(heap, index);
        return;
    }
    variable_class(heap, block->kind, block->size_class)->count--;
    gc__variable_give_blocks(heap, index, 1);
}

void gc__variable_settle_block(struct variable *heap, uint32_t index)
{
    if (heap->map.blocks[index].place == PLACE_OWNED)
        return;
    unshelve(heap, index);
    settle(heap, index);
}

static void disown(struct variable *heap, struct slot *slot)
{
    if (slot->owns) {
        struct block *block = &heap->map.blocks[slot_block(slot)];
        block->used = (uint16_t)bit_run_count(
            block_bits(&heap->map, slot_block(slot)), block->cells);
        settle(heap, slot_block(slot));
    }
    slot->owns = false;
}

/* Up before a cell of the run gets its bit, and down after the last one that is
 * not handed out has lost it: see alloc/free.c. */
static void count_users(struct block *block, int more)
{
    AO_short_fetch_and_add_full(&block->users, (unsigned short)more);
}

/* The slot's run is used up or given back, and the thread will not write to the
 * slot meanwhile. */
static void leave_block(struct variable *heap, struct slot *slot)
{
    if (slot->home == 0)
        return;
    struct block *block = &heap->map.blocks[slot_block(slot)];
    if (slot->has_filled)
        block->may_be_filled = true;
    count_users(block, -1);
    if (slot->owns)
        disown(heap, slot);
    else if (block->used == 0)
        gc__variable_settle_block(heap, slot_block(slot));
    slot->home = 0;
    slot->has_filled = false;
}

/* A block of the class that has free cells, sweeping as far as needed to find
 * one.  It stays on its list. */
static uint32_t find_available(struct variable *heap, enum kind kind,
                               unsigned size_class)
{
    struct class_blocks *class = variable_class(heap, kind, size_class);
    for (;;) {
        if (class->available.first != NO_BLOCK)
            return class->available.first;
        if (class->unswept[0].first != NO_BLOCK)
            gc__variable_sweep_block(heap, class->unswept[0].first);
        else if (class->unswept[1].first != NO_BLOCK)
            gc__variable_sweep_block(heap, class->unswept[1].first);
        else
            return NO_BLOCK;
    }
}

static uint32_t make_available(struct variable *heap, struct local *local,
                               enum kind kind, unsigned size_class,
                               enum refusal *why)
{
    uint32_t block = gc__variable_take_blocks(heap, 1, &local->untouched, why);
    if (block != NO_BLOCK) {
        make_small(heap, block, kind, size_class);
        shelve(heap, block);
    }
    return block;
}

static void enter_block(struct variable *heap, struct slot *slot,
                        uint32_t index)
{
    struct block *block = &heap->map.blocks[index];
    slot->home = index + 1;
    slot->owns = slot->borrowed == BORROWED_RUNS;
    block->is_trimmed = false;
    count_users(block, 1);
    if (slot->owns) {
        unshelve(heap, index);
        block->place = PLACE_OWNED;
    } else {
        slot->borrowed++;
    }
}

/* Gives the slot a run; false, and why, if refused. */
static bool refill(struct variable *heap, struct local *local,
                   struct slot *slot, enum kind kind, unsigned size_class,
                   enum refusal *why)
{
    if (slot->owns && gc__local_claim_run(heap, local, slot))
        return true;
    leave_block(heap, slot);
    uint32_t index = find_available(heap, kind, size_class);
    if (index == NO_BLOCK)
        index = make_available(heap, local, kind, size_class, why);
    if (index == NO_BLOCK)
        return false;
    enter_block(heap, slot, index);
    bool has_run = gc__local_claim_run(heap, local, slot);
    CHECK(has_run);
    const struct block *block = &heap->map.blocks[index];
    if (block->used == block->cells)
        gc__variable_settle_block(heap, index);
    return true;
}

/* The slot; NULL if there is no memory for one. */
static struct slot *want_slot(struct variable *heap, struct local *local,
                              enum kind kind, unsigned size_class)
{
    if (local_slots(local, kind) == NULL &&
        !gc__kinds_add_slots(heap, local, kind))
        return NULL;
    return &local_slots(local, kind)[size_class];
}

void *gc__variable_claim_small(struct variable *heap, struct local *local,
                               enum kind kind, size_t request,
                               enum refusal *why)
{
    unsigned size_class = size_class_of(larger(request, 1));
    struct slot *slot = want_slot(heap, local, kind, size_class);
    size_t bytes = size_class_bytes(size_class);
    gc__local_add_up(heap, local);
    if (slot == NULL) {
        *why = REFUSED_BY_SYSTEM;
        return NULL;
    }
    if (slot->freed != NULL)
        return gc__local_reuse(heap, local, slot, kind, bytes,
                               request == bytes);

    if (slot->next == slot->limit) {
        if (heap->since_bytes >= heap->allowance_bytes) {
            *why = REFUSED_BY_GOAL;
            return NULL;
        }
        bool has_run = refill(heap, local, slot, kind, size_class, why);
        gc__local_add_up(heap, local);
        if (!has_run)
            return NULL;
    }
    return slot_next_cell(slot, bytes, request == bytes);
}

void gc__variable_note_filled(struct variable *heap, struct cell cell)
{
    heap->map.blocks[cell.block].may_be_filled = true;
}

bool gc__variable_may_end_at(const struct variable *heap, struct cell cell,
                             uintptr_t address)
{
    const struct heap_map *map = &heap->map;
    const struct block *block = &map->blocks[cell.block];
    return (block->state == BLOCK_LARGE || block->may_be_filled) &&
           cell_address(map, cell) + cell_bytes(map, cell) == address;
}

/* ---------------------------------------------------------------- retire */

/* Leaves the first `kept` unborn cells of the run to the thread.  With any, the
 * slot goes on using the block, which hears later what they were filled with. */
static void retire_run(struct variable *heap, struct slot *slot, unsigned kept)
{
    if (slot->home == 0)
        return;
    gc__variable_sweep_block(heap, slot_block(slot));
    struct block *block = &heap->map.blocks[slot_block(slot)];
    size_t cells = (slot->limit - slot->next) / block->cell_bytes;
    size_t given = cells - smaller(cells, kept);
    if (given > 0) {
        size_t bytes = given * block->cell_bytes;
        slot->limit -= bytes;
        uintptr_t low = block_address(&heap->map, slot_block(slot));
        unsigned first = block_cell_at(block, slot->limit - low);
        bit_run_clear(block_bits(&heap->map, slot_block(slot)), first,
                      first + (unsigned)given);
        block_count_used(block, -(int)given);
        variable_count_given_back(heap, bytes);
        heap->taken_bytes -= bytes;
        gc__variable_settle_block(heap, slot_block(slot));
    }
    slot->borrowed = 0;
    if (given == cells) {
        leave_block(heap, slot);
        return;
    }
    if (slot->has_filled)
        block->may_be_filled = true;
    slot->has_filled = false;
    disown(heap, slot);
}

static void retire(struct variable *heap, struct local *local, unsigned kept)
{
    gc__local_add_up(heap, local);
    for (unsigned kind = 0; kind < heap->kind_count; kind++) {
        struct slot *slots = local_slots(local, kind);
        for (unsigned i = 0; slots != NULL && i < SIZE_CLASS_COUNT; i++) {
            gc__slot_retire_freed(heap, &slots[i]);
            retire_run(heap, &slots[i], kept);
        }
    }
}

void gc__local_retire(struct variable *heap, struct local *local)
{
    retire(heap, local, 0);
}

void gc__local_retire_stopped(struct variable *heap, struct local *local)
{
    retire(heap, local, 1);
}

void gc__local_mark_unborn(const struct variable *heap,
                           const struct local *local)
{
    for (unsigned kind = 0; kind < heap->kind_count; kind++) {
        const struct slot *slots = local_slots_const(local, kind);
        for (unsigned i = 0; slots != NULL && i < SIZE_CLASS_COUNT; i++) {
            struct cell cell;
            if (slots[i].next != slots[i].limit &&
                heap_map_find(&heap->map, slots[i].next, &cell))
                cell_bits(&heap->map, cell)->marked |= cell_bit(cell);
        }
    }
}
