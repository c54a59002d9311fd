/* SPDX-License-Identifier: MIT */
#include "gc/api/finalize.h"
#include "gc/api/private.h"

bool gc__collect_unless(gc__question *gives_up)
{
    struct heap *heap = &gc__process.heap;
    struct thread *thread = gc__enter();
    if (thread == NULL || !heap_may_collect(heap))
        return false;
    bool is_done = gc__heap_collect(heap, thread, CAUSE_CALL, ALWAYS, gives_up);
    gc__finalize_if_due(thread);
    return is_done;
}

void GC_collect(void)
{
    gc__collect_unless(NULL);
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
