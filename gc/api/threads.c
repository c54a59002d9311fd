/* SPDX-License-Identifier: MIT */
/* What libgc.so.1 needs to know of threads, and to do to them. */

#include "gc/api/private.h"
#include "gc/api/process.h"
#include "gc/hold.h"
#include "gc/pause.h"
#include "platform/stack_bounds.h"
#include "platform/stop_signal.h"

unsigned gc__registrations(void)
{
    return thread_self()->registrations;
}

/* ------------------------------------------------------------------- stacks */

void *gc__stack_end(void)
{
    struct stack_bounds bounds;
    const struct thread *thread = thread_self();
    if (thread != &gc__nobody)
        return (void *)thread->stack_base;
    return gc__stack_bounds(&bounds) ? (void *)bounds.stack.high : NULL;
}

static bool is_main(const struct thread *thread)
{
    return (unsigned)thread->task == gc__process.heap.process;
}

void *gc__stack_bottom(void **thread)
{
    const struct heap *heap = &gc__process.heap;
    struct thread *self = thread_self();
    if (self == &gc__nobody)
        self = gc__join();
    if (self == NULL)
        return NULL;
    if (thread != NULL)
        *thread = self;
    if (is_main(self) && heap->hooks->main_stack_bottom != NULL)
        return *heap->hooks->main_stack_bottom;
    return (void *)(self->told_bottom != 0 ? self->told_bottom
                                           : self->stack_base);
}

void gc__tell_stack_bottom(void *thread, void *bottom)
{
    const struct hooks *hooks = gc__process.heap.hooks;
    struct thread *which = thread == NULL ? thread_self() : thread;
    if (which == &gc__nobody)
        return;
    if (is_main(which) && hooks->main_stack_bottom != NULL)
        *hooks->main_stack_bottom = bottom;
    which->told_bottom = (uintptr_t)bottom;
}

void gc__set_signal_stack(void *low, size_t bytes)
{
    struct heap *heap = &gc__process.heap;
    struct thread *thread = gc__lock(gc__enter());
    uintptr_t address = (uintptr_t)low;
    if (thread == NULL)
        return;
    if (thread->signal_stack != NULL)
        gc__stacks_remove(&heap->stacks, thread->signal_stack);
    thread->signal_stack = NULL;
    if (low != NULL && bytes <= UINTPTR_MAX - address)
        thread->signal_stack = gc__stacks_add(
            &heap->stacks, (struct range){address, address + bytes});
    gc__unlock();
}

/* ------------------------------------------------------- stopping and pausing */

bool gc__stop_others(void)
{
    struct thread *thread = gc__enter();
    return thread != NULL && gc__heap_stop_others(&gc__process.heap, thread);
}

void gc__let_others_go(void)
{
    gc__world_resume(&gc__process.heap.world);
    heap_unlock(&gc__process.heap);
}

void gc__pause_thread(pthread_t thread)
{
    struct thread *self = gc__enter();
    if (self != NULL)
        gc__pause(&gc__process.heap, self, (uintptr_t)thread);
}

void gc__let_thread_go(pthread_t thread)
{
    struct thread *self = gc__enter();
    if (self != NULL)
        gc__pause_ends(&gc__process.heap, self, (uintptr_t)thread);
}

bool gc__is_paused(pthread_t thread)
{
    struct thread *self = gc__enter();
    return self != NULL &&
           gc__pauses(&gc__process.heap, self, (uintptr_t)thread);
}

void gc__set_thread_watcher(void (*on_thread)(bool is_stopped,
                                              uintptr_t thread))
{
    if (gc__lock(gc__enter()) == NULL)
        return;
    gc__process.heap.world.on_thread = on_thread;
    gc__unlock();
}

void gc__let_stop_signal_in(void)
{
    size_t signal = gc_get(TIDEMARK_STOP_SIGNAL);
    if (signal != 0)
        gc__stop_signal_let_in((int)signal);
}

unsigned gc__helpers(void)
{
    return (unsigned)gc__markers_threads(&gc__process.heap.marker);
}
