/* SPDX-License-Identifier: MIT */

/* Reads a text into a tree without recursion.
 *
 * Values that are complete lie on one stack, containers that are not on
 * another.  When a container closes, its values are the topmost ones: they are
 * taken off, copied into an array of just that size, and the container itself
 * is pushed in their place.  What remains at the end is the root. */

#include "json.h"

#include <string.h>

#include <tidemark.h>

#include "json_token.h"

struct open_container {
    enum json_type type;
    size_t first; /* index of its first value on the stack of values */
};

struct reader {
    struct json_source source;
    struct json_value *values;
    size_t value_count;
    size_t value_capacity;
    struct open_container *open;
    size_t open_count;
    size_t open_capacity;
};

static void push_value(struct reader *reader, struct json_value value)
{
    if (reader->value_count == reader->value_capacity) {
        reader->value_capacity *= 2;
        reader->values = gc_realloc(reader->values, reader->value_capacity *
                                                        sizeof *reader->values);
    }
    reader->values[reader->value_count++] = value;
}

static void push_open(struct reader *reader, enum json_type type)
{
    if (reader->open_count == reader->open_capacity) {
        reader->open_capacity *= 2;
        reader->open = gc_realloc(reader->open,
                                  reader->open_capacity * sizeof *reader->open);
    }
    reader->open[reader->open_count++] =
        (struct open_container){.type = type, .first = reader->value_count};
}

static void close_container(struct reader *reader)
{
    struct open_container open = reader->open[--reader->open_count];
    size_t count = reader->value_count - open.first;
    struct json_value container = {.type = open.type, .count = count};
    if (count > 0) {
        size_t bytes = count * sizeof *reader->values;
        struct json_value *items = gc_malloc(bytes);
        memcpy(items, &reader->values[open.first], bytes);
        container.items = items;
    }
    reader->value_count = open.first;
    push_value(reader, container);
}

static bool read_key(struct reader *reader)
{
    struct json_source *source = &reader->source;
    struct json_value key;
    json_skip_space(source);
    if (json_peek(source) != '"')
        return json_expected(source, source->at, "a key in quotes");
    if (!json_take_string(source, &key))
        return false;
    push_value(reader, key);

    json_skip_space(source);
    if (!json_take(source, ':'))
        return json_expected(source, source->at, "':' after the key");
    return true;
}

static bool read_scalar(struct reader *reader)
{
    struct json_source *source = &reader->source;
    struct json_value value;
    int byte = json_peek(source);
    bool ok = byte == '"' ? json_take_string(source, &value)
              : byte == '-' || (byte >= '0' && byte <= '9')
                  ? json_take_number(source, &value)
                  : json_take_literal(source, &value);
    if (ok)
        push_value(reader, value);
    return ok;
}

/* Reads up to the next value that is complete: a scalar or an empty container.
 * Containers that begin on the way there stay open. */
static bool read_down(struct reader *reader)
{
    struct json_source *source = &reader->source;
    for (;;) {
        json_skip_space(source);
        bool is_object = json_take(source, '{');
        if (!is_object && !json_take(source, '['))
            return read_scalar(reader);

        push_open(reader, is_object ? JSON_OBJECT : JSON_ARRAY);
        json_skip_space(source);
        if (json_take(source, is_object ? '}' : ']')) {
            close_container(reader);
            return true;
        }
        if (is_object && !read_key(reader))
            return false;
    }
}

/* Closes the containers that end here.
 *
 * Returns: true at the end of the outermost one, or where, after a comma,
 *          another value must follow. */
static bool read_up(struct reader *reader)
{
    struct json_source *source = &reader->source;
    while (reader->open_count > 0) {
        bool is_object =
            reader->open[reader->open_count - 1].type == JSON_OBJECT;
        json_skip_space(source);
        if (json_take(source, ','))
            return !is_object || read_key(reader);
        if (!json_take(source, is_object ? '}' : ']'))
            return json_expected(source, source->at,
                                 is_object ? "',' or '}'" : "',' or ']'");
        close_container(reader);
    }
    return true;
}

static bool read_root(struct reader *reader)
{
    do {
        if (!read_down(reader) || !read_up(reader))
            return false;
    } while (reader->open_count > 0);

    struct json_source *source = &reader->source;
    json_skip_space(source);
    if (source->at < source->end)
        return json_expected(source, source->at, "nothing after the value");
    return true;
}

static bool starts_with_mark(const char *text, size_t bytes)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t length = sizeof mark - 1;
    return bytes >= length && memcmp(text, mark, length) == 0;
}

bool json_read(const char *text, size_t bytes, struct json_value *value,
               struct json_error *error)
{
    enum { FIRST_CAPACITY = 64 };
    struct reader reader = {
        .source = json_source_of(text, bytes, error),
        .values = gc_malloc(FIRST_CAPACITY * sizeof *reader.values),
        .value_capacity = FIRST_CAPACITY,
        .open = gc_malloc_atomic(FIRST_CAPACITY * sizeof *reader.open),
        .open_capacity = FIRST_CAPACITY,
    };
    if (starts_with_mark(text, bytes))
        return json_fail(&reader.source, text,
                         "a byte order mark is not allowed here");
    if (!read_root(&reader))
        return false;
    *value = reader.values[0];
    return true;
}
