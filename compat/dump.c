/* SPDX-License-Identifier: MIT */
/* The heap in print, by the core's own pictures, on standard output. */

#include <stdio.h>

#include "compat/libgc.h"
#include "include/tidemark.h"

void GC_dump_named(const char *name)
{
    prepare();
    if (name != NULL)
        printf("***GC Dump %s\n", name);
    GC_dump_stats(stdout);
    GC_dump_regions();
    fflush(stdout);
}

void GC_dump(void)
{
    GC_dump_named(NULL);
}

void GC_dump_regions(void)
{
    prepare();
    GC_dump_heap_map(stdout);
    fflush(stdout);
}
