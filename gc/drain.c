/* SPDX-License-Identifier: MIT */
#include "gc/drain.h"

#include "base/fetch.h"
#include "gc/kinds.h"
#include "gc/mark_stack.h"
#include "gc/markers.h"
#include "gc/shade.h"
#include "gc/window.h"

enum {
    CACHE_LINE_BYTES = 64,
    FETCHED_BYTES = 1024, /* of an object that enters the queue */
    SLICE_WORK = 32,      /* as much as so many objects */
    SUSPECTS = 32,
    SCANNED_SHIFT = 63,
};

/* A cell that looked white, and has been pushed: the word of its marks, and above
 * that which bit. */
typedef uintptr_t suspect;

static inline suspect suspect_of(struct bit_pair *bits, unsigned bit)
{
    return (uintptr_t)bits | (uintptr_t)bit << ADDRESS_BITS;
}

static inline struct bit_pair *suspect_bits(suspect cell)
{
    return (struct bit_pair *)grey_address(cell);
}

static inline uint64_t suspect_bit(suspect cell)
{
    return (uint64_t)1 << (cell >> ADDRESS_BITS);
}

/* What drain_stack has in hand.  Nothing outside of it sees its address, so that
 * the compiler keeps the scalars in registers; and no store can change what is
 * copied here. */
struct drain {
    struct marker *marker;
    uintptr_t low; /* of the heap */
    size_t bytes;
    struct block *blocks;
    size_t step;
    const struct recognition *recognition;
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
    size_t suspect_count; /* among others: the topmost entries of the stack */
    suspect suspects[SUSPECTS];
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

/* Takes suspects [from, end) off the stack that are not among the `won` bits of
 * their word.  Returns the end of those that are left. */
__attribute__((noinline, cold)) static size_t
drop_suspects(struct drain *drain, size_t from, size_t end, uint64_t won)
{
    for (size_t i = from; i < end;) {
        uint64_t bit = suspect_bit(drain->suspects[i]);
        bool is_won = (won & bit) != 0;
        won &= ~bit;
        if (is_won) {
            i++;
            continue;
        }
        uintptr_t *entry = drain->top - drain->suspect_count + i;
        size_t above = --drain->suspect_count - i;
        memmove(entry, entry + 1, above * sizeof *entry);
        memmove(&drain->suspects[i], &drain->suspects[i + 1],
                above * sizeof *drain->suspects);
        drain->top--;
        end--;
    }
    return end;
}

/* Marks the suspects, those with their marks in one word at once.  It is rare that
 * another marker has one of them. */
static inline void settle(struct drain *drain)
{
    for (size_t i = 0; i < drain->suspect_count;) {
        struct bit_pair *bits = suspect_bits(drain->suspects[i]);
        uint64_t wanted = 0, twice = 0;
        size_t end = i;
        do {
            uint64_t bit = suspect_bit(drain->suspects[end++]);
            twice |= wanted & bit;
            wanted |= bit;
        } while (end < drain->suspect_count &&
                 suspect_bits(drain->suspects[end]) == bits);
        uint64_t won = mark_among_others(bits, wanted);
        if (((won ^ wanted) | twice) != 0)
            end = drop_suspects(drain, i, end, won);
        i = end;
    }
    drain->suspect_count = 0;
}

/* Before anything else is pushed. */
static inline void leave_all(struct drain *drain, enum company company)
{
    if (company == AMONG_OTHERS)
        settle(drain);
    leave_stack(drain);
}

/* What is neither small nor of a built-in kind goes the long way. */
static inline void shade_elsewhere(struct drain *drain, uintptr_t word,
                                   enum company company)
{
    leave_all(drain, company);
    gc__shade(drain->marker, word, company);
    take_stack(drain);
}

/* Shades what `word` may point into: heap_map_find and shade_cell in one, for
 * cells.  Whether a cell is white is a coin toss that no processor can predict,
 * and the bits may have to come from memory: so no branch depends on them, and
 * the processor goes on to the next words while they are on their way.  Among
 * others it is not decided here: a cell that looks white is pushed, and its mark
 * set a few objects later, with those beside it (settle). */
static inline void consider(struct drain *drain, uintptr_t word,
                            enum company company, enum rule rule)
{
    size_t offset = word - drain->low;
    if (offset >= drain->bytes)
        return;
    struct block *block = &drain->blocks[offset >> BLOCK_SHIFT];
    if (block->reciprocal == 0) { /* large, or free */
        shade_elsewhere(drain, word, company);
        return;
    }
    unsigned cell = block_cell_at(block, offset & (BLOCK_BYTES - 1));
    struct bit_pair *bits = &block->bits[cell / WORD_BITS];
    uint64_t bit = (uint64_t)1 << (cell % WORD_BITS);
    uintptr_t address = round_down(word - drain->low, BLOCK_BYTES) +
                        drain->low + (size_t)cell * block->cell_bytes;
    if (rule == DISPLACED &&
        !recognition_has(drain->recognition, word - address))
        return;
    uintptr_t grey = grey_small(address, block->cell_bytes);
    bool is_scanned = kind_is_scanned(block->kind);
    if (!is_scanned && kind_is_custom(block->kind)) {
        shade_elsewhere(drain, word, company);
        return;
    }
    size_t is_white = company == AMONG_OTHERS && is_scanned
                          ? looks_white(bits, bit)
                          : mark_white(bits, bit, company);
    if (!is_scanned) {
        drain->live_objects += is_white;
        drain->live_atomic_bytes += is_white * block->cell_bytes;
        return;
    }
    *drain->top = grey;
    drain->top += is_white;
    if (company == AMONG_OTHERS) {
        drain->suspects[drain->suspect_count] =
            suspect_of(bits, cell % WORD_BITS);
        drain->suspect_count += is_white;
        if (drain->suspect_count == SUSPECTS)
            settle(drain);
    }
}

static inline void consider_words(struct drain *drain, struct range words,
                                  size_t step, enum company company,
                                  enum rule rule)
{
    struct window window = window_over(words, step);
    uintptr_t address, word;
    while (window_next(&window, &address, &word))
        consider(drain, word, company, rule);
}

/* Makes room on the stack for whatever `words` may point to.  Where there is
 * none to be had, looks at them here, word by word, and returns false. */
__attribute__((noinline, cold)) static bool
make_room(struct marker *marker, struct range words, enum company company)
{
    while (marker->capacity - marker->depth <= range_size(words) / marker->step)
        if (!gc__mark_stack_grow(marker)) {
            struct window window = window_over(words, marker->step);
            uintptr_t address, word;
            while (window_next(&window, &address, &word))
                gc__shade(marker, word, company);
            return false;
        }
    return true;
}

static inline void look_at_words(struct drain *drain, struct range words,
                                 enum company company, enum rule rule)
{
    size_t bytes = range_size(words);
    size_t room = (size_t)(drain->limit - drain->top);
    if (room <= bytes / drain->step) {
        leave_all(drain, company);
        bool has_room = make_room(drain->marker, words, company);
        take_stack(drain);
        if (!has_room)
            return;
    }
    /* With a constant the loop is faster. */
    if (drain->step == WORD_BYTES)
        consider_words(drain, words, WORD_BYTES, company, rule);
    else
        consider_words(drain, words, drain->step, company, rule);
}

/* Looks at the object of an entry, if that is of a custom kind which says how;
 * it counted when it was shaded.  False if it is not: then the entry is one of
 * slices. */
__attribute__((noinline, cold)) static bool
look_at_custom(struct marker *marker, uintptr_t grey, enum company company)
{
    const struct variable *heap = marker->heap;
    if (!grey_is_custom(grey) && grey_bytes(grey) != 0)
        return false;
    struct cell cell;
    bool is_object = heap_map_find(&heap->map, grey_address(grey), &cell);
    CHECK(is_object);
    if (!variable_has_procedure(heap, heap->map.blocks[cell.block].kind))
        return false;
    struct gc_visit visit = {
        .marker = marker,
        .is_among_others = company == AMONG_OTHERS,
        .step = marker->step,
    };
    marker->work++;
    gc__look_at(heap, cell, &visit);
    return true;
}

static inline void look_at(struct drain *drain, uintptr_t grey,
                           enum company company, enum rule rule)
{
    uintptr_t low = grey_address(grey);
    size_t bytes = grey_bytes(grey);
    if (bytes - 1 < SIZE_CLASS_MAX_BYTES) {
        drain->live_objects++;
        drain->live_bytes += bytes;
        look_at_words(drain, (struct range){low, low + bytes}, company, rule);
        return;
    }
    leave_all(drain, company);
    struct range slice = {0, 0};
    bool is_done = look_at_custom(drain->marker, grey, company);
    if (!is_done)
        slice = gc__mark_stack_slice(drain->marker, grey);
    take_stack(drain);
    if (is_done)
        return;
    drain->slices++;
    look_at_words(drain, slice, company, rule);
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
        size_t bytes = grey_bytes(grey);
        if (grey_is_custom(grey))
            bytes -= SIZE_CLASS_MAX_BYTES;
        fetch(grey_address(grey), bytes);
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
 * other company than before, or has done as much as it was to. */
static inline bool look_around(struct drain *drain, enum company company)
{
    if (company == ALONE && work_of(drain) >= drain->marker->ask_at)
        return true;
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
drain_stack(struct marker *marker, size_t wide, enum company company,
            enum rule rule)
{
    const struct heap_map *map = &marker->heap->map;
    struct drain drain = {
        .marker = marker,
        .low = map->low,
        .bytes = map->bytes,
        .blocks = map->blocks,
        .step = marker->step,
        .recognition = marker->recognition,
        .wide = wide,
    };
    take_stack(&drain);
    for (;;) {
        if (drain.count <= QUEUE_LENGTH / 2) {
            if (company == AMONG_OTHERS)
                settle(&drain);
            if (look_around(&drain, company))
                break;
            fill_queue(&drain);
        }
        if (drain.count == 0)
            break;
        uintptr_t grey = drain.queue[drain.first];
        drain.first = (drain.first + 1) % QUEUE_LENGTH;
        drain.count--;
        look_at(&drain, grey, company, rule);
    }
    leave_all(&drain, company);
    for (; drain.count > 0; drain.count--)
        mark_stack_push(marker, drain.queue[drain.first++ % QUEUE_LENGTH]);
    marker->work = work_of(&drain);
    marker->live_objects += drain.live_objects;
    marker->live_bytes += drain.live_bytes + drain.live_atomic_bytes;
    marker->live_atomic_bytes += drain.live_atomic_bytes;
}

/* The loop exists four times. */
__attribute__((noinline)) static void
drain_displaced_alone(struct marker *marker, size_t wide)
{
    drain_stack(marker, wide, ALONE, DISPLACED);
}

__attribute__((noinline)) static void
drain_displaced_among_others(struct marker *marker)
{
    drain_stack(marker, WIDE, AMONG_OTHERS, DISPLACED);
}

__attribute__((noinline)) static void
drain_interior_alone(struct marker *marker, size_t wide)
{
    drain_stack(marker, wide, ALONE, INTERIOR);
}

__attribute__((noinline)) static void
drain_interior_among_others(struct marker *marker)
{
    drain_stack(marker, WIDE, AMONG_OTHERS, INTERIOR);
}

void gc__drain_alone(struct marker *marker, size_t wide)
{
    if (marker->recognition->rule == INTERIOR)
        drain_interior_alone(marker, wide);
    else
        drain_displaced_alone(marker, wide);
}

static void drain_among_others(struct marker *marker)
{
    if (marker->recognition->rule == INTERIOR)
        drain_interior_among_others(marker);
    else
        drain_displaced_among_others(marker);
}

void gc__drain(struct marker *marker)
{
    size_t wide = markers_are_resting(marker) ? SIZE_MAX : WIDE;
    while (mark_stack_height(marker) > 0)
        if (marker_is_alone(marker))
            gc__drain_alone(marker, wide);
        else
            drain_among_others(marker);
    marker->base = marker->depth = 0;
}
