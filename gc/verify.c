/* SPDX-License-Identifier: MIT */
#include "gc/verify.h"

#include <stdio.h>
#include <stdlib.h>

#include "alloc/verify.h"
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

void gc__verify(const struct heap *heap, bool is_marked)
{
    const struct variable *variable = &heap->variable;
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
