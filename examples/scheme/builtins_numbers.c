/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "builtins.h"

/* Numbers: what they are, how they compare, and from one kind to the other.
 * An integer is exact, a real is not; a mixture is computed in reals. */

bool is_number(value v)
{
    return is_integer(v) || has_type(v, TYPE_REAL);
}

double need_number(struct machine *machine, value v)
{
    if (is_integer(v))
        return (double)integer_of(v);
    if (!has_type(v, TYPE_REAL))
        fail(machine, "not a number", v);
    return real_of(v);
}

/* Comparing.  Returns less than, equal to or greater than 0, and 2 where a NaN
 * compares with nothing. */
static int compare(struct machine *machine, value a, value b)
{
    if (is_integer(a) && is_integer(b))
        return (integer_of(a) > integer_of(b)) -
               (integer_of(a) < integer_of(b));
    double x = need_number(machine, a);
    double y = need_number(machine, b);
    return isunordered(x, y) ? 2 : (x > y) - (x < y);
}

static bool is_equal_order(int order)
{
    return order == 0;
}

static bool is_less_order(int order)
{
    return order == -1;
}

static bool is_greater_order(int order)
{
    return order == 1;
}

static bool is_at_most_order(int order)
{
    return order == -1 || order == 0;
}

static bool is_at_least_order(int order)
{
    return order == 1 || order == 0;
}

/* Whether every number and the next one are in that order. */
static value in_order(struct machine *machine, struct arguments given,
                      bool (*holds)(int order))
{
    bool result = true;
    if (given.count == 1)
        need_number(machine, given.at[0]);
    for (size_t i = 1; i < given.count; i++)
        if (!holds(compare(machine, given.at[i - 1], given.at[i])))
            result = false;
    return boolean(result);
}

static value equal(struct machine *machine, struct arguments given)
{
    return in_order(machine, given, is_equal_order);
}

static value less(struct machine *machine, struct arguments given)
{
    return in_order(machine, given, is_less_order);
}

static value greater(struct machine *machine, struct arguments given)
{
    return in_order(machine, given, is_greater_order);
}

static value at_most(struct machine *machine, struct arguments given)
{
    return in_order(machine, given, is_at_most_order);
}

static value at_least(struct machine *machine, struct arguments given)
{
    return in_order(machine, given, is_at_least_order);
}

/* The largest or smallest; a real among them makes the result a real. */
static value extreme(struct machine *machine, struct arguments given,
                     int wanted)
{
    value best = given.at[0];
    bool has_real = false;
    for (size_t i = 0; i < given.count; i++) {
        has_real |= has_type(given.at[i], TYPE_REAL);
        if (compare(machine, given.at[i], best) == wanted)
            best = given.at[i];
    }
    return has_real ? make_real(need_number(machine, best)) : best;
}

static value maximum(struct machine *machine, struct arguments given)
{
    return extreme(machine, given, 1);
}

static value minimum(struct machine *machine, struct arguments given)
{
    return extreme(machine, given, -1);
}

/* Predicates. */

static value number_p(struct machine *machine, struct arguments given)
{
    (void)machine;
    return boolean(is_number(given.at[0]));
}

static value integer_p(struct machine *machine, struct arguments given)
{
    (void)machine;
    value v = given.at[0];
    return boolean(is_integer(v) ||
                   (has_type(v, TYPE_REAL) && floor(real_of(v)) == real_of(v) &&
                    isfinite(real_of(v))));
}

static value exact_p(struct machine *machine, struct arguments given)
{
    need_number(machine, given.at[0]);
    return boolean(is_integer(given.at[0]));
}

static value inexact_p(struct machine *machine, struct arguments given)
{
    need_number(machine, given.at[0]);
    return boolean(!is_integer(given.at[0]));
}

static value zero_p(struct machine *machine, struct arguments given)
{
    return boolean(need_number(machine, given.at[0]) == 0.0);
}

static value positive_p(struct machine *machine, struct arguments given)
{
    return boolean(need_number(machine, given.at[0]) > 0.0);
}

static value negative_p(struct machine *machine, struct arguments given)
{
    return boolean(need_number(machine, given.at[0]) < 0.0);
}

static value even_p(struct machine *machine, struct arguments given)
{
    return boolean(need_integer(machine, given.at[0]) % 2 == 0);
}

static value odd_p(struct machine *machine, struct arguments given)
{
    return boolean(need_integer(machine, given.at[0]) % 2 != 0);
}

/* From one kind to the other. */

static value to_inexact(struct machine *machine, struct arguments given)
{
    return make_real(need_number(machine, given.at[0]));
}

static value to_exact(struct machine *machine, struct arguments given)
{
    if (is_integer(given.at[0]))
        return given.at[0];
    double number = need_number(machine, given.at[0]);
    if (floor(number) != number || fabs(number) > (double)INTEGER_MAX / 2)
        fail(machine, "no integer has this value", given.at[0]);
    return integer((int64_t)number);
}

static value round_with(struct machine *machine, value v,
                        double (*function)(double number))
{
    return is_integer(v) ? v : make_real(function(need_number(machine, v)));
}

static value floor_of(struct machine *machine, struct arguments given)
{
    return round_with(machine, given.at[0], floor);
}

static value ceiling_of(struct machine *machine, struct arguments given)
{
    return round_with(machine, given.at[0], ceil);
}

static value truncate_of(struct machine *machine, struct arguments given)
{
    return round_with(machine, given.at[0], trunc);
}

/* To the even one of two that are equally near. */
static value round_of(struct machine *machine, struct arguments given)
{
    return round_with(machine, given.at[0], nearbyint);
}

void builtins_add_numbers(struct machine *machine)
{
    static const struct builtin table[] = {
        FUNCTION("=", 1, ANY_NUMBER, equal),
        FUNCTION("<", 1, ANY_NUMBER, less),
        FUNCTION(">", 1, ANY_NUMBER, greater),
        FUNCTION("<=", 1, ANY_NUMBER, at_most),
        FUNCTION(">=", 1, ANY_NUMBER, at_least),
        FUNCTION("max", 1, ANY_NUMBER, maximum),
        FUNCTION("min", 1, ANY_NUMBER, minimum),
        FUNCTION("number?", 1, 1, number_p),
        FUNCTION("real?", 1, 1, number_p),
        FUNCTION("integer?", 1, 1, integer_p),
        FUNCTION("exact?", 1, 1, exact_p),
        FUNCTION("inexact?", 1, 1, inexact_p),
        FUNCTION("zero?", 1, 1, zero_p),
        FUNCTION("positive?", 1, 1, positive_p),
        FUNCTION("negative?", 1, 1, negative_p),
        FUNCTION("even?", 1, 1, even_p),
        FUNCTION("odd?", 1, 1, odd_p),
        FUNCTION("inexact", 1, 1, to_inexact),
        FUNCTION("exact->inexact", 1, 1, to_inexact),
        FUNCTION("exact", 1, 1, to_exact),
        FUNCTION("inexact->exact", 1, 1, to_exact),
        FUNCTION("floor", 1, 1, floor_of),
        FUNCTION("ceiling", 1, 1, ceiling_of),
        FUNCTION("truncate", 1, 1, truncate_of),
        FUNCTION("round", 1, 1, round_of),
    };
    builtins_define(machine, table, sizeof table / sizeof *table);
}
