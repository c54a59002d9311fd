/* SPDX-License-Identifier: MIT */
/* One collection, from the list of roots to the trace line.
 *
 *     list the roots         the program may still load and unload libraries
 *     ------------------     here the world stops
 *     sweep the rest         no block keeps marks of the last collection
 *     give runs back         now an allocated bit says what is an object
 *     mark from the roots    registers, stack, data; then all they reach
 *     begin sweeping         the marks are what lives
 *     ------------------     here it goes on
 *     return memory          what has been free for some time, or everything
 *
 * All of it runs on a stack of the collector's own: what it leaves behind there
 * is never taken for roots of the next collection. */

#include <errno.h>

#include "gc/heap.h"
#include "gc/sweep.h"
#include "gc/verify.h"
#include "platform/clock.h"
#include "platform/stack_switch.h"

struct collection {
    struct heap *heap;
    struct thread *thread;
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

static void stop(struct collection *collection)
{
    struct heap *heap = collection->heap;
    gc__sweep_rest(&heap->variable);
    if (under_stress(collection))
        gc__verify(heap, collection->thread, false);
    gc__local_retire(&heap->variable, &collection->thread->local);
    if (under_stress(collection))
        gc__verify(heap, collection->thread, false);
}

static void mark_thread(struct marker *marker, const struct thread *thread)
{
    gc__mark_ambiguous_range(marker, gc__registers_words(&thread->registers));
    gc__mark_drain(marker);
    struct range stack = {gc__registers_stack_pointer(&thread->registers),
                          thread->stack_base};
    gc__mark_ambiguous_range(marker, stack);
    gc__mark_drain(marker);
}

static void mark_listed(struct marker *marker, const struct roots *roots)
{
    const struct root *root;
    for (size_t i = 0; (root = gc__roots_at(roots, i)) != NULL; i++) {
        gc__mark_range(marker, root->range);
        gc__mark_drain(marker);
    }
}

static void mark(struct collection *collection, uint64_t *clock)
{
    struct heap *heap = collection->heap;
    struct marker *marker = &heap->marker;
    size_t overflows = marker->overflows;

    gc__marker_start(marker, heap->word_step);
    mark_thread(marker, collection->thread);
    end_phase(&collection->event.roots_ns, clock);
    mark_listed(marker, &heap->roots);
    gc__marker_end(marker);
    end_phase(&collection->event.mark_ns, clock);

    collection->event.mark_stack_overflows = marker->overflows - overflows;
    if (under_stress(collection))
        gc__verify(heap, collection->thread, true);
}

static void begin_sweep(struct collection *collection)
{
    struct heap *heap = collection->heap;
    gc__sweep_begin(&heap->variable);
    heap->pace.live_bytes = heap->marker.live_bytes;
    heap->pace.live_atomic_bytes = heap->marker.live_atomic_bytes;
    heap->pace.live_objects = heap->marker.live_objects;
    gc__heap_adjust(heap);
    collection->event.after_bytes = heap->marker.live_bytes;
    collection->event.live_objects = heap->marker.live_objects;
    collection->event.goal_bytes = heap->pace.goal_bytes;
}

static void run_phases(struct collection *collection)
{
    struct heap *heap = collection->heap;
    struct collection_event *event = &collection->event;
    uint64_t started = gc__clock_ns();
    uint64_t clock = started;

    event->before_bytes = heap->pace.live_bytes + heap->variable.since_bytes;
    stop(collection);
    end_phase(&event->stop_ns, &clock);
    mark(collection, &clock);
    begin_sweep(collection);
    end_phase(&event->stop_ns, &clock);
    event->pause_ns = clock - started;

    if (event->cause == CAUSE_CALL)
        gc__sweep_return_all(&heap->variable);
    else
        gc__sweep_return_old(&heap->variable, &heap->return_clock, clock);
}

static bool list_roots(struct heap *heap, uint64_t *list_ns)
{
    uint64_t clock = gc__clock_ns();
    bool is_listed = gc__roots_list(&heap->roots);
    end_phase(list_ns, &clock);
    return is_listed;
}

static bool collect(struct heap *heap, struct thread *thread, enum cause cause)
{
    struct collection collection = {
        .heap = heap,
        .thread = thread,
        .event = {.number = heap->totals.collections + 1,
                  .cause = cause,
                  .start_ns = gc__clock_ns() - heap->start_ns},
    };
    if (!list_roots(heap, &collection.event.list_ns))
        return false;
    run_phases(&collection);
    gc__totals_add(&heap->totals, &collection.event);
    if (heap->trace)
        gc__trace(&collection.event);
    return true;
}

/* What crosses from the program's stack to the collector's. */
struct request {
    struct heap *heap;
    struct thread *thread;
    enum cause cause;
    bool is_done;
};

static void serve(void *argument)
{
    struct request *request = argument;
    int saved_errno = errno;
    request->is_done = collect(request->heap, request->thread, request->cause);
    errno = saved_errno;
}

/* Not inlined: its frame, and those above, are where the stack is looked at
 * from.  So it has hardly a variable: what lies in the gaps of a frame is stale
 * words of earlier calls, and those may be pointers. */
__attribute__((noinline)) bool
gc__heap_collect(struct heap *heap, struct thread *thread, enum cause cause)
{
    if (heap->is_collecting)
        return false;
    struct request request = {heap, thread, cause, false};
    heap->is_collecting = true;
    gc__registers_spill(&thread->registers);
    gc__call_on_stack(serve, &request, heap->stack.high);
    heap->is_collecting = false;
    return request.is_done;
}
