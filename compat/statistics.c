/* SPDX-License-Identifier: MIT */
#include "compat/libgc.h"
#include "gc/api/private.h"
#include "include/tidemark.h"

size_t GC_get_heap_size(void)
{
    struct gc_stats stats;
    gc_stats(&stats, sizeof stats);
    return stats.heap_bytes + stats.free_bytes;
}
