/* SPDX-License-Identifier: MIT */
/* How large the heap may be, and how soon it is collected. */

#include "base/word.h"
#include "compat/libgc.h"
#include "include/tidemark.h"

/* Memory asked for in advance is a promise not to collect before it is used up. */
int GC_expand_hp(size_t bytes)
{
    prepare();
    size_t used = GC_get_heap_size();
    if (bytes > SIZE_MAX - used)
        return 0;
    return gc_set(TIDEMARK_HEAP_FLOOR,
                  larger(gc_get(TIDEMARK_HEAP_FLOOR), used + bytes));
}

void GC_set_max_heap_size(GC_word bytes)
{
    gc_set(TIDEMARK_HEAP_LIMIT, bytes);
}
