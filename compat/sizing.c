/* SPDX-License-Identifier: MIT */
/* How large the heap may be, and how soon it is collected. */

#include <stdint.h>
#include <stdlib.h>

#include "base/word.h"
#include "compat/hooks.h"
#include "compat/libgc.h"
#include "compat/sizing.h"
#include "gc/api/private.h"
#include "gc/pace.h"
#include "include/tidemark.h"

/* A divisor of 3, which is where everybody begins, stands for the growth that the
 * core begins with, 1.75: the part that the heap grows by is 2.25 / divisor. */
enum { DIVISOR_PERCENT = 225, CRAMPED_PERCENT = 110, USUAL_DIVISOR = 3 };

static GC_word max_heap_bytes;
static size_t min_bytes_allocd = 1;
static size_t
    expanded_bytes; /* that the heap counts as, since it was asked for */
static size_t applied_percent = 100 + DIVISOR_PERCENT / USUAL_DIVISOR;

/* ------------------------------------------------------------------- growing */

static size_t growth_percent(void)
{
    enum { LEAST = 105 };
    if (GC_dont_expand)
        return CRAMPED_PERCENT;
    return larger(100 + DIVISOR_PERCENT / larger(GC_free_space_divisor, 1),
                  LEAST);
}

/* A growth that was set by other means stays until something changes here. */
void gc__compat_read_growth(void)
{
    size_t percent = growth_percent();
    if (percent != applied_percent)
        gc__set_growth(percent);
    applied_percent = percent;
}

static void apply_growth(void)
{
    if (!gc__keep())
        return;
    gc__compat_read_growth();
    gc__let_go();
}

void GC_set_free_space_divisor(GC_word divisor)
{
    GC_free_space_divisor = divisor;
    if (gc__compat_was_prepared())
        apply_growth();
}

GC_word GC_get_free_space_divisor(void)
{
    return GC_free_space_divisor;
}

void GC_set_dont_expand(int is_on)
{
    GC_dont_expand = is_on;
    if (gc__compat_was_prepared())
        apply_growth();
}

int GC_get_dont_expand(void)
{
    return GC_dont_expand;
}

/* ---------------------------------------------------------------------- size */

/* Memory that is asked for in advance is a promise: there is no collection before
 * it has been used up.  No page of it is touched. */
int GC_expand_hp(size_t bytes)
{
    struct figures figures;
    prepare();
    gc__figures(&figures);
    size_t used = larger(figures.heap_bytes, expanded_bytes);
    if (bytes > SIZE_MAX - used)
        return 0;
    expanded_bytes = used + bytes;
    gc_set(TIDEMARK_HEAP_FLOOR,
           larger(gc_get(TIDEMARK_HEAP_FLOOR), expanded_bytes));
    gc__compat_tell_growth();
    return 1;
}

size_t gc__compat_expanded_bytes(void)
{
    return expanded_bytes;
}

/* A quarter more than the core begins with saves these programs collections while
 * they are small, for so much more memory at most.  What was set by other means
 * stays. */
void gc__compat_raise_floor(void)
{
    enum { FLOOR_BYTES = DEFAULT_FLOOR_BYTES / 4 * 5 };
    if (secure_getenv("TIDEMARK_HEAP_FLOOR") == NULL &&
        gc_get(TIDEMARK_HEAP_FLOOR) == DEFAULT_FLOOR_BYTES)
        gc_set(TIDEMARK_HEAP_FLOOR, FLOOR_BYTES);
}

void gc__compat_apply_sizes(void)
{
    if (max_heap_bytes != 0)
        gc_set(TIDEMARK_HEAP_LIMIT, max_heap_bytes);
    if (min_bytes_allocd > 1)
        gc__set_least_between(min_bytes_allocd);
    apply_growth();
}

/* 0 is not allowed. */
void GC_set_min_bytes_allocd(size_t bytes)
{
    min_bytes_allocd = bytes;
    if (gc__compat_was_prepared())
        gc__set_least_between(bytes);
}

size_t GC_get_min_bytes_allocd(void)
{
    return min_bytes_allocd;
}

void GC_set_max_heap_size(GC_word bytes)
{
    max_heap_bytes = bytes;
    if (gc__compat_was_prepared())
        gc_set(TIDEMARK_HEAP_LIMIT, bytes);
}

/* --------------------------------------------------- settings of no influence */

static GC_word allocd_bytes_per_finalizer = 10000;
static int force_unmap_on_gcollect;
static int pages_executable;

void GC_set_max_retries(GC_word retries)
{
    GC_max_retries = retries;
}

GC_word GC_get_max_retries(void)
{
    return GC_max_retries;
}

void GC_set_allocd_bytes_per_finalizer(GC_word bytes)
{
    allocd_bytes_per_finalizer = bytes;
}

GC_word GC_get_allocd_bytes_per_finalizer(void)
{
    return allocd_bytes_per_finalizer;
}

void GC_set_force_unmap_on_gcollect(int is_on)
{
    force_unmap_on_gcollect = is_on;
}

int GC_get_force_unmap_on_gcollect(void)
{
    return force_unmap_on_gcollect;
}

void GC_set_pages_executable(int is_on)
{
    pages_executable = is_on;
}

/* Memory of the heap never is. */
int GC_get_pages_executable(void)
{
    return pages_executable;
}

void GC_set_dont_precollect(int is_on)
{
    GC_dont_precollect = is_on;
}

int GC_get_dont_precollect(void)
{
    return GC_dont_precollect;
}
