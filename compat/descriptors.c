/* SPDX-License-Identifier: MIT */
/* Looking at objects by their descriptors, and mark procedures of the program's.
 *
 * A procedure is given a place on a stack and the limit of that, which it passes
 * on with each pointer that it finds, and never looks at: so what we give it for
 * both is the core's visit. */

#include "compat/descriptors.h"

#include <stdint.h>

#include "base/word.h"
#include "compat/libgc.h"
#include "gc/api/private.h"
#include "include/tidemark.h"

enum { INDIRECT_BIAS = 16 };

static GC_mark_proc procedures[PROCEDURES_MAX];
static unsigned procedure_count = FIRST_PROCEDURE;

void gc__compat_set_procedure(unsigned number, GC_mark_proc procedure)
{
    if (number >= PROCEDURES_MAX)
        gc__compat_abort("No mark procedure can have that number");
    procedures[number] = procedure;
}

unsigned GC_new_proc_inner(GC_mark_proc procedure)
{
    if (procedure_count == PROCEDURES_MAX)
        gc__compat_abort("Too many mark procedures");
    procedures[procedure_count] = procedure;
    return procedure_count++;
}

unsigned GC_new_proc(GC_mark_proc procedure)
{
    prepare();
    bool is_kept = gc__keep();
    unsigned number = GC_new_proc_inner(procedure);
    if (is_kept)
        gc__let_go();
    return number;
}

struct GC_ms_entry *GC_mark_and_push(void *pointer, struct GC_ms_entry *stack,
                                     struct GC_ms_entry *limit, void **place)
{
    (void)limit;
    (void)place;
    gc_mark_word(visit_of(stack), (uintptr_t)pointer);
    return stack;
}

/* ------------------------------------------------------------------- looking */

static void look_at_length(const char *object, size_t bytes, size_t length,
                           struct gc_visit *visit)
{
    gc_mark_words(visit, object, object + smaller(bytes, length));
}

static void look_by_bitmap(const GC_word *object, size_t bytes, GC_word bitmap,
                           struct gc_visit *visit)
{
    const GC_word *end = object + bytes / WORD_BYTES;
    bitmap &= ~(GC_word)(DESCRIPTOR_FORMS - 1);
    for (; bitmap != 0 && object < end; bitmap <<= 1, object++)
        if (bitmap >> (WORD_BITS - 1))
            gc_mark_word(visit, *object);
}

static void call_procedure(void *object, GC_descr descriptor,
                           struct gc_visit *visit)
{
    GC_mark_proc procedure =
        procedures[descriptor / DESCRIPTOR_FORMS % PROCEDURES_MAX];
    struct GC_ms_entry *stack = (struct GC_ms_entry *)(void *)visit;
    if (procedure != NULL)
        procedure(object, stack, stack,
                  descriptor / DESCRIPTOR_FORMS / PROCEDURES_MAX);
}

/* So many bytes into the object; or, if the number is negative, so many less the
 * bias into what the first word points to.  That word may still be 0. */
static GC_descr descriptor_of_object(const char *object, GC_descr descriptor)
{
    intptr_t offset = (intptr_t)(descriptor - DESCRIPTOR_PER_OBJECT);
    if (offset >= 0)
        return *(const GC_descr *)(object + offset);
    const char *table = *(const char *const *)object;
    if (table == NULL)
        return 0;
    return *(const GC_descr *)(table - (offset + INDIRECT_BIAS));
}

void gc__compat_look(void *object, size_t bytes, GC_descr descriptor,
                     struct gc_visit *visit)
{
    if (descriptor % DESCRIPTOR_FORMS == DESCRIPTOR_PER_OBJECT)
        descriptor = descriptor_of_object(object, descriptor);
    switch (descriptor % DESCRIPTOR_FORMS) {
    case DESCRIPTOR_LENGTH:
        look_at_length(object, bytes, descriptor, visit);
        break;
    case DESCRIPTOR_BITMAP:
        look_by_bitmap(object, bytes, descriptor, visit);
        break;
    case DESCRIPTOR_PROCEDURE:
        call_procedure(object, descriptor, visit);
        break;
    }
}
