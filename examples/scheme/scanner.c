/* SPDX-License-Identifier: MIT */
#include "scanner.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void scan_fail(const struct reader *reader, struct place at,
                         const char *message)
{
    fail_at(reader->machine, at, message, NIL);
}

/* Characters. */

bool scan_at_end(const struct reader *reader)
{
    return reader->text == reader->end;
}

int scan_peek(const struct reader *reader)
{
    return scan_at_end(reader) ? -1 : (unsigned char)*reader->text;
}

int scan_peek_second(const struct reader *reader)
{
    if (reader->end - reader->text < 2)
        return -1;
    return (unsigned char)reader->text[1];
}

int scan_next(struct reader *reader)
{
    int c = scan_peek(reader);
    reader->text++;
    if (c == '\n') {
        reader->at.line++;
        reader->at.column = 1;
    } else if ((c & 0xc0) != 0x80) { /* not inside a UTF-8 sequence */
        reader->at.column++;
    }
    return c;
}

bool is_delimiter(int c)
{
    return c < 0 || isspace(c) || strchr("()\"';`,", c) != NULL;
}

/* Strings and characters. */

static char read_escape(struct reader *reader)
{
    struct place at = reader->at;
    int c = scan_next(reader);
    switch (c) {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'r':
        return '\r';
    case '0':
        return 0;
    case '\\':
    case '"':
        return (char)c;
    default:
        scan_fail(reader, at, "unknown escape in a string");
    }
}

value scan_string(struct reader *reader, struct place start)
{
    /* No longer than the rest of the source, which is cheap to look at. */
    const char *close = reader->text;
    while (close < reader->end && *close != '"')
        close += *close == '\\' ? 2 : 1;
    if (close >= reader->end)
        scan_fail(reader, start, "this string is never closed");

    size_t length = 0;
    char *bytes = allocate_atomic((size_t)(close - reader->text) + 1);
    while (reader->text < close) {
        int c = scan_next(reader);
        bytes[length++] = c == '\\' ? read_escape(reader) : (char)c;
    }
    scan_next(reader);
    return string_from(bytes, length);
}

/* The text up to the next delimiter, at least one character, with a final 0. */
const char *scan_token(struct reader *reader, size_t *length)
{
    const char *start = reader->text;
    do
        scan_next(reader);
    while (!is_delimiter(scan_peek(reader)));
    *length = (size_t)(reader->text - start);
    char *token = allocate_atomic(*length + 1);
    memcpy(token, start, *length);
    token[*length] = 0;
    return token;
}

value scan_character(struct reader *reader, struct place start)
{
    static const struct {
        const char *name;
        unsigned char code;
    } names[] = {{"space", ' '},   {"newline", '\n'}, {"tab", '\t'},
                 {"return", '\r'}, {"nul", 0},        {"null", 0},
                 {"delete", 127},  {"escape", 27},    {"backspace", 8}};
    if (scan_at_end(reader))
        scan_fail(reader, start, "no character after #\\");

    size_t length;
    const char *token = scan_token(reader, &length);
    if (length == 1)
        return character((unsigned char)token[0]);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(token, names[i].name) == 0)
            return character(names[i].code);

    value code = token[0] == 'x' ? number_from(token + 1, 16) : FALSE;
    if (!is_integer(code) || integer_of(code) < 0 || integer_of(code) > 255)
        scan_fail(reader, start, "unknown character");
    return character((unsigned char)integer_of(code));
}

/* Numbers and symbols. */

static value integer_from(const char *text, int radix)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, radix);
    if (*end != 0)
        return FALSE;
    if (errno != 0 || !fits_integer(number))
        return NOTHING;
    return integer(number);
}

value number_from(const char *text, int radix)
{
    const char *digits = text + (*text == '+' || *text == '-');
    if (!isxdigit((unsigned char)*digits) && *digits != '.')
        return FALSE;
    value number = integer_from(text, radix);
    if (!same(number, FALSE) || radix != 10)
        return number;

    /* What strtod() takes beyond the language: hexadecimal digits, names. */
    char *end;
    double real = strtod(text, &end);
    bool is_decimal = strspn(digits, "0123456789.eE+-") == strlen(digits);
    return *end == 0 && end != text && is_decimal ? make_real(real) : FALSE;
}

value scan_number(const struct reader *reader, const char *token, int radix,
                  struct place start)
{
    value number = number_from(token, radix);
    if (same(number, FALSE))
        scan_fail(reader, start, "malformed number");
    if (same(number, NOTHING))
        scan_fail(reader, start, "integer out of range");
    return number;
}

static bool looks_like_number(const char *token)
{
    if (*token == '+' || *token == '-')
        token++;
    if (*token == '.')
        token++;
    return isdigit((unsigned char)*token);
}

value scan_atom(struct reader *reader, struct place start)
{
    size_t length;
    const char *token = scan_token(reader, &length);
    if (looks_like_number(token))
        return scan_number(reader, token, 10, start);
    if (strcmp(token, ".") == 0)
        scan_fail(reader, start, "unexpected '.'");
    return symbol_intern(&reader->machine->symbols, token, length);
}
