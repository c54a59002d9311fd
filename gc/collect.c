/* SPDX-License-Identifier: MIT */
/* One collection, from the list of roots to the trace line.
 *
 *     list the roots         see gc/hold.h
 *     ------------------     here the world stops
 *     sweep the rest         no block keeps marks of the last collection
 *     give runs back         now an allocated bit says what is an object
 *     mark from the roots    registers, stack, data; then all they reach
 *     settle the dying       links are cleared, finalizers become ready
 *     begin sweeping         the marks are what lives
 *     ------------------     here it goes on
 *     return memory          what has been free for some time, or everything
 *
 * All of it runs on a stack of the collector's own: what it leaves behind there
 * is never taken for roots of the next collection. */

#include <errno.h>

#include "gc/dying.h"
#include "gc/hold.h"
#include "gc/sweep.h"
#include "gc/verify.h"
#include "platform/clock.h"
#include "platform/memcheck.h"
#include "platform/stack_switch.h"

/* What crosses from the program's stack to the collector's. */
struct request {
    struct heap *heap;
    struct thread *thread;
    enum cause cause;
    gc__question *gives_up; /* or NULL */
    struct hold hold;
    bool is_done; /* the answer */
};

struct collection {
    struct heap *heap;
    struct thread *thread;
    gc__question *gives_up;
    struct collection_event event;
};

static bool under_stress(const struct collection *collection)
{
    return collection->event.cause == CAUSE_STRESS;
}

/* Adds the time since *since to *phase, and sets *since to now. */
static void end_phase(uint64_t *phase, uint64_t *since)
{
    uint64_t now = gc__clock_ns();
    *phase += now - *since;
    *since = now;
}

static void settle(struct collection *collection)
{
    struct heap *heap = collection->heap;
    gc__sweep_rest(&heap->variable);
    if (under_stress(collection))
        gc__verify(heap, false);
    gc__heap_settle(heap, collection->thread);
    if (under_stress(collection))
        gc__verify(heap, false);
}

static void mark_registers(struct marker *marker, const struct thread *thread)
{
    for (unsigned i = 0; i < REGISTER_RANGES; i++)
        gc__mark_ambiguous_range(marker, thread_registers(thread, i));
    gc__mark_drain(marker);
}

static bool mark_stack_part(const struct stack_part *part, void *marker)
{
    gc__mark_ambiguous_range(marker, part->words);
    gc__mark_drain(marker);
    return true;
}

void gc__heap_mark_threads(struct heap *heap)
{
    struct marker *marker = &heap->marker;
    const struct thread *at;
    for (at = heap->world.threads; at != NULL; at = at->next)
        mark_registers(marker, at);
    gc__stacks_visit(heap, mark_stack_part, marker);
    heap->has_marked_threads = true;
}

static void mark_listed(struct marker *marker, const struct heap *heap)
{
    const struct root *root;
    for (size_t i = 0; (root = gc__roots_at(&heap->roots, i)) != NULL; i++) {
        if (!heap_is_root(heap, root))
            continue;
        gc__mark_range(marker, root->range);
        gc__mark_drain(marker);
    }
}

/* False if it was given up. */
static bool mark(struct collection *collection, uint64_t *clock)
{
    struct heap *heap = collection->heap;
    struct marker *marker = &heap->marker;
    size_t overflows = marker->overflows;

    marker->gives_up = collection->gives_up;
    gc__marker_start(marker, heap->word_step);
    for (const struct thread *at = heap->world.threads; at != NULL;
         at = at->next)
        gc__local_mark_unborn(&heap->variable, &at->local);
    heap->has_marked_threads = false;
    if (heap->hooks->mark_roots != NULL)
        heap->hooks->mark_roots();
    else
        gc__heap_mark_threads(heap);
    end_phase(&collection->event.roots_ns, clock);
    mark_listed(marker, heap);
    gc__dying_mark_roots(heap);
    bool is_whole = gc__mark_to_the_end(marker);
    if (is_whole) {
        gc__mark_for_dead(marker);
        gc__dying_settle(heap);
    } else {
        gc__mark_undo_all(marker);
    }
    gc__marker_end(marker);
    end_phase(&collection->event.mark_ns, clock);

    collection->event.mark_stack_overflows = marker->overflows - overflows;
    collection->event.threads = heap->world.count;
    collection->event.markers = 1 + gc__markers_threads(marker);
    if (under_stress(collection) && heap->has_marked_threads)
        gc__verify(heap, true);
    return is_whole;
}

/* As many as there are processors at most: others only wait for one. */
static unsigned count_allocators(struct heap *heap)
{
    struct shares shares = {0, 0};
    struct thread *at;
    for (at = heap->world.threads; at != NULL; at = at->next) {
        gc__pace_add_share(&shares, at->local.cycle_bytes);
        at->local.cycle_bytes = 0;
    }
    size_t processors = larger(heap->world.processors, 1);
    return (unsigned)smaller(gc__pace_allocators(&shares), 100 * processors);
}

static void begin_sweep(struct collection *collection)
{
    struct heap *heap = collection->heap;
    heap->pace.allocators_percent = count_allocators(heap);
    gc__sweep_begin(&heap->variable);
    heap->pace.live_bytes = heap->marker.live_bytes;
    heap->pace.live_atomic_bytes = heap->marker.live_atomic_bytes;
    heap->pace.live_objects = heap->marker.live_objects;
    gc__heap_adjust(heap);
    collection->event.after_bytes = heap->marker.live_bytes;
    collection->event.live_objects = heap->marker.live_objects;
    collection->event.goal_bytes = heap->pace.goal_bytes;
}

static void resume(struct heap *heap)
{
    heap_tell(heap, STEP_RESUMING);
    gc__world_resume(&heap->world);
    heap_tell(heap, STEP_RESUMED);
}

/* False if it was given up. */
static bool run_phases(struct collection *collection, const struct hold *hold)
{
    struct heap *heap = collection->heap;
    struct collection_event *event = &collection->event;
    uint64_t clock = hold->stopped_at;

    event->stop_ns = hold->stopped_at - hold->started_at;
    event->before_bytes = heap->pace.live_bytes + heap->variable.since_bytes;
    settle(collection);
    end_phase(&event->settle_ns, &clock);
    heap_tell(heap, STEP_MARKING);
    heap->is_marking = true;
    bool is_whole = mark(collection, &clock);
    heap->is_marking = false;
    if (!is_whole) {
        resume(heap);
        return false;
    }
    heap_tell(heap, STEP_MARKED);
    begin_sweep(collection);
    end_phase(&event->settle_ns, &clock);
    resume(heap);
    event->pause_ns = clock - hold->started_at;
    heap_tell(heap, STEP_SWEEPING);

    gc__dying_trim(heap);
    gc__sweep_show(&heap->variable);

    if (event->cause == CAUSE_CALL)
        gc__sweep_return_all(&heap->variable);
    else
        gc__sweep_return_old(&heap->variable, &heap->return_clock, clock);
    heap_tell(heap, STEP_SWEPT);
    return true;
}

/* The world is held.  False if it was given up. */
static bool collect(const struct request *request)
{
    struct heap *heap = request->heap;
    const struct hold *hold = &request->hold;
    struct collection collection = {
        .heap = heap,
        .thread = request->thread,
        .gives_up = request->gives_up,
        .event = {.number = heap->totals.collections + 1,
                  .cause = request->cause,
                  .list_ns = hold->list_ns,
                  .start_ns = hold->started_at - heap->start_ns},
    };
    heap_tell(heap, STEP_STOPPED);
    if (!run_phases(&collection, hold)) {
        heap_tell(heap, STEP_GIVEN_UP);
        return false;
    }
    gc__totals_add(&heap->totals, &collection.event);
    heap_tell(heap, STEP_END);
    if (heap->trace)
        gc__trace(&collection.event);
    return true;
}

/* The collector reads stacks and objects whole, of which much was never written.
 * What it then decides, memcheck takes for undefined too. */
static void believe_results(const struct heap *heap)
{
    const struct heap_map *map = &heap->variable.map;
    uintptr_t table = (uintptr_t)map->blocks;
    memcheck_defined(
        (struct range){table, (uintptr_t)&map->blocks[heap_map_blocks(map)]});
    memcheck_defined((struct range){(uintptr_t)heap, (uintptr_t)(heap + 1)});
}

static void serve(void *argument)
{
    struct request *request = argument;
    int saved_errno = errno;
    memcheck_pause();
    request->is_done = collect(request);
    believe_results(request->heap);
    memcheck_go_on();
    errno = saved_errno;
}

/* Not inlined: its frame, and those above, are where the stack is looked at
 * from.  So it has hardly a variable: what lies in the gaps of a frame is stale
 * words of earlier calls, and those may be pointers.  AddressSanitizer would make
 * gaps around what there is. */
__attribute__((noinline, no_sanitize("address"))) bool
gc__heap_collect(struct heap *heap, struct thread *thread, enum cause cause,
                 size_t collections, gc__question *gives_up)
{
    struct request request = {
        .heap = heap,
        .thread = thread,
        .cause = cause,
        .gives_up = gives_up,
        .hold = {.collections = collections, .is_collection = true},
    };
    if (gives_up != NULL && gives_up() != 0)
        return false;
    if (!gc__hold_world(heap, thread, &request.hold))
        return hold_is_served(&request.hold, heap);
    gc__registers_spill(&thread->registers);
    gc__call_on_stack(serve, &request, heap->stack.high);
    thread->has_collected = true;
    heap_unlock(heap);
    return request.is_done;
}
