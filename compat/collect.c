/* SPDX-License-Identifier: MIT */
/* Asking for a collection, and forbidding it. */

#include "compat/hooks.h"
#include "compat/libgc.h"
#include "gc/api/private.h"

/* Stands for no function, so that several threads may mark. */
static int never_stops(void)
{
    return 0;
}

GC_stop_func gc__compat_stop_func;
int gc__compat_only_by_call;

int GC_try_to_collect(GC_stop_func stops)
{
    prepare();
    return gc__collect_unless(stops);
}

void GC_gcollect(void)
{
    prepare();
    gc__collect_unless(gc__compat_stop_func);
}

void GC_gcollect_and_unmap(void)
{
    prepare();
    gc__collect_unless(NULL);
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
    gc__compat_stop_func = function == never_stops ? NULL : function;
}

GC_stop_func GC_get_stop_func(void)
{
    return gc__compat_stop_func == NULL ? never_stops : gc__compat_stop_func;
}

void GC_set_disable_automatic_collection(int is_off)
{
    gc__compat_only_by_call = is_off;
}

int GC_get_disable_automatic_collection(void)
{
    return gc__compat_only_by_call;
}
