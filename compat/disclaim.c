/* SPDX-License-Identifier: MIT */
/* Functions that are told of dead objects as these are swept, and objects with
 * such a finalizer from their birth. */

#include <stdint.h>

#include "base/word.h"
#include "compat/descriptors.h"
#include "compat/kinds.h"
#include "compat/libgc.h"

struct GC_finalizer_closure {
    GC_finalization_proc proc;
    void *cd;
};

/* In front of an object: its closure, with the lowest bit set; 0 while it has just
 * been handed out, and when the finalizer has been called. */
struct finalized {
    uintptr_t closure;
    char object[];
};

enum { IS_SET = 1 };

static int finalized_kind; /* 0: not made yet */

static int finalize(void *cell)
{
    struct finalized *finalized = cell;
    const struct GC_finalizer_closure *closure =
        (const struct GC_finalizer_closure *)(finalized->closure &
                                              ~(uintptr_t)IS_SET);
    bool is_due = (finalized->closure & IS_SET) != 0;
    finalized->closure = 0;
    if (is_due)
        closure->proc(finalized->object, closure->cd);
    return 0;
}

void GC_init_finalized_malloc(void)
{
    prepare();
    GC_alloc_lock();
    if (finalized_kind == 0) {
        GC_register_displacement(sizeof(struct finalized));
        /* The closure may be an object itself, of debug allocation even. */
        GC_register_displacement(IS_SET);
        GC_register_displacement(GC_get_debug_header_size() + IS_SET);
        finalized_kind = (int)GC_new_kind_inner(GC_new_free_list_inner(),
                                                DESCRIPTOR_LENGTH, true, true);
        GC_register_disclaim_proc(finalized_kind, finalize, true);
    }
    GC_alloc_unlock();
}

void *GC_finalized_malloc(size_t bytes,
                          const struct GC_finalizer_closure *closure)
{
    if (finalized_kind == 0)
        GC_init_finalized_malloc();
    size_t whole = bytes + sizeof(struct finalized);
    struct finalized *finalized =
        GC_generic_malloc(whole < bytes ? SIZE_MAX : whole, finalized_kind);
    if (finalized == NULL)
        return NULL;
    finalized->closure = (uintptr_t)closure | IS_SET;
    return finalized->object;
}
