/* SPDX-License-Identifier: MIT */
/* Objects whose first word points to the table of their class, and the second word
 * of that is their descriptor. */

#include <stdint.h>
#include <stdlib.h>

#include "base/word.h"
#include "compat/descriptors.h"
#include "compat/kinds.h"
#include "compat/libgc.h"

enum { INDIRECT_BIAS = 16 };

/* A descriptor that says where in the table the real one is. */
static GC_descr indirect_descriptor(intptr_t offset)
{
    return (GC_descr)(-offset - INDIRECT_BIAS) | DESCRIPTOR_PER_OBJECT;
}

static int add_kind(GC_descr descriptor)
{
    return (int)GC_new_kind_inner(GC_new_free_list_inner(), descriptor, false,
                                  true);
}

/* The procedure is for those descriptors that name its number, and with the
 * environment 1 for objects with a debug header. */
static void init(unsigned number, GC_mark_proc procedure)
{
    gc__compat_set_procedure(number, procedure);
    if (getenv("GC_IGNORE_GCJ_INFO") != NULL) {
        GC_gcj_kind = GC_gcj_debug_kind = COMPAT_SCANNED;
        return;
    }
    GC_gcj_kind = add_kind(indirect_descriptor(sizeof(GC_word)));
    GC_gcj_debug_kind = add_kind(procedure_descriptor(number, 1));
}

void GC_init_gcj_malloc(int number, void *procedure)
{
    prepare();
    GC_alloc_lock();
    if (GC_gcj_kind == 0)
        init((unsigned)number, (GC_mark_proc)(uintptr_t)procedure);
    GC_alloc_unlock();
}

void *GC_gcj_malloc(size_t bytes, void *table)
{
    void **object = GC_generic_malloc(bytes, GC_gcj_kind);
    if (object != NULL)
        *object = table;
    return object;
}

void *GC_gcj_malloc_ignore_off_page(size_t bytes, void *table)
{
    return kept_by_start(GC_gcj_malloc(bytes, table), bytes);
}
