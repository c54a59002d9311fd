/* SPDX-License-Identifier: MIT */
#include "gc/api/pictures.h"

#include <errno.h>
#include <string.h>

#include "gc/api/process.h"

/* More than dot can lay out, or anybody can look at. */
enum { MOST_OBJECTS_IN_DOT = 2000, NAME_BYTES = 32 };

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

/* Returns 0 or an error number. */
static int print_into(const char *path, const struct picture *picture)
{
    FILE *file = fopen(path, "w");
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
    char path[PICTURES_BYTES + NAME_BYTES];
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, pictures[i].name);
        int error = print_into(path, &pictures[i]);
        if (error == 0)
            continue;
        fprintf(stderr, "tidemark: cannot write %s: %s\n", path,
                strerror(error));
        return;
    }
}
