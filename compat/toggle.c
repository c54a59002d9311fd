/* SPDX-License-Identifier: MIT */
/* Toggle references, which are the core's. */

#include <errno.h>
#include <stddef.h>

#include "compat/libgc.h"
#include "include/tidemark.h"

static GC_toggleref_func toggleref_func;

static enum gc_toggle decide(void *object, void *context)
{
    static const enum gc_toggle toggles[] = {
        [GC_TOGGLE_REF_DROP] = TIDEMARK_TOGGLE_DROP,
        [GC_TOGGLE_REF_STRONG] = TIDEMARK_TOGGLE_STRONG,
        [GC_TOGGLE_REF_WEAK] = TIDEMARK_TOGGLE_WEAK,
    };
    (void)context;
    return toggles[toggleref_func(object)];
}

/* Without a function there are none. */
int GC_toggleref_add(void *object, int is_strong)
{
    prepare();
    if (toggleref_func == NULL)
        return GC_SUCCESS;
    bool is_added = gc_toggle_set(object, is_strong ? TIDEMARK_TOGGLE_STRONG
                                                    : TIDEMARK_TOGGLE_WEAK);
    return is_added || errno != ENOMEM ? GC_SUCCESS : GC_NO_MEMORY;
}

void GC_set_toggleref_func(GC_toggleref_func function)
{
    toggleref_func = function;
    gc_set_toggle_function(function == NULL ? NULL : decide, NULL);
}

GC_toggleref_func GC_get_toggleref_func(void)
{
    return toggleref_func;
}
