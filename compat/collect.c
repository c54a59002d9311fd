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
static int no_automatic_collection;

void GC_gcollect(void)
{
    prepare();
    GC_collect();
}

void GC_gcollect_and_unmap(void)
{
    prepare();
    GC_collect();
}

void GC_enable(void)
{
    prepare();
    GC_dont_gc--;
}

void GC_disable(void)
{
    prepare();
    GC_dont_gc++;
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
    no_automatic_collection = is_off;
}

int GC_get_disable_automatic_collection(void)
{
    return no_automatic_collection;
}
