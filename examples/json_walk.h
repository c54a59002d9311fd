/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_EXAMPLES_JSON_WALK_H
#define TIDEMARK_EXAMPLES_JSON_WALK_H

/* A walk through a tree: the containers that it is inside of, outermost first,
 * each with the number of items already seen.  This is what a recursive
 * function would keep on the machine stack. */

#include <stddef.h>

#include "json.h"

struct json_place {
    const struct json_value *container;
    size_t seen;
};

struct json_walk {
    struct json_place *places;
    size_t depth;
    size_t capacity;
};

/* Steps into a container. */
void json_walk_enter(struct json_walk *walk,
                     const struct json_value *container);

/* The innermost place, or NULL when the walk is over. */
static inline struct json_place *json_walk_place(struct json_walk *walk)
{
    return walk->depth == 0 ? NULL : &walk->places[walk->depth - 1];
}

static inline void json_walk_leave(struct json_walk *walk)
{
    walk->depth--;
}

#endif
