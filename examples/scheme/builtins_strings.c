/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "builtins.h"
#include "printer.h"
#include "reader.h"

/* Making strings and taking them apart. */

static value make_string_of(struct machine *machine, struct arguments given)
{
    size_t length = need_index(machine, given.at[0], LENGTH_LIMIT);
    unsigned char fill =
        given.count == 2 ? need_character(machine, given.at[1]) : ' ';
    value string = make_string(length);
    memset(string_of(string)->bytes, fill, length);
    return string;
}

static value string(struct machine *machine, struct arguments given)
{
    value result = make_string(given.count);
    for (size_t i = 0; i < given.count; i++)
        string_of(result)->bytes[i] =
            (char)need_character(machine, given.at[i]);
    return result;
}

static value string_length(struct machine *machine, struct arguments given)
{
    return integer((int64_t)need_string(machine, given.at[0])->length);
}

static char *need_byte(struct machine *machine, struct arguments given)
{
    struct string *text = need_string(machine, given.at[0]);
    if (text->length == 0)
        fail(machine, "out of range", given.at[1]);
    return &text->bytes[need_index(machine, given.at[1], text->length - 1)];
}

static value string_ref(struct machine *machine, struct arguments given)
{
    return character((unsigned char)*need_byte(machine, given));
}

static value string_set(struct machine *machine, struct arguments given)
{
    *need_byte(machine, given) = (char)need_character(machine, given.at[2]);
    return UNSPECIFIED;
}

static value substring(struct machine *machine, struct arguments given)
{
    const struct string *from = need_string(machine, given.at[0]);
    struct slice slice = need_slice(machine, given, 1, from->length);
    return string_from(from->bytes + slice.start, slice.end - slice.start);
}

static value string_append(struct machine *machine, struct arguments given)
{
    size_t length = 0;
    for (size_t i = 0; i < given.count; i++)
        length += need_string(machine, given.at[i])->length;

    value result = make_string(length);
    char *end = string_of(result)->bytes;
    for (size_t i = 0; i < given.count; i++) {
        const struct string *part = string_of(given.at[i]);
        memcpy(end, part->bytes, part->length);
        end += part->length;
    }
    return result;
}

/* The index of the first occurrence of the second in the first, or #f. */
static value string_search(struct machine *machine, struct arguments given)
{
    const struct string *text = need_string(machine, given.at[0]);
    const struct string *part = need_string(machine, given.at[1]);
    for (size_t i = 0; i + part->length <= text->length; i++)
        if (memcmp(text->bytes + i, part->bytes, part->length) == 0)
            return integer((int64_t)i);
    return FALSE;
}

/* Comparing, byte by byte. */

static int compare(const struct string *a, const struct string *b)
{
    size_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->bytes, b->bytes, shorter);
    return order != 0 ? order
                      : (a->length > b->length) - (a->length < b->length);
}

static int compare_arguments(struct machine *machine, struct arguments given)
{
    return compare(need_string(machine, given.at[0]),
                   need_string(machine, given.at[1]));
}

static value string_equal(struct machine *machine, struct arguments given)
{
    return boolean(compare_arguments(machine, given) == 0);
}

static value string_less(struct machine *machine, struct arguments given)
{
    return boolean(compare_arguments(machine, given) < 0);
}

static value string_greater(struct machine *machine, struct arguments given)
{
    return boolean(compare_arguments(machine, given) > 0);
}

/* From strings to other things and back. */

static value string_to_list(struct machine *machine, struct arguments given)
{
    const struct string *from = need_string(machine, given.at[0]);
    struct slice slice = need_slice(machine, given, 1, from->length);
    value list = NIL;
    for (size_t i = slice.end; i > slice.start; i--)
        list = cons(character((unsigned char)from->bytes[i - 1]), list);
    return list;
}

static value list_to_string(struct machine *machine, struct arguments given)
{
    value rest = given.at[0];
    value result = make_string(need_list(machine, rest));
    for (char *byte = string_of(result)->bytes; is_pair(rest); rest = cdr(rest))
        *byte++ = (char)need_character(machine, car(rest));
    return result;
}

static value string_to_symbol(struct machine *machine, struct arguments given)
{
    const struct string *name = need_string(machine, given.at[0]);
    return symbol_intern(&machine->symbols, name->bytes, name->length);
}

static value symbol_to_string(struct machine *machine, struct arguments given)
{
    const struct symbol *symbol = need_symbol(machine, given.at[0]);
    return string_from(symbol->name, symbol->length);
}

static int need_radix(struct machine *machine, struct arguments given)
{
    if (given.count < 2)
        return 10;
    int64_t radix = need_integer(machine, given.at[1]);
    if (radix < 2 || radix > 16)
        fail(machine, "no radix from 2 to 16", given.at[1]);
    return (int)radix;
}

static value string_to_number(struct machine *machine, struct arguments given)
{
    const struct string *text = need_string(machine, given.at[0]);
    value number = number_from(text->bytes, need_radix(machine, given));
    return same(number, NOTHING) ? FALSE : number;
}

static value integer_to_string(int64_t number, int radix)
{
    char digits[65];
    char *first = digits + sizeof digits;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do {
        *--first = "0123456789abcdef"[rest % (unsigned)radix];
        rest /= (unsigned)radix;
    } while (rest > 0);
    if (number < 0)
        *--first = '-';
    return string_from(first, (size_t)(digits + sizeof digits - first));
}

static value number_to_string(struct machine *machine, struct arguments given)
{
    int radix = need_radix(machine, given);
    need_number(machine, given.at[0]);
    if (is_integer(given.at[0]))
        return integer_to_string(integer_of(given.at[0]), radix);
    if (radix != 10)
        fail(machine, "only integers have a radix", given.at[0]);
    struct text text = {0};
    print(&text, given.at[0], PRINT_DISPLAY);
    return string_from(text.bytes, text.length);
}

/* What `write` shows, as a string. */
static value value_to_string(struct machine *machine, struct arguments given)
{
    (void)machine;
    struct text text = {0};
    print(&text, given.at[0], PRINT_WRITE);
    return string_from(text.bytes, text.length);
}

static value string_upcase(struct machine *machine, struct arguments given)
{
    const struct string *from = need_string(machine, given.at[0]);
    value result = string_from(from->bytes, from->length);
    for (size_t i = 0; i < from->length; i++)
        string_of(result)->bytes[i] =
            (char)toupper((unsigned char)from->bytes[i]);
    return result;
}

static value string_downcase(struct machine *machine, struct arguments given)
{
    const struct string *from = need_string(machine, given.at[0]);
    value result = string_from(from->bytes, from->length);
    for (size_t i = 0; i < from->length; i++)
        string_of(result)->bytes[i] =
            (char)tolower((unsigned char)from->bytes[i]);
    return result;
}

void builtins_add_strings(struct machine *machine)
{
    static const struct builtin table[] = {
        FUNCTION("make-string", 1, 2, make_string_of),
        FUNCTION("string", 0, ANY_NUMBER, string),
        FUNCTION("string-length", 1, 1, string_length),
        FUNCTION("string-ref", 2, 2, string_ref),
        FUNCTION("string-set!", 3, 3, string_set),
        FUNCTION("substring", 2, 3, substring),
        FUNCTION("string-copy", 1, 3, substring),
        FUNCTION("string-append", 0, ANY_NUMBER, string_append),
        FUNCTION("string-search", 2, 2, string_search),
        FUNCTION("string=?", 2, 2, string_equal),
        FUNCTION("string<?", 2, 2, string_less),
        FUNCTION("string>?", 2, 2, string_greater),
        FUNCTION("string->list", 1, 3, string_to_list),
        FUNCTION("list->string", 1, 1, list_to_string),
        FUNCTION("string->symbol", 1, 1, string_to_symbol),
        FUNCTION("symbol->string", 1, 1, symbol_to_string),
        FUNCTION("string->number", 1, 2, string_to_number),
        FUNCTION("number->string", 1, 2, number_to_string),
        FUNCTION("value->string", 1, 1, value_to_string),
        FUNCTION("string-upcase", 1, 1, string_upcase),
        FUNCTION("string-downcase", 1, 1, string_downcase),
    };
    builtins_define(machine, table, sizeof table / sizeof *table);
}
