/* SPDX-License-Identifier: MIT */
#include "gc/heap.h"

#include "platform/clock.h"

enum { COLLECTOR_STACK_BYTES = 256 << 10 };

bool gc__heap_init(struct heap *heap, struct range own)
{
    *heap = (struct heap){
        .pace = {.floor_bytes = DEFAULT_FLOOR_BYTES,
                 .growth_percent = DEFAULT_GROWTH_PERCENT},
        .word_step = WORD_BYTES,
        .start_ns = gc__clock_ns(),
    };
    if (!gc__variable_init(&heap->variable))
        return false;
    gc__marker_init(&heap->marker, &heap->variable);
    /* What a collection cannot do without is there before memory runs out. */
    if (!gc__roots_init(&heap->roots, own) ||
        !gc__pages_map(COLLECTOR_STACK_BYTES, &heap->stack)) {
        gc__heap_finish(heap);
        return false;
    }
    gc__heap_adjust(heap);
    return true;
}

void gc__heap_finish(struct heap *heap)
{
    gc__pages_unmap(heap->stack);
    gc__roots_finish(&heap->roots);
    gc__marker_finish(&heap->marker);
    gc__variable_finish(&heap->variable);
}

void gc__heap_adjust(struct heap *heap)
{
    struct variable *variable = &heap->variable;
    gc__pace_set_goal(&heap->pace);
    variable->allowance_bytes = gc__pace_allowance(&heap->pace);
    variable->limit_blocks = heap->pace.limit_bytes == 0
                                 ? SIZE_MAX
                                 : heap->pace.limit_bytes >> BLOCK_SHIFT;
    /* Under stress every allocation is to come by here. */
    gc__variable_set_caching(variable, heap->stress == 0);
}

void gc__heap_settle(struct heap *heap, struct thread *thread)
{
    gc__variable_sweep_all(&heap->variable);
    gc__local_retire(&heap->variable, &thread->local);
}

/* ------------------------------------------------------------- allocating */

static void *try_alloc(struct heap *heap, struct thread *thread, enum kind kind,
                       size_t bytes, size_t alignment, enum refusal *why)
{
    bytes = larger(bytes, 1);
    /* Cells of a class whose size is a multiple of the alignment are aligned,
     * and the class of a multiple of a power of two is one. */
    if (alignment > GRANULE_BYTES && alignment <= SIZE_CLASS_MAX_BYTES &&
        bytes <= SIZE_CLASS_MAX_BYTES)
        bytes = round_up(bytes, alignment);
    if (bytes > SIZE_CLASS_MAX_BYTES || alignment > SIZE_CLASS_MAX_BYTES)
        return gc__variable_alloc_large(&heap->variable, kind, bytes, alignment,
                                        why);
    return gc__variable_alloc_small(&heap->variable, &thread->local, kind,
                                    bytes, why);
}

static void collect_under_stress(struct heap *heap, struct thread *thread)
{
    if (heap->stress == 0 || heap->disabled > 0 ||
        ++heap->stress_count < heap->stress)
        return;
    heap->stress_count = 0;
    gc__heap_collect(heap, thread, CAUSE_STRESS);
}

static bool collect_because(struct heap *heap, struct thread *thread,
                            enum refusal why)
{
    if (heap->disabled > 0 || why == REFUSED_FOR_EVER)
        return false;
    return gc__heap_collect(heap, thread,
                            why == REFUSED_BY_GOAL ? CAUSE_GOAL : CAUSE_MEMORY);
}

/* Lets the heap grow by `bytes` and as much again as between two collections:
 * there has just been one, or there may be none. */
static void extend_allowance(struct heap *heap, size_t bytes)
{
    struct variable *variable = &heap->variable;
    variable->allowance_bytes =
        variable->since_bytes + bytes + gc__pace_allowance(&heap->pace);
}

void *gc__heap_alloc(struct heap *heap, struct thread *thread, enum kind kind,
                     size_t bytes, size_t alignment)
{
    enum refusal why = REFUSED_NOT;
    if (heap->is_collecting)
        return NULL;
    collect_under_stress(heap, thread);
    void *object = try_alloc(heap, thread, kind, bytes, alignment, &why);
    if (object == NULL && collect_because(heap, thread, why))
        object = try_alloc(heap, thread, kind, bytes, alignment, &why);
    if (object == NULL && why == REFUSED_BY_GOAL) {
        extend_allowance(heap, bytes);
        object = try_alloc(heap, thread, kind, bytes, alignment, &why);
    }
    return object;
}
