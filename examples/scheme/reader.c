/* SPDX-License-Identifier: MIT */
#include "reader.h"

#include <ctype.h>
#include <string.h>

#include "scanner.h"

static value read_datum(struct reader *reader);

struct reader reader_of(struct machine *machine, struct place_table *places,
                        const char *file, const char *text, size_t length)
{
    return (struct reader){
        .machine = machine,
        .places = places,
        .text = text,
        .end = text + length,
        .at = {file, 1, 1},
    };
}

static void reader_enter(struct reader *reader, struct place start)
{
    if (++reader->nesting > NESTING_LIMIT)
        scan_fail(reader, start, "nested too deeply");
}

static void reader_leave(struct reader *reader)
{
    reader->nesting--;
}

/* What separates data. */

static void skip_line(struct reader *reader)
{
    while (!scan_at_end(reader) && scan_next(reader) != '\n')
        continue;
}

static void skip_block_comment(struct reader *reader)
{
    struct place start = reader->at;
    int depth = 0;
    do {
        int c = scan_at_end(reader) ? -1 : scan_next(reader);
        if (c < 0)
            scan_fail(reader, start, "this comment is never closed");
        if (c == '#' && scan_peek(reader) == '|') {
            scan_next(reader);
            depth++;
        } else if (c == '|' && scan_peek(reader) == '#') {
            scan_next(reader);
            depth--;
        }
    } while (depth > 0);
}

static void skip_datum_comment(struct reader *reader)
{
    struct place start = reader->at;
    scan_next(reader);
    scan_next(reader);
    struct syntax ignored;
    reader_enter(reader, start);
    if (!reader_next(reader, &ignored))
        scan_fail(reader, start, "nothing follows #;");
    reader_leave(reader);
}

static void skip_blank(struct reader *reader)
{
    for (;;) {
        int c = scan_peek(reader);
        int second = scan_peek_second(reader);
        if (c == ';')
            skip_line(reader);
        else if (c == '#' && second == '|')
            skip_block_comment(reader);
        else if (c == '#' && second == ';')
            skip_datum_comment(reader);
        else if (c >= 0 && isspace(c))
            scan_next(reader);
        else
            return;
    }
}

/* Lists and vectors. */

/* Reads "datum)" after a dot. */
static value read_tail(struct reader *reader, struct place dot)
{
    value tail = read_datum(reader);
    skip_blank(reader);
    if (scan_peek(reader) != ')')
        scan_fail(reader, dot, "one datum and ')' must follow this dot");
    return tail;
}

static bool is_at_dot(const struct reader *reader)
{
    return scan_peek(reader) == '.' && is_delimiter(scan_peek_second(reader));
}

/* Reads up to and with the ')' that closes what opened at `start`. */
static value read_list(struct reader *reader, struct place start)
{
    value list = NIL;
    value *tail = &list;
    reader_enter(reader, start);
    for (;;) {
        skip_blank(reader);
        struct place at = reader->at;
        if (scan_at_end(reader))
            scan_fail(reader, start, "this parenthesis is never closed");
        if (scan_peek(reader) == ')')
            break;
        if (is_at_dot(reader) && is_pair(list)) {
            scan_next(reader);
            *tail = read_tail(reader, at);
            continue;
        }
        *tail = cons(read_datum(reader), NIL);
        places_add(reader->places, pair_of(*tail), at);
        tail = &pair_of(*tail)->cdr;
    }
    scan_next(reader);
    reader_leave(reader);
    return list;
}

static value read_vector(struct reader *reader, struct place start)
{
    value list = read_list(reader, start);
    ptrdiff_t length = list_length(list);
    if (length < 0)
        scan_fail(reader, start, "a dot in a vector");
    value vector = make_vector((size_t)length, NIL);
    for (value *item = vector_of(vector)->items; is_pair(list);
         list = cdr(list))
        *item++ = car(list);
    return vector;
}

/* 'x is (quote x), and so on. */
static value read_quoted(struct reader *reader, value name, struct place start)
{
    reader_enter(reader, start);
    struct place at = reader->at;
    value quoted = cons(read_datum(reader), NIL);
    places_add(reader->places, pair_of(quoted), at);
    value list = cons(name, quoted);
    places_add(reader->places, pair_of(list), start);
    reader_leave(reader);
    return list;
}

static value read_unquoted(struct reader *reader, struct place start)
{
    const struct names *names = &reader->machine->names;
    if (scan_peek(reader) != '@')
        return read_quoted(reader, names->unquote, start);
    scan_next(reader);
    return read_quoted(reader, names->unquote_splicing, start);
}

/* What starts with '#'. */
static value read_special(struct reader *reader, struct place start)
{
    int second = scan_peek_second(reader);
    if (second == '(' || second == '\\') {
        scan_next(reader);
        scan_next(reader);
        return second == '(' ? read_vector(reader, start)
                             : scan_character(reader, start);
    }
    size_t length;
    const char *token = scan_token(reader, &length);
    if (strcmp(token, "#t") == 0 || strcmp(token, "#true") == 0)
        return TRUE;
    if (strcmp(token, "#f") == 0 || strcmp(token, "#false") == 0)
        return FALSE;
    switch (token[1]) {
    case 'x':
        return scan_number(reader, token + 2, 16, start);
    case 'o':
        return scan_number(reader, token + 2, 8, start);
    case 'b':
        return scan_number(reader, token + 2, 2, start);
    default:
        scan_fail(reader, start, "unknown syntax after '#'");
    }
}

static value read_datum(struct reader *reader)
{
    skip_blank(reader);
    struct place start = reader->at;
    switch (scan_peek(reader)) {
    case -1:
        scan_fail(reader, start, "unexpected end of the text");
    case '(':
        scan_next(reader);
        return read_list(reader, start);
    case ')':
        scan_fail(reader, start, "unexpected ')'");
    case '\'':
        scan_next(reader);
        return read_quoted(reader, reader->machine->names.quote, start);
    case '`':
        scan_next(reader);
        return read_quoted(reader, reader->machine->names.quasiquote, start);
    case ',':
        scan_next(reader);
        return read_unquoted(reader, start);
    case '"':
        scan_next(reader);
        return scan_string(reader, start);
    case '#':
        return read_special(reader, start);
    default:
        return scan_atom(reader, start);
    }
}

bool reader_next(struct reader *reader, struct syntax *syntax)
{
    skip_blank(reader);
    if (scan_at_end(reader))
        return false;
    syntax->at = reader->at;
    syntax->datum = read_datum(reader);
    return true;
}
