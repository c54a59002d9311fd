/* SPDX-License-Identifier: MIT */
#include "gc/visit.h"

#include "gc/ephemeron.h"
#include "gc/kinds.h"
#include "gc/past_end.h"
#include "gc/window.h"

bool gc__visit_objects(const struct variable *heap, gc__object_visitor *visit,
                       void *context)
{
    struct cell cell = {0, 0};
    for (; gc__variable_next(heap, &cell); cell.index++) {
        struct object_header object = object_header_of(&heap->map, cell);
        if (!visit(cell, &object, context))
            return false;
    }
    return true;
}

struct walk {
    struct gc_visit words; /* of objects */
    const struct heap *heap;
    gc__reference_visitor *visit;
    void *context;
    struct reference reference; /* the one that is shown next */
};

static bool show(struct walk *walk, struct cell target)
{
    if (!cell_is_allocated(&walk->heap->variable.map, target))
        return true;
    walk->reference.target = target;
    return walk->visit(&walk->reference, walk->context);
}

static bool is_ambiguous(enum origin origin)
{
    return origin == FROM_REGISTERS || origin == FROM_STACK;
}

/* The cell that the word points into, if that counts there. */
static bool find_target(const struct walk *walk, struct cell *target)
{
    const struct heap_map *map = &walk->heap->variable.map;
    uintptr_t word = walk->reference.word;
    return heap_map_find(map, word, target) &&
           !cell_ignores(map, *target, word) &&
           (is_ambiguous(walk->reference.origin) ||
            recognises(&walk->heap->recognition,
                       word - cell_address(map, *target)));
}

static bool show_targets(struct walk *walk)
{
    struct cell target;
    if (find_target(walk, &target) && !show(walk, target))
        return false;
    return !is_ambiguous(walk->reference.origin) ||
           !walk->heap->recognition.past_end ||
           !find_cell_ending_at(&walk->heap->variable, walk->reference.word,
                                &target) ||
           show(walk, target);
}

static bool visit_range(struct walk *walk, enum origin origin,
                        struct range range)
{
    struct window window = window_over(range, walk->heap->word_step);
    struct reference *reference = &walk->reference;
    reference->origin = origin;
    reference->holder = range;
    while (window_next(&window, &reference->address, &reference->word))
        if (!show_targets(walk))
            return false;
    return true;
}

static bool visit_registers(struct walk *walk, const struct thread *thread)
{
    for (unsigned i = 0; i < REGISTER_RANGES; i++)
        if (!visit_range(walk, FROM_REGISTERS, thread_registers(thread, i)))
            return false;
    return true;
}

static void set_owner(struct walk *walk, const struct thread *thread)
{
    bool is_calling = thread == walk->heap->holder;
    walk->reference.owner = is_calling ? OWNER_CALLING : thread->task;
}

static bool visit_stack_part(const struct stack_part *part, void *context)
{
    struct walk *walk = context;
    if (part->thread != NULL)
        set_owner(walk, part->thread);
    else
        walk->reference.owner = -(intptr_t)part->stack->memory.low;
    return visit_range(walk,
                       part->is_kept_registers ? FROM_REGISTERS : FROM_STACK,
                       part->words);
}

static bool visit_threads(struct walk *walk, const struct world *world)
{
    const struct thread *at;
    for (at = world->threads; at != NULL; at = at->next) {
        set_owner(walk, at);
        if (!visit_registers(walk, at))
            return false;
    }
    bool goes_on = gc__stacks_visit(walk->heap, visit_stack_part, walk);
    walk->reference.owner = OWNER_CALLING;
    return goes_on;
}

static bool visit_listed(struct walk *walk, enum origin origin)
{
    const struct roots *roots = &walk->heap->roots;
    const struct root *root;
    for (size_t i = 0; (root = gc__roots_at(roots, i)) != NULL; i++)
        if (root->origin == origin && heap_is_root(walk->heap, root) &&
            !visit_range(walk, origin, root->range))
            return false;
    return true;
}

/* ------------------------------------------------------- what is tied to objects */

static bool show_tied(struct walk *walk, uintptr_t object, uintptr_t word)
{
    struct reference *reference = &walk->reference;
    struct cell cell;
    size_t bytes = 0;
    if (heap_map_find(&walk->heap->variable.map, object, &cell))
        bytes = cell_bytes(&walk->heap->variable.map, cell);
    reference->origin = FROM_FINALIZER;
    reference->holder = (struct range){object, object + bytes};
    reference->address = object;
    reference->word = word;
    return show_targets(walk);
}

static bool visit_finalizers(struct walk *walk, const struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct finalizer_record *record = finalizer_at(table, i);
        if (!show_tied(walk, keyed_address(&record->object),
                       (uintptr_t)record->data))
            return false;
    }
    return true;
}

static bool visit_ready(struct walk *walk, const struct table *ready)
{
    for (size_t i = 0; i < ready->count; i++) {
        uintptr_t object = keyed_address(&finalizer_at(ready, i)->object);
        if (!show_tied(walk, object, object))
            return false;
    }
    return visit_finalizers(walk, ready);
}

static bool visit_toggles(struct walk *walk, const struct toggles *toggles)
{
    for (size_t i = 0; i < toggles->table.count; i++) {
        const struct keyed *toggle = toggle_at(toggles, i);
        uintptr_t object = keyed_address(toggle);
        if (toggle->note == TOGGLE_STRONG && !show_tied(walk, object, object))
            return false;
    }
    return true;
}

static bool visit_tied(struct walk *walk)
{
    const struct heap *heap = walk->heap;
    return visit_finalizers(walk, &heap->finalizers.waiting) &&
           visit_ready(walk, &heap->finalizers.ready) &&
           visit_toggles(walk, &heap->toggles);
}

/* ----------------------------------------------------------------- objects */

/* If the object is one, the value that it leads to; see gc/ephemeron.h. */
static void visit_ephemeron(struct walk *walk, uintptr_t object)
{
    const struct ephemeron *pair = (const struct ephemeron *)object;
    const struct links *pairs = &walk->heap->links[EPHEMERON_LINK];
    if (pairs->table.count > 0 && gc__link_object(pairs, object) != 0)
        gc__visit_word(&walk->words, AO_load(&pair->value), &pair->value);
}

static bool show_word(struct gc_visit *words, uintptr_t address, uintptr_t word)
{
    struct walk *walk = (struct walk *)words;
    struct range object = walk->reference.holder;
    walk->reference.address =
        range_contains(object, address) ? address : object.low;
    walk->reference.word = word;
    return show_targets(walk);
}

static bool visit_object(struct cell cell, const struct object_header *object,
                         void *context)
{
    struct walk *walk = context;
    walk->reference.origin = FROM_OBJECT;
    walk->reference.holder =
        (struct range){object->base, object->base + object->bytes};
    gc__look_at(&walk->heap->variable, cell, &walk->words);
    if (object->kind == KIND_ATOMIC)
        visit_ephemeron(walk, object->base);
    return !walk->words.is_over;
}

bool gc__visit_references(const struct heap *heap, gc__reference_visitor *visit,
                          void *context)
{
    struct walk walk = {
        .words = {.show = show_word, .step = heap->word_step},
        .heap = heap,
        .visit = visit,
        .context = context,
    };
    return visit_threads(&walk, &heap->world) &&
           visit_listed(&walk, FROM_STATIC) &&
           visit_listed(&walk, FROM_THREAD_LOCAL) &&
           visit_listed(&walk, FROM_RANGE) && visit_tied(&walk) &&
           gc__visit_objects(&heap->variable, visit_object, &walk);
}
