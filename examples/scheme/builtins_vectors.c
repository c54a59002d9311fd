/* SPDX-License-Identifier: MIT */
#include "builtins.h"

static value make_vector_of(struct machine *machine, struct arguments given)
{
    size_t length = need_index(machine, given.at[0], LENGTH_LIMIT);
    return make_vector(length, given.count == 2 ? given.at[1] : integer(0));
}

static value vector(struct machine *machine, struct arguments given)
{
    (void)machine;
    value result = make_vector(given.count, NIL);
    for (size_t i = 0; i < given.count; i++)
        vector_of(result)->items[i] = given.at[i];
    return result;
}

static value vector_length(struct machine *machine, struct arguments given)
{
    return integer((int64_t)need_vector(machine, given.at[0])->length);
}

static value *need_item(struct machine *machine, struct arguments given)
{
    struct vector *items = need_vector(machine, given.at[0]);
    if (items->length == 0)
        fail(machine, "out of range", given.at[1]);
    return &items->items[need_index(machine, given.at[1], items->length - 1)];
}

static value vector_ref(struct machine *machine, struct arguments given)
{
    return *need_item(machine, given);
}

static value vector_set(struct machine *machine, struct arguments given)
{
    *need_item(machine, given) = given.at[2];
    return UNSPECIFIED;
}

static value vector_fill(struct machine *machine, struct arguments given)
{
    struct vector *filled = need_vector(machine, given.at[0]);
    struct slice slice = need_slice(machine, given, 2, filled->length);
    for (size_t i = slice.start; i < slice.end; i++)
        filled->items[i] = given.at[1];
    return UNSPECIFIED;
}

static value vector_copy(struct machine *machine, struct arguments given)
{
    const struct vector *from = need_vector(machine, given.at[0]);
    struct slice slice = need_slice(machine, given, 1, from->length);
    value copy = make_vector(slice.end - slice.start, NIL);
    for (size_t i = slice.start; i < slice.end; i++)
        vector_of(copy)->items[i - slice.start] = from->items[i];
    return copy;
}

static value vector_to_list(struct machine *machine, struct arguments given)
{
    const struct vector *from = need_vector(machine, given.at[0]);
    struct slice slice = need_slice(machine, given, 1, from->length);
    value list = NIL;
    for (size_t i = slice.end; i > slice.start; i--)
        list = cons(from->items[i - 1], list);
    return list;
}

static value list_to_vector(struct machine *machine, struct arguments given)
{
    value list = given.at[0];
    value result = make_vector(need_list(machine, list), NIL);
    for (value *item = vector_of(result)->items; is_pair(list);
         list = cdr(list))
        *item++ = car(list);
    return result;
}

void builtins_add_vectors(struct machine *machine)
{
    static const struct builtin table[] = {
        FUNCTION("make-vector", 1, 2, make_vector_of),
        FUNCTION("vector", 0, ANY_NUMBER, vector),
        FUNCTION("vector-length", 1, 1, vector_length),
        FUNCTION("vector-ref", 2, 2, vector_ref),
        FUNCTION("vector-set!", 3, 3, vector_set),
        FUNCTION("vector-fill!", 2, 4, vector_fill),
        FUNCTION("vector-copy", 1, 3, vector_copy),
        FUNCTION("vector->list", 1, 3, vector_to_list),
        FUNCTION("list->vector", 1, 1, list_to_vector),
    };
    builtins_define(machine, table, sizeof table / sizeof *table);
}
