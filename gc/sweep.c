/* SPDX-License-Identifier: MIT */
#include "gc/sweep.h"

#include "alloc/release.h"

enum { RETURN_AGE = 3 }; /* collections */

void gc__sweep_begin(struct variable *heap)
{
    gc__variable_begin_sweep(heap);
}

void gc__sweep_rest(struct variable *heap)
{
    gc__variable_sweep_all(heap);
}

void gc__sweep_return_old(struct variable *heap)
{
    gc__release_free_blocks(heap, RETURN_AGE);
}

void gc__sweep_return_all(struct variable *heap)
{
    gc__variable_sweep_all(heap);
    gc__release_free_blocks(heap, 0);
    gc__release_free_pages(heap);
}
