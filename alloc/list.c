/* SPDX-License-Identifier: MIT */
/* Lists of cells, through the first word of each.
 *
 * Mostly their cells are not a run, but the free ones wherever they are, claimed a
 * word of bits at a time.  In a block with many small gaps that is several times as
 * fast.  Why it needs no lock is said in alloc/run.c; the cells are objects as soon
 * as their bits are set.  Where the thread has a run already, or owns no block, a
 * list is what is left of a run. */

#include "alloc/bit_run.h"
#include "alloc/run.h"
#include "base/atomics.h"
#include "base/bits.h"

/* Free cells of a block, by words of its bits. */
struct gathered {
    unsigned first_word;
    unsigned end_word;
    unsigned count;
    uint64_t cells[BLOCK_BIT_WORDS];
};

static uint64_t lowest_of(uint64_t bits, unsigned count)
{
    uint64_t rest = bits;
    while (count-- > 0 && rest != 0)
        rest &= rest - 1;
    return bits ^ rest;
}

/* Claims at most so many cells.  Returns the end of the last one, or 0. */
static unsigned claim(struct block *block, unsigned most,
                      struct gathered *gathered)
{
    unsigned end = 0, left = most;
    unsigned word = block->cursor / WORD_BITS;
    gathered->first_word = word;
    for (; word * WORD_BITS < block->cells && left > 0; word++) {
        struct bit_pair *bits = &block->bits[word];
        uint64_t taken =
            lowest_of(~AO_load(&bits->allocated) &
                          bit_run_mask(word, block->cursor, block->cells),
                      left);
        gathered->cells[word] = taken;
        if (taken == 0)
            continue;
        AO_or_full(&bits->allocated, taken);
        left -= count_bits(taken);
        end = word * WORD_BITS + highest_bit(taken) + 1;
    }
    gathered->end_word = word;
    gathered->count = most - left;
    block->cursor = (uint16_t)(end == 0 ? block->cells : end);
    return end;
}

/* Most cells are too small for memset() to be worth its call, which the barrier
 * keeps the compiler from making of the loop. */
static void clear_behind_link(uintptr_t cell, size_t bytes)
{
    uintptr_t *words = (uintptr_t *)cell;
    for (size_t i = 1; i < bytes / WORD_BYTES; i++) {
        words[i] = 0;
        AO_compiler_barrier();
    }
}

/* Returns the link of the cell, which is to be written next. */
static uintptr_t *follow(uintptr_t *link, uintptr_t cell)
{
    *link = cell;
    return (uintptr_t *)cell;
}

/* Returns the first cell. */
static void *link_up(const struct block *block, uintptr_t low,
                     const struct gathered *gathered, unsigned dirty_end)
{
    uintptr_t first = 0;
    uintptr_t *link = &first;
    for (unsigned word = gathered->first_word; word < gathered->end_word;
         word++)
        for (uint64_t left = gathered->cells[word]; left != 0;
             left &= left - 1) {
            unsigned index = word * WORD_BITS + lowest_bit(left);
            uintptr_t cell = low + (size_t)index * block->cell_bytes;
            if (index < dirty_end)
                clear_behind_link(cell, block->cell_bytes);
            link = follow(link, cell);
        }
    *link = 0;
    return (void *)first;
}

static void *claim_in(const struct variable *heap, struct local *local,
                      uint32_t index)
{
    struct block *block = &heap->map.blocks[index];
    struct gathered gathered;
    unsigned most = (unsigned)larger(heap->run_bytes / block->cell_bytes, 1);
    unsigned end = claim(block, most, &gathered);
    if (end == 0)
        return NULL;
    unsigned dirty_end = variable_clears(heap, block->kind) ? block->fresh : 0;
    block->fresh = (uint16_t)larger(block->fresh, end);
    gc__local_want_memory(&heap->map, local, index, end);
    gc__local_prepare(local);
    local->taken_bytes += (size_t)gathered.count * block->cell_bytes;
    return link_up(block, block_address(&heap->map, index), &gathered,
                   dirty_end);
}

void *gc__local_claim_list(const struct variable *heap, struct local *local,
                           enum kind kind, size_t request)
{
    unsigned size_class = size_class_of(larger(request, 1));
    struct slot *slots = local_slots(local, kind);
    if (heap->run_bytes == 0 || slots == NULL ||
        variable_shows_dead(heap, kind))
        return NULL;
    struct slot *slot = &slots[size_class];
    if (!slot->owns || slot->next != slot->limit)
        return NULL;
    slot->has_filled |= request == size_class_bytes(size_class);
    return claim_in(heap, local, slot_block(slot));
}

uintptr_t gc__local_claim_rest(struct local *local, enum kind kind,
                               size_t request, uintptr_t cell)
{
    unsigned size_class = size_class_of(larger(request, 1));
    struct slot *slot = &local_slots(local, kind)[size_class];
    uintptr_t end = cell + size_class_bytes(size_class);
    if (slot->next != end) /* a freed cell */
        return end;
    slot->next = slot->limit;
    return slot->limit;
}

void gc__local_link_rest(void *first, uintptr_t end, size_t request)
{
    uintptr_t *link = first;
    size_t bytes =
        end == 0 ? 0 : size_class_bytes(size_class_of(larger(request, 1)));
    for (uintptr_t cell = (uintptr_t)first + bytes; cell < end; cell += bytes)
        link = follow(link, cell);
    *link = 0;
}
