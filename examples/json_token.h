/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_EXAMPLES_JSON_TOKEN_H
#define TIDEMARK_EXAMPLES_JSON_TOKEN_H

/* The words of JSON: strings, numbers and signs, taken from a text one after
 * the other.  A function that takes something moves `at` past it; one that
 * fails has filled in *error. */

#include <stdbool.h>
#include <stddef.h>

#include "json.h"

struct json_source {
    const char *start;
    const char *at;
    const char *end;
    struct json_error *error;

    /* The string that is being read, decoded so far; used again for the
     * next. */
    char *decoded;
    size_t decoded_length;
    size_t decoded_capacity;
};

struct json_source json_source_of(const char *text, size_t bytes,
                                  struct json_error *error);

/* The next byte, or -1 at the end. */
static inline int json_peek(const struct json_source *source)
{
    return source->at < source->end ? (unsigned char)*source->at : -1;
}

void json_skip_space(struct json_source *source);

/* Takes `sign` if it is next. */
bool json_take(struct json_source *source, char sign);

/* These take a string with its quotes, a number, or true, false or null. */
bool json_take_string(struct json_source *source, struct json_value *value);
bool json_take_number(struct json_source *source, struct json_value *value);
bool json_take_literal(struct json_source *source, struct json_value *value);

/* Fails at `at` with "expected EXPECTED, found" what stands there. */
bool json_expected(struct json_source *source, const char *at,
                   const char *expected);

/* Fails at `at` with a message of its own. */
__attribute__((format(printf, 3, 4))) bool
json_fail(struct json_source *source, const char *at, const char *format, ...);

/* A value whose text is a pointer-free copy of `length` bytes. */
struct json_value json_text_of(enum json_type type, const char *bytes,
                               size_t length);

#endif
