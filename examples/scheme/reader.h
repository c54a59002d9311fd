/* SPDX-License-Identifier: MIT */
#ifndef SCHEME_READER_H
#define SCHEME_READER_H

/* From text to data. */

#include "machine.h"

/* Data with the place where it was read. */
struct syntax {
    value datum;
    struct place at;
};

struct reader {
    struct machine *machine; /* for its symbols and its errors */
    struct place_table *places;
    const char *text; /* the next character */
    const char *end;
    struct place at; /* of the next character */
    unsigned nesting;
};

/* Lists nested deeper than this are an error: the reader, the compiler and the
 * printer recurse over them. */
enum { NESTING_LIMIT = 2000 };

struct reader reader_of(struct machine *machine, struct place_table *places,
                        const char *file, const char *text, size_t length);

/* Reads the next datum.  Fails at the place of a mistake.
 * Returns: false at the end of the text. */
bool reader_next(struct reader *reader, struct syntax *syntax);

/* The number that `text` spells in base `radix`; FALSE if it is none, NOTHING
 * if it is an integer out of range.  `text` ends with a 0. */
value number_from(const char *text, int radix);

#endif
