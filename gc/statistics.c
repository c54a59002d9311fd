/* SPDX-License-Identifier: MIT */
#include "gc/statistics.h"

#include "alloc/bit_run.h"
#include "platform/resident.h"

/* ----------------------------------------------------------------- classes */

static size_t count_free_runs(const struct heap_map *map, uint32_t index)
{
    const struct block *block = &map->blocks[index];
    const struct bit_pair *bits = block_bits(map, index);
    size_t runs = 0;
    unsigned first = bit_run_free(bits, 0, block->cells);
    while (first < block->cells) {
        runs++;
        unsigned end = bit_run_taken(bits, first, block->cells);
        first = bit_run_free(bits, end, block->cells);
    }
    return runs;
}

static void add_small(const struct heap_map *map, uint32_t index,
                      struct gc_class_stats *stats)
{
    const struct block *block = &map->blocks[index];
    size_t free_cells = block->cells - block->used;
    stats->blocks++;
    stats->runs += count_free_runs(map, index);
    stats->free_cells += free_cells;
    stats->free_bytes += free_cells * block->cell_bytes;
    stats->used_cells += block->used;
    stats->used_bytes += (size_t)block->used * block->cell_bytes;
}

static void add_large(const struct heap_map *map, uint32_t index,
                      struct gc_class_stats *stats)
{
    stats->blocks += map->blocks[index].run_blocks;
    stats->used_cells++;
    stats->used_bytes += map->blocks[index].large_bytes;
}

static void add_list(const struct heap_map *map, const struct block_list *list,
                     struct gc_class_stats *stats)
{
    for (uint32_t i = list->first; i != NO_BLOCK; i = map->blocks[i].next)
        if (map->blocks[i].state == BLOCK_LARGE)
            add_large(map, i, stats);
        else
            add_small(map, i, stats);
}

static void add_class(const struct variable *heap, unsigned kind,
                      unsigned class, struct gc_class_stats *stats)
{
    const struct class_blocks *blocks = variable_class_const(heap, kind, class);
    *stats = (struct gc_class_stats){
        .kind = (enum gc_kind)kind,
        .cell_bytes = class == LARGE_CLASS ? 0 : size_class_bytes(class),
    };
    add_list(&heap->map, &blocks->available, stats);
    add_list(&heap->map, &blocks->full, stats);
}

static void add_free_blocks(const struct variable *heap,
                            struct gc_class_stats *stats)
{
    *stats = (struct gc_class_stats){
        .kind = TIDEMARK_SCANNED,
        .blocks = heap->free_runs.blocks,
        .free_cells = heap->free_runs.blocks,
        .free_bytes = heap->free_runs.blocks << BLOCK_SHIFT,
    };
    for (unsigned bin = 0; bin < BIN_COUNT; bin++)
        for (uint32_t i = heap->free_runs.bins[bin].first; i != NO_BLOCK;
             i = heap->map.blocks[i].next)
            stats->runs++;
}

bool gc__class_statistics(const struct variable *heap, size_t index,
                          struct gc_class_stats *stats)
{
    for (unsigned kind = 0; kind < heap->kind_count; kind++)
        for (unsigned class = 0; class < CLASS_COUNT; class ++) {
            if (variable_class_const(heap, kind, class)->count == 0 ||
                index-- > 0)
                continue;
            add_class(heap, kind, class, stats);
            return true;
        }
    if (heap->free_runs.blocks == 0 || index > 0)
        return false;
    add_free_blocks(heap, stats);
    return true;
}

/* -------------------------------------------------------------------- all */

static size_t reserved_bytes(const struct heap_map *map)
{
    return map->place.is_set_aside ? range_size(map->place.space)
                                   : map->committed_blocks << BLOCK_SHIFT;
}

static size_t links_bytes(const struct heap *heap)
{
    size_t bytes = 0;
    for (unsigned kind = 0; kind < LINK_KINDS; kind++)
        bytes += gc__links_memory_bytes(&heap->links[kind]);
    return bytes;
}

static size_t links_count(const struct heap *heap, enum link_kind kind)
{
    return heap->links[kind].table.count;
}

/* The process' own record is what the roots leave out. */
size_t gc__metadata_bytes(const struct heap *heap)
{
    return gc__heap_map_table_bytes(&heap->variable.map) +
           gc__kinds_memory_bytes(&heap->variable) +
           gc__markers_memory_bytes(&heap->marker) +
           gc__roots_memory_bytes(&heap->roots) +
           gc__finalizers_memory_bytes(&heap->finalizers) + links_bytes(heap) +
           range_size(heap->toggles.table.pages) + range_size(heap->roots.own) +
           range_size(heap->stack);
}

static void count_tied(const struct heap *heap, struct gc_stats *stats)
{
    stats->finalizers = heap->finalizers.waiting.count;
    stats->ready_finalizers = finalizers_ready(&heap->finalizers);
    stats->weak_links =
        links_count(heap, SHORT_LINK) + links_count(heap, LONG_LINK);
    stats->ephemerons = links_count(heap, EPHEMERON_LINK);
    stats->toggles = heap->toggles.table.count;
}

static void count_threads(const struct heap *heap, struct gc_stats *stats)
{
    const struct thread *at;
    for (at = heap->world.threads; at != NULL; at = at->next) {
        stats->threads += !at->is_stranger;
        stats->strangers += at->is_stranger;
        stats->resting_threads +=
            !at->is_stranger && AO_int_load(&at->rest) != NO_REST;
    }
    stats->unseen_threads = heap->world.unseen;
    stats->markers = 1 + gc__markers_threads(&heap->marker);
}

static void count_objects(const struct variable *heap, struct gc_stats *stats)
{
    struct gc_class_stats class;
    for (size_t i = 0; gc__class_statistics(heap, i, &class); i++) {
        stats->object_count += class.used_cells;
        stats->object_bytes += class.used_bytes;
    }
}

static size_t used_bytes_on(const struct heap_map *map,
                            const struct block_list *list)
{
    size_t bytes = 0;
    for (uint32_t i = list->first; i != NO_BLOCK; i = map->blocks[i].next) {
        const struct block *block = &map->blocks[i];
        bytes += block->state == BLOCK_LARGE
                     ? block->large_bytes
                     : (size_t)block->used * block->cell_bytes;
    }
    return bytes;
}

size_t gc__count_uncollectable(const struct variable *heap)
{
    size_t bytes = 0;
    for (unsigned kind = 0; kind < KIND_COUNT; kind++)
        for (unsigned i = 0; i < CLASS_COUNT && !kind_is_collectable(kind);
             i++) {
            const struct class_blocks *class =
                variable_class_const(heap, kind, i);
            bytes += used_bytes_on(&heap->map, &class->available) +
                     used_bytes_on(&heap->map, &class->full);
        }
    return bytes;
}

void gc__statistics(const struct heap *heap, struct gc_stats *stats)
{
    const struct variable *variable = &heap->variable;
    *stats = (struct gc_stats){
        .collections = heap->totals.collections,
        .heap_bytes = variable_used_bytes(variable),
        .free_bytes = variable->free_runs.blocks << BLOCK_SHIFT,
        .reserved_bytes = reserved_bytes(&variable->map),
        .metadata_bytes = gc__metadata_bytes(heap),
        .resident_bytes = gc__resident_bytes(),
        .live_bytes = heap->pace.live_bytes,
        .goal_bytes = heap->pace.goal_bytes,
        .allocated_bytes = variable->taken_bytes,
        .freed_bytes = variable->freed_bytes,
        .swept_bytes = variable->swept_bytes,
        .swept_objects = variable->swept_objects,
        .mark_stack_overflows = heap->totals.mark_stack_overflows,
        .pause_total_ns = heap->totals.pause_total_ns,
        .pause_max_ns = heap->totals.pause_max_ns,
        .pause_last_ns = heap->totals.pause_last_ns,
        .kinds = variable->kind_count - KIND_COUNT,
    };
    count_objects(variable, stats);
    count_tied(heap, stats);
    count_threads(heap, stats);
}

void gc__heap_numbers(const struct heap *heap, struct heap_numbers *numbers)
{
    gc__statistics(heap, &numbers->all);
    numbers->class_count = 0;
    numbers->kinds = heap->variable.kinds;
    while (numbers->class_count < CLASSES_MAX &&
           gc__class_statistics(&heap->variable, numbers->class_count,
                                &numbers->classes[numbers->class_count]))
        numbers->class_count++;
}
