/* SPDX-License-Identifier: MIT */
#include "gc/pause.h"

#include <limits.h>

#include "gc/rest.h"
#include "platform/futex.h"

enum { LOOK_AGAIN_NS = 1000 * 1000 };

static struct thread *find(const struct heap *heap, uintptr_t target)
{
    struct thread *at = heap->world.threads;
    while (at != NULL && (at->self != target || at->is_stranger))
        at = at->next;
    return at;
}

/* Returns the thread if it does not rest yet. */
static struct thread *ask(struct heap *heap, struct thread *self,
                          uintptr_t target)
{
    struct thread *thread = find(heap, target);
    if (thread == NULL || !gc__world_choose_signal(&heap->world))
        return NULL;
    AO_int_store_full(&thread->is_to_pause, true);
    if (thread == self || AO_int_load_acquire(&thread->rest) != NO_REST)
        return NULL;
    gc__world_nudge(&heap->world, thread);
    return thread;
}

/* It is asked again and again, since it may have ended, or begun to rest for the
 * lock, which nobody tells of.  (The memory of a record stays.) */
void gc__pause(struct heap *heap, struct thread *self, uintptr_t target)
{
    struct thread *asked;
    do {
        heap_lock(heap, self);
        asked = ask(heap, self, target);
        heap_unlock(heap);
        if (asked != NULL)
            gc__futex_wait(&asked->rest, NO_REST, LOOK_AGAIN_NS);
    } while (asked != NULL);
}

void gc__pause_ends(struct heap *heap, struct thread *self, uintptr_t target)
{
    heap_lock(heap, self);
    struct thread *thread = find(heap, target);
    if (thread != NULL) {
        AO_int_store_release(&thread->is_to_pause, false);
        gc__futex_wake(&thread->is_to_pause, INT_MAX);
    }
    heap_unlock(heap);
}

bool gc__pauses(struct heap *heap, struct thread *self, uintptr_t target)
{
    heap_lock(heap, self);
    const struct thread *thread = find(heap, target);
    bool pauses = thread != NULL && AO_int_load(&thread->is_to_pause);
    heap_unlock(heap);
    return pauses;
}

void gc__heap_pause(struct heap *heap, struct thread *thread)
{
    if (thread->is_listing)
        return; /* it will take the lock again */
    if (thread->is_busy)
        thread->stop_is_due = true;
    else
        gc__rest_to_pause(&heap->world, thread);
}
