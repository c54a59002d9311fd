/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_TEXT_H
#define TIDEMARK_GC_TEXT_H

/* Text on its way to a file, through a buffer of its own: standard error has
 * none, and a graph has a million lines.  Numbers look the same in every
 * locale, since no format has a decimal point. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "alloc/kinds.h"

enum { TEXT_BYTES = 8192, TEXT_PIECE_BYTES = 2048 };

struct text {
    FILE *file;
    size_t used;
    char buffer[TEXT_BYTES];
};

void gc__text_start(struct text *text, FILE *file);

/* Adds a piece of at most TEXT_PIECE_BYTES; what is longer is cut. */
__attribute__((format(printf, 2, 3))) void
gc__text_print(struct text *text, const char *format, ...);

/* Adds a string in quotation marks, as JSON and DOT have them; what is not
 * ASCII becomes a question mark. */
void gc__text_quote(struct text *text, const char *string);

/* Writes out what is left.  Returns false if anything could not be written. */
bool gc__text_end(struct text *text);

/* "960 B", "15.9 KiB", "1.0 GiB". */
struct size_text {
    char text[24];
};
struct size_text gc__size_text(size_t bytes);

/* "scanned", for instance.  `kinds` are the custom ones; NULL: there is none. */
const char *gc__kind_name(const struct kinds *kinds, unsigned kind);

#endif
