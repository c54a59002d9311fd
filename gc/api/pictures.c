/* SPDX-License-Identifier: MIT */
#include "gc/api/pictures.h"

#include <errno.h>
#include <string.h>

#include "gc/api/process.h"

/* More than dot can lay out, or anybody can look at. */
enum { MOST_OBJECTS_IN_DOT = 2000 };

enum { NAME_BYTES = 32, PATH_BYTES = PICTURES_BYTES + NAME_BYTES };

static bool print_heap_map(FILE *file)
{
    GC_dump_heap_map(file);
    return true;
}

static bool print_heap_map_svg(FILE *file)
{
    GC_dump_heap_map_svg(file);
    return true;
}

static bool print_graph_dot(FILE *file)
{
    return GC_dump_graph_dot(file, MOST_OBJECTS_IN_DOT);
}

static bool print_graph_json(FILE *file)
{
    return GC_dump_graph_json(file, 0);
}

static const struct picture {
    char name[NAME_BYTES];
    bool (*print)(FILE *file); /* false: no memory */
} pictures[] = {
    {"heap-map.txt", print_heap_map},
    {"heap-map.svg", print_heap_map_svg},
    {"graph.dot", print_graph_dot},
    {"graph.json", print_graph_json},
};

/* Names stand in frames that are gone when the roots are looked at: stale words
 * in the gaps of one might be taken for pointers. */
__attribute__((noinline)) static void
make_path(char *path, const char *directory, const struct picture *picture)
{
    snprintf(path, PATH_BYTES, "%s/%s", directory, picture->name);
}

__attribute__((noinline)) static FILE *
open_picture(const char *directory, const struct picture *picture)
{
    char path[PATH_BYTES];
    make_path(path, directory, picture);
    return fopen(path, "w");
}

__attribute__((noinline)) static void
report(const char *directory, const struct picture *picture, int error)
{
    char path[PATH_BYTES];
    make_path(path, directory, picture);
    fprintf(stderr, "tidemark: cannot write %s: %s\n", path, strerror(error));
}

/* Returns 0 or an error number. */
static int write_picture(const char *directory, const struct picture *picture)
{
    FILE *file = open_picture(directory, picture);
    if (file == NULL)
        return errno;
    int error = picture->print(file) ? 0 : ENOMEM;
    bool is_bad = ferror(file) != 0;
    errno = EIO; /* where the error was an earlier one */
    if (fclose(file) != 0 || is_bad)
        error = errno;
    return error;
}

void gc__write_pictures(const char *directory)
{
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) {
        int error = write_picture(directory, &pictures[i]);
        if (error == 0)
            continue;
        report(directory, &pictures[i], error);
        return;
    }
}
