/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "builtins.h"

/* Pairs. */

static value cons_of(struct machine *machine, struct arguments given)
{
    (void)machine;
    return cons(given.at[0], given.at[1]);
}

static value car_of(struct machine *machine, struct arguments given)
{
    return need_pair(machine, given.at[0])->car;
}

static value cdr_of(struct machine *machine, struct arguments given)
{
    return need_pair(machine, given.at[0])->cdr;
}

/* cadr and its kin: the letters between c and r, from the right. */
static value path_of(struct machine *machine, struct arguments given)
{
    value v = given.at[0];
    const char *name = machine->running->name;
    for (size_t i = strlen(name) - 2; i > 0; i--) {
        const struct pair *pair = need_pair(machine, v);
        v = name[i] == 'a' ? pair->car : pair->cdr;
    }
    return v;
}

static value set_car(struct machine *machine, struct arguments given)
{
    need_pair(machine, given.at[0])->car = given.at[1];
    return UNSPECIFIED;
}

static value set_cdr(struct machine *machine, struct arguments given)
{
    need_pair(machine, given.at[0])->cdr = given.at[1];
    return UNSPECIFIED;
}

/* Lists. */

static value list(struct machine *machine, struct arguments given)
{
    (void)machine;
    value result = NIL;
    for (size_t i = given.count; i > 0; i--)
        result = cons(given.at[i - 1], result);
    return result;
}

/* (cons* 1 2 '(3)) is (1 2 3). */
static value list_star(struct machine *machine, struct arguments given)
{
    (void)machine;
    value result = given.at[given.count - 1];
    for (size_t i = given.count - 1; i > 0; i--)
        result = cons(given.at[i - 1], result);
    return result;
}

static value length(struct machine *machine, struct arguments given)
{
    return integer((int64_t)need_list(machine, given.at[0]));
}

/* A copy of `front` that goes on with `rest`. */
static value append_two(struct machine *machine, value front, value rest)
{
    value result = rest;
    value *tail = &result;
    need_list(machine, front);
    for (; is_pair(front); front = cdr(front)) {
        *tail = cons(car(front), rest);
        tail = &pair_of(*tail)->cdr;
    }
    return result;
}

static value append(struct machine *machine, struct arguments given)
{
    if (given.count == 0)
        return NIL;
    value result = given.at[given.count - 1];
    for (size_t i = given.count - 1; i > 0; i--)
        result = append_two(machine, given.at[i - 1], result);
    return result;
}

static value list_copy(struct machine *machine, struct arguments given)
{
    return append_two(machine, given.at[0], NIL);
}

static value reverse(struct machine *machine, struct arguments given)
{
    value reversed = NIL;
    need_list(machine, given.at[0]);
    for (value rest = given.at[0]; is_pair(rest); rest = cdr(rest))
        reversed = cons(car(rest), reversed);
    return reversed;
}

static value list_tail(struct machine *machine, struct arguments given)
{
    value rest = given.at[0];
    size_t n = need_index(machine, given.at[1], LENGTH_LIMIT);
    for (; n > 0; n--) {
        if (!is_pair(rest))
            fail(machine, "out of range", given.at[1]);
        rest = cdr(rest);
    }
    return rest;
}

static value list_ref(struct machine *machine, struct arguments given)
{
    value rest = list_tail(machine, given);
    if (!is_pair(rest))
        fail(machine, "out of range", given.at[1]);
    return car(rest);
}

static value last_pair(struct machine *machine, struct arguments given)
{
    value rest = given.at[0];
    need_pair(machine, rest);
    need_list(machine, rest);
    while (is_pair(cdr(rest)))
        rest = cdr(rest);
    return rest;
}

/* Looking for an element. */

typedef bool comparison(struct machine *machine, value a, value b);

static bool are_same(struct machine *machine, value a, value b)
{
    (void)machine;
    return same(a, b);
}

static bool are_eqv(struct machine *machine, value a, value b)
{
    (void)machine;
    return is_eqv(a, b);
}

static value find_member(struct machine *machine, struct arguments given,
                         comparison *is_it)
{
    value rest = given.at[1];
    for (; is_pair(rest); rest = cdr(rest))
        if (is_it(machine, given.at[0], car(rest)))
            return rest;
    if (!is_nil(rest))
        fail(machine, "not a list", given.at[1]);
    return FALSE;
}

static value find_association(struct machine *machine, struct arguments given,
                              comparison *is_it)
{
    value rest = given.at[1];
    for (; is_pair(rest); rest = cdr(rest))
        if (is_it(machine, given.at[0], need_pair(machine, car(rest))->car))
            return car(rest);
    if (!is_nil(rest))
        fail(machine, "not a list", given.at[1]);
    return FALSE;
}

static value memq(struct machine *machine, struct arguments given)
{
    return find_member(machine, given, are_same);
}

static value memv(struct machine *machine, struct arguments given)
{
    return find_member(machine, given, are_eqv);
}

static value member(struct machine *machine, struct arguments given)
{
    return find_member(machine, given, is_equal);
}

static value assq(struct machine *machine, struct arguments given)
{
    return find_association(machine, given, are_same);
}

static value assv(struct machine *machine, struct arguments given)
{
    return find_association(machine, given, are_eqv);
}

static value assoc(struct machine *machine, struct arguments given)
{
    return find_association(machine, given, is_equal);
}

void builtins_add_lists(struct machine *machine)
{
    static const struct builtin table[] = {
        FUNCTION("cons", 2, 2, cons_of),
        FUNCTION("car", 1, 1, car_of),
        FUNCTION("cdr", 1, 1, cdr_of),
        FUNCTION("caar", 1, 1, path_of),
        FUNCTION("cadr", 1, 1, path_of),
        FUNCTION("cdar", 1, 1, path_of),
        FUNCTION("cddr", 1, 1, path_of),
        FUNCTION("caddr", 1, 1, path_of),
        FUNCTION("cdddr", 1, 1, path_of),
        FUNCTION("cadar", 1, 1, path_of),
        FUNCTION("cddar", 1, 1, path_of),
        FUNCTION("caadr", 1, 1, path_of),
        FUNCTION("cdadr", 1, 1, path_of),
        FUNCTION("cadddr", 1, 1, path_of),
        FUNCTION("set-car!", 2, 2, set_car),
        FUNCTION("set-cdr!", 2, 2, set_cdr),
        FUNCTION("list", 0, ANY_NUMBER, list),
        FUNCTION("cons*", 1, ANY_NUMBER, list_star),
        FUNCTION("length", 1, 1, length),
        FUNCTION("append", 0, ANY_NUMBER, append),
        FUNCTION("list-copy", 1, 1, list_copy),
        FUNCTION("reverse", 1, 1, reverse),
        FUNCTION("list-tail", 2, 2, list_tail),
        FUNCTION("list-ref", 2, 2, list_ref),
        FUNCTION("last-pair", 1, 1, last_pair),
        FUNCTION("memq", 2, 2, memq),
        FUNCTION("memv", 2, 2, memv),
        FUNCTION("member", 2, 2, member),
        FUNCTION("assq", 2, 2, assq),
        FUNCTION("assv", 2, 2, assv),
        FUNCTION("assoc", 2, 2, assoc),
    };
    builtins_define(machine, table, sizeof table / sizeof *table);
}
