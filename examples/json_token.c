/* SPDX-License-Identifier: MIT */
#include "json_token.h"

#include <stdarg.h>
#include <string.h>

#include <tidemark.h>

/* ---- errors ----------------------------------------------------------- */

static bool starts_character(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

static void locate(struct json_source *source, const char *at)
{
    struct json_error *error = source->error;
    error->line = 1;
    error->column = 1;
    for (const char *byte = source->start; byte < at; byte++) {
        if (*byte == '\n') {
            error->line++;
            error->column = 1;
        } else if (starts_character(*byte)) {
            error->column++;
        }
    }
}

bool json_fail(struct json_source *source, const char *at, const char *format,
               ...)
{
    struct json_error *error = source->error;
    locate(source, at);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return false;
}

static bool is_letter(int byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static int letters_at(const struct json_source *source, const char *at)
{
    enum { ENOUGH = 20 };
    int count = 0;
    while (at + count < source->end && count < ENOUGH && is_letter(at[count]))
        count++;
    return count;
}

bool json_expected(struct json_source *source, const char *at,
                   const char *expected)
{
    if (at == source->end)
        return json_fail(source, at, "expected %s, found the end", expected);

    unsigned char byte = (unsigned char)*at;
    int letters = letters_at(source, at);
    if (letters > 1)
        return json_fail(source, at, "expected %s, found %.*s", expected,
                         letters, at);
    if (byte > ' ' && byte < 0x7f)
        return json_fail(source, at, "expected %s, found '%c'", expected, byte);
    return json_fail(source, at, "expected %s, found byte 0x%02x", expected,
                     byte);
}

/* ---- signs and literals ----------------------------------------------- */

struct json_source json_source_of(const char *text, size_t bytes,
                                  struct json_error *error)
{
    enum { FIRST_CAPACITY = 256 };
    return (struct json_source){
        .start = text,
        .at = text,
        .end = text + bytes,
        .error = error,
        .decoded = gc_malloc_atomic(FIRST_CAPACITY),
        .decoded_capacity = FIRST_CAPACITY,
    };
}

void json_skip_space(struct json_source *source)
{
    const char *at = source->at;
    while (at < source->end &&
           (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    source->at = at;
}

bool json_take(struct json_source *source, char sign)
{
    if (source->at == source->end || *source->at != sign)
        return false;
    source->at++;
    return true;
}

bool json_take_literal(struct json_source *source, struct json_value *value)
{
    static const struct {
        const char *name;
        enum json_type type;
    } literals[] = {
        {"null", JSON_NULL}, {"true", JSON_TRUE}, {"false", JSON_FALSE}};

    size_t length = (size_t)letters_at(source, source->at);
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        if (strlen(literals[i].name) != length ||
            memcmp(literals[i].name, source->at, length) != 0)
            continue;
        *value = (struct json_value){.type = literals[i].type};
        source->at += length;
        return true;
    }
    return json_expected(source, source->at, "a value");
}

struct json_value json_text_of(enum json_type type, const char *bytes,
                               size_t length)
{
    char *text = gc_malloc_atomic(length + 1);
    memcpy(text, bytes, length);
    text[length] = '\0';
    return (struct json_value){.type = type, .count = length, .text = text};
}

/* ---- numbers ---------------------------------------------------------- */

static bool is_digit(int byte)
{
    return byte >= '0' && byte <= '9';
}

static bool take_digits(struct json_source *source, const char *expected)
{
    if (!is_digit(json_peek(source)))
        return json_expected(source, source->at, expected);
    while (is_digit(json_peek(source)))
        source->at++;
    return true;
}

static bool take_integer(struct json_source *source)
{
    if (!json_take(source, '0'))
        return take_digits(source, "a digit");
    if (is_digit(json_peek(source)))
        return json_fail(source, source->at - 1,
                         "a number does not begin with a 0");
    return true;
}

static bool take_fraction(struct json_source *source)
{
    return !json_take(source, '.') ||
           take_digits(source, "a digit after the point");
}

static bool take_exponent(struct json_source *source)
{
    if (!json_take(source, 'e') && !json_take(source, 'E'))
        return true;
    if (!json_take(source, '+'))
        json_take(source, '-');
    return take_digits(source, "a digit of the exponent");
}

bool json_take_number(struct json_source *source, struct json_value *value)
{
    const char *start = source->at;
    json_take(source, '-');
    if (!take_integer(source) || !take_fraction(source) ||
        !take_exponent(source))
        return false;
    *value = json_text_of(JSON_NUMBER, start, (size_t)(source->at - start));
    return true;
}
