/* SPDX-License-Identifier: MIT */
/* Questions about objects, and checks of pointers that macros of old headers
 * make. */

#include "compat/defaults.h"
#include "compat/libgc.h"
#include "include/tidemark.h"

void gc__compat_report_displacement(void *pointer)
{
    GC_err_printf("%p is no valid displacement\n", pointer);
    gc__compat_abort("GC_is_valid_displacement: argument is not valid");
}

void gc__compat_report_invisible(void *pointer)
{
    GC_err_printf("%p is not visible to the collector\n", pointer);
    gc__compat_abort("GC_is_visible: argument is not visible");
}

void gc__compat_report_not_same(void *one, void *other)
{
    GC_err_printf("%p and %p are not in the same object\n", one, other);
    gc__compat_abort("GC_same_obj: the arguments differ");
}

void *GC_base(void *pointer)
{
    prepare();
    return gc_base(pointer);
}
