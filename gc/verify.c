/* SPDX-License-Identifier: MIT */
#include "gc/verify.h"

#include <stdio.h>
#include <stdlib.h>

#include "alloc/verify.h"
#include "gc/ephemeron.h"
#include "gc/visit.h"

static void fail(const char *fault, size_t block)
{
    fprintf(stderr,
            "tidemark: the heap is damaged at block %zu: \"%s\" does "
            "not hold\n",
            block, fault);
    abort();
}

static bool verify_reference(const struct reference *reference, void *context)
{
    const struct heap *heap = context;
    const struct heap_map *map = &heap->variable.map;
    struct cell holder;
    if (reference->origin == FROM_OBJECT && heap->marker.has_unseen)
        return true;
    bool is_reached = reference->origin != FROM_OBJECT ||
                      (heap_map_find(map, reference->holder.low, &holder) &&
                       cell_is_marked(map, holder));
    if (is_reached && !cell_is_marked(map, reference->target))
        fail("what a root or a marked object refers to is marked",
             reference->target.block);
    return true;
}

static bool verify_object(struct cell cell, const struct object_header *object,
                          void *context)
{
    (void)context;
    if (!object->is_marked && !kind_is_collectable(object->kind))
        fail("an uncollectable object is marked", cell.block);
    return true;
}

/* --------------------------------------------------------------------- ties */

/* What is asked of the objects that the tables of finalizers, links and toggle
 * references are about. */
struct tie_check {
    const struct variable *variable;
    bool is_marked;
};

static void verify_tied(struct tie_check check, uintptr_t address)
{
    const struct heap_map *map = &check.variable->map;
    struct cell cell = {0, 0};
    if (!heap_map_find(map, address, &cell) || !cell_is_allocated(map, cell))
        fail("what a finalizer, a link or a toggle is about is an object",
             cell.block);
    if (!variable_is_tied(check.variable, cell))
        fail("the block of such an object is tied", cell.block);
    if (check.is_marked && !cell_is_marked(map, cell))
        fail("after a marking such an object is marked", cell.block);
}

static void verify_data(struct tie_check check, const void *data)
{
    const struct heap_map *map = &check.variable->map;
    struct cell cell;
    if (check.is_marked && heap_map_find(map, (uintptr_t)data, &cell) &&
        cell_is_allocated(map, cell) && !cell_is_marked(map, cell))
        fail("the data of a finalizer, or a value, is marked", cell.block);
}

static void verify_finalizers(struct tie_check check, const struct table *table,
                              bool displaced)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct finalizer_record *record = finalizer_at(table, i);
        verify_tied(check, keyed_address(&record->object));
        if (!displaced)
            verify_data(check, record->data);
    }
}

static void verify_links(struct tie_check check, const struct links *links)
{
    const struct heap_map *map = &check.variable->map;
    for (size_t i = 0; i < links->table.count; i++) {
        const struct link_record *record = link_at(links, i);
        uintptr_t place = keyed_address(&record->link);
        verify_tied(check, link_object_of(record));
        if (check.is_marked && place - map->low < map->bytes)
            verify_tied(check, place);
    }
}

static void verify_values(struct tie_check check, const struct links *pairs)
{
    for (size_t i = 0; check.is_marked && i < pairs->table.count; i++) {
        uintptr_t pair = keyed_address(&link_at(pairs, i)->link);
        uintptr_t value = AO_load(&((const struct ephemeron *)pair)->value);
        verify_data(check, (const void *)value);
    }
}

static void verify_toggles(struct tie_check check,
                           const struct toggles *toggles)
{
    for (size_t i = 0; i < toggles->table.count; i++)
        verify_tied(check, keyed_address(toggle_at(toggles, i)));
}

static void verify_tables(const struct heap *heap)
{
    const char *fault = gc__finalizers_verify(&heap->finalizers);
    for (unsigned kind = 0; kind < LINK_KINDS && fault == NULL; kind++)
        fault = gc__links_verify(&heap->links[kind]);
    if (fault == NULL)
        fault = gc__table_verify(&heap->toggles.table);
    if (fault != NULL)
        fail(fault, 0);
}

static void verify_ties(const struct heap *heap, bool is_marked)
{
    struct tie_check check = {&heap->variable, is_marked};
    const struct finalizers *finalizers = &heap->finalizers;
    bool displaced = heap->recognition.rule == DISPLACED;
    if (!is_marked)
        verify_tables(heap);
    verify_finalizers(check, &finalizers->waiting, displaced);
    verify_finalizers(check, &finalizers->ready, displaced);
    for (unsigned kind = 0; kind < LINK_KINDS; kind++)
        verify_links(check, &heap->links[kind]);
    if (!displaced)
        verify_values(check, &heap->links[EPHEMERON_LINK]);
    verify_toggles(check, &heap->toggles);
}

/* ---------------------------------------------------------------------- all */

void gc__verify(const struct heap *heap, bool is_marked)
{
    const struct variable *variable = &heap->variable;
    verify_ties(heap, is_marked);
    if (is_marked) {
        gc__visit_objects(variable, verify_object, NULL);
        gc__visit_references(heap, verify_reference, (void *)heap);
        return;
    }
    size_t where;
    const char *fault =
        gc__variable_verify(variable, &heap->world.threads->local, &where);
    if (fault != NULL)
        fail(fault, where);
}
