/* SPDX-License-Identifier: MIT */
/* Roots, and which words count as pointers. */

#include "compat/libgc.h"
#include "include/tidemark.h"

void GC_set_no_dls(int is_on)
{
    GC_no_dls = is_on != 0;
}

int GC_get_no_dls(void)
{
    return GC_no_dls;
}

void GC_set_all_interior_pointers(int is_on)
{
    GC_all_interior_pointers = is_on != 0;
    gc__compat_set_padding();
}

int GC_get_all_interior_pointers(void)
{
    return GC_all_interior_pointers;
}

void GC_add_roots(void *low, void *high)
{
    prepare();
    gc_add_roots(low, high);
}
