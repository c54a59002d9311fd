/* SPDX-License-Identifier: MIT */
/* The allocation lock: who has it is not disturbed by a collection.  It is the
 * heap's own, and the thread that keeps it may allocate meanwhile. */

#include "compat/libgc.h"
#include "gc/api/private.h"

void *GC_call_with_alloc_lock(GC_fn_type function, void *argument)
{
    prepare();
    bool is_kept = gc__keep();
    void *result = function(argument);
    if (is_kept)
        gc__let_go();
    return result;
}

void GC_alloc_lock(void)
{
    prepare();
    gc__keep();
}

void GC_alloc_unlock(void)
{
    gc__let_go();
}
