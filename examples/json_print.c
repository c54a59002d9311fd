/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <string.h>

#include "json_walk.h"

/* RFC 8259 asks for these escapes alone: quote, backslash, and all below
 * space. */
static void print_escape(FILE *file, unsigned char byte)
{
    static const char names[] = "\"\\bfnrt";
    static const char meanings[] = "\"\\\b\f\n\r\t";
    const char *meaning = byte != 0 ? strchr(meanings, byte) : NULL;
    if (meaning != NULL)
        fprintf(file, "\\%c", names[meaning - meanings]);
    else
        fprintf(file, "\\u%04x", byte);
}

static bool needs_escape(unsigned char byte)
{
    return byte < ' ' || byte == '"' || byte == '\\';
}

static void print_string(FILE *file, const struct json_value *string)
{
    const char *at = string->text;
    const char *end = at + string->count;
    putc('"', file);
    while (at < end) {
        const char *start = at;
        while (at < end && !needs_escape((unsigned char)*at))
            at++;
        fwrite(start, 1, (size_t)(at - start), file);
        if (at < end)
            print_escape(file, (unsigned char)*at++);
    }
    putc('"', file);
}

static void print_scalar(FILE *file, const struct json_value *value)
{
    if (value->type == JSON_STRING)
        print_string(file, value);
    else if (value->type == JSON_NUMBER)
        fwrite(value->text, 1, value->count, file);
    else
        fputs(value->type == JSON_NULL   ? "null"
              : value->type == JSON_TRUE ? "true"
                                         : "false",
              file);
}

static void print_or_enter(FILE *file, struct json_walk *walk,
                           const struct json_value *value)
{
    if (!json_is_container(value)) {
        print_scalar(file, value);
        return;
    }
    putc(value->type == JSON_OBJECT ? '{' : '[', file);
    json_walk_enter(walk, value);
}

void json_print(FILE *file, const struct json_value *value)
{
    struct json_walk walk = {.depth = 0};
    struct json_place *place;

    print_or_enter(file, &walk, value);
    while ((place = json_walk_place(&walk)) != NULL) {
        const struct json_value *container = place->container;
        bool is_object = container->type == JSON_OBJECT;
        if (place->seen == container->count) {
            putc(is_object ? '}' : ']', file);
            json_walk_leave(&walk);
            continue;
        }
        size_t index = place->seen++;
        if (index > 0)
            putc(is_object && index % 2 == 1 ? ':' : ',', file);
        print_or_enter(file, &walk, &container->items[index]);
    }
}
