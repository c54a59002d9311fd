/* SPDX-License-Identifier: MIT */
/* Finalizers: setting them, and calling them.
 *
 * They are called without the lock, one after the other: each is taken from the
 * table under the lock, and the object and its data live by this thread's stack
 * from then on.  So whatever a finalizer does, leave by longjmp included, the rest
 * are where they were.
 *
 * A finalizer may allocate, and so find others ready, which are called inside of
 * it, but not deeper than some levels.  How deep a thread is in them can be wrong
 * after a longjmp: so what is noted is the frame of each call.  Frames that lie
 * below the present one in the stack are not there any more. */

#include "gc/api/finalize.h"

#include "gc/api/private.h"

static const enum finalizer_order orders[] = {
    [TIDEMARK_NO_ORDER] = FINALIZE_NO_ORDER,
    [TIDEMARK_IGNORE_SELF] = FINALIZE_IGNORE_SELF,
    [TIDEMARK_ORDERED] = FINALIZE_ORDERED,
    [TIDEMARK_UNREACHABLE] = FINALIZE_UNREACHABLE,
};

/* ------------------------------------------------------------------ setting */

struct thread *gc__lock_object(const void *pointer, struct cell *cell)
{
    struct heap *heap = &gc__process.heap;
    struct thread *thread = gc__lock(gc__enter());
    if (thread == NULL)
        return NULL;
    if (heap_map_find(&heap->variable.map, (uintptr_t)pointer, cell) &&
        gc__variable_is_object(&heap->variable, &heap->world.threads->local,
                               *cell))
        return thread;
    gc__unlock();
    errno = EINVAL;
    return NULL;
}

static enum finalizer_answer ask(struct cell cell, struct finalizer *old)
{
    *old = gc__finalizer_of(&gc__process.heap.finalizers,
                            &gc__process.heap.variable, cell);
    return FINALIZER_IS_SET;
}

static enum finalizer_answer
set(struct cell cell, const struct gc_finalization *now, struct finalizer *old)
{
    struct finalizer wanted = {now->run, now->data, orders[now->order]};
    return gc__finalizer_set(&gc__process.heap.finalizers,
                             &gc__process.heap.variable, cell, &wanted, old);
}

bool gc_replace_finalizer(void *object, const struct gc_finalization *now,
                          struct gc_finalization *before)
{
    struct cell cell;
    struct finalizer old;
    if (now != NULL && (unsigned)now->order >= FINALIZER_ORDERS) {
        errno = EINVAL;
        return false;
    }
    if (gc__lock_object(object, &cell) == NULL)
        return false;
    enum finalizer_answer answer =
        now == NULL ? ask(cell, &old) : set(cell, now, &old);
    gc__unlock();
    if (answer != FINALIZER_IS_SET) {
        errno = ENOMEM;
        return false;
    }
    if (before != NULL)
        *before = (struct gc_finalization){old.run, old.data,
                                           (enum gc_order)old.order};
    return true;
}

bool gc_set_finalizer(void *object, gc_finalizer *run, void *data)
{
    struct gc_finalization now = {run, data, TIDEMARK_NO_ORDER};
    return gc_replace_finalizer(object, &now, NULL);
}

/* ------------------------------------------------------------------ calling */

/* Forgets the frames of this stack that are gone. */
static void leave_lost_frames(struct thread *thread, uintptr_t frame)
{
    while (thread->finalizing_depth > 0 &&
           thread->finalizing[thread->finalizing_depth - 1] <= frame)
        thread->finalizing_depth--;
}

/* Where the thread is too deep in finalizers, calls that the program has not asked
 * for are let through once in a while, and less and less often: the depth might be
 * wrong where a program switches stacks. */
static bool is_let_through(struct thread *thread)
{
    if (++thread->finalizing_skipped < thread->finalizing_patience)
        return false;
    thread->finalizing_skipped = 0;
    thread->finalizing_patience *= 2;
    return true;
}

/* Notes that the thread calls finalizers in `frame`, unless it is too deep in them
 * already; then it is not to call any, if the program has not asked for it. */
static bool begin_calling(struct thread *thread, uintptr_t frame, bool is_asked)
{
    if (thread->finalizing_depth == FINALIZING_MAX)
        return is_asked || is_let_through(thread);
    if (thread->finalizing_depth == 0)
        thread->finalizing_patience = FINALIZING_PATIENCE;
    thread->finalizing[thread->finalizing_depth++] = frame;
    return true;
}

static bool take(struct thread *thread, struct finalizer_call *call)
{
    struct heap *heap = &gc__process.heap;
    if (finalizers_ready(&heap->finalizers) == 0)
        return false;
    gc__lock(thread);
    bool is_taken = gc__finalizer_take(&heap->finalizers, call);
    gc__unlock();
    return is_taken;
}

static size_t call_all(struct thread *thread, bool is_asked)
{
    uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
    size_t count = 0;
    struct finalizer_call call;
    leave_lost_frames(thread, frame);
    unsigned depth = thread->finalizing_depth;
    if (!begin_calling(thread, frame, is_asked))
        return 0;
    for (; take(thread, &call); count++)
        call.run(call.object, call.data);
    thread->finalizing_depth = depth;
    return count;
}

static void notify(void)
{
    gc_finalizer_notifier *notifier = gc__process.finalizer_notifier;
    if (gc__process.finalizing == TIDEMARK_FINALIZE_ON_DEMAND &&
        notifier != NULL && gc_ready_finalizers() > 0)
        notifier(gc__process.finalizer_context);
}

/* Calls the thread that is to do it.  True if there is none to be had. */
static bool must_replace_thread(void)
{
    return gc__process.finalizing == TIDEMARK_FINALIZE_IN_THREAD &&
           gc_ready_finalizers() > 0 && !gc__finalize_in_thread();
}

/* Not where the thread keeps the lock: another time, then. */
void gc__finalize_now(struct thread *thread)
{
    int saved_errno = errno;
    bool has_collected = thread->has_collected;
    if (heap_has_lock(&gc__process.heap, thread))
        return;
    thread->has_collected = false;
    if (gc__process.finalizing == TIDEMARK_FINALIZE_SOON ||
        (has_collected && must_replace_thread()))
        call_all(thread, false);
    else if (has_collected)
        notify();
    errno = saved_errno;
}

size_t gc_run_finalizers(void)
{
    struct thread *thread = gc__enter();
    return thread == NULL ? 0 : call_all(thread, true);
}

size_t gc_ready_finalizers(void)
{
    return finalizers_ready(&gc__process.heap.finalizers);
}

bool gc_set_finalizing(enum gc_finalizing how, gc_finalizer_notifier *notifier,
                       void *context)
{
    if ((unsigned)how > TIDEMARK_FINALIZE_IN_THREAD)
        return false;
    if (gc__lock(gc__enter()) == NULL)
        return false;
    gc__process.finalizing = how;
    gc__process.finalizer_notifier = notifier;
    gc__process.finalizer_context = context;
    gc__unlock();
    return true;
}

/* ---------------------------------------------------------- for libgc.so.1 */

void gc__choose_finalizing(enum gc_finalizing how)
{
    gc__process.finalizing = how;
}

size_t gc__ready_all_finalizers(void)
{
    if (gc__lock(gc__enter()) == NULL)
        return 0;
    gc__finalizers_make_all_ready(&gc__process.heap.finalizers);
    gc__unlock();
    return gc_ready_finalizers();
}

void *gc__object_in_cycle(void)
{
    return (void *)~gc__process.heap.finalizers.in_cycle;
}
