/* SPDX-License-Identifier: MIT */
/* Which words count as pointers. */

#include <stdint.h>

#include "compat/libgc.h"
#include "gc/api/private.h"
#include "gc/recognition.h"

/* The core is told when it is prepared, and not before. */
void gc__compat_apply_recognition(void)
{
    gc__compat_set_padding();
    gc__recognise_interior(GC_all_interior_pointers != 0);
}

/* A change takes the registered displacements back. */
void GC_set_all_interior_pointers(int is_on)
{
    GC_all_interior_pointers = is_on != 0;
    if (gc__compat_was_prepared())
        gc__compat_apply_recognition();
}

int GC_get_all_interior_pointers(void)
{
    return GC_all_interior_pointers;
}

void GC_register_displacement(size_t bytes)
{
    prepare();
    if (bytes >= DISPLACEMENTS)
        gc__compat_abort("GC_register_displacement: more than a page");
    gc__note_displacement(bytes);
}

void *GC_is_valid_displacement(void *pointer)
{
    prepare();
    const char *base = GC_base(pointer);
    bool is_valid =
        base != NULL
            ? gc__recognises_displacement((size_t)((char *)pointer - base))
            : !GC_is_heap_ptr(pointer);
    if (!is_valid)
        GC_is_valid_displacement_print_proc(pointer);
    return pointer;
}
