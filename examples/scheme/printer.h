/* SPDX-License-Identifier: MIT */
#ifndef SCHEME_PRINTER_H
#define SCHEME_PRINTER_H

/* From data to text. */

#include "machine.h"

/* Grows as it is written to. */
struct text {
    char *bytes;
    size_t length;
    size_t capacity;
};

void text_add(struct text *text, const char *bytes, size_t length);
void text_add_string(struct text *text, const char *string);

/* Adds `v` as `write` shows it, so that it can be read again, or as `display`
 * does, for people.  What lies deeper than NESTING_LIMIT, and the second round
 * of a circular list, is shown as "...". */
enum print_style { PRINT_DISPLAY, PRINT_WRITE };
void print(struct text *text, value v, enum print_style style);

/* "file.scm:12:5: " */
void print_place(struct text *text, struct place at);

/* What an error says: "car: not a pair: 7"; of other values that were raised,
 * "uncaught: 7". */
void print_error(struct text *text, value raised);

#endif
