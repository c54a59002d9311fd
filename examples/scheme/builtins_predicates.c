/* SPDX-License-Identifier: MIT */
#include "builtins.h"

/* What a value is, and whether two are the same. */

static value eq_p(struct machine *machine, struct arguments given)
{
    (void)machine;
    return boolean(same(given.at[0], given.at[1]));
}

static value eqv_p(struct machine *machine, struct arguments given)
{
    (void)machine;
    return boolean(is_eqv(given.at[0], given.at[1]));
}

static value equal_p(struct machine *machine, struct arguments given)
{
    return boolean(is_equal(machine, given.at[0], given.at[1]));
}

static value not_p(struct machine *machine, struct arguments given)
{
    (void)machine;
    return boolean(!is_true(given.at[0]));
}

static value null_p(struct machine *machine, struct arguments given)
{
    (void)machine;
    return boolean(is_nil(given.at[0]));
}

static value pair_p(struct machine *machine, struct arguments given)
{
    (void)machine;
    return boolean(is_pair(given.at[0]));
}

static value list_p(struct machine *machine, struct arguments given)
{
    (void)machine;
    return boolean(list_length(given.at[0]) >= 0);
}

static value boolean_p(struct machine *machine, struct arguments given)
{
    (void)machine;
    return boolean(same(given.at[0], TRUE) || same(given.at[0], FALSE));
}

static value symbol_p(struct machine *machine, struct arguments given)
{
    (void)machine;
    return boolean(is_symbol(given.at[0]));
}

static value string_p(struct machine *machine, struct arguments given)
{
    (void)machine;
    return boolean(has_type(given.at[0], TYPE_STRING));
}

static value char_p(struct machine *machine, struct arguments given)
{
    (void)machine;
    return boolean(is_character(given.at[0]));
}

static value vector_p(struct machine *machine, struct arguments given)
{
    (void)machine;
    return boolean(has_type(given.at[0], TYPE_VECTOR));
}

static value procedure_p(struct machine *machine, struct arguments given)
{
    (void)machine;
    value v = given.at[0];
    return boolean(has_type(v, TYPE_CLOSURE) || has_type(v, TYPE_BUILTIN) ||
                   has_type(v, TYPE_CONTINUATION));
}

static value error_p(struct machine *machine, struct arguments given)
{
    (void)machine;
    return boolean(has_type(given.at[0], TYPE_CONDITION));
}

void builtins_add_predicates(struct machine *machine)
{
    static const struct builtin table[] = {
        FUNCTION("eq?", 2, 2, eq_p),
        FUNCTION("eqv?", 2, 2, eqv_p),
        FUNCTION("equal?", 2, 2, equal_p),
        FUNCTION("not", 1, 1, not_p),
        FUNCTION("null?", 1, 1, null_p),
        FUNCTION("pair?", 1, 1, pair_p),
        FUNCTION("list?", 1, 1, list_p),
        FUNCTION("boolean?", 1, 1, boolean_p),
        FUNCTION("symbol?", 1, 1, symbol_p),
        FUNCTION("string?", 1, 1, string_p),
        FUNCTION("char?", 1, 1, char_p),
        FUNCTION("vector?", 1, 1, vector_p),
        FUNCTION("procedure?", 1, 1, procedure_p),
        FUNCTION("error-object?", 1, 1, error_p),
    };
    builtins_define(machine, table, sizeof table / sizeof *table);
}
