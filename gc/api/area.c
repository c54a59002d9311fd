/* SPDX-License-Identifier: MIT */
#include "gc/api/area.h"

#include <errno.h>

#include "platform/pages.h"

static bool map(struct range *memory, size_t bytes)
{
    if (gc__pages_map(bytes, memory))
        return true;
    errno = ENOMEM;
    return false;
}

static bool take_object(struct range *memory, size_t bytes)
{
    uintptr_t object = (uintptr_t)gc_malloc(bytes);
    *memory = (struct range){object, object + bytes};
    return object != 0;
}

bool gc__area_new(struct area *area, size_t bytes, enum gc_memory where)
{
    area->where = where;
    switch (where) {
    case TIDEMARK_ON_SYSTEM:
        return map(&area->memory, bytes);
    case TIDEMARK_ON_HEAP:
        return take_object(&area->memory, bytes);
    }
    errno = EINVAL;
    return false;
}

void gc__area_delete(const struct area *area)
{
    if (area->where == TIDEMARK_ON_HEAP)
        gc_free((void *)area->memory.low);
    else
        gc__pages_unmap(area->memory);
}
