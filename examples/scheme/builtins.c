/* SPDX-License-Identifier: MIT */
#include "builtins.h"

#include <string.h>

#include "compiler.h"

/* Arguments. */

struct pair *need_pair(struct machine *machine, value v)
{
    if (!is_pair(v))
        fail(machine, "not a pair", v);
    return pair_of(v);
}

static void *need_object(struct machine *machine, value v, enum type type,
                         const char *complaint)
{
    if (!has_type(v, type))
        fail(machine, complaint, v);
    return object_of(v);
}

struct symbol *need_symbol(struct machine *machine, value v)
{
    return need_object(machine, v, TYPE_SYMBOL, "not a symbol");
}

struct string *need_string(struct machine *machine, value v)
{
    return need_object(machine, v, TYPE_STRING, "not a string");
}

struct vector *need_vector(struct machine *machine, value v)
{
    return need_object(machine, v, TYPE_VECTOR, "not a vector");
}

struct condition *need_condition(struct machine *machine, value v)
{
    return need_object(machine, v, TYPE_CONDITION, "not an error");
}

unsigned char need_character(struct machine *machine, value v)
{
    if (!is_character(v))
        fail(machine, "not a character", v);
    return character_of(v);
}

int64_t need_integer(struct machine *machine, value v)
{
    if (!is_integer(v))
        fail(machine, "not an integer", v);
    return integer_of(v);
}

size_t need_list(struct machine *machine, value v)
{
    ptrdiff_t length = list_length(v);
    if (length < 0)
        fail(machine, "not a list", v);
    return (size_t)length;
}

size_t need_index(struct machine *machine, value v, size_t limit)
{
    int64_t index = need_integer(machine, v);
    if (index < 0 || (size_t)index > limit)
        fail(machine, "out of range", v);
    return (size_t)index;
}

struct slice need_slice(struct machine *machine, struct arguments given,
                        size_t first, size_t length)
{
    struct slice slice = {0, length};
    if (given.count > first + 1)
        slice.end = need_index(machine, given.at[first + 1], length);
    if (given.count > first)
        slice.start = need_index(machine, given.at[first], slice.end);
    return slice;
}

/* Equivalence. */

bool is_eqv(value a, value b)
{
    if (same(a, b))
        return true;
    return has_type(a, TYPE_REAL) && has_type(b, TYPE_REAL) &&
           real_of(a) == real_of(b);
}

static bool equal_nested(struct machine *machine, value a, value b,
                         unsigned nesting);

static bool equal_strings(const struct string *a, const struct string *b)
{
    if (a->length != b->length)
        return false;
    for (size_t i = 0; i < a->length; i++)
        if (a->bytes[i] != b->bytes[i])
            return false;
    return true;
}

static bool equal_vectors(struct machine *machine, const struct vector *a,
                          const struct vector *b, unsigned nesting)
{
    if (a->length != b->length)
        return false;
    for (size_t i = 0; i < a->length; i++)
        if (!equal_nested(machine, a->items[i], b->items[i], nesting))
            return false;
    return true;
}

static bool equal_nested(struct machine *machine, value a, value b,
                         unsigned nesting)
{
    enum { DEEPEST = 10000 };
    if (nesting > DEEPEST)
        fail(machine, "nested too deeply", NOTHING);
    while (is_pair(a) && is_pair(b) && !same(a, b)) {
        if (!equal_nested(machine, car(a), car(b), nesting + 1))
            return false;
        a = cdr(a);
        b = cdr(b);
    }
    if (has_type(a, TYPE_STRING) && has_type(b, TYPE_STRING))
        return equal_strings(object_of(a), object_of(b));
    if (has_type(a, TYPE_VECTOR) && has_type(b, TYPE_VECTOR))
        return equal_vectors(machine, object_of(a), object_of(b), nesting + 1);
    return is_eqv(a, b);
}

bool is_equal(struct machine *machine, value a, value b)
{
    return equal_nested(machine, a, b, 0);
}

/* The machine. */

value machine_symbol(struct machine *machine, const char *name)
{
    return symbol_intern(&machine->symbols, name, strlen(name));
}

void builtins_define(struct machine *machine, const struct builtin *builtins,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        value name = machine_symbol(machine, builtins[i].name);
        symbol_of(name)->global = object_value(&builtins[i]);
    }
}

static void add_names(struct machine *machine)
{
    machine->names = (struct names){
        .quote = machine_symbol(machine, "quote"),
        .quasiquote = machine_symbol(machine, "quasiquote"),
        .unquote = machine_symbol(machine, "unquote"),
        .unquote_splicing = machine_symbol(machine, "unquote-splicing"),
        .define = machine_symbol(machine, "define"),
        .begin = machine_symbol(machine, "begin"),
        .lambda = machine_symbol(machine, "lambda"),
        .otherwise = machine_symbol(machine, "else"),
        .arrow = machine_symbol(machine, "=>"),
    };
}

static value global(struct machine *machine, const char *name)
{
    return symbol_of(machine_symbol(machine, name))->global;
}

static void add_primitives(struct machine *machine)
{
    machine->primitives = (struct primitives){
        .cons = global(machine, "cons"),
        .append = global(machine, "append"),
        .list_to_vector = global(machine, "list->vector"),
        .memv = global(machine, "memv"),
        .raise_again = global(machine, "raise-again"),
        .make_promise = global(machine, "make-promise"),
    };
}

void machine_init(struct machine *machine, uint32_t depth_limit)
{
    *machine = (struct machine){.depth_limit = depth_limit};
    add_names(machine);
    compiler_add_keywords(machine);
    builtins_add_predicates(machine);
    builtins_add_numbers(machine);
    builtins_add_arithmetic(machine);
    builtins_add_lists(machine);
    builtins_add_vectors(machine);
    builtins_add_strings(machine);
    builtins_add_characters(machine);
    builtins_add_control(machine);
    builtins_add_system(machine);
    builtins_add_prelude(machine);
    add_primitives(machine);
}
