/* SPDX-License-Identifier: MIT */
#include "gc/mark.h"

#include <string.h>

#include "alloc/bit_run.h"
#include "gc/past_end.h"
#include "gc/window.h"

enum {
    FIRST_CAPACITY = 1 << 13, /* 64 KiB */
    KEPT_CAPACITY = 1 << 17,  /* 1 MiB ... */
    KEPT_PART = 8,            /* ... or this part of the live bytes */
    SLICE_BYTES = 16384,      /* of a large object, looked at at once */
    CACHE_LINE_BYTES = 64,
    FETCHED_BYTES = 1024, /* of an object that enters the queue */
};

/* An entry of the stack is the address of an object, and above it how many
 * granules it has; 0 stands for an address in a large object, from where it is
 * to be looked at slice by slice. */
enum { ADDRESS_BITS = 48, GRANULE_SHIFT = 4 };

static inline uintptr_t grey_small(uintptr_t address, size_t bytes)
{
    return address | (uintptr_t)bytes << (ADDRESS_BITS - GRANULE_SHIFT);
}

static inline uintptr_t grey_address(uintptr_t grey)
{
    return grey & (((uintptr_t)1 << ADDRESS_BITS) - 1);
}

static inline size_t grey_bytes(uintptr_t grey)
{
    return (size_t)(grey >> ADDRESS_BITS) << GRANULE_SHIFT;
}

/* ------------------------------------------------------------------ stack */

void gc__marker_init(struct marker *marker, const struct variable *heap)
{
    *marker = (struct marker){
        .heap = heap,
        .step = WORD_BYTES,
        .stack = marker->spare_stack,
        .capacity = SPARE_STACK_LENGTH,
        .most = SIZE_MAX,
    };
}

void gc__marker_finish(struct marker *marker)
{
    gc__pages_unmap(marker->stack_memory);
    marker->stack_memory = (struct range){0, 0};
    marker->stack = marker->spare_stack;
    marker->capacity = SPARE_STACK_LENGTH;
}

/* Objects that are looked at count when they leave the stack, so that the inner
 * loop need not; the others count here. */
static inline void count_live(struct marker *marker, struct cell cell)
{
    const struct heap_map *map = &marker->heap->map;
    size_t bytes = cell_bytes(map, cell);
    marker->live_objects++;
    marker->live_bytes += bytes;
    if (!kind_is_scanned(map->blocks[cell.block].kind))
        marker->live_atomic_bytes += bytes;
}

/* After an overflow some objects have been on the stack twice. */
static void count_again(struct marker *marker)
{
    const struct heap_map *map = &marker->heap->map;
    struct cell cell = {0, 0};
    marker->live_bytes = 0;
    marker->live_atomic_bytes = 0;
    marker->live_objects = 0;
    for (; gc__variable_next(marker->heap, &cell); cell.index++)
        if (cell_is_marked(map, cell))
            count_live(marker, cell);
}

void gc__marker_end(struct marker *marker)
{
    if (marker->overflows > marker->overflows_at_start)
        count_again(marker);
    size_t kept = larger(KEPT_CAPACITY,
                         marker->live_bytes / KEPT_PART / sizeof(uintptr_t));
    if (marker->capacity > kept)
        gc__marker_finish(marker);
}

__attribute__((noinline, cold)) static bool grow_stack(struct marker *marker)
{
    size_t capacity = larger(2 * marker->capacity, FIRST_CAPACITY);
    capacity = smaller(capacity, marker->most);
    struct range memory;
    if (capacity <= marker->capacity ||
        !gc__pages_map(capacity * sizeof *marker->stack, &memory))
        return false;
    uintptr_t *stack = (uintptr_t *)memory.low;
    memcpy(stack, marker->stack, marker->depth * sizeof *stack);
    gc__pages_unmap(marker->stack_memory);
    marker->stack_memory = memory;
    marker->stack = stack;
    marker->capacity = capacity;
    return true;
}

/* Notes an object that found the stack full. */
__attribute__((noinline, cold)) static void miss(struct marker *marker,
                                                 uintptr_t address)
{
    if (!marker->has_missed)
        marker->missed = (struct range){address, address + 1};
    marker->missed.low = smaller(marker->missed.low, address);
    marker->missed.high = larger(marker->missed.high, address + 1);
    marker->has_missed = true;
    marker->overflows++;
}

/* ------------------------------------------------------------------ shade */

static void push(struct marker *marker, uintptr_t grey)
{
    if (marker->depth == marker->capacity && !grow_stack(marker))
        miss(marker, grey_address(grey));
    else
        marker->stack[marker->depth++] = grey;
}

static void push_cell(struct marker *marker, struct cell cell)
{
    const struct heap_map *map = &marker->heap->map;
    push(marker, grey_small(cell_address(map, cell),
                            map->blocks[cell.block].cell_bytes));
}

static void shade_cell(struct marker *marker, struct cell cell)
{
    const struct heap_map *map = &marker->heap->map;
    struct bit_pair *bits = cell_bits(map, cell);
    uint64_t bit = cell_bit(cell);
    if ((bits->allocated & ~bits->marked & bit) == 0)
        return;
    bits->marked |= bit;

    const struct block *block = &map->blocks[cell.block];
    bool is_scanned = kind_is_scanned(block->kind);
    if (!is_scanned || block->state == BLOCK_LARGE)
        count_live(marker, cell);
    if (is_scanned)
        push_cell(marker, cell);
}

static void shade(struct marker *marker, uintptr_t word)
{
    struct cell cell;
    if (heap_map_find(&marker->heap->map, word, &cell))
        shade_cell(marker, cell);
}

static void shade_ambiguous(struct marker *marker, uintptr_t word)
{
    struct cell before;
    shade(marker, word);
    if (find_cell_ending_at(marker->heap, word, &before))
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

/* What drain_stack has in hand.  Nothing outside of it sees its address, so that
 * the compiler keeps the scalars in registers; and no store can change what is
 * copied here. */
struct drain {
    struct marker *marker;
    uintptr_t low; /* of the heap */
    size_t bytes;
    struct block *blocks;
    size_t step;
    uintptr_t *top; /* of the mark stack */
    uintptr_t *limit;
    size_t live_objects;
    size_t live_bytes;
    size_t live_atomic_bytes;
    size_t first; /* of the queue */
    size_t count;
    uintptr_t queue[QUEUE_LENGTH]; /* objects being fetched from memory */
};

static inline void take_stack(struct drain *drain)
{
    drain->top = drain->marker->stack + drain->marker->depth;
    drain->limit = drain->marker->stack + drain->marker->capacity;
}

static inline void leave_stack(struct drain *drain)
{
    drain->marker->depth = (size_t)(drain->top - drain->marker->stack);
}

__attribute__((noinline)) static void shade_slowly(struct marker *marker,
                                                   uintptr_t word)
{
    shade(marker, word);
}

/* Shades what `word` may point into: heap_map_find and shade_cell in one, for
 * cells.  Whether a cell is white is a coin toss that no processor can predict, and the
 * bits may have to come from memory: so no branch depends on them, and the
 * processor goes on to the next words while they are on their way. */
static inline void consider(struct drain *drain, uintptr_t word)
{
    size_t offset = word - drain->low;
    if (offset >= drain->bytes)
        return;
    struct block *block = &drain->blocks[offset >> BLOCK_SHIFT];
    if (block->reciprocal == 0) { /* large, or free */
        leave_stack(drain);
        shade_slowly(drain->marker, word);
        take_stack(drain);
        return;
    }
    unsigned cell = block_cell_at(block, offset & (BLOCK_BYTES - 1));
    struct bit_pair *bits = &block->bits[cell / WORD_BITS];
    uint64_t bit = (uint64_t)1 << (cell % WORD_BITS);
    uint64_t white = bits->allocated & ~bits->marked & bit;
    size_t is_white = white != 0;
    bits->marked |= white;
    if (!kind_is_scanned(block->kind)) {
        drain->live_objects += is_white;
        drain->live_atomic_bytes += is_white * block->cell_bytes;
        return;
    }
    uintptr_t address = round_down(word - drain->low, BLOCK_BYTES) +
                        drain->low + (size_t)cell * block->cell_bytes;
    *drain->top = grey_small(address, block->cell_bytes);
    drain->top += is_white;
}

static inline void consider_words(struct drain *drain, struct range words,
                                  size_t step)
{
    struct window window = window_over(words, step);
    uintptr_t address, word;
    while (window_next(&window, &address, &word))
        consider(drain, word);
}

/* Makes room on the stack for whatever `words` may point to.  Where there is
 * none to be had, looks at them here, word by word, and returns false. */
__attribute__((noinline, cold)) static bool make_room(struct marker *marker,
                                                      struct range words)
{
    while (marker->capacity - marker->depth <= range_size(words) / marker->step)
        if (!grow_stack(marker)) {
            gc__mark_range(marker, words);
            return false;
        }
    return true;
}

static inline void look_at_words(struct drain *drain, struct range words)
{
    size_t bytes = range_size(words);
    if ((size_t)(drain->limit - drain->top) <= bytes / drain->step) {
        leave_stack(drain);
        bool has_room = make_room(drain->marker, words);
        take_stack(drain);
        if (!has_room)
            return;
    }
    /* With a constant the loop is faster. */
    if (drain->step == WORD_BYTES)
        consider_words(drain, words, WORD_BYTES);
    else
        consider_words(drain, words, drain->step);
}

/* The words of a slice of a large object, after putting the rest of it back on
 * the stack. */
__attribute__((noinline)) static struct range cut_slice(struct marker *marker,
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
    return (struct range){low, smaller(end, high + WORD_BYTES - marker->step)};
}

static inline void look_at(struct drain *drain, uintptr_t grey)
{
    uintptr_t low = grey_address(grey);
    size_t bytes = grey_bytes(grey);
    if (bytes != 0) {
        drain->live_objects++;
        drain->live_bytes += bytes;
        look_at_words(drain, (struct range){low, low + bytes});
        return;
    }
    leave_stack(drain);
    struct range slice = cut_slice(drain->marker, low);
    take_stack(drain);
    look_at_words(drain, slice);
}

static inline void fetch(uintptr_t low, size_t bytes)
{
    __builtin_prefetch((const void *)low);
    for (size_t line = CACHE_LINE_BYTES; line < smaller(bytes, FETCHED_BYTES);
         line += CACHE_LINE_BYTES)
        __builtin_prefetch((const void *)(low + line));
}

/* Fills the queue when it is half empty, many at once: a processor that waits
 * for a page table entry at one prefetch does not start the next, unless they
 * follow each other closely. */
static inline void fill_queue(struct drain *drain)
{
    const uintptr_t *bottom = drain->marker->stack;
    while (drain->count < QUEUE_LENGTH && drain->top > bottom) {
        uintptr_t grey = *--drain->top;
        fetch(grey_address(grey), grey_bytes(grey));
        drain->queue[(drain->first + drain->count++) % QUEUE_LENGTH] = grey;
    }
}

static void drain_stack(struct marker *marker)
{
    const struct heap_map *map = &marker->heap->map;
    struct drain drain = {
        .marker = marker,
        .low = map->low,
        .bytes = map->bytes,
        .blocks = map->blocks,
        .step = marker->step,
    };
    take_stack(&drain);
    for (;;) {
        if (drain.count <= QUEUE_LENGTH / 2)
            fill_queue(&drain);
        if (drain.count == 0)
            break;
        uintptr_t grey = drain.queue[drain.first];
        drain.first = (drain.first + 1) % QUEUE_LENGTH;
        drain.count--;
        look_at(&drain, grey);
    }
    leave_stack(&drain);
    marker->live_objects += drain.live_objects;
    marker->live_bytes += drain.live_bytes + drain.live_atomic_bytes;
    marker->live_atomic_bytes += drain.live_atomic_bytes;
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
        push_cell(marker, cell);
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
    marker->live_atomic_bytes = 0;
    marker->live_objects = 0;
    marker->overflows_at_start = marker->overflows;
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        if (kind_is_collectable(kind))
            continue;
        for (unsigned class = 0; class < CLASS_COUNT; class ++) {
            shade_list(marker, &marker->heap->classes[kind][class].available);
            shade_list(marker, &marker->heap->classes[kind][class].full);
        }
    }
}
