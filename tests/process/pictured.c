/* SPDX-License-Identifier: MIT */
/* A program whose reference graph is known: it prints what it has made, and
 * shows it by all the pictures there are.
 *
 *     pictured [FOLDER]
 *
 * With a folder, stats.json, stats.txt, heap-map.txt, heap-map.svg, graph.json
 * and graph.dot are written into it before the end.  Ends with status 7.
 *
 *     object ADDRESS BYTES KIND reached|orphan
 *     reference ADDRESS OFFSET ADDRESS       from an object
 *     root KIND OFFSET ADDRESS NAME */

#include <string.h>

#include <tidemark.h>

enum { STATUS = 7, CHAINS = 5, CHAIN_LENGTH = 20, ORPHANS = 200 };

struct node {
    struct node *next;
    void *data[3];
};

struct node *chains[CHAINS];
_Thread_local struct node *in_thread;

static void print_object(const void *object, const char *state)
{
    static const char *const kinds[] = {"scanned", "atomic", "uncollectable",
                                        "atomic-uncollectable"};
    struct gc_object_header header;
    if (gc_object_header_of(object, &header))
        printf("object %p %zu %s %s\n", header.base, header.bytes,
               kinds[header.kind], state);
}

static void point(void *from, size_t offset, void *to)
{
    memcpy((char *)from + offset, &to, sizeof to);
    printf("reference %p %zu %p\n", from, offset, gc_base(to));
}

static struct node *new_chain(size_t length, const char *state)
{
    struct node *first = NULL;
    for (size_t i = 0; i < length; i++) {
        struct node *node = gc_malloc(sizeof *node);
        if (first != NULL)
            point(node, 0, first);
        if (i % 4 == 1) {
            char *text = gc_malloc_atomic(50 * i);
            print_object(text, state);
            point(node, 8 + i % 3 * 8, text + i % 50);
        }
        print_object(node, state);
        first = node;
    }
    return first;
}

__attribute__((noinline)) static void make_chains(void)
{
    for (size_t i = 0; i < CHAINS; i++) {
        chains[i] = new_chain(CHAIN_LENGTH, "reached");
        printf("root static %zu %p global chains\n", i * sizeof chains[0],
               (void *)chains[i]);
    }
    in_thread = new_chain(2, "reached");
    printf("root thread-local 0 %p thread-local in_thread\n",
           (void *)in_thread);
}

__attribute__((noinline)) static void make_uncollectable(void)
{
    void **kept = gc_malloc_uncollectable(100);
    void *large = gc_malloc(300000);
    print_object(kept, "reached");
    print_object(large, "reached");
    point(kept, 40, large);
    point(large, 200000, (char *)large + 299999);
    printf("root uncollectable 0 %p uncollectable\n", (void *)kept);
}

__attribute__((noinline)) static void make_orphans(void)
{
    for (size_t i = 0; i < ORPHANS; i++)
        new_chain(1 + i % 3, "orphan");
}

/* What is left of their making on the stack. */
__attribute__((noinline)) static void clear_stack(void)
{
    volatile char room[16384];
    for (size_t i = 0; i < sizeof room; i++)
        room[i] = 0;
}

static FILE *open_file(const char *folder, const char *name)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        perror(path);
    return file;
}

static bool show(const char *folder, const char *name, void (*print)(FILE *))
{
    FILE *file = open_file(folder, name);
    if (file == NULL)
        return false;
    print(file);
    return fclose(file) == 0;
}

static bool show_graph(const char *folder, const char *name,
                       bool (*print)(FILE *, size_t))
{
    FILE *file = open_file(folder, name);
    if (file == NULL)
        return false;
    bool is_printed = print(file, 0);
    return fclose(file) == 0 && is_printed;
}

static bool show_all(const char *folder)
{
    return show(folder, "stats.json", GC_dump_stats_json) &&
           show(folder, "stats.txt", GC_dump_stats) &&
           show(folder, "heap-map.txt", GC_dump_heap_map) &&
           show(folder, "heap-map.svg", GC_dump_heap_map_svg) &&
           show_graph(folder, "graph.json", GC_dump_graph_json) &&
           show_graph(folder, "graph.dot", GC_dump_graph_dot);
}

int main(int argc, char **argv)
{
    gc_disable();
    make_chains();
    make_uncollectable();
    make_orphans();
    clear_stack();
    return argc < 2 || show_all(argv[1]) ? STATUS : 1;
}
