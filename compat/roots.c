/* SPDX-License-Identifier: MIT */
/* Roots: data of what is loaded, unless the program does not want that, and the
 * ranges that it adds. */

#include <stdint.h>

#include "base/word.h"
#include "compat/hooks.h"
#include "compat/libgc.h"
#include "gc/api/private.h"
#include "include/tidemark.h"

static GC_has_static_roots_func has_static_roots;

/* Whole words only. */
static void *word_at(void *address, size_t bytes_up)
{
    return (void *)round_down((uintptr_t)address + bytes_up, WORD_BYTES);
}

void GC_add_roots(void *low, void *high)
{
    prepare();
    low = word_at(low, WORD_BYTES - 1);
    high = word_at(high, 0);
    if (low < high && !gc_add_roots(low, high))
        gc__compat_abort("No memory to note a range of roots");
}

void GC_remove_roots(void *low, void *high)
{
    if (gc__compat_was_prepared())
        gc__remove_roots_within(word_at(low, WORD_BYTES - 1), word_at(high, 0));
}

void GC_clear_roots(void)
{
    prepare();
    gc__remove_roots_within(NULL, (void *)UINTPTR_MAX);
}

void GC_exclude_static_roots(void *low, void *high)
{
    prepare();
    low = word_at(low, 0);
    high = word_at(high, WORD_BYTES - 1);
    if (low < high && !gc__exclude_roots(low, high))
        gc__compat_abort("No memory to note a range that is no root");
}

void GC_clear_exclusion_table(void)
{
    prepare();
    gc__include_all_roots();
}

int GC_is_tmp_root(void *pointer)
{
    return GC_no_dls == 0 && gc__is_loaded_data(pointer);
}

void GC_set_no_dls(int is_on)
{
    GC_no_dls = is_on != 0;
}

int GC_get_no_dls(void)
{
    return GC_no_dls;
}

bool gc__compat_takes_segment(const char *library, uintptr_t low, size_t bytes)
{
    return has_static_roots == NULL ||
           has_static_roots(library, (void *)low, bytes) != 0;
}

void GC_register_has_static_roots_callback(GC_has_static_roots_func function)
{
    has_static_roots = function;
}
