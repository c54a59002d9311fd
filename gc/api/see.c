/* SPDX-License-Identifier: MIT */
#include "gc/api/process.h"

void GC_dump_stats(FILE *file)
{
    if (gc__enter() == NULL)
        return;
    if (file == NULL)
        file = stderr;
    const struct heap *heap = &gc__process.heap;
    fprintf(file, "collections  %zu\n", heap->totals.collections);
    fprintf(file, "heap         %zu bytes\n",
            variable_used_bytes(&heap->variable));
    fprintf(file, "live         %zu bytes\n", heap->pace.live_bytes);
    fprintf(file, "goal         %zu bytes\n", heap->pace.goal_bytes);
}
