/* SPDX-License-Identifier: MIT */
#include "gc/api/finalize.h"

void GC_collect(void)
{
    struct thread *thread = gc__enter();
    if (thread == NULL || !heap_may_collect(&gc__process.heap))
        return;
    gc__heap_collect(&gc__process.heap, thread, CAUSE_CALL, ALWAYS);
    gc__finalize_if_due(thread);
}

void gc_disable(void)
{
    if (gc__lock(gc__enter()) == NULL)
        return;
    gc__process.heap.disabled++;
    gc__unlock();
}

void gc_enable(void)
{
    if (gc__lock(gc__enter()) == NULL)
        return;
    gc__process.heap.disabled -= gc__process.heap.disabled > 0;
    gc__unlock();
}

static struct range range_of(const void *low, const void *high)
{
    return (struct range){(uintptr_t)low, (uintptr_t)high};
}

bool gc_add_roots(const void *low, const void *high)
{
    if (gc__lock(gc__enter()) == NULL)
        return false;
    bool is_added = gc__roots_add(&gc__process.heap.roots, range_of(low, high));
    gc__unlock();
    return is_added;
}

bool gc_remove_roots(const void *low, const void *high)
{
    if (gc__lock(gc__enter()) == NULL)
        return false;
    bool is_removed =
        gc__roots_remove(&gc__process.heap.roots, range_of(low, high));
    gc__unlock();
    return is_removed;
}
