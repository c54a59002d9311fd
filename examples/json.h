/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_EXAMPLES_JSON_H
#define TIDEMARK_EXAMPLES_JSON_H

/* JSON (RFC 8259) as a tree on the collected heap.
 *
 * A value is 24 bytes and lies in place in the array or object around it, so a
 * container of any size is one object of the heap and each text another,
 * pointer-free.  Nothing is freed: who drops the root drops the tree.
 *
 * Depth is limited by memory alone: what reads, prints or walks a tree keeps
 * the containers that it is inside of on a stack of its own, in the heap. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
    JSON_TYPES
};

/* A number is kept as it was written: nothing is rounded.  A string is UTF-8
 * and may contain 0 bytes; both kinds of text end with one more.
 *
 * The items of an object are its keys and values in turn, as they stood in the
 * text.  Keys that are repeated are all kept; json_find() finds the last. */
struct json_value {
    enum json_type type;
    size_t count; /* bytes of a text, items of an array or object */
    union {
        const char *text;
        const struct json_value *items;
    };
};

/* Where and why a text or a path was refused.  Both numbers count from 1; a
 * column is a character, not a byte. */
struct json_error {
    size_t line;
    size_t column;
    char message[200];
};

struct json_summary {
    size_t values[JSON_TYPES]; /* by type; keys are not counted */
    size_t depth;              /* containers inside each other */
};

static inline bool json_is_container(const struct json_value *value)
{
    return value->type == JSON_ARRAY || value->type == JSON_OBJECT;
}

/* The number of elements of an array or of members of an object. */
static inline size_t json_length(const struct json_value *container)
{
    return container->type == JSON_OBJECT ? container->count / 2
                                          : container->count;
}

/* Reads one JSON text that fills `bytes` bytes.
 *
 * Strict: UTF-8 without a byte order mark, no lone surrogates, nothing after
 * the value but white space.
 *
 * Returns: false, and fills in *error, if it is not that. */
bool json_read(const char *text, size_t bytes, struct json_value *value,
               struct json_error *error);

/* Follows a path such as  .a.b[3].c  or  .a["key with space"]|length  from
 * `root`.  Filters after a bar are `length`, `keys` or another path.
 *
 * Returns: false, and fills in *error, if the path is no path or leads
 *          nowhere. */
bool json_query(const struct json_value *root, const char *path,
                struct json_value *value, struct json_error *error);

/* The last value of `key` in the object, or NULL. */
const struct json_value *json_find(const struct json_value *object,
                                   const struct json_value *key);

/* Prints the value without any white space. */
void json_print(FILE *file, const struct json_value *value);

struct json_summary json_summarise(const struct json_value *value);

#endif
