/* SPDX-License-Identifier: MIT */
#include "gc/mark.h"

#include "alloc/bit_run.h"
#include "base/atomics.h"
#include "gc/mark_stack.h"
#include "gc/markers.h"
#include "gc/past_end.h"
#include "gc/window.h"

enum {
    KEPT_CAPACITY = 1 << 17, /* 1 MiB ... */
    KEPT_PART = 8,           /* ... or this part of the live bytes */
    SLICE_BYTES = 16384,     /* of a large object, looked at at once */
    CACHE_LINE_BYTES = 64,
    FETCHED_BYTES = 1024, /* of an object that enters the queue */
    SLICE_WORK = 32,      /* as much as so many objects */
    SPLIT_ROOM = 40,      /* see push_slices() */
};

/* ------------------------------------------------------------------ count */

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

/* ------------------------------------------------------------------ shade */

/* Whether other markers may be at work.  Always a constant where time counts:
 * each of the two makes a loop of its own. */
enum company { ALONE, AMONG_OTHERS };

static void push_cell(struct marker *marker, struct cell cell)
{
    const struct heap_map *map = &marker->heap->map;
    mark_stack_push(marker, grey_small(cell_address(map, cell),
                                       map->blocks[cell.block].cell_bytes));
}

/* Others may be setting bits of the same word.  Nothing is handed over by a
 * mark, so no order is needed. */
static inline bool mark_among_others(struct bit_pair *bits, uint64_t bit)
{
    uint64_t marked = AO_load(&bits->marked);
    while ((bits->allocated & ~marked & bit) != 0) {
        uint64_t found =
            AO_fetch_compare_and_swap(&bits->marked, marked, marked | bit);
        if (found == marked)
            return true;
        marked = found;
    }
    return false;
}

/* Marks a cell if it is white, and answers whether it was. */
static inline bool mark_white(struct bit_pair *bits, uint64_t bit,
                              enum company company)
{
    if (company == AMONG_OTHERS)
        return mark_among_others(bits, bit);
    uint64_t white = bits->allocated & ~bits->marked & bit;
    bits->marked |= white;
    return white != 0;
}

static void shade_cell(struct marker *marker, struct cell cell,
                       enum company company)
{
    const struct heap_map *map = &marker->heap->map;
    if (!mark_white(cell_bits(map, cell), cell_bit(cell), company))
        return;

    const struct block *block = &map->blocks[cell.block];
    bool is_scanned = kind_is_scanned(block->kind);
    if (!is_scanned || block->state == BLOCK_LARGE)
        count_live(marker, cell);
    if (is_scanned)
        push_cell(marker, cell);
}

static void shade(struct marker *marker, uintptr_t word, enum company company)
{
    struct cell cell;
    if (heap_map_find(&marker->heap->map, word, &cell))
        shade_cell(marker, cell, company);
}

static void shade_ambiguous(struct marker *marker, uintptr_t word)
{
    struct cell before;
    shade(marker, word, ALONE);
    if (find_cell_ending_at(marker->heap, word, &before))
        shade_cell(marker, before, ALONE);
}

static void shade_words(struct marker *marker, struct range range,
                        enum company company)
{
    struct window window = window_over(range, marker->step);
    uintptr_t address, word;
    while (window_next(&window, &address, &word))
        shade(marker, word, company);
}

void gc__mark_range(struct marker *marker, struct range range)
{
    shade_words(marker, range, ALONE);
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
    size_t wide;       /* the stack, when some of it is to be given away */
    uintptr_t *bottom; /* of the mark stack */
    uintptr_t *top;
    uintptr_t *limit;
    size_t slices;
    size_t live_objects;
    size_t live_bytes;
    size_t live_atomic_bytes;
    size_t first; /* of the queue */
    size_t count;
    uintptr_t queue[QUEUE_LENGTH]; /* objects being fetched from memory */
};

static inline void take_stack(struct drain *drain)
{
    drain->bottom = drain->marker->stack + drain->marker->base;
    drain->top = drain->marker->stack + drain->marker->depth;
    drain->limit = drain->marker->stack + drain->marker->capacity;
}

static inline void leave_stack(struct drain *drain)
{
    drain->marker->depth = (size_t)(drain->top - drain->marker->stack);
}

__attribute__((noinline)) static void
shade_slowly(struct marker *marker, uintptr_t word, enum company company)
{
    shade(marker, word, company);
}

/* Shades what `word` may point into: heap_map_find and shade_cell in one, for
 * cells.  Whether a cell is white is a coin toss that no processor can predict, and the
 * bits may have to come from memory: so no branch depends on them, and the
 * processor goes on to the next words while they are on their way. */
static inline void consider(struct drain *drain, uintptr_t word,
                            enum company company)
{
    size_t offset = word - drain->low;
    if (offset >= drain->bytes)
        return;
    struct block *block = &drain->blocks[offset >> BLOCK_SHIFT];
    if (block->reciprocal == 0) { /* large, or free */
        leave_stack(drain);
        shade_slowly(drain->marker, word, company);
        take_stack(drain);
        return;
    }
    unsigned cell = block_cell_at(block, offset & (BLOCK_BYTES - 1));
    struct bit_pair *bits = &block->bits[cell / WORD_BITS];
    uint64_t bit = (uint64_t)1 << (cell % WORD_BITS);
    size_t is_white = mark_white(bits, bit, company);
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
                                  size_t step, enum company company)
{
    struct window window = window_over(words, step);
    uintptr_t address, word;
    while (window_next(&window, &address, &word))
        consider(drain, word, company);
}

/* Makes room on the stack for whatever `words` may point to.  Where there is
 * none to be had, looks at them here, word by word, and returns false. */
__attribute__((noinline, cold)) static bool
make_room(struct marker *marker, struct range words, enum company company)
{
    while (marker->capacity - marker->depth <= range_size(words) / marker->step)
        if (!gc__mark_stack_grow(marker)) {
            shade_words(marker, words, company);
            return false;
        }
    return true;
}

static inline void look_at_words(struct drain *drain, struct range words,
                                 enum company company)
{
    size_t bytes = range_size(words);
    if ((size_t)(drain->limit - drain->top) <= bytes / drain->step) {
        leave_stack(drain);
        bool has_room = make_room(drain->marker, words, company);
        take_stack(drain);
        if (!has_room)
            return;
    }
    /* With a constant the loop is faster. */
    if (drain->step == WORD_BYTES)
        consider_words(drain, words, WORD_BYTES, company);
    else
        consider_words(drain, words, drain->step, company);
}

/* Puts slices that are left of an object back on the stack, in two halves, of
 * which the farther lies below and may be given to another marker: so an array
 * is shared however few objects it leads to.  Where the stack is nearly full,
 * the entry that was taken off is replaced by one: so a large object alone never
 * overflows it, as each fill of the queue takes more off than follows. */
static void push_slices(struct marker *marker, uintptr_t address, size_t slices)
{
    if (slices == 0)
        return;
    if (slices > 1 && marker->capacity - marker->depth > SPLIT_ROOM) {
        size_t near = slices / 2;
        mark_stack_push(
            marker, grey_slices(address + near * SLICE_BYTES, slices - near));
        slices = near;
    }
    mark_stack_push(marker, grey_slices(address, slices));
}

/* The words of the first slice of the entry, after putting the rest of it back
 * on the stack. */
__attribute__((noinline)) static struct range cut_slice(struct marker *marker,
                                                        uintptr_t grey)
{
    const struct heap_map *map = &marker->heap->map;
    uintptr_t low = grey_address(grey);
    struct cell cell;
    bool is_object = heap_map_find(map, low, &cell);
    CHECK(is_object);
    uintptr_t end = cell_address(map, cell) + cell_bytes(map, cell);
    size_t slices = grey_slice_count(grey);
    if (slices == 0) {
        slices = (end - low + SLICE_BYTES - 1) / SLICE_BYTES;
        if (slices > SLICES_MAX)
            mark_stack_push(
                marker, grey_small(low + (size_t)SLICES_MAX * SLICE_BYTES, 0));
        slices = smaller(slices, SLICES_MAX);
    }
    push_slices(marker, low + SLICE_BYTES, slices - 1);

    /* A word that straddles two slices, in steps of less than 8, belongs to the
     * first. */
    uintptr_t high = low + SLICE_BYTES + WORD_BYTES - marker->step;
    return (struct range){low, smaller(end, high)};
}

static inline void look_at(struct drain *drain, uintptr_t grey,
                           enum company company)
{
    uintptr_t low = grey_address(grey);
    size_t bytes = grey_bytes(grey);
    if (bytes - 1 < SIZE_CLASS_MAX_BYTES) {
        drain->live_objects++;
        drain->live_bytes += bytes;
        look_at_words(drain, (struct range){low, low + bytes}, company);
        return;
    }
    drain->slices++;
    leave_stack(drain);
    struct range slice = cut_slice(drain->marker, grey);
    take_stack(drain);
    look_at_words(drain, slice, company);
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
    while (drain->count < QUEUE_LENGTH && drain->top > drain->bottom) {
        uintptr_t grey = *--drain->top;
        fetch(grey_address(grey), grey_bytes(grey));
        drain->queue[(drain->first + drain->count++) % QUEUE_LENGTH] = grey;
    }
}

/* All that the marker has done. */
static inline size_t work_of(const struct drain *drain)
{
    return drain->marker->work + drain->live_objects +
           SLICE_WORK * drain->slices;
}

/* Gives away what others are waiting for.  True if this marker now works in
 * other company than before. */
static inline bool look_around(struct drain *drain, enum company company)
{
    size_t height = (size_t)(drain->top - drain->bottom);
    bool may_share = company == ALONE ? height > drain->wide
                                      : markers_are_hungry(drain->marker);
    bool is_shared = false;
    if (may_share) {
        leave_stack(drain);
        is_shared = gc__markers_share(drain->marker, work_of(drain));
        take_stack(drain);
    }
    return company == ALONE ? is_shared : marker_is_alone(drain->marker);
}

/* Blackens what is on the stack and all that it leads to, until nothing is left
 * or the company has changed. */
__attribute__((always_inline)) static inline void
drain_stack(struct marker *marker, size_t wide, enum company company)
{
    const struct heap_map *map = &marker->heap->map;
    struct drain drain = {
        .marker = marker,
        .low = map->low,
        .bytes = map->bytes,
        .blocks = map->blocks,
        .step = marker->step,
        .wide = wide,
    };
    take_stack(&drain);
    for (;;) {
        if (drain.count <= QUEUE_LENGTH / 2) {
            if (look_around(&drain, company))
                break;
            fill_queue(&drain);
        }
        if (drain.count == 0)
            break;
        uintptr_t grey = drain.queue[drain.first];
        drain.first = (drain.first + 1) % QUEUE_LENGTH;
        drain.count--;
        look_at(&drain, grey, company);
    }
    leave_stack(&drain);
    for (; drain.count > 0; drain.count--)
        mark_stack_push(marker, drain.queue[drain.first++ % QUEUE_LENGTH]);
    marker->work = work_of(&drain);
    marker->live_objects += drain.live_objects;
    marker->live_bytes += drain.live_bytes + drain.live_atomic_bytes;
    marker->live_atomic_bytes += drain.live_atomic_bytes;
}

/* Returns when `wide` objects wait and some were given away. */
__attribute__((noinline)) static void drain_alone(struct marker *marker,
                                                  size_t wide)
{
    drain_stack(marker, wide, ALONE);
}

__attribute__((noinline)) static void drain_among_others(struct marker *marker)
{
    drain_stack(marker, WIDE, AMONG_OTHERS);
}

void gc__mark_greys(struct marker *marker)
{
    while (mark_stack_height(marker) > 0)
        if (marker_is_alone(marker))
            drain_alone(marker, WIDE);
        else
            drain_among_others(marker);
    marker->base = marker->depth = 0;
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
        drain_alone(marker, SIZE_MAX);
    }
}

void gc__mark_drain(struct marker *marker)
{
    if (marker->worker == NULL)
        drain_alone(marker, SIZE_MAX);
    else
        gc__markers_drain(marker);
    /* Only an object marked just now can be missed, so this ends. */
    while (marker->has_missed)
        look_for_missed(marker);
}

/* ---------------------------------------------------------- start and end */

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
    gc__markers_set(marker, 1);
    gc__mark_stack_return(marker);
}

static void shade_block(struct marker *marker, uint32_t index)
{
    const struct heap_map *map = &marker->heap->map;
    const struct block *block = &map->blocks[index];
    const struct bit_pair *bits = block_bits(map, index);
    unsigned cell = bit_run_taken(bits, 0, block->cells);
    while (cell < block->cells) {
        shade_cell(marker, (struct cell){index, cell}, ALONE);
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
    marker->work = 0;
    marker->shared_at = 0;
    marker->overflows_at_start = marker->overflows;
    gc__markers_begin(marker);
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        if (kind_is_collectable(kind))
            continue;
        for (unsigned class = 0; class < CLASS_COUNT; class ++) {
            shade_list(marker, &marker->heap->classes[kind][class].available);
            shade_list(marker, &marker->heap->classes[kind][class].full);
        }
    }
}

void gc__marker_end(struct marker *marker)
{
    gc__markers_end(marker);
    if (marker->overflows > marker->overflows_at_start)
        count_again(marker);
    size_t kept = larger(KEPT_CAPACITY,
                         marker->live_bytes / KEPT_PART / sizeof(uintptr_t));
    gc__markers_trim(marker, kept);
}
