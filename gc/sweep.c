/* SPDX-License-Identifier: MIT */
#include "gc/sweep.h"

#include "alloc/release.h"

enum { RETURN_INTERVAL_NS = 500 * 1000 * 1000 };

void gc__sweep_begin(struct variable *heap)
{
    gc__variable_begin_sweep(heap);
}

void gc__sweep_show(struct variable *heap)
{
    gc__variable_show_dead(heap);
}

void gc__sweep_rest(struct variable *heap)
{
    gc__variable_sweep_all(heap);
}

void gc__sweep_return_old(struct variable *heap, struct return_clock *clock,
                          uint64_t now_ns)
{
    if (now_ns - clock->ns < RETURN_INTERVAL_NS)
        return;
    gc__release_free_blocks(heap, heap->cycle - clock->cycle);
    *clock = (struct return_clock){now_ns, heap->cycle};
}

void gc__sweep_return_all(struct variable *heap)
{
    gc__variable_sweep_all(heap);
    gc__release_free_blocks(heap, 0);
    gc__release_free_pages(heap);
}
