/* SPDX-License-Identifier: MIT */
#include "gc/api/private.h"

#include "gc/api/process.h"
#include "gc/hold.h"
#include "gc/statistics.h"

void gc__set_hooks(const struct hooks *hooks)
{
    gc__process.hooks = hooks;
    if (AO_load_acquire(&gc__process.is_ready))
        gc__heap_set_hooks(&gc__process.heap, hooks);
}

bool gc__keep(void)
{
    struct heap *heap = &gc__process.heap;
    struct thread *thread = gc__thread;
    if (thread != &gc__nobody && heap_is_held_by(heap, thread) &&
        !heap_has_lock(heap, thread))
        return false;
    thread = gc__enter();
    if (thread == NULL)
        return false;
    heap_keep(heap, thread);
    return true;
}

void gc__let_go(void)
{
    heap_let_go(&gc__process.heap);
}

void gc__figures(struct figures *figures)
{
    const struct heap *heap = &gc__process.heap;
    const struct variable *variable = &heap->variable;
    const struct local *own = &thread_self()->local;
    size_t free_bytes = variable->free_runs.blocks << BLOCK_SHIFT;
    *figures = (struct figures){
        .heap = {variable->map.low, variable->map.low + variable->map.bytes},
        .heap_bytes = variable_used_bytes(variable) + free_bytes,
        .free_bytes = free_bytes,
        .unbacked_bytes = variable->free_runs.unbacked << BLOCK_SHIFT,
        .since_bytes = variable->since_bytes,
        .taken_bytes = variable->taken_bytes + own->taken_bytes,
        .freed_bytes = variable->freed_bytes + own->freed_bytes,
        .swept_bytes = variable->swept_bytes,
        .live_bytes = heap->pace.live_bytes,
        .metadata_bytes = gc__metadata_bytes(heap),
        .collections = heap->totals.collections,
        .pause_total_ns = heap->totals.pause_total_ns,
        .markers = 1 + (unsigned)gc__markers_threads(&heap->marker),
    };
}

bool gc__is_in_heap(const void *pointer)
{
    const struct heap_map *map = &gc__process.heap.variable.map;
    return (uintptr_t)pointer - map->low < map->bytes;
}

/* Asked in the middle of a collection, by the collecting thread or a marker: nobody
 * changes the heap meanwhile. */
static bool is_asked_inside(void)
{
    const struct heap *heap = &gc__process.heap;
    return heap->is_marking ||
           (gc__thread != &gc__nobody && heap->holder == gc__thread &&
            !heap_has_lock(heap, gc__thread));
}

static bool find_inside(const void *pointer, struct cell *cell)
{
    const struct heap_map *map = &gc__process.heap.variable.map;
    return heap_map_find(map, (uintptr_t)pointer, cell) &&
           cell_is_allocated(map, *cell);
}

void *gc__base(const void *pointer)
{
    struct cell cell;
    if (!is_asked_inside())
        return gc_base(pointer);
    return find_inside(pointer, &cell)
               ? (void *)cell_address(&gc__process.heap.variable.map, cell)
               : NULL;
}

size_t gc__size(const void *pointer)
{
    const struct variable *heap = &gc__process.heap.variable;
    struct cell cell;
    if (!is_asked_inside())
        return gc_size(pointer);
    if (!find_inside(pointer, &cell))
        return 0;
    return cell_bytes(&heap->map, cell) -
           variable_tail_bytes(heap, heap->map.blocks[cell.block].kind);
}

size_t gc__uncollectable_bytes(void)
{
    struct heap *heap = &gc__process.heap;
    if (is_asked_inside())
        return gc__count_uncollectable(&heap->variable);
    struct thread *thread = gc__enter();
    if (thread == NULL || !gc__heap_hold_objects(heap, thread))
        return 0;
    size_t bytes = gc__count_uncollectable(&heap->variable);
    heap_unlock(heap);
    return bytes;
}

void gc__keep_by_start(const void *object)
{
    const struct heap_map *map = &gc__process.heap.variable.map;
    struct cell cell;
    if (find_inside(object, &cell) &&
        map->blocks[cell.block].state == BLOCK_LARGE)
        map->blocks[cell.block].is_kept_by_start = true;
}

void gc__set_least_between(size_t bytes)
{
    if (gc__lock(gc__enter()) == NULL)
        return;
    gc__process.heap.pace.least_bytes = bytes;
    gc__heap_adjust(&gc__process.heap);
    gc__unlock();
}

void gc__set_growth(size_t percent)
{
    gc__process.heap.pace.growth_percent = percent;
    gc__heap_adjust(&gc__process.heap);
}

/* ------------------------------------------------------------------ roots */

static struct range range_of(const void *low, const void *high)
{
    return (struct range){(uintptr_t)low, (uintptr_t)high};
}

void gc__remove_roots_within(const void *low, const void *high)
{
    if (gc__lock(gc__enter()) == NULL)
        return;
    gc__roots_remove_within(&gc__process.heap.roots, range_of(low, high));
    gc__unlock();
}

bool gc__exclude_roots(const void *low, const void *high)
{
    if (gc__lock(gc__enter()) == NULL)
        return false;
    bool is_noted =
        gc__roots_exclude(&gc__process.heap.roots, range_of(low, high));
    gc__unlock();
    return is_noted;
}

void gc__include_all_roots(void)
{
    if (gc__lock(gc__enter()) == NULL)
        return;
    gc__roots_include_all(&gc__process.heap.roots);
    gc__unlock();
}

bool gc__is_loaded_data(const void *pointer)
{
    const struct root *root;
    bool is_found = false;
    if (gc__lock(gc__enter_to_ask()) == NULL)
        return false;
    for (size_t i = 0;
         !is_found && (root = gc__roots_at(&gc__process.heap.roots, i)) != NULL;
         i++)
        is_found = root->origin == FROM_STATIC &&
                   range_contains(root->range, (uintptr_t)pointer);
    gc__unlock();
    return is_found;
}

void gc__mark_all_threads(void)
{
    gc__heap_mark_threads(&gc__process.heap);
}

void gc__mark_from(const void *low, const void *high)
{
    gc__mark_range(&gc__process.heap.marker, range_of(low, high));
    gc__mark_drain(&gc__process.heap.marker);
}

void gc__mark_as_from_stack(const void *low, const void *high)
{
    gc__mark_ambiguous_range(&gc__process.heap.marker, range_of(low, high));
    gc__mark_drain(&gc__process.heap.marker);
}

/* ------------------------------------------------------------- recognition */

void gc__recognise_interior(bool is_on)
{
    struct recognition *recognition = &gc__process.heap.recognition;
    if (gc__lock(gc__enter()) == NULL)
        return;
    bool has_past_end = recognition->past_end;
    recognition_init(recognition);
    recognition->rule = is_on ? INTERIOR : DISPLACED;
    recognition->past_end = has_past_end;
    gc__unlock();
}

void gc__note_displacement(size_t bytes)
{
    if (bytes >= DISPLACEMENTS || gc__lock(gc__enter()) == NULL)
        return;
    recognition_note(&gc__process.heap.recognition, bytes);
    gc__unlock();
}

bool gc__recognises_displacement(size_t bytes)
{
    return recognises(&gc__process.heap.recognition, bytes);
}

/* ------------------------------------------------------------------- marks */

/* After the marking, a block that is not swept yet has its marks. */
static bool survives(const void *pointer)
{
    const struct variable *heap = &gc__process.heap.variable;
    struct cell cell;
    if (!find_inside(pointer, &cell))
        return false;
    return !block_is_unswept(heap, &heap->map.blocks[cell.block]) ||
           cell_is_marked(&heap->map, cell);
}

bool gc__is_marked(const void *pointer)
{
    const struct heap *heap = &gc__process.heap;
    if (heap->is_marking)
        return gc__mark_is_set(&heap->marker, (uintptr_t)pointer);
    return is_asked_inside() ? survives(pointer) : gc_base(pointer) != NULL;
}

void gc__set_mark(const void *pointer, bool is_marked)
{
    struct heap *heap = &gc__process.heap;
    if (!heap->is_marking)
        return;
    if (is_marked)
        gc__mark_unseen(&heap->marker, (uintptr_t)pointer);
    else
        gc__mark_undo(&heap->marker, (uintptr_t)pointer);
}
