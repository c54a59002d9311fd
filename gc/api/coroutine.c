/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "gc/api/process.h"
#include "platform/kept_registers.h"

struct gc_stack *gc_stack_new(void *low, size_t bytes)
{
    uintptr_t address = (uintptr_t)low;
    if (bytes == 0 || bytes > UINTPTR_MAX - address) {
        errno = EINVAL;
        return NULL;
    }
    if (gc__lock(gc__enter()) == NULL)
        return NULL;
    struct gc_stack *stack = gc__stacks_add(
        &gc__process.heap.stacks, (struct range){address, address + bytes});
    gc__unlock();
    if (stack == NULL)
        errno = ENOMEM;
    return stack;
}

void gc_stack_delete(struct gc_stack *stack)
{
    if (stack == NULL || gc__lock(gc__enter()) == NULL)
        return;
    gc__stacks_remove(&gc__process.heap.stacks, stack);
    gc__unlock();
}

void gc__stack_switched(void *to, const uintptr_t *kept)
    __attribute__((used, visibility("hidden")));

/* A thread on its way out of its stack is not refused anywhere: all that is
 * written is its own.  In a blocking section nothing is to be noted: its stack is
 * looked at from where that began. */
void gc__stack_switched(void *to, const uintptr_t *kept)
{
    struct thread *thread = gc__thread;
    if (gc__blocked != NULL)
        return;
    if (thread == &gc__nobody)
        thread = gc__join();
    if (thread != NULL)
        gc__stacks_switch(&gc__process.heap, thread, to, kept);
}

DEFINE_ENTRY(gc_stack_switch, gc__stack_switched);
