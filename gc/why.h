/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_WHY_H
#define TIDEMARK_GC_WHY_H

/* Why an object is alive: a shortest path to it, as one line.
 *
 *     stack of parse_list +24 -> 48 B [8] -> 4096 B [512] -> p
 *
 * First the root, see gc/root_name.h; then each object on the way, by its size
 * and by where in it the pointer to the next one stands.  Where several roots
 * are equally near, registers come before the stack, that before static data,
 * thread-local data, added ranges and uncollectable objects.  A long path is
 * shown without its middle. */

#include <stdbool.h>
#include <stdio.h>

#include "gc/graph.h"

/* Prints the path to the object at an address, or why there is none, and then
 * returns false.  `registers` were spilled by a function that has not returned,
 * before the graph was captured; that one has the address only `disguised`, as
 * ~address, lest it be found in its own frame. */
bool gc__print_why(FILE *file, const struct heap *heap,
                   const struct graph *graph, const struct registers *registers,
                   uintptr_t disguised);

#endif
