/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_ROOTS_H
#define TIDEMARK_GC_ROOTS_H

/* Roots: the memory outside the heap that is looked at for pointers.
 *
 * What is loaded is listed anew for each collection, before the world stops,
 * since listing takes the loader's lock.  The list stands in an arena of its
 * own that is reset each time; it grows when a program loads more. */

#include <stdbool.h>
#include <stddef.h>

#include "alloc/fixed.h"
#include "alloc/linear.h"
#include "base/word.h"

/* In the order of the public enum gc_origin. */
enum origin {
    FROM_REGISTERS,
    FROM_STACK,
    FROM_STATIC,
    FROM_THREAD_LOCAL,
    FROM_RANGE,
    FROM_OBJECT,
};

struct root {
    struct range range;
    enum origin origin;
};

/* A range that the program added; a record in `records`. */
struct added_range {
    struct range range;
    struct added_range *next;
};

struct roots {
    struct range own; /* the collector's own data: never looked at */

    struct linear list; /* of struct root, one after the other */
    struct range list_memory;
    bool list_is_short; /* while listing: did not fit */

    struct added_range *added;
    struct fixed records;
    struct range records_memory;
};

/* Returns false if there is no memory for the list. */
bool gc__roots_init(struct roots *roots, struct range own);
void gc__roots_finish(struct roots *roots);

/* Lists static data, thread-local variables of the calling thread and added
 * ranges.  Returns false if the list has to grow and there is no memory. */
bool gc__roots_list(struct roots *roots);

/* The `index`-th root of the list, or NULL past the last. */
const struct root *gc__roots_at(const struct roots *roots, size_t index);

/* See gc_add_roots() and gc_remove_roots(). */
bool gc__roots_add(struct roots *roots, struct range range);
bool gc__roots_remove(struct roots *roots, struct range range);

#endif
