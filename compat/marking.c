/* SPDX-License-Identifier: MIT */
/* What a program may do while roots are marked: in the function that it sets to
 * push its own, and in procedures that look at its objects. */

#include "compat/defaults.h"
#include "compat/libgc.h"
#include "gc/api/private.h"

/* The default of GC_push_other_roots.  A program that sets its own calls this one
 * too, as the value that it found. */
void gc__compat_push_threads(void)
{
    gc__mark_all_threads();
}

void GC_set_push_other_roots(GC_push_other_roots_proc function)
{
    GC_push_other_roots = function;
}

GC_push_other_roots_proc GC_get_push_other_roots(void)
{
    return GC_push_other_roots;
}

void GC_push_all(void *low, void *high)
{
    gc__mark_from(low, high);
}

void GC_push_all_eager(void *low, void *high)
{
    gc__mark_as_from_stack(low, high);
}

/* Without incremental mode there is no part that could be left out. */
void GC_push_conditional(void *low, void *high, int all)
{
    (void)all;
    gc__mark_from(low, high);
}

int GC_is_marked(const void *object)
{
    return gc__is_marked(object);
}

void GC_set_mark_bit(const void *object)
{
    gc__set_mark(object, true);
}

void GC_clear_mark_bit(const void *object)
{
    gc__set_mark(object, false);
}

/* The core looks after its own tables. */
void GC_push_finalizer_structures(void)
{
}

/* The collector runs on a stack of its own, and leaves nothing on the program's
 * that would need to be cleared. */
void *GC_clear_stack(void *argument)
{
    return argument;
}

void GC_noop1(GC_word value)
{
    __asm__ volatile("" : : "r"(value));
}
