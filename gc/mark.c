/* SPDX-License-Identifier: MIT */
#include "gc/mark.h"

#include "alloc/bit_run.h"
#include "gc/drain.h"
#include "gc/kinds.h"
#include "gc/mark_stack.h"
#include "gc/markers.h"
#include "gc/past_end.h"
#include "gc/shade.h"
#include "gc/window.h"

enum {
    KEPT_CAPACITY = 1 << 17, /* 1 MiB ... */
    KEPT_PART = 8,           /* ... or this part of the live bytes */
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
    if (!variable_has_pointers(marker->heap, map->blocks[cell.block].kind))
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

static void push_cell(struct marker *marker, struct cell cell)
{
    const struct heap_map *map = &marker->heap->map;
    const struct block *block = &map->blocks[cell.block];
    uintptr_t address = cell_address(map, cell);
    bool is_custom = block->state == BLOCK_SMALL &&
                     variable_has_procedure(marker->heap, block->kind);
    mark_stack_push(marker, is_custom ? grey_custom(address, block->cell_bytes)
                                      : grey_small(address, block->cell_bytes));
}

static void shade_cell(struct marker *marker, struct cell cell,
                       enum company company)
{
    const struct heap_map *map = &marker->heap->map;
    if (!mark_white(cell_bits(map, cell), cell_bit(cell), company))
        return;

    const struct block *block = &map->blocks[cell.block];
    bool has_pointers = variable_has_pointers(marker->heap, block->kind);
    if (!has_pointers || block->state == BLOCK_LARGE ||
        variable_has_procedure(marker->heap, block->kind))
        count_live(marker, cell);
    if (has_pointers)
        push_cell(marker, cell);
}

void gc__shade(struct marker *marker, uintptr_t word, enum company company)
{
    const struct heap_map *map = &marker->heap->map;
    struct cell cell;
    if (heap_map_find(map, word, &cell) &&
        recognises(marker->recognition, word - cell_address(map, cell)) &&
        !cell_ignores(map, cell, word))
        shade_cell(marker, cell, company);
}

static void shade_ambiguous(struct marker *marker, uintptr_t word)
{
    const struct heap_map *map = &marker->heap->map;
    struct cell cell;
    if (heap_map_find(map, word, &cell) && !cell_ignores(map, cell, word))
        shade_cell(marker, cell, ALONE);
    if (marker->recognition->past_end &&
        find_cell_ending_at(marker->heap, word, &cell))
        shade_cell(marker, cell, ALONE);
}

/* Most words of static data are no pointers: those are passed by quickly. */
static inline void shade_words(struct marker *marker, struct range range,
                               size_t step)
{
    struct window window = window_over(range, step);
    uintptr_t low = marker->heap->map.low;
    size_t bytes = marker->heap->map.bytes;
    uintptr_t address, word;
    while (window_next(&window, &address, &word))
        if (word - low < bytes)
            gc__shade(marker, word, ALONE);
}

void gc__mark_range(struct marker *marker, struct range range)
{
    /* With a constant the loop is faster. */
    if (marker->step == WORD_BYTES)
        shade_words(marker, range, WORD_BYTES);
    else
        shade_words(marker, range, marker->step);
}

void gc__mark_ambiguous_range(struct marker *marker, struct range range)
{
    struct window window = window_over(range, marker->step);
    uintptr_t address, word;
    while (window_next(&window, &address, &word))
        shade_ambiguous(marker, word);
}

/* ------------------------------------------------------------ a single mark */

/* Finds an object. */
static bool find_object(const struct marker *marker, uintptr_t address,
                        struct cell *cell)
{
    return heap_map_find(&marker->heap->map, address, cell) &&
           cell_is_allocated(&marker->heap->map, *cell);
}

void gc__mark_unseen(struct marker *marker, uintptr_t address)
{
    struct cell cell;
    if (!find_object(marker, address, &cell))
        return;
    const struct heap_map *map = &marker->heap->map;
    if (mark_white(cell_bits(map, cell), cell_bit(cell), ALONE))
        count_live(marker, cell);
    marker->has_unseen = true;
}

void gc__mark_undo(struct marker *marker, uintptr_t address)
{
    struct cell cell;
    if (find_object(marker, address, &cell))
        cell_bits(&marker->heap->map, cell)->marked &= ~cell_bit(cell);
}

bool gc__mark_is_set(const struct marker *marker, uintptr_t address)
{
    struct cell cell;
    return find_object(marker, address, &cell) &&
           cell_is_marked(&marker->heap->map, cell);
}

/* Like those that are looked at when they are drained, small ones count now. */
bool gc__mark_take(struct marker *marker, struct cell *cell)
{
    const struct heap_map *map = &marker->heap->map;
    if (mark_stack_height(marker) == 0)
        return false;
    uintptr_t grey = marker->stack[--marker->depth];
    bool is_object = heap_map_find(map, grey_address(grey), cell);
    CHECK(is_object);
    const struct block *block = &map->blocks[cell->block];
    if (block->state == BLOCK_SMALL &&
        !variable_has_procedure(marker->heap, block->kind))
        count_live(marker, *cell);
    return true;
}

/* ------------------------------------------------------------------ drain */

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
        if (!cell_is_marked(map, cell) ||
            !variable_has_pointers(marker->heap, block->kind))
            continue;
        push_cell(marker, cell);
        gc__drain_alone(marker, SIZE_MAX);
    }
}

/* With a question now and then.  Without the helpers, who would have to be told of
 * the answer. */
static void drain_and_ask(struct marker *marker)
{
    while (mark_stack_height(marker) > 0 && !marker->is_given_up) {
        marker->ask_at = marker->work + WORK_BETWEEN_QUESTIONS;
        gc__drain_alone(marker, SIZE_MAX);
        marker->is_given_up = marker->gives_up() != 0;
    }
    marker->ask_at = SIZE_MAX;
    if (marker->is_given_up) {
        marker->depth = marker->base;
        marker->has_missed = false;
    }
}

void gc__mark_drain(struct marker *marker)
{
    if (marker->gives_up != NULL)
        drain_and_ask(marker);
    else if (marker->worker == NULL)
        gc__drain_alone(marker, SIZE_MAX);
    else
        gc__markers_drain(marker);
    /* Only an object marked just now can be missed, so this ends. */
    while (marker->has_missed)
        look_for_missed(marker);
}

/* ------------------------------------------------------------ for the dead */

/* While it goes on, what it leads to may turn out to be alive. */
static void look_at_dead_in(struct marker *marker, uint32_t index)
{
    const struct heap_map *map = &marker->heap->map;
    struct gc_visit visit = {.marker = marker, .step = marker->step};
    for (unsigned i = 0; i < map->blocks[index].cells; i++) {
        struct cell cell = {index, i};
        if (!cell_is_allocated(map, cell) || cell_is_marked(map, cell))
            continue;
        gc__look_at(marker->heap, cell, &visit);
        gc__mark_drain(marker);
    }
}

static void look_at_dead_on(struct marker *marker,
                            const struct block_list *list)
{
    for (uint32_t block = list->first; block != NO_BLOCK;
         block = marker->heap->map.blocks[block].next)
        look_at_dead_in(marker, block);
}

void gc__mark_for_dead(struct marker *marker)
{
    const struct variable *heap = marker->heap;
    for (unsigned kind = KIND_COUNT; kind < heap->kind_count; kind++) {
        if (!variable_shows_dead(heap, kind) ||
            !variable_traits(heap, kind)->keeps_for_dead)
            continue;
        for (unsigned i = 0; i < CLASS_COUNT; i++) {
            look_at_dead_on(marker,
                            &variable_class_const(heap, kind, i)->available);
            look_at_dead_on(marker, &variable_class_const(heap, kind, i)->full);
        }
    }
}

/* ---------------------------------------------------------- start and end */

void gc__marker_init(struct marker *marker, const struct variable *heap)
{
    static const struct recognition any = {INTERIOR, true, {1}};
    *marker = (struct marker){
        .heap = heap,
        .recognition = &any,
        .step = WORD_BYTES,
        .stack = marker->spare_stack,
        .capacity = SPARE_STACK_LENGTH,
        .most = SIZE_MAX,
        .ask_at = SIZE_MAX,
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
    marker->is_given_up = false;
    marker->has_unseen = false;
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

bool gc__mark_to_the_end(struct marker *marker)
{
    marker->gives_up = NULL;
    return !marker->is_given_up;
}

void gc__mark_undo_all(struct marker *marker)
{
    const struct heap_map *map = &marker->heap->map;
    size_t end = heap_map_blocks(map);
    for (size_t i = 0; i < end; i = block_after(map, i)) {
        struct bit_pair *bits = block_bits(map, i);
        for (size_t word = 0; word * WORD_BITS < map->blocks[i].cells; word++)
            bits[word].marked = 0;
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
