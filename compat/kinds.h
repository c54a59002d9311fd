/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_COMPAT_KINDS_H
#define TIDEMARK_COMPAT_KINDS_H

/* Kinds of objects.  Programs number them otherwise than the core does. */

#include <stdbool.h>
#include <stddef.h>

#include "alloc/kinds.h"
#include "compat/abi.h"

enum {
    COMPAT_ATOMIC,
    COMPAT_SCANNED,
    COMPAT_UNCOLLECTABLE,
    COMPAT_ATOMIC_UNCOLLECTABLE,
    FIRST_CUSTOM_KIND,
};

/* The core's number of a kind, and ours of one of the core's; the program ends if
 * there is none. */
enum kind gc__compat_kind(int kind);
int gc__compat_number_of(enum kind kind);

/* Has the program's function for the kind, if there is one, write what the object
 * is. */
void gc__compat_describe(int kind, void *object, char *text);

/* Adds a kind to the core; the program ends if there is no room. */
enum kind gc__compat_add_kind(const struct kind_traits *traits);

/* Allocates so many bytes, with nothing added; asks the program's out-of-memory
 * function for `wanted` bytes if there is no memory. */
void *gc__compat_alloc(enum kind kind, size_t bytes, size_t wanted);

#endif
