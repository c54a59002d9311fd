/* SPDX-License-Identifier: MIT */
/* Asking for a collection, and forbidding it. */

#include "compat/libgc.h"
#include "gc/api/private.h"
#include "include/tidemark.h"

static int never_stops(void)
{
    return 0;
}

static GC_stop_func stop_func = never_stops;
int gc__compat_only_by_call;

/* The function is asked once, before: a collection is not long enough to be worth
 * breaking off. */
int GC_try_to_collect(GC_stop_func stops)
{
    prepare();
    if (GC_dont_gc > 0 || stops())
        return 0;
    GC_word before = GC_gc_no;
    GC_collect();
    return GC_gc_no != before;
}

void GC_gcollect(void)
{
    GC_try_to_collect(stop_func);
}

void GC_gcollect_and_unmap(void)
{
    GC_try_to_collect(never_stops);
}

/* There is no work that is done in small pieces. */
int GC_collect_a_little(void)
{
    prepare();
    return 0;
}

void GC_enable(void)
{
    prepare();
    AO_int_fetch_and_add_full((unsigned *)&GC_dont_gc, (unsigned)-1);
}

void GC_disable(void)
{
    prepare();
    AO_int_fetch_and_add_full((unsigned *)&GC_dont_gc, 1);
}

int GC_is_disabled(void)
{
    return GC_dont_gc != 0;
}

void GC_set_stop_func(GC_stop_func function)
{
    stop_func = function;
}

GC_stop_func GC_get_stop_func(void)
{
    return stop_func;
}

void GC_set_disable_automatic_collection(int is_off)
{
    gc__compat_only_by_call = is_off;
}

int GC_get_disable_automatic_collection(void)
{
    return gc__compat_only_by_call;
}
