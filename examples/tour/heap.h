/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TOUR_HEAP_H
#define TIDEMARK_TOUR_HEAP_H

/* A collected heap of the tour's own, with nine objects that have names:
 *
 *     first  -> A        A -> B, D        C -> E        G -> I
 *     second -> H        B -> F           E -> C, F     H
 *                        D -> F + 2000    F -> A        I
 *
 * Its only roots are the words `first` and `second`: no registers, no stack, no
 * other data, so that every run of the tour shows the same. */

#include <stddef.h>
#include <stdint.h>

#include "gc/hold.h"

enum { TOUR_ROOTS = 2, OBJECT_BYTES = 4096, LARGER_OBJECT_BYTES = 8192 };

struct tour_heap {
    struct heap heap;
    struct thread thread;
    uintptr_t roots[TOUR_ROOTS]; /* first and second */
    uintptr_t objects[26];       /* by name; 0: there is none */
};

/* With its objects, which the thread has in hand still. */
void tour_heap_start(struct tour_heap *tour);
void tour_heap_finish(struct tour_heap *tour);

/* Allocates an object and gives it a name. */
uintptr_t tour_heap_new(struct tour_heap *tour, char name, size_t bytes);

/* The name of the object that starts at `base`, or '?'. */
char tour_heap_name(const struct tour_heap *tour, uintptr_t base);

/* "first" or "second", for a word in a root. */
const char *tour_heap_root_name(const struct tour_heap *tour, uintptr_t word);

/* Marks from the roots what lives, as a collection does. */
void tour_heap_mark(struct tour_heap *tour);

#endif
