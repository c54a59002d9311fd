/* SPDX-License-Identifier: MIT */
#include "gc/growing.h"

#include "platform/pages.h"

void gc__growing_init(struct growing *array, size_t entry_bytes)
{
    *array = (struct growing){.entry_bytes = entry_bytes};
}

void gc__growing_finish(struct growing *array)
{
    for (unsigned i = 0; i < GROWING_AREAS; i++)
        gc__pages_unmap(array->areas[i]);
    gc__growing_init(array, array->entry_bytes);
}

void *gc__growing_append(struct growing *array)
{
    unsigned area = growing_area(array->count);
    if (area == GROWING_AREAS)
        return NULL;
    if (range_size(array->areas[area]) == 0 &&
        !gc__pages_map(growing_area_entries(area) * array->entry_bytes,
                       &array->areas[area]))
        return NULL;
    return growing_at(array, array->count++);
}
