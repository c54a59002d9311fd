/* SPDX-License-Identifier: MIT */
/* Large objects: a run of blocks each.  The pages at its end that the object
 * does not reach cost nothing, unless an earlier owner of the blocks left
 * memory behind them; then they are returned with other free pages. */

#include <string.h>

#include "alloc/variable.h"
#include "platform/memcheck.h"

#define LARGEST_BYTES ((size_t)1 << 46)

static size_t blocks_for(size_t bytes)
{
    return (bytes + BLOCK_BYTES - 1) >> BLOCK_SHIFT;
}

/* Makes the blocks [from, from + count) read as zero up to `end`. */
static void zero_blocks(struct variable *heap, uint32_t from, size_t count,
                        uintptr_t end)
{
    for (size_t i = from; i < from + count; i++) {
        struct block *block = &heap->map.blocks[i];
        if (!block->is_dirty)
            continue;
        uintptr_t low = block_address(&heap->map, i);
        uintptr_t used_end = smaller(low + BLOCK_BYTES, end);
        memset((void *)low, 0, used_end - low);
    }
}

/* Notes how far into its blocks an object reaches, for whoever has them next. */
static void note_touched(struct heap_map *map, uint32_t head, size_t bytes)
{
    size_t count = map->blocks[head].run_blocks;
    struct block *last = &map->blocks[head + count - 1];
    for (size_t i = 0; i + 1 < count; i++)
        map->blocks[head + i].touched = BLOCK_PAGES;
    size_t in_last = bytes - ((count - 1) << BLOCK_SHIFT);
    size_t pages = round_up(in_last, PAGE_BYTES) / PAGE_BYTES;
    last->touched = (uint8_t)larger(last->touched, pages);
}

/* An object of one block looks for one that was used as far as it will be, so
 * that few pages keep memory behind its end. */
static uint32_t take_one(struct variable *heap, size_t bytes, enum refusal *why)
{
    size_t pages = round_up(bytes, PAGE_BYTES) / PAGE_BYTES;
    gc__variable_sweep_large(heap);
    uint32_t block = gc__variable_take_touched(heap, (unsigned)pages);
    return block != NO_BLOCK ? block
                             : gc__variable_take_blocks(heap, 1, NULL, why);
}

static void make_tails(struct variable *heap, uint32_t head, size_t from,
                       size_t count)
{
    for (size_t i = from; i < count; i++) {
        struct block *tail = &heap->map.blocks[head + i];
        uint8_t touched = tail->touched;
        block_clear(tail);
        tail->touched = touched;
        tail->state = BLOCK_LARGE_TAIL;
        tail->kind = heap->map.blocks[head].kind;
        tail->back = (uint32_t)i;
    }
}

/* Gives back blocks that were taken and not used: those that were clean still
 * are. */
static void give_untouched(struct variable *heap, uint32_t first, size_t count)
{
    if (count == 0)
        return;
    heap->used_blocks -= count;
    gc__free_runs_give(&heap->map, &heap->free_runs, first, count, heap->cycle);
}

/* Takes `count` blocks at a multiple of `alignment` in the address space, and
 * gives back what is left of the search. */
static uint32_t take_aligned(struct variable *heap, size_t count,
                             size_t alignment, enum refusal *why)
{
    size_t spare = alignment <= BLOCK_BYTES ? 0 : blocks_for(alignment) - 1;
    uint32_t first = gc__variable_take_blocks(heap, count + spare, NULL, why);
    if (first == NO_BLOCK || spare == 0)
        return first;

    /* What is kept must not look free to what is given back beside it. */
    uintptr_t low = block_address(&heap->map, first);
    uint32_t before =
        (uint32_t)((round_up(low, alignment) - low) >> BLOCK_SHIFT);
    uint32_t head = first + before;
    for (size_t i = head; i < head + count; i++)
        heap->map.blocks[i].state = BLOCK_LARGE_TAIL;
    give_untouched(heap, first, before);
    give_untouched(heap, head + (uint32_t)count, spare - before);
    return head;
}

void *gc__variable_alloc_large(struct variable *heap, enum kind kind,
                               size_t bytes, size_t alignment,
                               enum refusal *why)
{
    if (bytes > LARGEST_BYTES) {
        *why = REFUSED_FOR_EVER;
        return NULL;
    }
    bytes = round_up(bytes, GRANULE_BYTES);
    if (heap->since_bytes + bytes > heap->allowance_bytes) {
        *why = REFUSED_BY_GOAL;
        return NULL;
    }
    size_t count = blocks_for(bytes);
    uint32_t head = count == 1 && alignment <= BLOCK_BYTES
                        ? take_one(heap, bytes, why)
                        : take_aligned(heap, count, alignment, why);
    if (head == NO_BLOCK)
        return NULL;

    uintptr_t address = block_address(&heap->map, head);
    memcheck_defined((struct range){address, address + bytes});
    if (variable_clears(heap, kind))
        zero_blocks(heap, head, count, address + bytes);
    struct block *block = &heap->map.blocks[head];
    uint8_t touched = block->touched;
    block_clear(block);
    block->touched = touched;
    block->cells = 1;
    block->state = BLOCK_LARGE;
    block->kind = (uint8_t)kind;
    block->run_blocks = (uint32_t)count;
    block->place = PLACE_FULL;
    block->cycle = heap->cycle;
    block->large_bytes = bytes;
    make_tails(heap, head, 1, count);
    note_touched(&heap->map, head, bytes);
    block_bits(&heap->map, head)->allocated = 1;
    struct class_blocks *class = variable_class(heap, kind, LARGE_CLASS);
    gc__block_list_push(&heap->map, &class->full, head);
    class->count++;
    heap->since_bytes += bytes;
    heap->taken_bytes += bytes;
    return (void *)address;
}

static bool lengthen(struct variable *heap, uint32_t head, size_t bytes)
{
    struct block *block = &heap->map.blocks[head];
    size_t had = block->run_blocks;
    size_t more = blocks_for(bytes) - had;
    if (heap->used_blocks + more > heap->limit_blocks)
        return false;
    uint32_t past = head + (uint32_t)had;
    if (more > 0 &&
        !gc__free_runs_take_at(&heap->map, &heap->free_runs, past, more))
        return false;
    heap->used_blocks += more;

    uintptr_t low = block_address(&heap->map, head);
    memcheck_defined((struct range){low + block->large_bytes, low + bytes});
    if (variable_clears(heap, block->kind)) {
        memset((void *)(low + block->large_bytes), 0,
               smaller(bytes, had << BLOCK_SHIFT) - block->large_bytes);
        zero_blocks(heap, past, more, low + bytes);
    }
    block->run_blocks = (uint32_t)(had + more);
    make_tails(heap, head, had, had + more);
    note_touched(&heap->map, head, bytes);
    return true;
}

/* What is given up now must read as zero when it is asked for again. */
static void zero_slack(const struct variable *heap, uint32_t head, size_t from,
                       size_t to)
{
    if (variable_clears(heap, heap->map.blocks[head].kind))
        memset((char *)block_address(&heap->map, head) + from, 0, to - from);
}

static void shorten(struct variable *heap, uint32_t head, size_t bytes)
{
    struct block *block = &heap->map.blocks[head];
    size_t had = block->run_blocks;
    size_t keep = blocks_for(bytes);
    block->run_blocks = (uint32_t)keep;
    if (keep < had)
        gc__variable_give_blocks(heap, head + (uint32_t)keep, had - keep);
}

bool gc__variable_resize_large(struct variable *heap, uint32_t head,
                               size_t bytes)
{
    struct block *block = &heap->map.blocks[head];
    if (bytes > LARGEST_BYTES || bytes <= SIZE_CLASS_MAX_BYTES)
        return false;
    size_t asked = bytes;
    bytes = round_up(bytes, GRANULE_BYTES);
    size_t old = block->large_bytes;
    if (bytes > old) {
        if (heap->since_bytes + (bytes - old) > heap->allowance_bytes ||
            !lengthen(heap, head, bytes))
            return false;
        heap->since_bytes += bytes - old;
        heap->taken_bytes += bytes - old;
        block->is_kept_by_start = false; /* was said of a smaller one */
    } else {
        shorten(heap, head, bytes);
        zero_slack(heap, head, asked, bytes);
        heap->since_bytes -= smaller(old - bytes, heap->since_bytes);
        heap->freed_bytes += old - bytes;
    }
    block->large_bytes = bytes;
    block->is_trimmed = false;
    return true;
}
