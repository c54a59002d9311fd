/* SPDX-License-Identifier: MIT */

/* words: counts the words of text files.
 *
 * A word is a run of ASCII letters, digits and bytes from 0x80 up, so that the
 * letters of UTF-8 count as letters.  ASCII letters are made small; any other
 * byte ends a word.
 *
 * The table of words is built on the collected heap and never freed.  At the
 * end the program drops its one pointer to it and shows what the collector
 * makes of that. */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tidemark.h>

#include "words_table.h"

enum { READ_BYTES = 64 * 1024, DOT_OBJECTS = 150, EXIT_USAGE = 2 };

static const char usage[] =
    "usage: words [OPTION ...] [FILE ...]\n"
    "Counts words; FILE - or none is standard input.\n"
    "  --top N         print the N most frequent words (10)\n"
    "  --graph FILE    write the reference graph of the heap as JSON\n"
    "  --pictures DIR  write words-full.svg, words-dropped.svg (heap maps)\n"
    "                  and words-graph.dot into DIR\n"
    "  --stats         print statistics and a map of the heap\n"
    "  --help          print this\n";

struct options {
    size_t top;
    const char *graph;
    const char *pictures;
    bool stats;
    bool help;
    char **files;
    int file_count;
};

/* The word that is being read.  It can be longer than the read buffer. */
struct pending_word {
    char *bytes;
    size_t length;
    size_t capacity;
};

struct result {
    bool ok;
    size_t objects; /* that the table was made of */
    struct gc_stats stats;
};

static bool complain(const char *name)
{
    fprintf(stderr, "words: %s: %s\n", name, strerror(errno));
    return false;
}

static void *out_of_memory(size_t bytes, void *context)
{
    (void)context;
    fprintf(stderr, "words: no memory for %zu bytes\n", bytes);
    exit(EXIT_FAILURE);
}

/* ---- reading ---------------------------------------------------------- */

/* The byte as it stands in a word, or 0 if it ends one. */
static char word_byte(unsigned char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return (char)(byte - 'A' + 'a');
    if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
        byte >= 0x80)
        return (char)byte;
    return 0;
}

static void append(struct pending_word *word, char byte)
{
    if (word->length == word->capacity) {
        word->capacity *= 2;
        word->bytes = gc_realloc(word->bytes, word->capacity);
    }
    word->bytes[word->length++] = byte;
}

static void finish(struct pending_word *word, struct word_table *table)
{
    if (word->length > 0)
        word_table_count(table, word->bytes, word->length);
    word->length = 0;
}

static bool count_stream(struct word_table *table, FILE *file)
{
    struct pending_word word = {.capacity = 64};
    word.bytes = gc_malloc_atomic(word.capacity);

    unsigned char buffer[READ_BYTES];
    size_t length;
    while ((length = fread(buffer, 1, sizeof buffer, file)) > 0) {
        for (size_t i = 0; i < length; i++) {
            char byte = word_byte(buffer[i]);
            if (byte != 0)
                append(&word, byte);
            else
                finish(&word, table);
        }
    }
    finish(&word, table);
    return !ferror(file);
}

static bool count_file(struct word_table *table, const char *name)
{
    if (strcmp(name, "-") == 0)
        return count_stream(table, stdin) || complain("standard input");

    FILE *file = fopen(name, "rb");
    if (file == NULL)
        return complain(name);
    bool ok = count_stream(table, file) || complain(name);
    fclose(file);
    return ok;
}

/* One file that cannot be read does not keep the others from being counted. */
static bool count_files(struct word_table *table, const struct options *options)
{
    if (options->file_count == 0)
        return count_file(table, "-");
    bool ok = true;
    for (int i = 0; i < options->file_count; i++)
        ok = count_file(table, options->files[i]) && ok;
    return ok;
}

/* ---- showing ---------------------------------------------------------- */

/* Not inlined, so that its array of words is dropped when it returns. */
__attribute__((noinline)) static void print_top(const struct word_table *table,
                                                size_t top)
{
    struct word **words = word_table_rank(table);
    for (size_t i = 0; i < top && i < table->word_count; i++)
        printf("%8zu %s\n", words[i]->count, words[i]->text);
    printf("%zu words, %zu different\n", table->total, table->word_count);
}

typedef bool dump_function(FILE *file);

static bool dump_graph_json(FILE *file)
{
    return GC_dump_graph_json(file, 0);
}

static bool dump_graph_dot(FILE *file)
{
    return GC_dump_graph_dot(file, DOT_OBJECTS);
}

static bool dump_heap_map(FILE *file)
{
    GC_dump_heap_map_svg(file);
    return true;
}

static bool write_file(const char *name, dump_function *dump)
{
    FILE *file = fopen(name, "w");
    if (file == NULL)
        return complain(name);
    bool dumped = dump(file) && !ferror(file);
    bool closed = fclose(file) == 0;
    return (dumped && closed) || complain(name);
}

static bool write_picture(const char *directory, const char *name,
                          dump_function *dump)
{
    if (directory == NULL)
        return true;
    size_t bytes = strlen(directory) + 1 + strlen(name) + 1;
    char *path = gc_malloc_atomic(bytes);
    snprintf(path, bytes, "%s/%s", directory, name);
    return write_file(path, dump);
}

/* What there is to see while the table is alive. */
static bool show_heap(const struct options *options)
{
    bool ok = true;
    if (options->stats) {
        GC_dump_stats(stdout);
        GC_dump_heap_map(stdout);
    }
    if (options->graph != NULL)
        ok = write_file(options->graph, dump_graph_json);
    ok =
        write_picture(options->pictures, "words-full.svg", dump_heap_map) && ok;
    ok = write_picture(options->pictures, "words-graph.dot", dump_graph_dot) &&
         ok;
    return ok;
}

/* The only function that holds a pointer to the table.  It is not inlined, so
 * that none is left in the frame of main() when it has returned. */
__attribute__((noinline)) static struct result
count_and_show(const struct options *options)
{
    struct word_table *table = word_table_new();
    bool counted = count_files(table, options);
    print_top(table, options->top);

    GC_collect(); /* what is left is the table */
    bool shown = show_heap(options);

    struct result result = {.ok = counted && shown,
                            .objects = word_table_objects(table)};
    gc_stats(&result.stats, sizeof result.stats);
    gc_keep_alive(table);
    return result;
}

static void print_drop(const struct result *before)
{
    enum { KIB = 1024 };
    struct gc_stats after;
    gc_stats(&after, sizeof after);
    printf("dropped %zu objects, freed %zu, resident %zu KiB -> %zu KiB\n",
           before->objects, after.swept_objects - before->stats.swept_objects,
           before->stats.resident_bytes / KIB, after.resident_bytes / KIB);
}

/* ---- the command line ------------------------------------------------- */

static bool parse_count(const char *text, size_t *count)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *count = strtoull(text, &end, 10);
    return *end == '\0' && errno == 0;
}

static bool parse_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        {"top", required_argument, NULL, 't'},
        {"graph", required_argument, NULL, 'g'},
        {"pictures", required_argument, NULL, 'p'},
        {"stats", no_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *options = (struct options){.top = 10};
    int name;
    while ((name = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (name == 't' && parse_count(optarg, &options->top))
            continue;
        if (name == 'g')
            options->graph = optarg;
        else if (name == 'p')
            options->pictures = optarg;
        else if (name == 's')
            options->stats = true;
        else if (name == 'h')
            options->help = true;
        else
            return false;
    }
    options->files = argv + optind;
    options->file_count = argc - optind;
    return true;
}

int main(int argc, char **argv)
{
    struct options options;
    if (!parse_options(argc, argv, &options)) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (options.help)
        return fputs(usage, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    gc_set_out_of_memory_handler(out_of_memory, NULL);

    struct result result = count_and_show(&options);
    GC_collect();
    bool pictured =
        write_picture(options.pictures, "words-dropped.svg", dump_heap_map);
    print_drop(&result);
    bool printed =
        (fflush(stdout) == 0 && !ferror(stdout)) || complain("standard output");

    bool ok = result.ok && pictured && printed;
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
