/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_VISIT_H
#define TIDEMARK_GC_VISIT_H

/* The visitors: every object of the heap, and every word that the collector
 * takes for a pointer to one, each in turn.  What the graph, the heap map and
 * the verifier know of the heap they know from here.
 *
 * The heap must be settled (see gc/hold.h) or its world stopped.  A
 * visitor answers false to end the visit, which then answers false too. */

#include <stdbool.h>

#include "alloc/object_header.h"
#include "gc/heap.h"

typedef bool gc__object_visitor(struct cell cell,
                                const struct object_header *object,
                                void *context);

/* In the order of addresses. */
bool gc__visit_objects(const struct variable *heap, gc__object_visitor *visit,
                       void *context);

/* Of registers and stacks: of the calling thread, or positive: another thread's
 * number, or negative: minus the low end of a registered stack that was left. */
enum { OWNER_CALLING = 0 };

struct reference {
    enum origin origin;
    intptr_t owner;
    struct range holder; /* the object or the root that the word is in */
    uintptr_t
        address; /* of the word; where that lies elsewhere, of the object */
    uintptr_t word;
    struct cell target; /* an object */
};

typedef bool gc__reference_visitor(const struct reference *reference,
                                   void *context);

/* Roots first: all threads' registers, of which the calling thread must have
 * spilled its own, all stacks, and what the heap's list of roots has, static data
 * before thread-local and that before added ranges; then what is tied to objects,
 * by finalizers and strong toggle references.  Then the objects in the order
 * of addresses, reached or not. */
bool gc__visit_references(const struct heap *heap, gc__reference_visitor *visit,
                          void *context);

#endif
