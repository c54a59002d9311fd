/* SPDX-License-Identifier: MIT */
/* The order of things, and why it is this one.
 *
 *  0. The values of ephemerons are marked as far as their keys are.  They are
 *     reached.  The same again whenever one of the steps below has marked something.
 *  1. Short links to white objects are cleared.  What a finalizer revives is not to
 *     be had by a short link any more: so this comes before any of them is looked
 *     at.
 *  2. An object whose finalizer has an order waits until none of the other objects
 *     with such finalizers leads to it.  So whatever the white ones among them lead
 *     to is marked, but for the objects themselves: an object that is marked by
 *     that is led to by another one, or by itself, and stays.
 *  3. Of those that are white now the finalizers become ready; at first without
 *     those to be found *unreachable*.
 *  4. The objects of the ready ones are marked, with all that they lead to: their
 *     finalizers are going to be called with them.  Not before all of step 3, since
 *     of two that lead to each other both are to be called.
 *  5. Finalizers for unreachable objects become ready if the objects are white
 *     still.  No one of these leads to another, after step 2, so it does not matter
 *     in what order they are marked.  A hook may have them become ready in step 3.
 *  6. What is white now is swept.  Links that lie in such objects are dropped, and
 *     long links to such objects are cleared, ephemerons too, and toggle references
 *     to them end.
 *
 * Each step is a walk over a table, whose records lie one after the other, while
 * the marks that it asks for lie anywhere.  So the marks for records that follow
 * are fetched before they are asked for. */

#include "gc/dying.h"

#include "gc/ephemeron.h"
#include "gc/heap.h"
#include "gc/kinds.h"
#include "gc/shade.h"

enum {
    FAR = 16, /* so many records ahead the block's record is fetched ... */
    NEAR = 8, /* ... and so many ahead the mark */
    DRAIN_EVERY = 256 /* objects shaded */
};

enum { ALL_ORDERS = -1, UNREACHABLE_ORDER = 1 << FINALIZE_UNREACHABLE };

static size_t count_links(const struct heap *heap)
{
    size_t count = 0;
    for (unsigned kind = 0; kind < LINK_KINDS; kind++)
        count += heap->links[kind].table.count;
    return count;
}

/* ------------------------------------------------------------------- white */

static void fetch_block(const struct heap_map *map, uintptr_t address)
{
    size_t offset = address - map->low;
    if (offset < map->bytes)
        __builtin_prefetch(&map->blocks[offset >> BLOCK_SHIFT]);
}

static void fetch_mark(const struct heap_map *map, uintptr_t address)
{
    struct cell cell;
    if (heap_map_find_small(map, address, &cell))
        __builtin_prefetch(cell_bits(map, cell));
}

/* True for an object that is not marked. */
static bool is_white(const struct heap_map *map, uintptr_t object,
                     struct cell *cell)
{
    return heap_map_find(map, object, cell) && !cell_is_marked(map, *cell);
}

/* True for a word in the heap that lies in no marked object. */
static bool is_in_white(const struct heap_map *map, uintptr_t address)
{
    struct cell cell;
    return address - map->low < map->bytes &&
           (!heap_map_find(map, address, &cell) || !cell_is_marked(map, cell));
}

/* The walks go from the last record to the first, so that one can be removed: the
 * one that takes its place has been seen. */
static void fetch_finalizers(const struct heap_map *map,
                             const struct table *table, size_t index)
{
    if (index >= FAR)
        fetch_block(map,
                    keyed_address(&finalizer_at(table, index - FAR)->object));
    if (index >= NEAR)
        fetch_mark(map,
                   keyed_address(&finalizer_at(table, index - NEAR)->object));
}

static void fetch_links(const struct heap_map *map, const struct links *links,
                        size_t index)
{
    if (index >= FAR)
        fetch_block(map, link_object_of(link_at(links, index - FAR)));
    if (index >= NEAR)
        fetch_mark(map, link_object_of(link_at(links, index - NEAR)));
}

/* ------------------------------------------------------------------ shading */

/* Objects shaded since the last drain. */
struct shading {
    struct marker *marker;
    unsigned count;
};

static void finish_shading(struct shading *shading)
{
    gc__mark_drain(shading->marker);
    shading->count = 0;
}

static void count_shaded(struct shading *shading)
{
    if (++shading->count == DRAIN_EVERY)
        finish_shading(shading);
}

static void shade(struct shading *shading, uintptr_t word)
{
    gc__shade(shading->marker, word, ALONE);
    count_shaded(shading);
}

/* --------------------------------------------------------------- finalizers */

/* What an object leads to. */
struct contents {
    struct gc_visit visit;
    struct marker *marker;
    struct range left_out;
};

static bool shade_content(struct gc_visit *visit, uintptr_t address,
                          uintptr_t word)
{
    const struct contents *contents = (const struct contents *)visit;
    (void)address;
    if (!range_contains(contents->left_out, word))
        gc__shade(contents->marker, word, ALONE);
    return true;
}

/* Shades what the object leads to, but not the object itself, if that does not
 * lead to itself; or as if it did not, if `ignores_self`. */
static void mark_contents(struct marker *marker, struct cell cell,
                          bool ignores_self)
{
    const struct heap_map *map = &marker->heap->map;
    uintptr_t low = cell_address(map, cell);
    struct contents contents = {
        .visit = {.show = shade_content, .step = marker->step},
        .marker = marker,
        .left_out = {low, ignores_self ? low + cell_bytes(map, cell) : low},
    };
    gc__look_at(marker->heap, cell, &contents.visit);
}

/* Step 2 for one object.  An ordered one that leads to itself will never be ready,
 * nor freed. */
static void shade_contents(struct finalizers *finalizers,
                           struct shading *shading,
                           const struct finalizer_record *record,
                           struct cell cell)
{
    enum finalizer_order order = finalizer_order_of(record);
    if (order == FINALIZE_NO_ORDER)
        return;
    mark_contents(shading->marker, cell, order == FINALIZE_IGNORE_SELF);
    count_shaded(shading);
    if (order != FINALIZE_ORDERED)
        return;
    finish_shading(shading);
    if (!cell_is_marked(&shading->marker->heap->map, cell))
        return;
    finalizers->cycles++;
    finalizers->in_cycle = record->object.key;
}

static void shade_all_contents(struct heap *heap)
{
    struct finalizers *finalizers = &heap->finalizers;
    const struct table *waiting = &finalizers->waiting;
    const struct heap_map *map = &heap->variable.map;
    struct shading shading = {&heap->marker, 0};
    finalizers->cycles = 0;
    finalizers->in_cycle = ~(uintptr_t)0;
    if (finalizers->of_order[FINALIZE_NO_ORDER] == waiting->count)
        return;
    for (size_t i = waiting->count; i-- > 0;) {
        const struct finalizer_record *record = finalizer_at(waiting, i);
        struct cell cell;
        fetch_finalizers(map, waiting, i);
        if (is_white(map, keyed_address(&record->object), &cell))
            shade_contents(finalizers, &shading, record, cell);
    }
    finish_shading(&shading);
}

/* Steps 3 and 5: the white ones of some orders, a bit for each. */
static void make_ready(struct heap *heap, int orders)
{
    struct finalizers *finalizers = &heap->finalizers;
    const struct table *waiting = &finalizers->waiting;
    const struct heap_map *map = &heap->variable.map;
    void (*on_ready)(void *object) = heap->hooks->on_ready;
    for (size_t i = waiting->count; i-- > 0;) {
        struct finalizer_record *record = finalizer_at(waiting, i);
        struct cell cell;
        fetch_finalizers(map, waiting, i);
        bool is_asked_for = (orders >> finalizer_order_of(record) & 1) != 0;
        if (is_asked_for &&
            is_white(map, keyed_address(&record->object), &cell)) {
            if (on_ready != NULL)
                on_ready((void *)keyed_address(&record->object));
            gc__finalizer_make_ready(finalizers, record);
        }
    }
}

/* Marks the objects of the ready ones from the `first` on. */
static void revive(struct heap *heap, size_t first)
{
    const struct table *ready = &heap->finalizers.ready;
    struct shading shading = {&heap->marker, 0};
    for (size_t i = first; i < ready->count; i++)
        shade(&shading, keyed_address(&finalizer_at(ready, i)->object));
    finish_shading(&shading);
}

static void mark_ephemerons(struct heap *heap, bool begins)
{
    struct links *pairs = &heap->links[EPHEMERON_LINK];
    if (pairs->table.count > 0)
        gc__ephemerons_mark(pairs, &heap->marker, begins);
}

static void settle_finalizers(struct heap *heap)
{
    struct finalizers *finalizers = &heap->finalizers;
    const int *later = heap->hooks->unreachable_later;
    bool is_later = later == NULL || *later != 0;
    size_t first = finalizers->ready.count;
    finalizers->registered = 0;
    shade_all_contents(heap);
    mark_ephemerons(heap, false);
    make_ready(heap, is_later ? ~UNREACHABLE_ORDER : ALL_ORDERS);
    revive(heap, first);
    mark_ephemerons(heap, false);
    if (!is_later || finalizers->of_order[FINALIZE_UNREACHABLE] == 0)
        return;
    first = finalizers->ready.count;
    make_ready(heap, UNREACHABLE_ORDER);
    revive(heap, first);
    mark_ephemerons(heap, false);
}

static void shade_data(struct shading *shading, const struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        uintptr_t data = (uintptr_t)finalizer_at(table, i)->data;
        if (data != 0)
            shade(shading, data);
    }
}

/* The program's function is treated like a visitor. */
static void shade_strong_toggles(struct heap *heap, struct shading *shading)
{
    struct toggles *toggles = &heap->toggles;
    heap->visits++;
    gc__toggles_decide(toggles);
    heap->visits--;
    for (size_t i = 0; i < toggles->table.count; i++)
        if (toggle_at(toggles, i)->note == TOGGLE_STRONG)
            shade(shading, keyed_address(toggle_at(toggles, i)));
}

void gc__dying_mark_roots(struct heap *heap)
{
    const struct finalizers *finalizers = &heap->finalizers;
    struct shading shading = {&heap->marker, 0};
    if (heap->toggles.table.count > 0)
        shade_strong_toggles(heap, &shading);
    shade_data(&shading, &finalizers->waiting);
    shade_data(&shading, &finalizers->ready);
    finish_shading(&shading);
    revive(heap, 0);
}

/* -------------------------------------------------------------------- links */

static void clear_links(struct links *links, const struct heap_map *map)
{
    for (size_t i = links->table.count; i-- > 0;) {
        struct link_record *record = link_at(links, i);
        struct cell cell;
        fetch_links(map, links, i);
        if (is_white(map, link_object_of(record), &cell)) {
            gc__link_clear(record);
            gc__link_drop(links, record);
        }
    }
}

static void drop_dead_links(struct links *links, const struct heap_map *map)
{
    for (size_t i = links->table.count; i-- > 0;) {
        struct link_record *record = link_at(links, i);
        if (is_in_white(map, keyed_address(&record->link)))
            gc__link_drop(links, record);
    }
}

static void drop_dead_toggles(struct toggles *toggles,
                              const struct heap_map *map)
{
    for (size_t i = toggles->table.count; i-- > 0;) {
        struct keyed *record = toggle_at(toggles, i);
        struct cell cell;
        if (is_white(map, keyed_address(record), &cell))
            gc__table_remove(&toggles->table, record);
    }
}

/* ---------------------------------------------------------------------- all */

void gc__dying_settle(struct heap *heap)
{
    const struct heap_map *map = &heap->variable.map;
    mark_ephemerons(heap, true);
    clear_links(&heap->links[SHORT_LINK], map);
    if (heap->finalizers.waiting.count > 0)
        settle_finalizers(heap);
    drop_dead_toggles(&heap->toggles, map);
    if (count_links(heap) == 0)
        return;
    clear_links(&heap->links[LONG_LINK], map);
    clear_links(&heap->links[EPHEMERON_LINK], map);
    for (unsigned kind = 0; kind < LINK_KINDS; kind++)
        drop_dead_links(&heap->links[kind], map);
}

void gc__dying_trim(struct heap *heap)
{
    gc__finalizers_trim(&heap->finalizers);
    gc__table_trim(&heap->toggles.table, 0);
    for (unsigned kind = 0; kind < LINK_KINDS; kind++)
        gc__links_trim(&heap->links[kind]);
}
