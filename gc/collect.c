/* SPDX-License-Identifier: MIT */
/* One collection, from the list of roots to the trace line.
 *
 *     list the roots         the program may still load and unload libraries
 *     ------------------     here the world stops: see gc/world.c
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
#include <pthread.h>
#include <sched.h>

#include "gc/dying.h"
#include "gc/expected.h"
#include "gc/heap.h"
#include "gc/sweep.h"
#include "gc/verify.h"
#include "platform/clock.h"
#include "platform/fake_stack.h"
#include "platform/futex.h"
#include "platform/memcheck.h"
#include "platform/processors.h"
#include "platform/stack_switch.h"
#include "platform/stop_signal.h"

/* A stop is tried again so often, if threads change their variables; a smaller
 * heap is marked by one thread. */
enum {
    MOST_TRIES = 50,
    LEAST_FOR_MARKERS = 1 << 20,
    STAND_BACK_NS = 200 * 1000,
};

/* When the world was stopped, and whether it needs to be. */
struct hold_times {
    size_t collections;  /* not needed if there have been others; or ALWAYS */
    uint64_t list_ns;    /* in all tries */
    uint64_t started_at; /* the stop */
    uint64_t stopped_at; /* all threads stood still */
    bool is_collection;  /* not only somebody who looks */
};

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

static void tell(const struct heap *heap, enum step step)
{
    if (heap->hooks->on_step != NULL)
        heap->hooks->on_step(step);
}

static void retire(struct variable *variable, struct thread *thread)
{
    if (thread->is_interrupted)
        gc__local_retire_stopped(variable, &thread->local);
    else
        gc__local_retire(variable, &thread->local);
}

void gc__heap_settle(struct heap *heap, struct thread *self)
{
    gc__variable_sweep_all(&heap->variable);
    self->fake_stack = gc__fake_stack();
    struct thread *next;
    for (struct thread *at = heap->world.threads; at != NULL; at = next) {
        next = at->next;
        if (at == self || at->state == THREAD_GONE)
            at->is_interrupted = false;
        retire(&heap->variable, at);
        if (at->state == THREAD_GONE) {
            gc__local_leave(&heap->variable, &at->local);
            gc__world_remove(&heap->world, at);
        }
    }
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
    bool skips_data =
        heap->hooks->skips_data != NULL && *heap->hooks->skips_data != 0;
    const struct root *root;
    for (size_t i = 0; (root = gc__roots_at(&heap->roots, i)) != NULL; i++) {
        if (skips_data && root->origin == FROM_STATIC)
            continue;
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
    gc__mark_for_dead(marker);
    gc__dying_settle(heap);
    gc__marker_end(marker);
    end_phase(&collection->event.mark_ns, clock);

    collection->event.mark_stack_overflows = marker->overflows - overflows;
    collection->event.threads = heap->world.count;
    collection->event.markers = 1 + gc__markers_threads(marker);
    if (under_stress(collection) && heap->has_marked_threads)
        gc__verify(heap, true);
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

static void run_phases(struct collection *collection,
                       const struct hold_times *times)
{
    struct heap *heap = collection->heap;
    struct collection_event *event = &collection->event;
    uint64_t clock = times->stopped_at;

    event->stop_ns = times->stopped_at - times->started_at;
    event->before_bytes = heap->pace.live_bytes + heap->variable.since_bytes;
    settle(collection);
    end_phase(&event->settle_ns, &clock);
    tell(heap, STEP_MARKING);
    heap->is_marking = true;
    mark(collection, &clock);
    heap->is_marking = false;
    tell(heap, STEP_MARKED);
    begin_sweep(collection);
    tell(heap, STEP_RESUMING);
    end_phase(&event->settle_ns, &clock);
    gc__world_resume(&heap->world);
    event->pause_ns = clock - times->started_at;
    tell(heap, STEP_RESUMED);
    tell(heap, STEP_SWEEPING);

    gc__dying_trim(heap);
    gc__sweep_show(&heap->variable);

    if (event->cause == CAUSE_CALL)
        gc__sweep_return_all(&heap->variable);
    else
        gc__sweep_return_old(&heap->variable, &heap->return_clock, clock);
    tell(heap, STEP_SWEPT);
}

/* The world stands still. */
static void collect(struct heap *heap, struct thread *thread, enum cause cause,
                    const struct hold_times *times)
{
    struct collection collection = {
        .heap = heap,
        .thread = thread,
        .event = {.number = heap->totals.collections + 1,
                  .cause = cause,
                  .list_ns = times->list_ns,
                  .start_ns = times->started_at - heap->start_ns},
    };
    tell(heap, STEP_STOPPED);
    run_phases(&collection, times);
    gc__totals_add(&heap->totals, &collection.event);
    tell(heap, STEP_END);
    if (heap->trace)
        gc__trace(&collection.event);
}

/* ------------------------------------------------------------------ holding */

/* Without the lock.  The loader has one of its own, and whoever has that may be
 * stopped: so this thread has to stop too, even if it blocks the signal. */
static bool list_while_stoppable(struct heap *heap, struct root_list **list,
                                 bool needs_layout, bool needs_values)
{
    int signal = heap->world.signal;
    bool blocks = signal != 0 && gc__stop_signal_let_in(signal);
    if (needs_layout)
        gc__roots_learn_layout(&heap->roots);
    if (needs_values)
        gc__roots_learn_values(&heap->roots);
    bool is_listed = *list != NULL && gc__roots_list(&heap->roots, list);
    if (blocks)
        gc__stop_signal_shut_out(signal);
    return is_listed;
}

/* Lists what does not depend on where the threads are.  Called with the lock, but
 * gives it back meanwhile. */
static bool list_roots(struct heap *heap, struct thread *thread)
{
    struct roots *roots = &heap->roots;
    if (roots->is_inherited)
        return gc__roots_reuse(roots);
    struct root_list *list = gc__roots_take(roots);
    bool needs_layout =
        !roots->has_looked_for_layout && gc__world_has_others(&heap->world);
    bool needs_values = !roots->has_looked_for_values;
    AO_int_store(&heap->listers, heap->listers + 1);
    heap_unlock(heap);
    bool is_listed =
        list_while_stoppable(heap, &list, needs_layout, needs_values);
    heap_lock(heap, thread);
    if (heap->listers > 0) /* is zero in a child that was made meanwhile */
        AO_int_store(&heap->listers, heap->listers - 1);
    if (list != NULL && !is_listed)
        gc__roots_give(roots, list);
    return is_listed && gc__roots_use(roots, list);
}

/* False if a library was loaded or unloaded since the roots were listed, or a
 * thread stopped while it changed what it has in the list. */
static bool complete_roots(struct heap *heap, const struct thread *self)
{
    struct roots *roots = &heap->roots;
    bool lists_self = roots->is_inherited;
    if (!gc__roots_are_current(roots)) {
        roots->is_inherited = false;
        return false;
    }
    const struct thread *at;
    for (at = heap->world.expected; at != NULL; at = at->next)
        if (!gc__roots_list_range(roots, start_words(at)))
            return false;
    for (at = heap->world.threads; at != NULL; at = at->next)
        if ((at != self || lists_self) && at->state != THREAD_GONE &&
            !gc__roots_list_thread(roots, at->self))
            return false;
    for (at = heap->world.threads; at != NULL; at = at->next)
        if (at->state != THREAD_GONE && !gc__roots_list_values(roots, at->self))
            return false;
    return true;
}

/* A small heap is marked by one, and nothing is asked of the system for it. */
static void choose_markers(struct heap *heap)
{
    if (heap->has_markers || heap->pace.live_bytes < LEAST_FOR_MARKERS)
        return;
    unsigned count = memcheck_is_on() ? 1 : heap->wanted_markers;
    if (count == 0)
        count = (unsigned)smaller(gc__processors(""), MARKERS_MAX);
    gc__markers_set(&heap->marker, count);
    heap->has_markers = true;
}

static bool stop_world(struct heap *heap, const struct thread *self)
{
    choose_markers(heap);
    gc__markers_prepare(&heap->marker);
    return gc__world_stop(&heap->world, self);
}

/* Gives the lock back where the world did not stop.  Returns false. */
static bool let_go(struct heap *heap)
{
    int unwilling = heap->world.unwilling;
    heap_unlock(heap);
    if (unwilling != 0 && heap->on_unwilling != NULL)
        heap->on_unwilling(unwilling);
    return false;
}

/* Where the stop was only called off, lets whoever needs the lock have it. */
static bool stands_back(struct heap *heap, struct thread *thread)
{
    if (!heap->world.is_called_off)
        return false;
    heap_unlock(heap);
    gc__futex_wait(&heap->world.number, heap->world.number, STAND_BACK_NS);
    heap_lock(heap, thread);
    return true;
}

/* A thread that is cancelled while it has the lock never gives it back, and files
 * and the trace are places where it may be. */
static int begin_shield(void)
{
    int cancel_state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    return cancel_state;
}

/* Has it last until the lock is given back, if it is held. */
static bool keep_shield(struct heap *heap, bool is_held, int cancel_state)
{
    if (is_held) {
        if (!heap->is_shielded)
            heap->cancel_state = cancel_state;
        heap->is_shielded = true;
    } else {
        pthread_setcancelstate(cancel_state, NULL);
    }
    return is_held;
}

/* Another thread may have found the goal reached, and collected. */
static bool is_served(const struct heap *heap, const struct hold_times *times)
{
    return times->collections != ALWAYS &&
           times->collections != heap->totals.collections;
}

/* Until no other thread lists the roots.  It is about to stop the world, and so may
 * stop this one here. */
static void wait_for_listers(struct heap *heap, struct thread *thread)
{
    unsigned listers = 0;
    for (unsigned look = 0; look < LOCK_LOOKS; look++) {
        listers = AO_int_load(&heap->listers);
        if (listers == 0)
            return;
        if (thread->stop_is_due)
            gc__world_stop_here(thread);
        AO_nop_full();
    }
    gc__futex_wait(&heap->listers, listers, STAND_BACK_NS);
}

/* Where another thread is on its way to a collection, that will do for this one
 * too, unless it is given up. */
static void let_others_collect(struct heap *heap, struct thread *thread,
                               const struct hold_times *times)
{
    while (times->collections != ALWAYS && AO_int_load(&heap->listers) > 0 &&
           !is_served(heap, times)) {
        heap_unlock(heap);
        wait_for_listers(heap, thread);
        heap_lock(heap, thread);
    }
}

/* Takes the lock, lists the roots and stops the world; begins again while what
 * was listed is not what is there in the stop. */
static bool hold_shielded(struct heap *heap, struct thread *thread,
                          struct hold_times *times)
{
    heap_lock(heap, thread);
    let_others_collect(heap, thread, times);
    for (unsigned tries = 0; !is_served(heap, times); tries++) {
        uint64_t clock = gc__clock_ns();
        bool is_listed = list_roots(heap, thread);
        end_phase(&times->list_ns, &clock);
        times->started_at = clock;
        if (is_served(heap, times))
            break;
        if (!is_listed)
            return let_go(heap);
        if (times->is_collection && tries == 0) {
            tell(heap, STEP_BEGIN);
            tell(heap, STEP_STOPPING);
        }
        if (!stop_world(heap, thread)) {
            if (stands_back(heap, thread))
                continue;
            return let_go(heap);
        }
        times->stopped_at = gc__clock_ns();
        if (complete_roots(heap, thread))
            return true;
        if (tries == MOST_TRIES && gc__roots_are_current(&heap->roots)) {
            heap->world.unseen++;
            return true;
        }
        gc__world_resume(&heap->world);
        sched_yield();
    }
    heap_unlock(heap);
    return false;
}

static bool hold(struct heap *heap, struct thread *thread,
                 struct hold_times *times)
{
    int cancel_state = begin_shield();
    bool is_held = hold_shielded(heap, thread, times);
    return keep_shield(heap, is_held, cancel_state);
}

bool gc__heap_hold(struct heap *heap, struct thread *thread)
{
    struct hold_times times = {.collections = ALWAYS};
    if (!heap_is_shown_to(heap, thread) || heap->holds == 0) {
        if (!hold(heap, thread, &times))
            return false;
        gc__heap_settle(heap, thread);
    }
    heap->holds++;
    return true;
}

bool gc__heap_stop_others(struct heap *heap, struct thread *thread)
{
    int cancel_state = begin_shield();
    heap_lock(heap, thread);
    bool is_held;
    do
        is_held = stop_world(heap, thread);
    while (!is_held && stands_back(heap, thread));
    if (!is_held)
        let_go(heap);
    return keep_shield(heap, is_held, cancel_state);
}

bool gc__heap_hold_objects(struct heap *heap, struct thread *thread)
{
    if (heap_is_shown_to(heap, thread))
        return true;
    bool is_held = gc__heap_stop_others(heap, thread);
    if (is_held) {
        gc__heap_settle(heap, thread);
        gc__world_resume(&heap->world);
    }
    return is_held;
}

void gc__heap_go_on(struct heap *heap)
{
    if (--heap->holds == 0)
        gc__world_resume(&heap->world);
    heap_unlock(heap);
}

/* What crosses from the program's stack to the collector's. */
struct request {
    struct heap *heap;
    struct thread *thread;
    enum cause cause;
    struct hold_times times;
};

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
    collect(request->heap, request->thread, request->cause, &request->times);
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
                 size_t collections)
{
    struct request request = {
        heap,
        thread,
        cause,
        {.collections = collections, .is_collection = true}};
    if (!hold(heap, thread, &request.times))
        return is_served(heap, &request.times);
    gc__registers_spill(&thread->registers);
    gc__call_on_stack(serve, &request, heap->stack.high);
    thread->has_collected = true;
    heap_unlock(heap);
    return true;
}
