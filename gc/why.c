/* SPDX-License-Identifier: MIT */
#include "gc/why.h"

#include "gc/graph.h"
#include "gc/root_name.h"
#include "gc/text.h"

enum { SHOWN_AT_EACH_END = 50 }; /* objects of a long path */

/* ---------------------------------------------------------------- no path */

static void print_no_object(struct text *text, const struct heap *heap,
                            uintptr_t address)
{
    const struct heap_map *map = &heap->variable.map;
    struct cell cell;
    if (heap_map_find(map, address, &cell))
        gc__text_print(text, "0x%zx is in a free cell of %zu bytes\n",
                       (size_t)address, cell_bytes(map, cell));
    else
        gc__text_print(text, "0x%zx is in no object of the heap\n",
                       (size_t)address);
}

static void print_orphan(struct text *text, const struct graph_node *node)
{
    gc__text_print(text,
                   "no root reaches the object at 0x%zx (%zu B); the next "
                   "collection takes it\n",
                   (size_t)node->base, (size_t)node->bytes);
}

/* ------------------------------------------------------------------- path */

struct path {
    uint32_t root;
    uint32_t first;
    size_t nodes;
};

/* Turns the parents on the way to `target` around, so that each node there
 * leads to the next. */
static struct path turn_path(const struct graph *graph, uint32_t target)
{
    struct path path = {.nodes = 1};
    uint32_t next = target;
    uint32_t at = target;
    for (;;) {
        struct graph_node *node = graph_node(graph, at);
        uint32_t parent = node->parent;
        node->parent = next;
        next = at;
        if (node->reach == REACH_BY_ROOT) {
            path.root = parent;
            path.first = at;
            return path;
        }
        at = parent;
        path.nodes++;
    }
}

static size_t offset_of_edge(const struct graph *graph, uint32_t from,
                             uint32_t to)
{
    size_t edge = graph_node(graph, from)->first_edge;
    while (graph_edge(graph, edge)->target != to)
        edge++;
    return graph_edge(graph, edge)->offset;
}

static void print_root(struct text *text, const struct root_name *name)
{
    gc__text_print(text, "%s", name->text);
    bool is_variable_itself = name->offset == 0 && name->module[0] != '\0';
    if (name->has_offset && !is_variable_itself)
        gc__text_print(text, " +%zu", name->offset);
    if (name->module[0] != '\0')
        gc__text_print(text, " (%s)", name->module);
}

static void print_objects(struct text *text, const struct graph *graph,
                          const struct path *path)
{
    uint32_t at = path->first;
    for (size_t left = path->nodes; left > 1; left--) {
        const struct graph_node *node = graph_node(graph, at);
        size_t before = path->nodes - left;
        if (before < SHOWN_AT_EACH_END || left <= SHOWN_AT_EACH_END)
            gc__text_print(text, " -> %zu B [%zu]", (size_t)node->bytes,
                           offset_of_edge(graph, at, node->parent));
        else if (before == SHOWN_AT_EACH_END)
            gc__text_print(text, " -> (%zu objects)",
                           path->nodes - 2 * SHOWN_AT_EACH_END);
        at = node->parent;
    }
}

static void print_path(struct text *text, const struct graph *graph,
                       const struct registers *registers, uint32_t target)
{
    struct path path = turn_path(graph, target);
    const struct graph_root *root = graph_root(graph, path.root);
    struct root_namer namer;
    gc__root_namer_init(&namer, registers);
    print_root(text, gc__root_name(&namer, root));
    print_objects(text, graph, &path);
    gc__text_print(text, " -> p\n");
}

static bool print_answer(struct text *text, const struct heap *heap,
                         const struct graph *graph,
                         const struct registers *registers, uintptr_t address)
{
    uint32_t target;
    if (!gc__graph_find(graph, address, &target)) {
        print_no_object(text, heap, address);
        return false;
    }
    if (graph_node(graph, target)->reach == REACH_ORPHAN) {
        print_orphan(text, graph_node(graph, target));
        return false;
    }
    print_path(text, graph, registers, target);
    return true;
}

bool gc__print_why(FILE *file, const struct heap *heap,
                   const struct graph *graph, const struct registers *registers,
                   uintptr_t disguised)
{
    struct text text;
    gc__text_start(&text, file);
    bool is_reached = print_answer(&text, heap, graph, registers, ~disguised);
    gc__text_end(&text);
    return is_reached;
}
