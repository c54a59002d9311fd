/* SPDX-License-Identifier: MIT */
#include "gc/section.h"

#include "gc/api/process.h"
#include "platform/kept_registers.h"

void *gc__call_blocking(gc_section_function *function, void *context,
                        const uintptr_t *kept)
    __attribute__((used, visibility("hidden")));
void *gc__call_active(gc_section_function *function, void *context,
                      const uintptr_t *kept)
    __attribute__((used, visibility("hidden")));

/* Where the thread cannot rest, it is just called: in a visitor, which has the
 * lock, in a section already, and without memory for a record. */
static struct thread *find_who_rests(void)
{
    struct thread *thread = gc__thread;
    if (gc__blocked != NULL)
        return NULL;
    if (thread == &gc__nobody)
        thread = gc__join();
    if (thread == NULL || heap_is_held_by(&gc__process.heap, thread))
        return NULL;
    return thread;
}

void *gc__call_blocking(gc_section_function *function, void *context,
                        const uintptr_t *kept)
{
    struct world *world = &gc__process.heap.world;
    struct thread *thread = find_who_rests();
    if (thread == NULL || !gc__section_begin(world, thread, kept))
        return function(context);
    void *result = function(context);
    gc__section_end(world, thread);
    return result;
}

void *gc__call_active(gc_section_function *function, void *context,
                      const uintptr_t *kept)
{
    struct world *world = &gc__process.heap.world;
    struct thread *thread = gc__blocked;
    if (thread == NULL)
        return function(context);
    gc__section_activate(world, thread, (uintptr_t)(kept + KEPT_REGISTERS));
    void *result = function(context);
    gc__section_rest(world, thread);
    return result;
}

DEFINE_CALL_ENTRY(gc_call_blocking, gc__call_blocking);
DEFINE_CALL_ENTRY(gc_call_active, gc__call_active);
