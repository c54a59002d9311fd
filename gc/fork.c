/* SPDX-License-Identifier: MIT */
/* In a child process there is one thread, the one that has called fork, and a
 * copy of all memory as it was at that moment.  Why the copy can be used:
 *
 * Who forks has the heap's lock while the copy is made.  So nothing that the lock
 * protects is half done, and there is no stop: a collection is over, or has not
 * begun.  Whoever waits for the lock in the parent has no counterpart in the
 * child, so there it is simply free.
 *
 * Without the lock, another thread may have been anywhere between two of its
 * instructions, and did not stop there as it does in a stop.  But it will never
 * go on in the child, and nobody but it has seen what it was about to do:
 *
 * - It had read `next` of a run and not yet written it: the cell is unborn, and
 *   goes back.  In a stop one cell is left to the thread, which may still hand it
 *   out; here nobody will, so all of them go back.
 * - It had written `next` and not yet returned the cell: that is an object which
 *   nothing points to, and the next collection's to find.
 * - It was clearing a run: what goes back counts as used before, and is cleared
 *   when it is claimed again.  The cell that it was to hand out first has old
 *   words in it.  Nothing points to it; if a word looks as if, the old words are
 *   looked at like others, and may keep something for a while.
 * - It was about to put a cell on a list of freed cells, or had just taken one
 *   from there, as `in_passing` says: its seal is broken, and it is an object that
 *   nothing points to.
 * - It was listing what is loaded, or loading: then a lock of the loader's stays
 *   taken in the child.  So who forks waits for those that list, and the child
 *   does without listing while nothing else is loaded (gc__roots_inherit).
 *
 * Who forks may have the lock already: in a visitor, or in a signal handler that
 * has interrupted it in here.  Then the child goes on with what it was doing, and
 * the other threads are forgotten when the lock is given back; until then they
 * count as stopped where a stop is going on, so that nobody waits for them.
 *
 * Or a signal handler has interrupted it while it was busy: then a stop that waits
 * for it to be done is called off, so that it gets the lock.
 *
 * Or it forks in a blocking section: then it has nothing in hand, and waits for
 * the lock as one that is not known; but its record is kept in the child.
 *
 * Between the handlers of fork those of other libraries are called, and they may
 * allocate.  So the thread that forks, and no other, finds the lock open in that
 * time.  In the child they may come before ours: whoever is first does what is
 * to be done. */

#include "gc/fork.h"

#include <unistd.h>

#include "gc/expected.h"
#include "gc/markers.h"
#include "gc/rest.h"
#include "platform/futex.h"
#include "platform/tasks.h"

enum {
    BUSY_NS = 50 * 1000,   /* until a busy thread tries the lock again */
    LISTER_NS = 50 * 1000, /* until the listing threads are counted again */
    MOST_WAITS = 2000,     /* then one of them waits for who forks */
};

static unsigned this_process(void)
{
    return (unsigned)getpid();
}

static bool is_in_child(const struct heap *heap)
{
    return heap->process != this_process();
}

/* True in the thread that forks, on either side.  In the child it is the first
 * thread of a process. */
static bool is_forking_here(const struct heap *heap)
{
    unsigned forking = AO_int_load(&heap->forking_task);
    if (forking == 0)
        return false;
    unsigned self = (unsigned)gc__task_self();
    return forking == self || (is_in_child(heap) && self == this_process());
}

static bool has_lock_already(const struct heap *heap, const struct thread *self)
{
    return self != &gc__nobody && heap->holder == self;
}

/* ------------------------------------------------------------------- parent */

static void take_lock(struct heap *heap, struct thread *self)
{
    if (!self->is_busy) {
        if (self->stop_is_due)
            gc__world_stop_here(self);
        gc__rest_for_lock(&heap->world, self == &gc__nobody ? NULL : self,
                          &heap->lock);
        return;
    }
    self->needs_lock = true;
    while (!gc__lock_await_for(&heap->lock, BUSY_NS))
        gc__world_wake(&heap->world);
    self->needs_lock = false;
}

/* The same, when no thread lists what is loaded. */
static void take_lock_after_listers(struct heap *heap, struct thread *self)
{
    take_lock(heap, self);
    for (unsigned wait = 0; wait < MOST_WAITS; wait++) {
        unsigned listers = AO_int_load(&heap->listers);
        if (listers == 0)
            return;
        lock_give_back(&heap->lock);
        gc__futex_wait(&heap->listers, listers, LISTER_NS);
        take_lock(heap, self);
    }
}

void gc__heap_fork_begins(struct heap *heap, struct thread *self)
{
    if (has_lock_already(heap, self) || is_forking_here(heap))
        return;
    take_lock_after_listers(heap, self);
    heap->is_unlocked_slowly = true;
    AO_int_store(&heap->forking_task, (unsigned)gc__task_self());
}

static void open_lock(struct heap *heap)
{
    AO_int_store(&heap->forking_task, 0);
    heap->is_unlocked_slowly = false;
    lock_give_back(&heap->lock);
}

void gc__heap_fork_ends(struct heap *heap)
{
    if (is_forking_here(heap))
        open_lock(heap);
}

/* -------------------------------------------------------------------- child */

static void forget_others(struct heap *heap, struct thread *self)
{
    struct world *world = &heap->world;
    struct thread *next, *kept = NULL;
    for (struct thread *at = world->threads; at != NULL; at = next) {
        next = at->next;
        if (at == self) {
            kept = self;
            continue;
        }
        gc__local_forget(&heap->variable, &at->local);
        at->next = world->unused;
        world->unused = at;
    }
    if (kept != NULL) {
        kept->next = NULL;
        kept->local.next = NULL;
    }
    world->threads = kept;
    world->count = kept != NULL;
    gc__world_expect_nobody(world);
    gc__markers_forget(&heap->marker);
}

/* In a stop, nobody waits for those that have not answered yet, and they have no
 * stack.  All else is left as it is: somebody may be working on it. */
static void silence_others(struct world *world, const struct thread *self)
{
    if (world->number % 2 == 0)
        return;
    for (struct thread *at = world->threads; at != NULL; at = at->next) {
        if (at == self || at->answered == world->number)
            continue;
        at->is_interrupted = true;
        at->is_in_section = false;
        at->saved[0] = at->saved[1] = (struct range){0, 0};
        at->stack_pointer = at->stack_base - WORD_BYTES;
        AO_int_store_release(&at->answered, world->number);
    }
    AO_int_store(&world->wanted, 0);
}

void gc__heap_fork_has_child(struct heap *heap, struct thread *self)
{
    if (!is_in_child(heap))
        return;
    bool is_locked_by_fork = is_forking_here(heap);
    if (!is_locked_by_fork && !has_lock_already(heap, self))
        return;
    heap->process = this_process();
    gc__roots_inherit(&heap->roots);
    AO_int_store(&heap->listers, 0);
    AO_int_store(&heap->world.sleepers, 0);
    if (self != &gc__nobody) {
        self->task = gc__task_self();
        self->is_to_pause = false; /* nobody is there to let it go on */
    }
    if (is_locked_by_fork) {
        forget_others(heap, self);
        open_lock(heap);
    } else {
        silence_others(&heap->world, self);
        heap->is_unlocked_slowly = heap->has_lost_others = true;
    }
}

bool gc__heap_is_of_this_process(struct heap *heap)
{
    if (is_in_child(heap) && is_forking_here(heap))
        gc__heap_fork_has_child(heap, thread_self());
    return !is_in_child(heap);
}

/* --------------------------------------------------------------- in between */

void gc__heap_lock_slowly(struct heap *heap, struct thread *thread)
{
    if (!is_forking_here(heap)) {
        gc__rest_for_lock(&heap->world, thread, &heap->lock);
    } else if (is_in_child(heap)) {
        gc__heap_fork_has_child(heap, thread_self());
        lock_take(&heap->lock);
    }
}

void gc__heap_unlock_slowly(struct heap *heap)
{
    if (AO_int_load(&heap->forking_task) != 0)
        return;
    if (heap->has_lost_others)
        forget_others(heap, thread_self());
    heap->has_lost_others = false;
    open_lock(heap);
}
