/* SPDX-License-Identifier: MIT */
/* printf() with cords: what is not of cords is left to libc, one conversion at a
 * time. */
#include <gc/cord.h>
#include <gc/ec.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "compat/cord/node.h"

/* One conversion of a format, as it was written but for the stars. */
struct conversion {
    bool is_left;  /* the flag - */
    int width;     /* or -1 */
    int precision; /* or -1 */
    char length;   /* of the argument: one of "hlLqjzt", H for hh, or 0 */
    char letter;   /* or 0 if it is not a conversion */
    char flags[8];
};

enum kind {
    IS_INT,
    IS_LONG,
    IS_LONG_LONG,
    IS_MAX,
    IS_SIZE,
    IS_DIFFERENCE,
    IS_DOUBLE,
    IS_LONG_DOUBLE,
    IS_POINTER,
    IS_WIDE_CHARACTER,
    IS_NOTHING
};

/* An argument that was taken. */
struct value {
    enum kind kind;
    union {
        int of_int;
        long of_long;
        long long of_long_long;
        intmax_t of_max;
        size_t of_size;
        ptrdiff_t of_difference;
        double of_double;
        long double of_long_double;
        void *of_pointer;
        wint_t of_wide_character;
    } as;
};

/* The arguments, so that they can be handed on by reference. */
struct arguments {
    va_list list;
};

/* The result. */
struct output {
    struct part text;
};

static void append(struct output *out, CORD x)
{
    out->text = gc__cord_append(out->text, (struct part){x, CORD_len(x)});
}

/* -- Reading a format */

static char next_of(CORD_pos at)
{
    if (!CORD_pos_valid(at))
        return '\0';
    char c = CORD_pos_fetch(at);
    CORD_next(at);
    return c;
}

static bool skips(CORD_pos at, char c)
{
    if (!CORD_pos_valid(at) || CORD_pos_fetch(at) != c)
        return false;
    CORD_next(at);
    return true;
}

static void read_flags(CORD_pos at, struct conversion *conversion)
{
    size_t count = 0;
    while (CORD_pos_valid(at) && CORD_pos_fetch(at) != '\0' &&
           strchr("-+ #0'I", CORD_pos_fetch(at)) != NULL) {
        char flag = next_of(at);
        conversion->is_left |= flag == '-';
        if (memchr(conversion->flags, flag, count) == NULL)
            conversion->flags[count++] = flag;
    }
}

/* A number, a star's argument, or -1. */
static int read_number(CORD_pos at, struct arguments *arguments)
{
    if (skips(at, '*'))
        return va_arg(arguments->list, int);
    int number = -1;
    while (CORD_pos_valid(at) && CORD_pos_fetch(at) >= '0' &&
           CORD_pos_fetch(at) <= '9') {
        int digit = next_of(at) - '0';
        number = number < 0 ? 0 : number;
        number =
            number > (INT_MAX - digit) / 10 ? INT_MAX : 10 * number + digit;
    }
    return number;
}

static void read_width(CORD_pos at, struct conversion *conversion,
                       struct arguments *arguments)
{
    bool is_star = CORD_pos_valid(at) && CORD_pos_fetch(at) == '*';
    conversion->width = read_number(at, arguments);
    if (is_star && conversion->width < 0) {
        conversion->is_left = true;
        conversion->width =
            conversion->width == INT_MIN ? INT_MAX : -conversion->width;
    }
}

static void read_precision(CORD_pos at, struct conversion *conversion,
                           struct arguments *arguments)
{
    if (!skips(at, '.'))
        return;
    bool is_star = CORD_pos_valid(at) && CORD_pos_fetch(at) == '*';
    int number = read_number(at, arguments);
    conversion->precision = number >= 0 ? number : is_star ? -1 : 0;
}

static char read_length(CORD_pos at)
{
    if (!CORD_pos_valid(at) || CORD_pos_fetch(at) == '\0' ||
        strchr("hlLqjzt", CORD_pos_fetch(at)) == NULL)
        return '\0';
    char length = next_of(at);
    if (length == 'h' && skips(at, 'h'))
        return 'H';
    if (length == 'l' && skips(at, 'l'))
        return 'q';
    return length;
}

/* Behind a %. */
static struct conversion read_conversion(CORD_pos at,
                                         struct arguments *arguments)
{
    struct conversion conversion = {.width = -1, .precision = -1};
    read_flags(at, &conversion);
    read_width(at, &conversion, arguments);
    read_precision(at, &conversion, arguments);
    conversion.length = read_length(at);
    conversion.letter = next_of(at);
    return conversion;
}

/* -- Taking an argument */

static enum kind kind_of_integer(char length)
{
    switch (length) {
    case 'l':
        return IS_LONG;
    case 'q':
    case 'L':
        return IS_LONG_LONG;
    case 'j':
        return IS_MAX;
    case 'z':
        return IS_SIZE;
    case 't':
        return IS_DIFFERENCE;
    default:
        return IS_INT;
    }
}

static enum kind kind_of(const struct conversion *conversion)
{
    switch (conversion->letter) {
    case 'c':
        return conversion->length == 'l' ? IS_WIDE_CHARACTER : IS_INT;
    case 'C':
        return IS_WIDE_CHARACTER;
    case 'm':
        return IS_NOTHING;
    case 'p':
    case 's':
    case 'S':
        return IS_POINTER;
    default:
        break;
    }
    if (strchr("aAeEfFgG", conversion->letter) != NULL)
        return conversion->length == 'L' ? IS_LONG_DOUBLE : IS_DOUBLE;
    return kind_of_integer(conversion->length);
}

static void take(const struct conversion *conversion,
                 struct arguments *arguments, struct value *value)
{
    value->kind = kind_of(conversion);
    switch (value->kind) {
    case IS_INT:
        value->as.of_int = va_arg(arguments->list, int);
        break;
    case IS_LONG:
        value->as.of_long = va_arg(arguments->list, long);
        break;
    case IS_LONG_LONG:
        value->as.of_long_long = va_arg(arguments->list, long long);
        break;
    case IS_MAX:
        value->as.of_max = va_arg(arguments->list, intmax_t);
        break;
    case IS_SIZE:
        value->as.of_size = va_arg(arguments->list, size_t);
        break;
    case IS_DIFFERENCE:
        value->as.of_difference = va_arg(arguments->list, ptrdiff_t);
        break;
    case IS_DOUBLE:
        value->as.of_double = va_arg(arguments->list, double);
        break;
    case IS_LONG_DOUBLE:
        value->as.of_long_double = va_arg(arguments->list, long double);
        break;
    case IS_POINTER:
        value->as.of_pointer = va_arg(arguments->list, void *);
        break;
    case IS_WIDE_CHARACTER:
        value->as.of_wide_character = va_arg(arguments->list, wint_t);
        break;
    case IS_NOTHING:
        break;
    }
}

/* -- Converting it */

static int print_value(char *to, size_t bytes, const char *format,
                       const struct value *value)
{
    switch (value->kind) {
    case IS_INT:
        return snprintf(to, bytes, format, value->as.of_int);
    case IS_LONG:
        return snprintf(to, bytes, format, value->as.of_long);
    case IS_LONG_LONG:
        return snprintf(to, bytes, format, value->as.of_long_long);
    case IS_MAX:
        return snprintf(to, bytes, format, value->as.of_max);
    case IS_SIZE:
        return snprintf(to, bytes, format, value->as.of_size);
    case IS_DIFFERENCE:
        return snprintf(to, bytes, format, value->as.of_difference);
    case IS_DOUBLE:
        return snprintf(to, bytes, format, value->as.of_double);
    case IS_LONG_DOUBLE:
        return snprintf(to, bytes, format, value->as.of_long_double);
    case IS_POINTER:
        return snprintf(to, bytes, format, value->as.of_pointer);
    case IS_WIDE_CHARACTER:
        return snprintf(to, bytes, format, value->as.of_wide_character);
    case IS_NOTHING:
        break;
    }
    return snprintf(to, bytes, format, 0);
}

/* The conversion as libc knows it. */
static void write_format(const struct conversion *conversion, char *to,
                         size_t bytes)
{
    char width[16] = "", precision[16] = "", length[3] = "";
    if (conversion->width >= 0)
        snprintf(width, sizeof width, "%d", conversion->width);
    if (conversion->precision >= 0)
        snprintf(precision, sizeof precision, ".%d", conversion->precision);
    if (conversion->length == 'H')
        strcpy(length, "hh");
    else
        length[0] = conversion->length;
    bool lacks_flag =
        conversion->is_left && strchr(conversion->flags, '-') == NULL;
    snprintf(to, bytes, "%%%s%s%s%s%s%c", lacks_flag ? "-" : "",
             conversion->flags, width, precision, length, conversion->letter);
}

static bool convert(struct output *out, const struct conversion *conversion,
                    struct arguments *arguments)
{
    char format[64], some[128];
    struct value value;
    take(conversion, arguments, &value);
    write_format(conversion, format, sizeof format);
    int count = print_value(some, sizeof some, format, &value);
    if (count < 0)
        return false;
    char *all = some;
    if ((size_t)count >= sizeof some) {
        all = gc__cord_allocate_chars((size_t)count);
        print_value(all, (size_t)count + 1, format, &value);
    }
    append(out, gc__cord_of_bytes(all, (size_t)count));
    return true;
}

/* As much of `x` as the precision says, as wide as the width says. */
static void convert_cord(struct output *out,
                         const struct conversion *conversion, CORD x)
{
    if (conversion->precision >= 0)
        x = CORD_substr(x, 0, (size_t)conversion->precision);
    size_t length = CORD_len(x), width = 0;
    if (conversion->width > 0 && (size_t)conversion->width > length)
        width = (size_t)conversion->width - length;
    if (!conversion->is_left)
        append(out, CORD_chars(' ', width));
    append(out, x);
    if (conversion->is_left)
        append(out, CORD_chars(' ', width));
}

static void store_count(size_t count, char length, void *to)
{
    switch (length) {
    case 'H':
        *(signed char *)to = (signed char)count;
        break;
    case 'h':
        *(short *)to = (short)count;
        break;
    case '\0':
        *(int *)to = (int)count;
        break;
    default:
        *(long *)to = (long)count; /* the others are as long */
    }
}

static bool print_conversion(struct output *out, CORD_pos at,
                             struct arguments *arguments)
{
    struct conversion conversion = read_conversion(at, arguments);
    switch (conversion.letter) {
    case '%':
        append(out, "%");
        return true;
    case 'r':
        convert_cord(out, &conversion, va_arg(arguments->list, CORD));
        return true;
    case 'n':
        store_count(out->text.length, conversion.length,
                    va_arg(arguments->list, void *));
        return true;
    default:
        return conversion.letter != '\0' &&
               strchr("diouxXcCsSpaAeEfFgGm", conversion.letter) != NULL &&
               convert(out, &conversion, arguments);
    }
}

/* -- The functions of cord.h */

int CORD_vsprintf(CORD *out, CORD format, va_list args)
{
    struct output output = {{CORD_EMPTY, 0}};
    struct arguments arguments;
    va_copy(arguments.list, args);
    CORD_pos at;
    CORD_set_pos(at, format, 0);
    bool is_fine = true;
    while (is_fine && CORD_pos_valid(at)) {
        size_t start = CORD_pos_to_index(at);
        while (CORD_pos_valid(at) && CORD_pos_fetch(at) != '%')
            CORD_next(at);
        /* Copied, as the format may be a string that changes. */
        CORD literal =
            CORD_substr(format, start, CORD_pos_to_index(at) - start);
        size_t length = CORD_len(literal);
        append(&output,
               gc__cord_of_bytes(CORD_to_const_char_star(literal), length));
        if (skips(at, '%'))
            is_fine = print_conversion(&output, at, &arguments);
    }
    va_end(arguments.list);
    if (!is_fine || output.text.length > INT_MAX)
        return -1;
    *out = output.text.cord;
    return (int)output.text.length;
}

int CORD_sprintf(CORD *out, CORD format, ...)
{
    va_list args;
    va_start(args, format);
    int count = CORD_vsprintf(out, format, args);
    va_end(args);
    return count;
}

int CORD_vfprintf(FILE *f, CORD format, va_list args)
{
    CORD text = CORD_EMPTY;
    int count = CORD_vsprintf(&text, format, args);
    return count > 0 && CORD_put(text, f) == EOF ? -1 : count;
}

int CORD_fprintf(FILE *f, CORD format, ...)
{
    va_list args;
    va_start(args, format);
    int count = CORD_vfprintf(f, format, args);
    va_end(args);
    return count;
}

int CORD_vprintf(CORD format, va_list args)
{
    return CORD_vfprintf(stdout, format, args);
}

int CORD_printf(CORD format, ...)
{
    va_list args;
    va_start(args, format);
    int count = CORD_vfprintf(stdout, format, args);
    va_end(args);
    return count;
}
