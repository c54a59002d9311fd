/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_UNIT_DYING_H
#define TIDEMARK_TESTS_UNIT_DYING_H

/* A heap that is collected by hand, with exactly the roots that a test names, so
 * that it is known which objects die. */

#include "gc/dying.h"
#include "gc/verify.h"
#include "tests/unit/whole.h"

enum { DYING_ROOTS = 64 };

static uintptr_t roots[DYING_ROOTS];

/* Pointers are kept from the eyes of a collector by who needs them hidden: here
 * none but `roots` is looked at. */
static inline struct cell cell_at(const void *object)
{
    struct cell cell;
    ck_assert(heap_map_find(&heap.variable.map, (uintptr_t)object, &cell));
    return cell;
}

static inline bool is_object(const void *object)
{
    struct cell cell;
    return heap_map_find(&heap.variable.map, (uintptr_t)object, &cell) &&
           gc__variable_is_object(&heap.variable, &thread.local, cell);
}

static inline void expect_right(void)
{
    const char *fault = gc__finalizers_verify(&heap.finalizers);
    for (unsigned kind = 0; kind < LINK_KINDS && fault == NULL; kind++)
        fault = gc__links_verify(&heap.links[kind]);
    if (fault != NULL)
        ck_abort_msg("\"%s\" does not hold", fault);
}

static inline void collect(void)
{
    expect_right();
    gc__heap_settle(&heap, &thread);
    gc__marker_start(&heap.marker, WORD_BYTES);
    gc__mark_range(&heap.marker, range_of(roots, sizeof roots));
    gc__mark_drain(&heap.marker);
    gc__dying_mark_roots(&heap);
    gc__dying_settle(&heap);
    gc__marker_end(&heap.marker);
    expect_right();
    gc__variable_begin_sweep(&heap.variable);
    gc__variable_sweep_all(&heap.variable);
    gc__dying_trim(&heap);
    expect_right();
}

static inline void dying_setup(void)
{
    memset(roots, 0, sizeof roots);
    whole_setup();
}

/* ----------------------------------------------------------------- finalizers */

static inline struct finalizer set_finalizer(void *object,
                                             enum finalizer_order order,
                                             finalizer_function *run,
                                             void *data)
{
    struct finalizer old, wanted = {run, data, order};
    ck_assert_int_eq(gc__finalizer_set(&heap.finalizers, &heap.variable,
                                       cell_at(object), &wanted, &old),
                     FINALIZER_IS_SET);
    return old;
}

/* Calls what is ready; returns how many. */
static inline size_t call_ready(void)
{
    struct finalizer_call call;
    size_t count = 0;
    for (; gc__finalizer_take(&heap.finalizers, &call); count++)
        call.run(call.object, call.data);
    expect_right();
    return count;
}

static inline enum link_answer add_link(enum link_kind kind, void *link,
                                        const void *object)
{
    return gc__link_add(&heap.links[kind], &heap.variable, (uintptr_t)link,
                        cell_at(object));
}

#endif
