/* SPDX-License-Identifier: MIT */
/* Questions about objects, and the checks of pointers that macros of the headers
 * make. */

#include <stdint.h>

#include "base/bits.h"
#include "compat/defaults.h"
#include "compat/libgc.h"
#include "gc/api/private.h"
#include "include/tidemark.h"

/* ------------------------------------------------------------------- objects */

void *GC_base(void *pointer)
{
    return gc__is_in_heap(pointer) ? gc__base(pointer) : NULL;
}

size_t GC_size(const void *object)
{
    return gc__size(object);
}

int GC_is_heap_ptr(const void *pointer)
{
    return gc__is_in_heap(pointer);
}

struct enumeration {
    GC_reachable_object_proc show;
    void *context;
};

static bool show_object(const struct gc_object_header *object, void *context)
{
    const struct enumeration *enumeration = context;
    enumeration->show(object->base, object->bytes, enumeration->context);
    return true;
}

/* Those that the last collection has left, and younger ones. */
void GC_enumerate_reachable_objects_inner(GC_reachable_object_proc show,
                                          void *context)
{
    struct enumeration enumeration = {show, context};
    prepare();
    gc_visit_objects(show_object, &enumeration);
}

/* -------------------------------------------------------------------- checks */

void gc__compat_report_displacement(void *pointer)
{
    GC_err_printf("%p points into an object, where no pointer is valid\n",
                  pointer);
    gc__compat_abort("GC_is_valid_displacement: not a valid displacement");
}

void gc__compat_report_invisible(void *pointer)
{
    GC_err_printf("%p is not where the collector would see it\n", pointer);
    gc__compat_abort("GC_is_visible: not visible");
}

void gc__compat_report_not_same(void *one, void *other)
{
    GC_err_printf("%p and %p do not point into the same object\n", one, other);
    gc__compat_abort("GC_same_obj: not the same object");
}

/* Where nobody knows better, a place outside of the heap may be a root. */
void *GC_is_visible(void *place)
{
    prepare();
    bool is_aligned = (uintptr_t)place % WORD_BYTES == 0;
    if (!is_aligned || (GC_is_heap_ptr(place) && GC_base(place) == NULL))
        GC_is_visible_print_proc(place);
    return place;
}

static bool are_in_one(void *one, void *other)
{
    const char *base = GC_base(one);
    if (base == NULL)
        return GC_base(other) == NULL;
    return (size_t)((const char *)other - base) < GC_size(base);
}

void *GC_same_obj(void *one, void *other)
{
    prepare();
    if (!are_in_one(one, other))
        GC_same_obj_print_proc(one, other);
    return one;
}

static void *moved(void **pointer, ptrdiff_t bytes)
{
    char *before = *pointer;
    char *after = (char *)((uintptr_t)before + (uintptr_t)bytes);
    GC_same_obj(after, before);
    if (!GC_all_interior_pointers)
        GC_is_valid_displacement(after);
    return after;
}

void *GC_pre_incr(void **pointer, ptrdiff_t bytes)
{
    return *pointer = moved(pointer, bytes);
}

void *GC_post_incr(void **pointer, ptrdiff_t bytes)
{
    void *before = *pointer;
    *pointer = moved(pointer, bytes);
    return before;
}
