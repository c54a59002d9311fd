/* SPDX-License-Identifier: MIT */
/* Incremental mode, which there is none of: the kernel notes what a program writes
 * to, where that is of use, and nobody needs to be told. */

#include "compat/libgc.h"

enum { NS_PER_MS = 1000000, PROTECTS_HEAP = 1 };

static unsigned long time_limit_ns; /* besides whole milliseconds */
static int manual_vdb_allowed;
static int rate = 10;
static int max_prior_attempts = 1;

void GC_enable_incremental(void)
{
    prepare();
}

int GC_is_incremental_mode(void)
{
    return 0;
}

int GC_incremental_protection_needs(void)
{
    return PROTECTS_HEAP;
}

void GC_start_incremental_collection(void)
{
    prepare();
}

void GC_set_manual_vdb_allowed(int is_allowed)
{
    manual_vdb_allowed = is_allowed;
}

int GC_get_manual_vdb_allowed(void)
{
    return manual_vdb_allowed;
}

/* ------------------------------------------------------------- write barrier */

void GC_end_stubborn_change(const void *object)
{
    (void)object;
}

void GC_change_stubborn(const void *object)
{
    (void)object;
}

void GC_ptr_store_and_dirty(void *place, const void *pointer)
{
    *(const void **)place = pointer;
}

/* --------------------------------------------------- settings of no influence */

void GC_set_time_limit(unsigned long ms)
{
    GC_time_limit = ms;
}

unsigned long GC_get_time_limit(void)
{
    return GC_time_limit;
}

void GC_set_time_limit_tv(struct GC_timeval_s limit)
{
    GC_time_limit = limit.tv_ms;
    time_limit_ns = limit.tv_nsec % NS_PER_MS;
}

struct GC_timeval_s GC_get_time_limit_tv(void)
{
    return (struct GC_timeval_s){GC_time_limit, time_limit_ns};
}

void GC_set_full_freq(int collections)
{
    GC_full_freq = collections;
}

int GC_get_full_freq(void)
{
    return GC_full_freq;
}

void GC_set_rate(int value)
{
    rate = value;
}

int GC_get_rate(void)
{
    return rate;
}

void GC_set_max_prior_attempts(int attempts)
{
    max_prior_attempts = attempts;
}

int GC_get_max_prior_attempts(void)
{
    return max_prior_attempts;
}
