/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "builtins.h"

/* Arithmetic.  An integer result that does not fit is an error, never a number
 * that is nearly right. */

enum operation { ADD, SUBTRACT, MULTIPLY };

static bool compute(enum operation operation, int64_t a, int64_t b,
                    int64_t *result)
{
    switch (operation) {
    case ADD:
        return !__builtin_add_overflow(a, b, result);
    case SUBTRACT:
        return !__builtin_sub_overflow(a, b, result);
    default:
        return !__builtin_mul_overflow(a, b, result);
    }
}

static double compute_real(enum operation operation, double a, double b)
{
    switch (operation) {
    case ADD:
        return a + b;
    case SUBTRACT:
        return a - b;
    default:
        return a * b;
    }
}

static value combine(struct machine *machine, enum operation operation, value a,
                     value b)
{
    int64_t result;
    if (!is_integer(a) || !is_integer(b))
        return make_real(compute_real(operation, need_number(machine, a),
                                      need_number(machine, b)));
    if (!compute(operation, integer_of(a), integer_of(b), &result) ||
        !fits_integer(result))
        fail(machine, "integer overflow", NOTHING);
    return integer(result);
}

static value add(struct machine *machine, struct arguments given)
{
    value sum = integer(0);
    for (size_t i = 0; i < given.count; i++)
        sum = combine(machine, ADD, sum, given.at[i]);
    return sum;
}

static value multiply(struct machine *machine, struct arguments given)
{
    value product = integer(1);
    for (size_t i = 0; i < given.count; i++)
        product = combine(machine, MULTIPLY, product, given.at[i]);
    return product;
}

static value subtract(struct machine *machine, struct arguments given)
{
    if (given.count == 1)
        return combine(machine, SUBTRACT, integer(0), given.at[0]);
    value difference = given.at[0];
    for (size_t i = 1; i < given.count; i++)
        difference = combine(machine, SUBTRACT, difference, given.at[i]);
    return difference;
}

/* An integer where there is one, else a real. */
static value divide_two(struct machine *machine, value a, value b)
{
    double divisor = need_number(machine, b);
    if (is_integer(b) && divisor == 0.0)
        fail(machine, "division by zero", NOTHING);
    if (is_integer(a) && is_integer(b) && integer_of(a) % integer_of(b) == 0 &&
        fits_integer(integer_of(a) / integer_of(b)))
        return integer(integer_of(a) / integer_of(b));
    return make_real(need_number(machine, a) / divisor);
}

static value divide(struct machine *machine, struct arguments given)
{
    if (given.count == 1)
        return divide_two(machine, integer(1), given.at[0]);
    value quotient = given.at[0];
    for (size_t i = 1; i < given.count; i++)
        quotient = divide_two(machine, quotient, given.at[i]);
    return quotient;
}

/* Whole numbers. */

static int64_t need_divisor(struct machine *machine, value v)
{
    int64_t divisor = need_integer(machine, v);
    if (divisor == 0)
        fail(machine, "division by zero", NOTHING);
    return divisor;
}

static value quotient_of(struct machine *machine, struct arguments given)
{
    int64_t dividend = need_integer(machine, given.at[0]);
    int64_t quotient = dividend / need_divisor(machine, given.at[1]);
    if (!fits_integer(quotient))
        fail(machine, "integer overflow", NOTHING);
    return integer(quotient);
}

/* With the sign of the dividend. */
static value remainder_of(struct machine *machine, struct arguments given)
{
    int64_t dividend = need_integer(machine, given.at[0]);
    return integer(dividend % need_divisor(machine, given.at[1]));
}

/* With the sign of the divisor. */
static value modulo_of(struct machine *machine, struct arguments given)
{
    int64_t dividend = need_integer(machine, given.at[0]);
    int64_t divisor = need_divisor(machine, given.at[1]);
    int64_t remainder = dividend % divisor;
    bool has_other_sign = remainder != 0 && (remainder < 0) != (divisor < 0);
    return integer(has_other_sign ? remainder + divisor : remainder);
}

static value gcd(struct machine *machine, struct arguments given)
{
    int64_t common = 0;
    for (size_t i = 0; i < given.count; i++) {
        int64_t other = need_integer(machine, given.at[i]);
        while (other != 0) {
            int64_t remainder = common % other;
            common = other;
            other = remainder;
        }
    }
    if (!fits_integer(common < 0 ? -common : common))
        fail(machine, "integer overflow", NOTHING);
    return integer(common < 0 ? -common : common);
}

static value absolute(struct machine *machine, struct arguments given)
{
    if (!is_integer(given.at[0]))
        return make_real(fabs(need_number(machine, given.at[0])));
    if (integer_of(given.at[0]) >= 0)
        return given.at[0];
    return combine(machine, SUBTRACT, integer(0), given.at[0]);
}

/* Powers and functions. */

static value integer_power(struct machine *machine, value base,
                           int64_t exponent)
{
    value power = integer(1);
    for (;;) {
        if (exponent % 2 != 0)
            power = combine(machine, MULTIPLY, power, base);
        exponent /= 2;
        if (exponent == 0)
            return power;
        base = combine(machine, MULTIPLY, base, base);
    }
}

static value power_of(struct machine *machine, struct arguments given)
{
    value exponent = given.at[1];
    if (is_integer(given.at[0]) && is_integer(exponent) &&
        integer_of(exponent) >= 0)
        return integer_power(machine, given.at[0], integer_of(exponent));
    return make_real(
        pow(need_number(machine, given.at[0]), need_number(machine, exponent)));
}

static value square_root(struct machine *machine, struct arguments given)
{
    double number = need_number(machine, given.at[0]);
    if (number < 0.0)
        fail(machine, "negative", given.at[0]);
    double root = sqrt(number);
    if (is_integer(given.at[0]) && floor(root) == root &&
        (int64_t)root * (int64_t)root == integer_of(given.at[0]))
        return integer((int64_t)root);
    return make_real(root);
}

/* One function of the C library of one real. */
#define REAL_FUNCTION(name, function)                                  \
    static value name(struct machine *machine, struct arguments given) \
    {                                                                  \
        return make_real(function(need_number(machine, given.at[0]))); \
    }

REAL_FUNCTION(exponential, exp)
REAL_FUNCTION(sine, sin)
REAL_FUNCTION(cosine, cos)
REAL_FUNCTION(tangent, tan)
REAL_FUNCTION(logarithm, log)

static value arc_tangent(struct machine *machine, struct arguments given)
{
    double y = need_number(machine, given.at[0]);
    if (given.count == 1)
        return make_real(atan(y));
    return make_real(atan2(y, need_number(machine, given.at[1])));
}

void builtins_add_arithmetic(struct machine *machine)
{
    static const struct builtin table[] = {
        FUNCTION("+", 0, ANY_NUMBER, add),
        FUNCTION("-", 1, ANY_NUMBER, subtract),
        FUNCTION("*", 0, ANY_NUMBER, multiply),
        FUNCTION("/", 1, ANY_NUMBER, divide),
        FUNCTION("quotient", 2, 2, quotient_of),
        FUNCTION("remainder", 2, 2, remainder_of),
        FUNCTION("modulo", 2, 2, modulo_of),
        FUNCTION("gcd", 0, ANY_NUMBER, gcd),
        FUNCTION("abs", 1, 1, absolute),
        FUNCTION("expt", 2, 2, power_of),
        FUNCTION("sqrt", 1, 1, square_root),
        FUNCTION("exp", 1, 1, exponential),
        FUNCTION("log", 1, 1, logarithm),
        FUNCTION("sin", 1, 1, sine),
        FUNCTION("cos", 1, 1, cosine),
        FUNCTION("tan", 1, 1, tangent),
        FUNCTION("atan", 1, 2, arc_tangent),
    };
    builtins_define(machine, table, sizeof table / sizeof *table);
}
