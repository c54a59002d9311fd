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

/* A cell of which is not known yet whether it is white. */
struct suspect {
    uintptr_t mark; /* the word of it, and above that which bit, and the kind */
    uintptr_t grey; /* the entry that it may become */
};

static inline struct suspect suspect_of(struct bit_pair *bits, unsigned bit,
                                        bool is_scanned, uintptr_t grey)
{
    return (struct suspect){(uintptr_t)bits | (uintptr_t)bit << ADDRESS_BITS |
                                (uintptr_t)is_scanned << SCANNED_SHIFT,
                            grey};
}

static inline struct bit_pair *suspect_bits(struct suspect suspect)
{
    return (struct bit_pair *)grey_address(suspect.mark);
}

static inline uint64_t suspect_bit(struct suspect suspect)
{
    return (uint64_t)1 << (suspect.mark >> ADDRESS_BITS) % WORD_BITS;
}

static inline bool suspect_is_scanned(struct suspect suspect)
{
    return suspect.mark >> SCANNED_SHIFT;
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
    size_t first_suspect; /* of a queue like the first, among others only */
    size_t suspect_count;
    struct suspect suspects[SUSPECTS];
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

static inline void push_or_grow(struct drain *drain, uintptr_t grey,
                                size_t is_white)
{
    if (drain->top == drain->limit) {
        leave_stack(drain);
        if (is_white)
            mark_stack_push(drain->marker, grey);
        take_stack(drain);
        return;
    }
    *drain->top = grey;
    drain->top += is_white;
}

/* Marks the suspects that are white, those with their marks in one word at
 * once. */
static inline void mark_suspects(struct drain *drain,
                                 const struct suspect *suspects, size_t count)
{
    for (size_t i = 0; i < count;) {
        struct bit_pair *bits = suspect_bits(suspects[i]);
        uint64_t wanted = 0;
        size_t end = i;
        while (end < count && suspect_bits(suspects[end]) == bits &&
               (suspect_bit(suspects[end]) & wanted) == 0)
            wanted |= suspect_bit(suspects[end++]);
        uint64_t won = mark_among_others(bits, wanted);
        for (; i < end; i++) {
            size_t is_white = (won & suspect_bit(suspects[i])) != 0;
            size_t bytes = grey_bytes(suspects[i].grey);
            if (suspect_is_scanned(suspects[i])) {
                push_or_grow(drain, suspects[i].grey, is_white);
                continue;
            }
            drain->live_objects += is_white;
            drain->live_atomic_bytes += is_white * bytes;
        }
    }
}

/* Decides about the `count` oldest suspects, whose marks should have come from
 * memory by now: first, without a branch, which of them look white. */
static inline void settle(struct drain *drain, size_t count)
{
    struct suspect whites[SUSPECTS];
    size_t white_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct suspect suspect =
            drain->suspects[(drain->first_suspect + i) % SUSPECTS];
        whites[white_count] = suspect;
        white_count += looks_white(suspect_bits(suspect), suspect_bit(suspect));
    }
    drain->first_suspect = (drain->first_suspect + count) % SUSPECTS;
    drain->suspect_count -= count;
    mark_suspects(drain, whites, white_count);
}

static inline void note_suspect(struct drain *drain, struct suspect suspect)
{
    size_t next = drain->first_suspect + drain->suspect_count++;
    drain->suspects[next % SUSPECTS] = suspect;
    fetch_to_write(suspect_bits(suspect));
    if (drain->suspect_count == SUSPECTS)
        settle(drain, SUSPECTS / 2);
}

/* What is neither small nor of a built-in kind goes the long way. */
static inline void shade_elsewhere(struct drain *drain, uintptr_t word,
                                   enum company company)
{
    leave_stack(drain);
    gc__shade(drain->marker, word, company);
    take_stack(drain);
}

/* Shades what `word` may point into: heap_map_find and shade_cell in one, for
 * cells.  Whether a cell is white is a coin toss that no processor can predict,
 * and the bits may have to come from memory: so no branch depends on them, and
 * the processor goes on to the next words while they are on their way.  Among
 * others they often come from another processor's cache, which takes longer
 * than that helps; so the decision is put off. */
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
    if (company == AMONG_OTHERS) {
        note_suspect(drain,
                     suspect_of(bits, cell % WORD_BITS, is_scanned, grey));
        return;
    }
    size_t is_white = mark_white(bits, bit, ALONE);
    if (!is_scanned) {
        drain->live_objects += is_white;
        drain->live_atomic_bytes += is_white * block->cell_bytes;
        return;
    }
    *drain->top = grey;
    drain->top += is_white;
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
__attribute__((noinline, cold)) static bool make_room(struct marker *marker,
                                                      struct range words)
{
    while (marker->capacity - marker->depth <= range_size(words) / marker->step)
        if (!gc__mark_stack_grow(marker)) {
            gc__mark_range(marker, words);
            return false;
        }
    return true;
}

static inline void look_at_words(struct drain *drain, struct range words,
                                 enum company company, enum rule rule)
{
    size_t bytes = range_size(words);
    size_t room = (size_t)(drain->limit - drain->top);
    if (company == ALONE && room <= bytes / drain->step) {
        leave_stack(drain);
        bool has_room = make_room(drain->marker, words);
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
    leave_stack(drain);
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
            if (company == AMONG_OTHERS &&
                drain.top - drain.bottom < QUEUE_LENGTH)
                settle(&drain, drain.suspect_count);
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
    if (company == AMONG_OTHERS)
        settle(&drain, drain.suspect_count);
    leave_stack(&drain);
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
