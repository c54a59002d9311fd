/* SPDX-License-Identifier: MIT */
/* Freeing, and handing out again what was freed.
 *
 * Mostly without the lock.  A thread's freed lists are its own, and it is busy
 * while it works on them, so that no stop comes in between.  What has to be shown
 * is that gc__local_find may read descriptors which others change meanwhile.
 *
 * - The pointer is to an object.  Its block is of its class and has its bit as
 *   long as the object is there, and a sweep that takes it needs a stop.  So all
 *   that is read is as it was when the object was handed out; where the block is
 *   not swept, or somebody has a run in it, the lock is taken.
 * - It is not.  What was read may belong to a block that is just being cut into
 *   cells, or has been given back: the number of the cell is in the bits anyway.
 *   While a cell is unborn its block has users, before the bit is set and after
 *   it is cleared (count_users).  So a cell whose bit is found set, then no user
 *   but this thread, then the bit set again, is not unborn, but an object or a
 *   freed cell, and the fields that are read in between are those of its block.
 *   What is freed has the seal.
 * - Two threads free the same object at the same moment: they put the seal there
 *   by compare-and-swap, under the lock or not, and one of them fails.
 *
 * What is left is a second call of gc_free that is held up for as long as it takes
 * others to free the cell, give it back and claim it again.  Then, as with every
 * pointer that is used after its object was freed, two may have one cell; a
 * freed list that has such a cell is found out when it is given back. */

#include "alloc/bit_run.h"
#include "alloc/variable.h"
#include "base/atomics.h"
#include "platform/memcheck.h"

/* Every cell of a freed list carries in its second word its address under the
 * heap's secret, which no object has there, since it is overwritten before the
 * cell is handed out again. */
static uintptr_t seal_of(const struct variable *heap, uintptr_t address)
{
    return address ^ heap->seal;
}

/* The second word of an object may never have been written, and memcheck need not
 * say so when we look at it. */
static void note_look(const struct variable *heap,
                      const struct freed_cell *cell)
{
    if (heap->freed_list_bytes == 0)
        memcheck_defined((struct range){(uintptr_t)&cell->seal,
                                        (uintptr_t)(&cell->seal + 1)});
}

static bool is_freed(const struct variable *heap, uintptr_t address)
{
    const struct freed_cell *cell = (const struct freed_cell *)address;
    note_look(heap, cell);
    return AO_load(&cell->seal) == seal_of(heap, address);
}

/* False if it is sealed. */
static bool seal(const struct variable *heap, uintptr_t address)
{
    struct freed_cell *cell = (struct freed_cell *)address;
    note_look(heap, cell);
    AO_t old = AO_load(&cell->seal);
    return old != seal_of(heap, address) &&
           AO_compare_and_swap_full(&cell->seal, old, seal_of(heap, address));
}

/* What a thread had begun to claim counts as claimed: see alloc/run.c. */
static void end_claim(struct variable *heap, struct slot *slot)
{
    if (!slot->owns)
        return;
    struct block *block = &heap->map.blocks[slot_block(slot)];
    struct bit_pair *bits = block_bits(&heap->map, slot_block(slot));
    uintptr_t low = block_address(&heap->map, slot_block(slot));
    slot->next = smaller(slot->next, slot->limit);
    bit_run_set(bits, (unsigned)((slot->next - low) / block->cell_bytes),
                (unsigned)((slot->limit - low) / block->cell_bytes));
}

/* A cell that kept its seal would be called free when it is an object again. */
void gc__local_forget(struct variable *heap, struct local *local)
{
    for (unsigned kind = 0; kind < heap->kind_count; kind++) {
        struct slot *slots = local_slots(local, kind);
        for (unsigned i = 0; slots != NULL && i < SIZE_CLASS_COUNT; i++)
            end_claim(heap, &slots[i]);
    }
    if (local->in_passing != 0 && is_freed(heap, local->in_passing))
        ((struct freed_cell *)local->in_passing)->seal = 0;
    local->in_passing = 0;
    gc__local_leave(heap, local);
}

void gc__local_leave(struct variable *heap, struct local *local)
{
    gc__local_retire(heap, local);
    gc__kinds_take_slots(heap, local);
}

/* ------------------------------------------------------------ freed lists */

static void begin_passing(struct local *local, uintptr_t address)
{
    local->in_passing = address;
    AO_compiler_barrier();
}

static void end_passing(struct local *local)
{
    AO_compiler_barrier();
    local->in_passing = 0;
}

static bool has_room(const struct variable *heap, const struct slot *slot,
                     size_t bytes)
{
    if (slot->freed_count == 0)
        return heap->freed_list_bytes > 0;
    return (slot->freed_count + 1) * bytes <= heap->freed_list_bytes &&
           slot->freed_count < UINT8_MAX;
}

/* The cell is sealed. */
static void push(struct slot *slot, uintptr_t address)
{
    struct freed_cell *cell = (struct freed_cell *)address;
    cell->next = slot->freed;
    slot->freed = cell;
    slot->freed_count++;
}

/* A freed cell may lie in any block of the class. */
void *gc__local_reuse(const struct variable *heap, struct local *local,
                      struct slot *slot, enum kind kind, size_t bytes,
                      bool is_filled)
{
    struct freed_cell *cell = slot->freed;
    begin_passing(local, (uintptr_t)cell);
    slot->freed = cell->next;
    slot->freed_count--;
    local->taken_bytes += bytes;
    if (is_filled) {
        size_t block = ((uintptr_t)cell - heap->map.low) >> BLOCK_SHIFT;
        heap->map.blocks[block].may_be_filled = true;
    }
    cell->next = NULL;
    cell->seal = 0;
    end_passing(local);
    if (variable_clears(heap, kind))
        local->dirty = (struct range){(uintptr_t)cell, (uintptr_t)cell + bytes};
    return cell;
}

void gc__local_add_up(struct variable *heap, struct local *local)
{
    variable_count_taken(heap, local->taken_bytes);
    local->cycle_bytes += local->taken_bytes;
    variable_count_given_back(heap, local->freed_bytes);
    heap->freed_bytes += local->freed_bytes;
    local->taken_bytes = local->freed_bytes = 0;
}

/* ------------------------------------------------------- without the lock */

static bool has_bit(const struct heap_map *map, struct cell cell)
{
    return (AO_load_acquire(&cell_bits(map, cell)->allocated) &
            cell_bit(cell)) != 0;
}

/* True if no other thread can have unborn cells in the block, and this one is not
 * among the thread's own. */
static bool is_born(const struct local *local, const struct block *block,
                    uint32_t index, uintptr_t address)
{
    const struct slot *slots = local_slots_const(local, block->kind);
    if (slots == NULL)
        return AO_short_load_acquire(&block->users) == 0;
    const struct slot *slot = &slots[block->size_class];
    bool is_home = slot->home == index + 1;
    return AO_short_load_acquire(&block->users) == is_home &&
           !(is_home && address >= slot->next && address < slot->limit);
}

bool gc__local_find(const struct variable *heap, const struct local *local,
                    uintptr_t address, struct cell *cell)
{
    const struct heap_map *map = &heap->map;
    if (!heap_map_find_small(map, address, cell) || !has_bit(map, *cell))
        return false;
    const struct block *block = &map->blocks[cell->block];
    bool is_cell = block->state == BLOCK_SMALL && block->cycle == heap->cycle &&
                   cell_address(map, *cell) == address &&
                   is_born(local, block, cell->block, address);
    return is_cell && has_bit(map, *cell) && !is_freed(heap, address);
}

bool gc__local_free(const struct variable *heap, struct local *local,
                    uintptr_t address)
{
    struct cell cell;
    if (!gc__local_find(heap, local, address, &cell))
        return false;
    const struct block *block = &heap->map.blocks[cell.block];
    struct slot *slots = local_slots(local, block->kind);
    if (slots == NULL || variable_is_tied(heap, cell))
        return false;
    struct slot *slot = &slots[block->size_class];
    if (!has_room(heap, slot, block->cell_bytes))
        return false;
    begin_passing(local, address);
    bool is_mine = seal(heap, address);
    if (is_mine) {
        push(slot, address);
        local->freed_bytes += block->cell_bytes;
    }
    end_passing(local);
    return is_mine;
}

/* ---------------------------------------------------------- with the lock */

static void clear_cell(struct variable *heap, struct cell cell)
{
    struct block *block = &heap->map.blocks[cell.block];
    block->is_trimmed = false;
    block_count_used(block, -1);
    AO_and_full(&cell_bits(&heap->map, cell)->allocated, ~cell_bit(cell));
    gc__variable_settle_block(heap, cell.block);
}

/* Some thread's.  Another thread hands out the cells of its run while this is
 * read: then the cell becomes an object just before this answers, or just
 * after.  It may also be claiming: whoever has seen the bit of a cell sees the
 * limit of the run, and with that where it begins (see alloc/run.c). */
static bool is_unborn(const struct local *local, const struct block *block,
                      uintptr_t address)
{
    for (; local != NULL; local = local->next) {
        const struct slot *slots = local_slots_const(local, block->kind);
        if (slots == NULL)
            continue;
        const struct slot *slot = &slots[block->size_class];
        uintptr_t limit = AO_load_acquire(&slot->limit);
        if (address < limit && address >= AO_load(&slot->next))
            return true;
    }
    return false;
}

bool gc__variable_is_object(struct variable *heap, const struct local *local,
                            struct cell cell)
{
    const struct block *block = &heap->map.blocks[cell.block];
    if (block_is_unswept(heap, block))
        gc__variable_sweep_block(heap, cell.block);
    if (block->state == BLOCK_FREE || !has_bit(&heap->map, cell))
        return false;
    if (block->state == BLOCK_LARGE)
        return true;
    uintptr_t address = cell_address(&heap->map, cell);
    return !is_unborn(local, block, address) && !is_freed(heap, address);
}

static void free_large(struct variable *heap, uint32_t index)
{
    struct block *block = &heap->map.blocks[index];
    struct class_blocks *class = variable_class(heap, block->kind, LARGE_CLASS);
    block_bits(&heap->map, index)->allocated = 0;
    gc__block_list_remove(&heap->map, &class->full, index);
    class->count--;
    gc__variable_give_blocks(heap, index, block->run_blocks);
}

bool gc__variable_free(struct variable *heap, struct local *local,
                       struct cell cell)
{
    struct block *block = &heap->map.blocks[cell.block];
    if (block_is_unswept(heap, block))
        gc__variable_sweep_block(heap, cell.block);
    uintptr_t address = cell_address(&heap->map, cell);
    bool is_large = block->state == BLOCK_LARGE;
    if (!is_large && !seal(heap, address))
        return false;
    struct range memory = {address, address + cell_bytes(&heap->map, cell)};
    local->freed_bytes += range_size(memory);
    gc__local_add_up(heap, local);
    if (is_large) {
        free_large(heap, cell.block);
        memcheck_no_access(memory);
        return true;
    }
    struct slot *slots = local_slots(local, block->kind);
    if (slots != NULL &&
        has_room(heap, &slots[block->size_class], block->cell_bytes)) {
        push(&slots[block->size_class], address);
        return true;
    }
    ((struct freed_cell *)address)->seal = 0;
    memcheck_no_access(memory);
    clear_cell(heap, cell);
    return true;
}

/* One that is no cell any more has been freed twice, see above. */
static bool is_still_cell(const struct variable *heap, uintptr_t address,
                          struct cell *cell)
{
    return heap_map_find(&heap->map, address, cell) &&
           heap->map.blocks[cell->block].state == BLOCK_SMALL &&
           cell_address(&heap->map, *cell) == address &&
           cell_is_allocated(&heap->map, *cell);
}

void gc__slot_retire_freed(struct variable *heap, struct slot *slot)
{
    while (slot->freed != NULL) {
        struct freed_cell *freed = slot->freed;
        slot->freed = freed->next;
        freed->seal = 0; /* an object without pointers is not cleared */
        struct cell cell;
        if (is_still_cell(heap, (uintptr_t)freed, &cell))
            clear_cell(heap, cell);
    }
    slot->freed_count = 0;
}
