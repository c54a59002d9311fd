/* SPDX-License-Identifier: MIT */
#include "json_walk.h"

#include <tidemark.h>

void json_walk_enter(struct json_walk *walk, const struct json_value *container)
{
    if (walk->depth == walk->capacity) {
        walk->capacity = walk->capacity == 0 ? 64 : 2 * walk->capacity;
        walk->places =
            gc_realloc(walk->places, walk->capacity * sizeof *walk->places);
    }
    walk->places[walk->depth++] = (struct json_place){.container = container};
}

static void count_value(struct json_summary *summary, struct json_walk *walk,
                        const struct json_value *value)
{
    summary->values[value->type]++;
    if (!json_is_container(value))
        return;
    json_walk_enter(walk, value);
    if (walk->depth > summary->depth)
        summary->depth = walk->depth;
}

struct json_summary json_summarise(const struct json_value *value)
{
    struct json_summary summary = {.depth = 0};
    struct json_walk walk = {.depth = 0};
    struct json_place *place;

    count_value(&summary, &walk, value);
    while ((place = json_walk_place(&walk)) != NULL) {
        const struct json_value *container = place->container;
        if (place->seen == container->count) {
            json_walk_leave(&walk);
            continue;
        }
        size_t index = place->seen++;
        bool is_key = container->type == JSON_OBJECT && index % 2 == 0;
        if (!is_key)
            count_value(&summary, &walk, &container->items[index]);
    }
    return summary;
}
