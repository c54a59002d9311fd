/* SPDX-License-Identifier: MIT */
#ifndef SCHEME_SCANNER_H
#define SCHEME_SCANNER_H

/* The characters of a text, and the data that has no parts. */

#include "reader.h"

_Noreturn void scan_fail(const struct reader *reader, struct place at,
                         const char *message);

/* The next character, and the one after it; -1 past the end. */
int scan_peek(const struct reader *reader);
int scan_peek_second(const struct reader *reader);
bool scan_at_end(const struct reader *reader);

/* Takes the next character.  There must be one. */
int scan_next(struct reader *reader);

/* Whether a symbol or number ends before `c`. */
bool is_delimiter(int c);

/* The text up to the next delimiter, at least one character, with a 0. */
const char *scan_token(struct reader *reader, size_t *length);

/* What starts with '"' or with "#\\", which has been taken. */
value scan_string(struct reader *reader, struct place start);
value scan_character(struct reader *reader, struct place start);

value scan_number(const struct reader *reader, const char *token, int radix,
                  struct place start);

/* A number or a symbol. */
value scan_atom(struct reader *reader, struct place start);

#endif
