/* SPDX-License-Identifier: MIT */
#include "printer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

/* Text. */

static void text_grow(struct text *text, size_t least)
{
    size_t capacity = text->capacity == 0 ? 64 : text->capacity;
    while (capacity < least)
        capacity *= 2;
    char *bytes = allocate_atomic(capacity);
    if (text->length > 0)
        memcpy(bytes, text->bytes, text->length);
    text->bytes = bytes;
    text->capacity = capacity;
}

void text_add(struct text *text, const char *bytes, size_t length)
{
    if (length == 0)
        return;
    if (text->length + length > text->capacity)
        text_grow(text, text->length + length);
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

void text_add_string(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

static void text_add_character(struct text *text, char c)
{
    text_add(text, &c, 1);
}

/* Atoms. */

static void print_integer(struct text *text, int64_t number)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%" PRId64, number);
    text_add_string(text, digits);
}

/* The fewest digits that are read back as the same number. */
static void print_real(struct text *text, double number)
{
    if (!isfinite(number)) {
        text_add_string(text, isnan(number)  ? "+nan.0"
                              : number > 0.0 ? "+inf.0"
                                             : "-inf.0");
        return;
    }
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, number);
        if (strtod(digits, NULL) == number)
            break;
    }
    text_add_string(text, digits);
    if (strpbrk(digits, ".e") == NULL)
        text_add_string(text, ".0");
}

static void write_string(struct text *text, const struct string *string)
{
    text_add_character(text, '"');
    for (size_t i = 0; i < string->length; i++) {
        char c = string->bytes[i];
        if (c == '"' || c == '\\')
            text_add_character(text, '\\');
        if (c == '\n')
            text_add_string(text, "\\n");
        else if (c == '\t')
            text_add_string(text, "\\t");
        else if (c == '\r')
            text_add_string(text, "\\r");
        else if (c == 0)
            text_add_string(text, "\\0");
        else
            text_add_character(text, c);
    }
    text_add_character(text, '"');
}

static void write_character(struct text *text, unsigned char c)
{
    char code[16];
    const char *name = c == ' '    ? "#\\space"
                       : c == '\n' ? "#\\newline"
                       : c == '\t' ? "#\\tab"
                                   : NULL;
    if (name == NULL) {
        bool is_visible = c > ' ' && c < 127;
        snprintf(code, sizeof code, is_visible ? "#\\%c" : "#\\x%02x", c);
    }
    text_add_string(text, name != NULL ? name : code);
}

static void print_constant(struct text *text, value v)
{
    if (is_nil(v))
        text_add_string(text, "()");
    else if (same(v, TRUE))
        text_add_string(text, "#t");
    else if (same(v, FALSE))
        text_add_string(text, "#f");
    else
        text_add_string(text, "#<unspecified>");
}

static void print_procedure(struct text *text, const char *name)
{
    text_add_string(text, "#<procedure");
    if (name != NULL) {
        text_add_string(text, " ");
        text_add_string(text, name);
    }
    text_add_string(text, ">");
}

static const char *closure_name(const struct closure *closure)
{
    const struct symbol *name = closure->lambda->of.lambda.name;
    return name != NULL ? name->name : NULL;
}

/* Everything. */

static void print_nested(struct text *text, value v, enum print_style style,
                         unsigned nesting);

/* The message, a colon if it does not end with one, and the irritants. */
static void print_condition(struct text *text,
                            const struct condition *condition, unsigned nesting)
{
    print_nested(text, condition->message, PRINT_DISPLAY, nesting);
    bool has_colon = text->length > 0 && text->bytes[text->length - 1] == ':';
    if (is_pair(condition->irritants) && !has_colon)
        text_add_string(text, ":");
    for (value rest = condition->irritants; is_pair(rest); rest = cdr(rest)) {
        text_add_string(text, " ");
        print_nested(text, car(rest), PRINT_WRITE, nesting);
    }
}

/* The tortoise goes one step where the list goes two, and so is met again only
 * on a circle. */
static void print_list(struct text *text, value list, enum print_style style,
                       unsigned nesting)
{
    value tortoise = list;
    text_add_string(text, "(");
    print_nested(text, car(list), style, nesting);
    list = cdr(list);
    for (size_t i = 1; is_pair(list); i++) {
        text_add_string(text, " ");
        if (same(list, tortoise)) {
            text_add_string(text, "...)");
            return;
        }
        print_nested(text, car(list), style, nesting);
        list = cdr(list);
        if (i % 2 == 0)
            tortoise = cdr(tortoise);
    }
    if (!is_nil(list)) {
        text_add_string(text, " . ");
        print_nested(text, list, style, nesting);
    }
    text_add_string(text, ")");
}

static void print_vector(struct text *text, const struct vector *vector,
                         enum print_style style, unsigned nesting)
{
    text_add_string(text, "#(");
    for (size_t i = 0; i < vector->length; i++) {
        if (i > 0)
            text_add_string(text, " ");
        print_nested(text, vector->items[i], style, nesting);
    }
    text_add_string(text, ")");
}

static void print_string(struct text *text, const struct string *string,
                         enum print_style style)
{
    if (style == PRINT_WRITE)
        write_string(text, string);
    else
        text_add(text, string->bytes, string->length);
}

static void print_object(struct text *text, value v, enum print_style style,
                         unsigned nesting)
{
    const struct object *object = object_of(v);
    switch (object->type) {
    case TYPE_REAL:
        print_real(text, real_of(v));
        return;
    case TYPE_STRING:
        print_string(text, string_of(v), style);
        return;
    case TYPE_SYMBOL:
        text_add(text, symbol_of(v)->name, symbol_of(v)->length);
        return;
    case TYPE_VECTOR:
        print_vector(text, vector_of(v), style, nesting);
        return;
    case TYPE_CLOSURE:
        print_procedure(text, closure_name(object_of(v)));
        return;
    case TYPE_BUILTIN:
        print_procedure(text, ((const struct builtin *)object)->name);
        return;
    case TYPE_CONTINUATION:
        print_procedure(text, "continuation");
        return;
    case TYPE_CONDITION:
        text_add_string(text, "#<error ");
        print_condition(text, object_of(v), nesting);
        text_add_string(text, ">");
        return;
    }
}

static void print_nested(struct text *text, value v, enum print_style style,
                         unsigned nesting)
{
    if (nesting > NESTING_LIMIT)
        text_add_string(text, "...");
    else if (is_integer(v))
        print_integer(text, integer_of(v));
    else if (is_pair(v))
        print_list(text, v, style, nesting + 1);
    else if (is_character(v) && style == PRINT_WRITE)
        write_character(text, character_of(v));
    else if (is_character(v))
        text_add_character(text, (char)character_of(v));
    else if (is_object(v))
        print_object(text, v, style, nesting + 1);
    else
        print_constant(text, v);
}

void print(struct text *text, value v, enum print_style style)
{
    print_nested(text, v, style, 0);
}

/* Errors. */

void print_place(struct text *text, struct place at)
{
    char position[32];
    text_add_string(text, at.file);
    if (at.line > 0) {
        snprintf(position, sizeof position, ":%" PRIu32 ":%" PRIu32, at.line,
                 at.column);
        text_add_string(text, position);
    }
    text_add_string(text, ": ");
}

void print_error(struct text *text, value raised)
{
    if (!has_type(raised, TYPE_CONDITION)) {
        text_add_string(text, "uncaught: ");
        print(text, raised, PRINT_WRITE);
        return;
    }
    print_condition(text, object_of(raised), 0);
}
