/* SPDX-License-Identifier: MIT */
#include "gc/hold.h"

#include <pthread.h>
#include <sched.h>

#include "gc/expected.h"
#include "gc/members.h"
#include "platform/clock.h"
#include "platform/fake_stack.h"
#include "platform/futex.h"
#include "platform/memcheck.h"
#include "platform/processors.h"
#include "platform/stop_signal.h"

/* A stop is tried again so often, if threads change their variables; a smaller
 * heap is marked by one thread. */
enum {
    MOST_TRIES = 50,
    LEAST_FOR_MARKERS = 1 << 20,
    STAND_BACK_NS = 200 * 1000,
};

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
    unsigned was_listing = thread->is_listing; /* a handler of its collects */
    thread->is_listing = true;
    AO_int_store(&heap->listers, heap->listers + 1);
    heap_unlock(heap);
    bool is_listed =
        list_while_stoppable(heap, &list, needs_layout, needs_values);
    heap_lock(heap, thread);
    thread->is_listing = was_listing;
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
                               const struct hold *hold)
{
    if (thread->is_listing) /* in a handler, and would wait for itself */
        return;
    while (hold->collections != ALWAYS && AO_int_load(&heap->listers) > 0 &&
           !hold_is_served(hold, heap)) {
        heap_unlock(heap);
        wait_for_listers(heap, thread);
        heap_lock(heap, thread);
    }
}

/* Takes the lock, lists the roots and stops the world; begins again while what
 * was listed is not what is there in the stop. */
static bool hold_shielded(struct heap *heap, struct thread *thread,
                          struct hold *hold)
{
    heap_lock(heap, thread);
    let_others_collect(heap, thread, hold);
    for (unsigned tries = 0; !hold_is_served(hold, heap); tries++) {
        uint64_t began_at = gc__clock_ns();
        bool is_listed = list_roots(heap, thread);
        hold->started_at = gc__clock_ns();
        hold->list_ns += hold->started_at - began_at;
        if (hold_is_served(hold, heap))
            break;
        if (!is_listed)
            return let_go(heap);
        if (hold->is_collection && tries == 0) {
            heap_tell(heap, STEP_BEGIN);
            heap_tell(heap, STEP_STOPPING);
        }
        if (!stop_world(heap, thread)) {
            if (stands_back(heap, thread))
                continue;
            return let_go(heap);
        }
        hold->stopped_at = gc__clock_ns();
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

bool gc__hold_world(struct heap *heap, struct thread *thread, struct hold *hold)
{
    int cancel_state = begin_shield();
    bool is_held = hold_shielded(heap, thread, hold);
    return keep_shield(heap, is_held, cancel_state);
}

bool gc__heap_hold(struct heap *heap, struct thread *thread)
{
    struct hold hold = {.collections = ALWAYS};
    if (!heap_is_shown_to(heap, thread) || heap->holds == 0) {
        if (!gc__hold_world(heap, thread, &hold))
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
    self->fake_stack = gc__fake_stack_now(self->fake_stack);
    struct thread *next;
    for (struct thread *at = heap->world.threads; at != NULL; at = next) {
        next = at->next;
        if (at == self || at->state == THREAD_GONE)
            at->is_interrupted = false;
        retire(&heap->variable, at);
        if (at->state == THREAD_GONE) {
            gc__local_leave(&heap->variable, &at->local);
            gc__members_remove(&heap->world, at);
        }
    }
}
