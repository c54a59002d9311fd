/* SPDX-License-Identifier: MIT */

/* A small Scheme interpreter: README.md shows the language.  Everything it
 * makes comes from gc_malloc() and gc_malloc_atomic(), and it never frees. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "printer.h"
#include "program.h"

enum { DEFAULT_DEPTH = 10 * 1000 * 1000 };

static const char usage[] =
    "usage: scheme [--depth FRAMES] [--stats] FILE ...\n"
    "\n"
    "Runs Scheme programs; the file - is the standard input.\n"
    "\n"
    "  --depth FRAMES  how deep a program may recurse (10000000)\n"
    "  --stats         print what the collector did, on standard error\n";

struct options {
    uint32_t depth;
    bool has_stats;
};

static bool complain(const char *file, int error)
{
    fflush(stdout);
    fprintf(stderr, "scheme: cannot read %s: %s\n", file, strerror(error));
    return false;
}

static bool read_stream(FILE *stream, struct text *text)
{
    char part[4096];
    size_t bytes;
    while ((bytes = fread(part, 1, sizeof part, stream)) > 0)
        text_add(text, part, bytes);
    return !ferror(stream);
}

static bool read_file(const char *file, struct text *text)
{
    if (strcmp(file, "-") == 0)
        return read_stream(stdin, text) || complain(file, errno);
    FILE *stream = fopen(file, "rb");
    if (stream == NULL)
        return complain(file, errno);
    bool is_read = read_stream(stream, text);
    int error = errno;
    fclose(stream);
    return is_read || complain(file, error);
}

static void report(const struct machine *machine)
{
    struct text text = {0};
    value raised = machine->raised;
    const struct condition *condition = object_of(raised);
    bool is_condition = has_type(raised, TYPE_CONDITION);
    print_place(&text, is_condition ? condition->at : machine->raised_at);
    print_error(&text, raised);
    text_add_string(&text, "\n");
    fflush(stdout);
    fwrite(text.bytes, 1, text.length, stderr);
}

static bool run_file(struct machine *machine, const char *file)
{
    struct text text = {0};
    if (!read_file(file, &text))
        return false;
    if (program_run(machine, file, text.bytes, text.length))
        return true;
    report(machine);
    return false;
}

static bool run_files(const struct options *options, char **files)
{
    struct machine machine;
    machine_init(&machine, options->depth);
    for (; *files != NULL; files++)
        if (!run_file(&machine, *files))
            return false;
    if (fflush(stdout) == 0)
        return true;
    fprintf(stderr, "scheme: cannot write: %s\n", strerror(errno));
    return false;
}

static bool read_depth(const char *text, uint32_t *depth)
{
    char *end;
    errno = 0;
    unsigned long number = text == NULL ? 0 : strtoul(text, &end, 10);
    if (number == 0 || errno != 0 || *end != 0 || number > UINT32_MAX)
        return false;
    *depth = (uint32_t)number;
    return true;
}

/* Returns: the first argument that is no option; NULL if one is wrong. */
static char **read_options(char **arguments, struct options *options)
{
    for (; *arguments != NULL && strncmp(*arguments, "--", 2) == 0;
         arguments++) {
        if (strcmp(*arguments, "--stats") == 0)
            options->has_stats = true;
        else if (strcmp(*arguments, "--depth") != 0 ||
                 !read_depth(*++arguments, &options->depth))
            return NULL;
    }
    return *arguments != NULL ? arguments : NULL;
}

int main(int argc, char **argv)
{
    (void)argc;
    struct options options = {.depth = DEFAULT_DEPTH};
    char **files = read_options(argv + 1, &options);
    if (files == NULL) {
        fputs(usage, stderr);
        return 2;
    }
    bool succeeds = run_files(&options, files);
    if (options.has_stats)
        GC_dump_stats(stderr);
    return succeeds ? EXIT_SUCCESS : EXIT_FAILURE;
}
