/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_API_AREA_H
#define TIDEMARK_GC_API_AREA_H

/* The memory behind an arena or a pool, which begins with the record of it. */

#include <stdbool.h>
#include <stddef.h>

#include "base/word.h"
#include "include/tidemark.h"

struct area {
    struct range memory;
    enum gc_memory where;
};

/* Takes at least `bytes`, zeroed, aligned to 16.
 *
 * Returns false with errno ENOMEM, or EINVAL for a `where` that is no place. */
bool gc__area_new(struct area *area, size_t bytes, enum gc_memory where);

/* The record that says so may be in the area itself. */
void gc__area_delete(const struct area *area);

#endif
