/* SPDX-License-Identifier: MIT */
#include "gc/api/process.h"

void GC_collect(void)
{
    struct thread *thread = gc__enter();
    if (thread != NULL && gc__process.heap.disabled == 0)
        gc__heap_collect(&gc__process.heap, thread, CAUSE_CALL);
}

void gc_disable(void)
{
    if (gc__enter() != NULL)
        gc__process.heap.disabled++;
}

void gc_enable(void)
{
    if (gc__enter() != NULL && gc__process.heap.disabled > 0)
        gc__process.heap.disabled--;
}

static struct range range_of(const void *low, const void *high)
{
    return (struct range){(uintptr_t)low, (uintptr_t)high};
}

bool gc_add_roots(const void *low, const void *high)
{
    return gc__enter() != NULL &&
           gc__roots_add(&gc__process.heap.roots, range_of(low, high));
}

bool gc_remove_roots(const void *low, const void *high)
{
    return gc__enter() != NULL &&
           gc__roots_remove(&gc__process.heap.roots, range_of(low, high));
}
