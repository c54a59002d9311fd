/* SPDX-License-Identifier: MIT */

/* json: reads a JSON text and answers queries about it.
 *
 *     json package.json .name '.files|length' '.scripts["build all"]'
 *
 * prints the value at each path, one a line; without a path, a summary. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tidemark.h>

#include "json.h"

enum { EXIT_USAGE = 2 };

static const char usage[] =
    "usage: json FILE [PATH ...]\n"
    "Reads a JSON file, - for standard input, and prints the value at each\n"
    "PATH, or a summary if there is none.  Paths:\n"
    "  .                     the whole value\n"
    "  .a.b[3].c  .[0]       keys and elements, counted from 0\n"
    "  .a[\"key with space\"]  any key, as a JSON string\n"
    "  .a|length  .a|keys    number of elements, members, characters; the "
    "keys\n";

struct text {
    char *bytes;
    size_t length;
};

static bool complain(const char *name)
{
    fprintf(stderr, "json: %s: %s\n", name, strerror(errno));
    return false;
}

static void *out_of_memory(size_t bytes, void *context)
{
    (void)context;
    fprintf(stderr, "json: no memory for %zu bytes\n", bytes);
    exit(EXIT_FAILURE);
}

static bool read_stream(FILE *file, struct text *text)
{
    size_t capacity = 64 * 1024;
    *text = (struct text){.bytes = gc_malloc_atomic(capacity)};
    size_t count;
    while ((count = fread(text->bytes + text->length, 1,
                          capacity - text->length, file)) > 0) {
        text->length += count;
        if (text->length == capacity) {
            capacity *= 2;
            text->bytes = gc_realloc(text->bytes, capacity);
        }
    }
    return !ferror(file);
}

static bool read_file(const char *name, struct text *text)
{
    if (strcmp(name, "-") == 0)
        return read_stream(stdin, text) || complain("standard input");

    FILE *file = fopen(name, "rb");
    if (file == NULL)
        return complain(name);
    bool ok = read_stream(file, text) || complain(name);
    fclose(file);
    return ok;
}

static bool load(const char *name, struct json_value *root, size_t *bytes)
{
    struct text text;
    if (!read_file(name, &text))
        return false;
    *bytes = text.length;

    struct json_error error;
    if (json_read(text.bytes, text.length, root, &error))
        return true;
    fprintf(stderr, "%s:%zu:%zu: %s\n", name, error.line, error.column,
            error.message);
    return false;
}

static void print_summary(const struct json_value *root, size_t bytes)
{
    static const char *const names[JSON_TYPES] = {
        [JSON_NULL] = "null",      [JSON_FALSE] = "false",
        [JSON_TRUE] = "true",      [JSON_NUMBER] = "numbers",
        [JSON_STRING] = "strings", [JSON_ARRAY] = "arrays",
        [JSON_OBJECT] = "objects",
    };
    struct json_summary summary = json_summarise(root);
    printf("%10zu bytes\n%10zu deep\n", bytes, summary.depth);
    for (int type = JSON_TYPES - 1; type >= 0; type--)
        printf("%10zu %s\n", summary.values[type], names[type]);
}

static bool answer(const struct json_value *root, const char *path)
{
    struct json_value value;
    struct json_error error;
    if (!json_query(root, path, &value, &error)) {
        fprintf(stderr, "json: path %s: column %zu: %s\n", path, error.column,
                error.message);
        return false;
    }
    json_print(stdout, &value);
    putchar('\n');
    return true;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0)
        return fputs(usage, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    gc_set_out_of_memory_handler(out_of_memory, NULL);

    struct json_value root;
    size_t bytes;
    if (!load(argv[1], &root, &bytes))
        return EXIT_FAILURE;

    bool ok = true;
    for (int i = 2; i < argc; i++)
        ok = answer(&root, argv[i]) && ok;
    if (argc == 2)
        print_summary(&root, bytes);
    if (fflush(stdout) != 0 || ferror(stdout))
        ok = complain("standard output");
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
