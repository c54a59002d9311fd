/* SPDX-License-Identifier: MIT */
#ifndef SCHEME_BUILTINS_H
#define SCHEME_BUILTINS_H

/* What the files of builtins share: how they check their arguments, and their
 * tables. */

#include "machine.h"

/* Each returns what it was asked for, or fails with the argument as culprit. */

struct pair *need_pair(struct machine *machine, value v);
struct symbol *need_symbol(struct machine *machine, value v);
struct string *need_string(struct machine *machine, value v);
struct vector *need_vector(struct machine *machine, value v);
struct condition *need_condition(struct machine *machine, value v);
unsigned char need_character(struct machine *machine, value v);
int64_t need_integer(struct machine *machine, value v);
size_t need_list(struct machine *machine, value v); /* its length */

/* An integer from 0 to `limit`. */
size_t need_index(struct machine *machine, value v, size_t limit);

/* The optional arguments `start` and `end` of a sequence of `length` elements,
 * from `first` on. */
struct slice {
    size_t start;
    size_t end;
};
struct slice need_slice(struct machine *machine, struct arguments given,
                        size_t first, size_t length);

bool is_number(value v);
double need_number(struct machine *machine, value v); /* as a real */

/* No object of the language is larger: in elements. */
#define LENGTH_LIMIT ((size_t)1 << 40)

bool is_eqv(value a, value b);
bool is_equal(struct machine *machine, value a, value b);

/* Tables. */

/* The entry of a builtin that takes `least` to `most` arguments. */
#define FUNCTION(name, least, most, function)                \
    {                                                        \
        {TYPE_BUILTIN}, least, most, name, (function), NULL, \
    }
#define CONTROL(name, least, most, control)                 \
    {                                                       \
        {TYPE_BUILTIN}, least, most, name, NULL, (control), \
    }

void builtins_define(struct machine *machine, const struct builtin *builtins,
                     size_t count);
void builtins_add_predicates(struct machine *machine);
void builtins_add_numbers(struct machine *machine);
void builtins_add_arithmetic(struct machine *machine);
void builtins_add_lists(struct machine *machine);
void builtins_add_vectors(struct machine *machine);
void builtins_add_strings(struct machine *machine);
void builtins_add_characters(struct machine *machine);
void builtins_add_control(struct machine *machine);
void builtins_add_system(struct machine *machine);
void builtins_add_prelude(struct machine *machine);

#endif
