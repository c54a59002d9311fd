/* SPDX-License-Identifier: MIT */
/* The public visitors.  While the program's function is called the heap is held,
 * so that an allocation in it is refused. */

#include "gc/visit.h"
#include "gc/api/look.h"
#include "gc/api/private.h"

struct object_visit {
    gc_object_visitor *visit;
    void *context;
};

static struct gc_object_header public_header(const struct object_header *object,
                                             bool is_marked)
{
    return (struct gc_object_header){
        .base = (void *)object->base,
        .bytes = object->bytes -
                 variable_tail_bytes(&gc__process.heap.variable, object->kind),
        .kind = (enum gc_kind)object->kind,
        .allocated = true,
        .marked = is_marked,
    };
}

static bool show_object(struct cell cell, const struct object_header *object,
                        void *context)
{
    (void)cell;
    const struct object_visit *visit = context;
    struct gc_object_header header = public_header(object, true);
    return visit->visit(&header, visit->context);
}

void gc_visit_objects(gc_object_visitor *visit, void *context)
{
    if (look_at_objects() == NULL)
        return;
    struct object_visit given = {visit, context};
    gc__process.heap.visits++;
    gc__visit_objects(&gc__process.heap.variable, show_object, &given);
    gc__process.heap.visits--;
    gc__unlock();
}

static bool show_with_mark(struct cell cell, const struct object_header *object,
                           void *context)
{
    (void)cell;
    const struct object_visit *visit = context;
    struct gc_object_header header = public_header(object, object->is_marked);
    return visit->visit(&header, visit->context);
}

void gc__show_objects(gc_object_visitor *visit, void *context)
{
    struct object_visit given = {visit, context};
    gc__visit_objects(&gc__process.heap.variable, show_with_mark, &given);
}

struct reference_visit {
    gc_reference_visitor *visit;
    void *context;
};

static bool show_reference(const struct reference *reference, void *context)
{
    const struct reference_visit *visit = context;
    uintptr_t target =
        cell_address(&gc__process.heap.variable.map, reference->target);
    struct gc_reference shown = {
        .origin = (enum gc_origin)reference->origin,
        .holder = (const void *)reference->holder.low,
        .offset = reference->address - reference->holder.low,
        .target = (void *)target,
        .target_offset = reference->word - target,
    };
    return visit->visit(&shown, visit->context);
}

/* Not inlined: its frame, and those above, are where the stack is looked at
 * from. */
__attribute__((noinline)) void gc_visit_references(gc_reference_visitor *visit,
                                                   void *context)
{
    struct thread *thread = look_at_references();
    if (thread == NULL)
        return;
    struct heap *heap = &gc__process.heap;
    struct reference_visit given = {visit, context};
    gc__registers_spill(&thread->registers);
    heap->visits++;
    gc__visit_references(heap, show_reference, &given);
    heap->visits--;
    gc__heap_go_on(heap);
}
