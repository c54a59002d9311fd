/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_API_KINDS_H
#define TIDEMARK_GC_API_KINDS_H

/* What the other files of the API need of custom kinds. */

#include "gc/api/private.h"
#include "gc/types.h"

/* The type that an object of a kind brings; NULL if it brings none. */
const struct gc_type *gc__type_of(const void *object, enum kind kind);

#endif
