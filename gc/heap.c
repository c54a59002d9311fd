/* SPDX-License-Identifier: MIT */
#include "gc/heap.h"

#include <unistd.h>

#include "gc/members.h"
#include "platform/clock.h"
#include "platform/memcheck.h"

enum { COLLECTOR_STACK_BYTES = 256 << 10 };

static const struct hooks no_hooks;

bool gc__heap_init(struct heap *heap, struct range own)
{
    heap->pace.floor_bytes = DEFAULT_FLOOR_BYTES;
    heap->pace.growth_percent = DEFAULT_GROWTH_PERCENT;
    heap->word_step = WORD_BYTES;
    heap->hooks = &no_hooks;
    heap->process = (unsigned)getpid();
    gc__world_init(&heap->world);
    gc__stacks_init(&heap->stacks);
    gc__finalizers_init(&heap->finalizers);
    gc__toggles_init(&heap->toggles);
    for (unsigned kind = 0; kind < LINK_KINDS; kind++)
        gc__links_init(&heap->links[kind]);
    if (!gc__variable_init(&heap->variable))
        return false;
    gc__marker_init(&heap->marker, &heap->variable);
    recognition_init(&heap->recognition);
    heap->marker.recognition = &heap->recognition;
    heap->world.marker = &heap->marker;
    /* What a collection cannot do without is there before memory runs out. */
    if (!gc__roots_init(&heap->roots, own) ||
        !gc__pages_map(COLLECTOR_STACK_BYTES, &heap->stack)) {
        gc__heap_finish(heap);
        return false;
    }
    memcheck_note_stack(heap->stack);
    gc__heap_adjust(heap);
    return true;
}

void gc__heap_set_hooks(struct heap *heap, const struct hooks *hooks)
{
    heap->hooks = hooks;
    heap->roots.takes_segment = hooks->takes_segment;
}

void gc__heap_finish(struct heap *heap)
{
    gc__members_finish(&heap->world);
    gc__stacks_finish(&heap->stacks);
    gc__pages_unmap(heap->stack);
    gc__roots_finish(&heap->roots);
    gc__finalizers_finish(&heap->finalizers);
    gc__toggles_finish(&heap->toggles);
    for (unsigned kind = 0; kind < LINK_KINDS; kind++)
        gc__links_finish(&heap->links[kind]);
    gc__marker_finish(&heap->marker);
    gc__variable_finish(&heap->variable);
}

void gc__heap_adjust(struct heap *heap)
{
    struct variable *variable = &heap->variable;
    gc__pace_set_goal(&heap->pace);
    variable->allowance_bytes = gc__pace_allowance(&heap->pace);
    variable->limit_blocks = heap->pace.limit_bytes == 0
                                 ? SIZE_MAX
                                 : heap->pace.limit_bytes >> BLOCK_SHIFT;
    /* Under stress every allocation is to come by here. */
    gc__variable_set_caching(variable, heap->stress == 0 && !memcheck_is_on());
}

void gc__heap_untie_part(struct heap *heap, struct range bytes)
{
    for (unsigned kind = 0; kind < LINK_KINDS; kind++)
        gc__links_forget_in(&heap->links[kind], bytes);
}

void gc__heap_untie(struct heap *heap, struct cell cell)
{
    const struct heap_map *map = &heap->variable.map;
    uintptr_t object = cell_address(map, cell);
    if (!variable_is_tied(&heap->variable, cell))
        return;
    gc__finalizers_forget(&heap->finalizers, object);
    gc__toggles_forget(&heap->toggles, object);
    for (unsigned kind = 0; kind < LINK_KINDS; kind++)
        gc__links_forget_to(&heap->links[kind], object);
    gc__heap_untie_part(heap,
                        (struct range){object, object + cell_bytes(map, cell)});
}

/* ------------------------------------------------------------- allocating */

struct allocation {
    enum kind kind;
    size_t bytes;
    size_t alignment;
    /* How it went. */
    enum refusal why;
    size_t collections; /* there had been */
    bool is_stress_due;
    bool is_list;
    uintptr_t list_end; /* of its cells; 0: it has one */
};

static void take_rest(struct thread *thread, struct allocation *wanted,
                      void *cell)
{
    if (wanted->is_list && cell != NULL)
        wanted->list_end = gc__local_claim_rest(&thread->local, wanted->kind,
                                                wanted->bytes, (uintptr_t)cell);
}

static void *try_alloc(struct heap *heap, struct thread *thread,
                       struct allocation *wanted)
{
    size_t bytes = larger(wanted->bytes, 1);
    size_t alignment = wanted->alignment;
    /* Cells of a class whose size is a multiple of the alignment are aligned,
     * and the class of a multiple of a power of two is one. */
    if (alignment > GRANULE_BYTES && alignment <= SIZE_CLASS_MAX_BYTES &&
        bytes <= SIZE_CLASS_MAX_BYTES)
        bytes = round_up(bytes, alignment);
    if (bytes > SIZE_CLASS_MAX_BYTES || alignment > SIZE_CLASS_MAX_BYTES)
        return gc__variable_alloc_large(&heap->variable, wanted->kind, bytes,
                                        alignment, &wanted->why);
    void *cell = gc__variable_claim_small(&heap->variable, &thread->local,
                                          wanted->kind, bytes, &wanted->why);
    take_rest(thread, wanted, cell);
    return cell;
}

static bool is_due_under_stress(struct heap *heap)
{
    if (heap->stress == 0 || !heap_collects_by_itself(heap) ||
        ++heap->stress_count < heap->stress)
        return false;
    heap->stress_count = 0;
    return true;
}

/* Lets the heap grow by `bytes` and as much again as between two collections:
 * there has just been one, or there may be none. */
static void extend_allowance(struct heap *heap, size_t bytes)
{
    struct variable *variable = &heap->variable;
    variable->allowance_bytes =
        variable->since_bytes + bytes + gc__pace_allowance(&heap->pace);
}

enum effort { EFFORT_FIRST, EFFORT_AGAIN, EFFORT_BEYOND_GOAL };

/* The thread is busy meanwhile. */
static void make_ready(struct thread *thread, const struct allocation *wanted,
                       void *object)
{
    gc__local_prepare(&thread->local);
    if (wanted->is_list && object != NULL)
        gc__local_link_rest(object, wanted->list_end, wanted->bytes);
}

/* One try under the lock.  What was claimed is made ready without it, and
 * meanwhile a stop waits for this thread. */
static void *attempt(struct heap *heap, struct thread *thread,
                     struct allocation *wanted, enum effort effort)
{
    heap_lock(heap, thread);
    if (effort == EFFORT_FIRST && is_due_under_stress(heap)) {
        wanted->is_stress_due = true;
        heap_unlock(heap);
        return NULL;
    }
    if (effort == EFFORT_BEYOND_GOAL)
        extend_allowance(heap, wanted->bytes);
    size_t had_bytes = heap->variable.map.bytes;
    void *object = try_alloc(heap, thread, wanted);
    if (heap->variable.map.bytes != had_bytes && heap->hooks->on_growth != NULL)
        heap->hooks->on_growth();
    wanted->collections = heap->totals.collections;
    bool is_busy = local_needs_preparing(&thread->local) || wanted->is_list;
    if (is_busy)
        thread_begin_busy(thread);
    heap_unlock(heap);
    if (is_busy) {
        make_ready(thread, wanted, object);
        thread_end_busy(thread);
    }
    return object;
}

/* Most cells can be had without the lock. */
static void *attempt_alone(struct heap *heap, struct thread *thread,
                           struct allocation *wanted)
{
    if (wanted->alignment > GRANULE_BYTES ||
        wanted->bytes > SIZE_CLASS_MAX_BYTES)
        return NULL;
    const struct variable *variable = &heap->variable;
    void *object = NULL;
    thread_begin_busy(thread);
    thread_comes_by(thread);
    if (wanted->is_list)
        object = gc__local_claim_list(variable, &thread->local, wanted->kind,
                                      wanted->bytes);
    if (object == NULL) {
        object = gc__local_claim_small(variable, &thread->local, wanted->kind,
                                       wanted->bytes);
        take_rest(thread, wanted, object);
        make_ready(thread, wanted, object);
    }
    thread_end_busy(thread);
    return object;
}

static bool collect_because(struct heap *heap, struct thread *thread,
                            const struct allocation *wanted)
{
    if (!heap_collects_by_itself(heap) || wanted->why == REFUSED_FOR_EVER)
        return false;
    gc__question *const *gives_up = heap->hooks->gives_up;
    if (wanted->why != REFUSED_BY_GOAL)
        return gc__heap_collect(heap, thread, CAUSE_MEMORY, wanted->collections,
                                NULL);
    return gc__heap_collect(heap, thread, CAUSE_GOAL, wanted->collections,
                            gives_up != NULL ? *gives_up : NULL);
}

static void *alloc(struct heap *heap, struct thread *thread,
                   struct allocation *wanted)
{
    void *object = attempt_alone(heap, thread, wanted);
    if (object == NULL)
        object = attempt(heap, thread, wanted, EFFORT_FIRST);
    if (wanted->is_stress_due) {
        gc__heap_collect(heap, thread, CAUSE_STRESS, ALWAYS, NULL);
        object = attempt(heap, thread, wanted, EFFORT_AGAIN);
    }
    if (object == NULL && collect_because(heap, thread, wanted))
        object = attempt(heap, thread, wanted, EFFORT_AGAIN);
    if (object == NULL && wanted->why == REFUSED_BY_GOAL)
        object = attempt(heap, thread, wanted, EFFORT_BEYOND_GOAL);
    return object;
}

void *gc__heap_alloc(struct heap *heap, struct thread *thread, enum kind kind,
                     size_t bytes, size_t alignment)
{
    struct allocation wanted = {
        .kind = kind, .bytes = bytes, .alignment = alignment};
    return alloc(heap, thread, &wanted);
}

void *gc__heap_alloc_list(struct heap *heap, struct thread *thread,
                          enum kind kind, size_t bytes)
{
    struct allocation wanted = {.kind = kind,
                                .bytes = bytes,
                                .alignment = GRANULE_BYTES,
                                .is_list = true};
    return alloc(heap, thread, &wanted);
}
