/* SPDX-License-Identifier: MIT */
/* Toggle references: objects of which the program is asked at each collection
 * whether it needs them still.
 *
 * A record has a weak link to its object, and while the answer is STRONG the
 * object is marked as a root.  Collections only write to records; they are freed,
 * with their links, when another one is added. */

#include <stdbool.h>
#include <stddef.h>

#include "compat/finalize.h"
#include "compat/libgc.h"
#include "gc/api/private.h"
#include "include/tidemark.h"

struct toggle {
    void *object; /* a short link */
    bool is_strong;
    bool is_dropped;
    struct toggle *next;
};

/* Guarded by the allocation lock. */
static struct toggle *toggles;
static GC_toggleref_func toggleref_func;

void gc__compat_ask_toggles(void)
{
    if (toggleref_func == NULL)
        return;
    for (struct toggle *at = toggles; at != NULL; at = at->next) {
        if (at->object == NULL || at->is_dropped)
            continue;
        GC_ToggleRefStatus status = toggleref_func(at->object);
        at->is_strong = status == GC_TOGGLE_REF_STRONG;
        at->is_dropped = status == GC_TOGGLE_REF_DROP;
    }
}

void gc__compat_mark_toggles(void)
{
    for (struct toggle *at = toggles; at != NULL; at = at->next)
        if (at->is_strong)
            gc__mark_from(&at->object, &at->object + 1);
}

static void free_dropped(void)
{
    struct toggle **link = &toggles;
    while (*link != NULL) {
        struct toggle *at = *link;
        if (at->object != NULL && !at->is_dropped) {
            link = &at->next;
            continue;
        }
        *link = at->next;
        gc_link_remove(&at->object, TIDEMARK_SHORT_LINK);
        gc_free(at);
    }
}

static bool add(void *object, bool is_strong)
{
    struct toggle *toggle = gc_malloc_atomic_uncollectable(sizeof *toggle);
    if (toggle == NULL)
        return false;
    *toggle = (struct toggle){object, is_strong, false, NULL};
    if (gc_link_add(&toggle->object, object, TIDEMARK_SHORT_LINK) !=
        TIDEMARK_LINK_DONE) {
        gc_free(toggle);
        return false;
    }
    toggle->next = toggles;
    toggles = toggle;
    return true;
}

int GC_toggleref_add(void *object, int is_strong)
{
    prepare();
    if (toggleref_func == NULL)
        return GC_SUCCESS;
    bool is_kept = gc__keep();
    free_dropped();
    bool is_added = add(object, is_strong != 0);
    if (is_kept)
        gc__let_go();
    return is_added ? GC_SUCCESS : GC_NO_MEMORY;
}

void GC_set_toggleref_func(GC_toggleref_func function)
{
    toggleref_func = function;
}

GC_toggleref_func GC_get_toggleref_func(void)
{
    return toggleref_func;
}
