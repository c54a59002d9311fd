/* SPDX-License-Identifier: MIT */
#include "value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_give_up(void *object)
{
    if (object != NULL)
        return object;
    fflush(stdout);
    fputs("scheme: out of memory\n", stderr);
    exit(EXIT_FAILURE);
}

void *allocate(size_t bytes)
{
    return or_give_up(gc_malloc(bytes));
}

void *allocate_atomic(size_t bytes)
{
    return or_give_up(gc_malloc_atomic(bytes));
}

value cons(value car, value cdr)
{
    struct pair *pair = allocate(sizeof *pair);
    *pair = (struct pair){car, cdr};
    return (value){(uintptr_t)pair + PAIR_TAG};
}

value make_real(double number)
{
    struct real *real = allocate_atomic(sizeof *real);
    *real = (struct real){{TYPE_REAL}, number};
    return object_value(real);
}

value make_string(size_t length)
{
    struct string *string = allocate_atomic(sizeof *string + length + 1);
    string->header.type = TYPE_STRING;
    string->length = length;
    string->bytes[length] = 0;
    return object_value(string);
}

value string_from(const char *bytes, size_t length)
{
    value string = make_string(length);
    memcpy(string_of(string)->bytes, bytes, length);
    return string;
}

value make_vector(size_t length, value fill)
{
    struct vector *vector = allocate(sizeof *vector + length * sizeof fill);
    vector->header.type = TYPE_VECTOR;
    vector->length = length;
    for (size_t i = 0; i < length; i++)
        vector->items[i] = fill;
    return object_value(vector);
}

struct rib *make_rib(struct rib *outer, size_t slots)
{
    struct rib *rib = allocate(sizeof *rib + slots * sizeof(value));
    rib->outer = outer;
    return rib;
}

/* The hare goes two steps where the tortoise goes one: they meet again only on
 * a circle. */
ptrdiff_t list_length(value list)
{
    ptrdiff_t length = 0;
    value tortoise = list;
    while (is_pair(list)) {
        list = cdr(list);
        length++;
        if (length % 2 != 0)
            continue;
        tortoise = cdr(tortoise);
        if (same(list, tortoise))
            return -1;
    }
    return is_nil(list) ? length : -1;
}

value list_reverse(value list)
{
    value reversed = NIL;
    while (is_pair(list)) {
        value rest = cdr(list);
        pair_of(list)->cdr = reversed;
        reversed = list;
        list = rest;
    }
    return reversed;
}
