/* SPDX-License-Identifier: MIT */
#include "gc/mark.h"

#include "alloc/bit_run.h"
#include "gc/window.h"

enum {
    FIRST_CAPACITY = 1 << 13, /* 64 KiB */
    KEPT_CAPACITY = 1 << 17,  /* 1 MiB */
    SLICE_BYTES = 16384,      /* of a large object, looked at at once */
    ADDRESS_BITS = 48,
};

/* An entry of the stack is an address, and above it how many granules from
 * there on are to be looked at; 0 stands for the next slice of a large object,
 * which may have more than fits there. */
static inline uintptr_t grey_small(uintptr_t address, size_t bytes)
{
    return address | (uintptr_t)(bytes / GRANULE_BYTES) << ADDRESS_BITS;
}

static inline uintptr_t grey_address(uintptr_t grey)
{
    return grey & (((uintptr_t)1 << ADDRESS_BITS) - 1);
}

static inline size_t grey_bytes(uintptr_t grey)
{
    return (size_t)(grey >> ADDRESS_BITS) * GRANULE_BYTES;
}

/* ------------------------------------------------------------------ stack */

void gc__marker_init(struct marker *marker, const struct variable *heap)
{
    *marker =
        (struct marker){.heap = heap, .step = WORD_BYTES, .most = SIZE_MAX};
}

void gc__marker_finish(struct marker *marker)
{
    gc__pages_unmap(marker->stack_memory);
    marker->stack_memory = (struct range){0, 0};
    marker->capacity = 0;
}

void gc__marker_end(struct marker *marker)
{
    if (marker->capacity > KEPT_CAPACITY)
        gc__marker_finish(marker);
}

static bool grow_stack(struct marker *marker)
{
    size_t capacity =
        marker->capacity == 0 ? FIRST_CAPACITY : 2 * marker->capacity;
    capacity = smaller(capacity, marker->most);
    struct range memory;
    if (capacity <= marker->capacity ||
        !gc__pages_map(capacity * sizeof *marker->stack, &memory))
        return false;
    uintptr_t *stack = (uintptr_t *)memory.low;
    for (size_t i = 0; i < marker->depth; i++)
        stack[i] = marker->stack[i];
    gc__pages_unmap(marker->stack_memory);
    marker->stack_memory = memory;
    marker->stack = stack;
    marker->capacity = capacity;
    return true;
}

__attribute__((noinline, cold)) static bool make_room(struct marker *marker,
                                                      uintptr_t grey)
{
    if (grow_stack(marker))
        return true;
    uintptr_t address = grey_address(grey);
    if (!marker->has_missed)
        marker->missed = (struct range){address, address + 1};
    marker->missed.low = smaller(marker->missed.low, address);
    marker->missed.high = larger(marker->missed.high, address + 1);
    marker->has_missed = true;
    marker->overflows++;
    return false;
}

static inline void push(struct marker *marker, uintptr_t grey)
{
    if (marker->depth == marker->capacity && !make_room(marker, grey))
        return;
    marker->stack[marker->depth++] = grey;
}

/* ------------------------------------------------------------------ shade */

static inline void push_cell(struct marker *marker, struct cell cell,
                             const struct block *block)
{
    uintptr_t address = block_address(&marker->heap->map, cell.block) +
                        (size_t)cell.index * block->cell_bytes;
    push(marker, grey_small(address, block->cell_bytes));
}

static inline void shade_cell(struct marker *marker, struct cell cell)
{
    const struct heap_map *map = &marker->heap->map;
    struct bit_pair *bits = cell_bits(map, cell);
    uint64_t bit = cell_bit(cell);
    if ((bits->allocated & ~bits->marked & bit) == 0)
        return;
    bits->marked |= bit;

    const struct block *block = &map->blocks[cell.block];
    marker->live_objects++;
    marker->live_bytes +=
        block->cell_bytes != 0 ? block->cell_bytes : block->large_bytes;
    if (kind_is_scanned(block->kind))
        push_cell(marker, cell, block);
}

static inline void shade(struct marker *marker, uintptr_t word)
{
    struct cell cell;
    if (heap_map_find(&marker->heap->map, word, &cell))
        shade_cell(marker, cell);
}

/* True if the allocation in `cell` may reach up to `word`, which is its end or
 * lies in it. */
static bool may_end_at(const struct heap_map *map, struct cell cell,
                       uintptr_t word)
{
    return cell_address(map, cell) + cell_bytes(map, cell) == word;
}

static void shade_ambiguous(struct marker *marker, uintptr_t word)
{
    const struct heap_map *map = &marker->heap->map;
    struct cell before;
    shade(marker, word);
    if (word % GRANULE_BYTES == 0 && heap_map_find(map, word - 1, &before) &&
        may_end_at(map, before, word))
        shade_cell(marker, before);
}

void gc__mark_range(struct marker *marker, struct range range)
{
    struct window window = window_over(range, marker->step);
    uintptr_t address, word;
    while (window_next(&window, &address, &word))
        shade(marker, word);
}

void gc__mark_ambiguous_range(struct marker *marker, struct range range)
{
    struct window window = window_over(range, marker->step);
    uintptr_t address, word;
    while (window_next(&window, &address, &word))
        shade_ambiguous(marker, word);
}

/* ------------------------------------------------------------------ drain */

/* Looks at the slice of a large object that starts at `low`, after putting the
 * rest of it back on the stack. */
__attribute__((noinline)) static void look_at_slice(struct marker *marker,
                                                    uintptr_t low)
{
    const struct heap_map *map = &marker->heap->map;
    struct cell cell;
    bool is_object = heap_map_find(map, low, &cell);
    CHECK(is_object);
    uintptr_t end = cell_address(map, cell) + cell_bytes(map, cell);
    uintptr_t high = smaller(end, low + SLICE_BYTES);
    if (high < end)
        push(marker, grey_small(high, 0));

    /* A word that straddles two slices, in steps of less than 8, belongs to the
     * first. */
    high = smaller(end, high + WORD_BYTES - marker->step);
    gc__mark_range(marker, (struct range){low, high});
}

static inline void look_at(struct marker *marker, uintptr_t grey)
{
    uintptr_t low = grey_address(grey);
    size_t bytes = grey_bytes(grey);
    if (bytes == 0)
        look_at_slice(marker, low);
    else
        gc__mark_range(marker, (struct range){low, low + bytes});
}

static void drain_stack(struct marker *marker)
{
    uintptr_t queue[PREFETCH_QUEUE_LENGTH];
    size_t first = 0;
    size_t count = 0;
    for (;;) {
        while (count < PREFETCH_QUEUE_LENGTH && marker->depth > 0) {
            uintptr_t grey = marker->stack[--marker->depth];
            __builtin_prefetch((const void *)grey_address(grey));
            queue[(first + count) % PREFETCH_QUEUE_LENGTH] = grey;
            count++;
        }
        if (count == 0)
            return;
        uintptr_t grey = queue[first];
        first = (first + 1) % PREFETCH_QUEUE_LENGTH;
        count--;
        look_at(marker, grey);
    }
}

/* Looks again at every marked object in the range that was missed: black ones
 * show nothing new, and the grey ones are among the rest. */
static void look_for_missed(struct marker *marker)
{
    const struct heap_map *map = &marker->heap->map;
    struct range missed = marker->missed;
    marker->has_missed = false;

    struct cell cell;
    bool is_object = heap_map_find(map, missed.low, &cell);
    CHECK(is_object);
    for (; gc__variable_next(marker->heap, &cell); cell.index++) {
        uintptr_t address = cell_address(map, cell);
        if (address >= missed.high)
            return;
        const struct block *block = &map->blocks[cell.block];
        if (!cell_is_marked(map, cell) || !kind_is_scanned(block->kind))
            continue;
        look_at(marker, grey_small(address, block->cell_bytes));
        drain_stack(marker);
    }
}

void gc__mark_drain(struct marker *marker)
{
    drain_stack(marker);
    /* Only an object marked just now can be missed, so this ends. */
    while (marker->has_missed)
        look_for_missed(marker);
}

/* ------------------------------------------------------------------ start */

static void shade_block(struct marker *marker, uint32_t index)
{
    const struct heap_map *map = &marker->heap->map;
    const struct block *block = &map->blocks[index];
    const struct bit_pair *bits = block_bits(map, index);
    unsigned cell = bit_run_taken(bits, 0, block->cells);
    while (cell < block->cells) {
        shade_cell(marker, (struct cell){index, cell});
        cell = bit_run_taken(bits, cell + 1, block->cells);
    }
}

static void shade_list(struct marker *marker, const struct block_list *list)
{
    for (uint32_t block = list->first; block != NO_BLOCK;
         block = marker->heap->map.blocks[block].next) {
        shade_block(marker, block);
        gc__mark_drain(marker);
    }
}

void gc__marker_start(struct marker *marker, size_t step)
{
    marker->step = step;
    marker->live_bytes = 0;
    marker->live_objects = 0;
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        if (kind_is_collectable(kind))
            continue;
        for (unsigned class = 0; class < CLASS_COUNT; class ++) {
            shade_list(marker, &marker->heap->classes[kind][class].available);
            shade_list(marker, &marker->heap->classes[kind][class].full);
        }
    }
}
