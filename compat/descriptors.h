/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_COMPAT_DESCRIPTORS_H
#define TIDEMARK_COMPAT_DESCRIPTORS_H

/* Descriptors: one word that says where an object has its pointers, in a form that
 * is compiled into programs.  The two low bits tell which:
 *
 *     0  in the first so many bytes
 *     1  a bitmap, the first word's bit being the highest
 *     2  mark procedure number (d >> 2) % 64, called with d >> 8
 *     3  another descriptor, found through the object */

#include <stdbool.h>
#include <stddef.h>

#include "compat/abi.h"

struct gc_visit;

enum {
    DESCRIPTOR_LENGTH,
    DESCRIPTOR_BITMAP,
    DESCRIPTOR_PROCEDURE,
    DESCRIPTOR_PER_OBJECT,
    DESCRIPTOR_FORMS,

    /* Mark procedures; the library's own come first. */
    PROCEDURES_MAX = 64,
    FIRST_PROCEDURE = 8,
    GCJ_PROCEDURE = 0, /* a program may choose this one, and set it */
    WIDE_BITMAP_PROCEDURE = 1,
};

static inline GC_descr procedure_descriptor(unsigned procedure,
                                            GC_word environment)
{
    return ((environment * PROCEDURES_MAX + procedure) * DESCRIPTOR_FORMS) |
           DESCRIPTOR_PROCEDURE;
}

/* Shows the visit what an object of so many bytes refers to. */
void gc__compat_look(void *object, size_t bytes, GC_descr descriptor,
                     struct gc_visit *visit);

/* Has this procedure called for the number. */
void gc__compat_set_procedure(unsigned number, GC_mark_proc procedure);

/* For procedures of our own: what a program's are given as a stack is the visit. */
static inline struct gc_visit *visit_of(struct GC_ms_entry *stack)
{
    return (struct gc_visit *)(void *)stack;
}

#endif
