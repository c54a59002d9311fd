/* SPDX-License-Identifier: MIT */
#include "gc/graph_print.h"

#include <string.h>

#include "gc/text.h"

/* A graph of which the first `shown` nodes in its order are printed, by their
 * places in that order. */
struct picture {
    struct text text;
    struct graph *graph;
    struct root_namer *namer;
    size_t shown;
};

static void start(struct picture *picture, FILE *file, struct graph *graph,
                  struct root_namer *namer, size_t most)
{
    size_t objects = graph->nodes.count;
    gc__graph_number(graph);
    gc__text_start(&picture->text, file);
    picture->graph = graph;
    picture->namer = namer;
    picture->shown = most == 0 ? objects : smaller(most, objects);
}

static const struct graph_node *node_at(const struct picture *picture,
                                        size_t place)
{
    return graph_node(picture->graph, picture->graph->order[place]);
}

static size_t place_of(const struct picture *picture, uint32_t node)
{
    return graph_node(picture->graph, node)->parent;
}

static bool is_shown(const struct picture *picture, uint32_t node)
{
    return place_of(picture, node) < picture->shown;
}

static const struct root_name *name_of(const struct picture *picture,
                                       const struct graph_root *root)
{
    return gc__root_name(picture->namer, root);
}

/* The next edge of the node at `place` that leads to a node that is shown,
 * from edge *at on; moves *at past it. */
static const struct graph_edge *next_edge(const struct picture *picture,
                                          size_t place, size_t *at)
{
    const struct graph *graph = picture->graph;
    size_t end = graph_edges_end(graph, graph->order[place]);
    while (*at < end) {
        const struct graph_edge *edge = graph_edge(graph, (*at)++);
        if (is_shown(picture, edge->target))
            return edge;
    }
    return NULL;
}

static const struct graph_root *next_root(const struct picture *picture,
                                          size_t *at)
{
    while (*at < picture->graph->roots.count) {
        const struct graph_root *root = graph_root(picture->graph, (*at)++);
        if (is_shown(picture, root->target))
            return root;
    }
    return NULL;
}

/* --------------------------------------------------------------------- DOT */

static void print_dot_head(struct picture *picture)
{
    const struct graph *graph = picture->graph;
    size_t objects = graph->nodes.count;
    struct text *text = &picture->text;
    gc__text_print(
        text,
        "digraph tidemark {\n"
        "    graph [rankdir=LR, fontname=\"Helvetica\", fontsize=12, "
        "labelloc=t,\n"
        "        label=\"%zu objects: %zu reached (green, "
        "pointer-free ones grey), %zu orphans (red)",
        objects, graph->reached, objects - graph->reached);
    if (picture->shown < objects)
        gc__text_print(text, "\\n%zu of them shown, the nearest to the roots",
                       picture->shown);
    gc__text_print(
        text, "\"];\n"
              "    node [fontname=\"Helvetica\", fontsize=10, style=filled, "
              "fillcolor=\"#cfe8cf\", color=\"#3c8a4c\"];\n"
              "    edge [fontname=\"Helvetica\", fontsize=8, "
              "color=\"#555555\", arrowsize=0.7];\n");
}

/* Its size, and its kind if that is a custom one. */
static void print_dot_label(struct text *text, const struct kinds *kinds,
                            const struct graph_node *node)
{
    char label[96];
    bool is_custom = kind_is_custom(node->kind);
    snprintf(label, sizeof label, "%zu B%s%s", (size_t)node->bytes,
             is_custom ? ", " : "",
             is_custom ? gc__kind_name(kinds, node->kind) : "");
    gc__text_quote(text, label);
}

static void print_dot_node(struct picture *picture, size_t place)
{
    const struct graph_node *node = node_at(picture, place);
    struct text *text = &picture->text;
    gc__text_print(text, "    n%zu [label=", place);
    print_dot_label(text, picture->graph->heap->kinds, node);
    gc__text_print(text, ", tooltip=\"0x%zx\"", (size_t)node->base);
    if (node->reach == REACH_ORPHAN)
        gc__text_print(text, ", fillcolor=\"#f6c1b5\", color=\"#c0392b\"");
    else if (!variable_has_pointers(picture->graph->heap, node->kind))
        gc__text_print(text, ", fillcolor=\"#e6e6e6\", color=\"#888888\"");
    if (!kind_is_collectable((enum kind)node->kind))
        gc__text_print(text, ", peripheries=2");
    gc__text_print(text, "];\n");
}

static void print_dot_edges(struct picture *picture, size_t place)
{
    size_t at = node_at(picture, place)->first_edge;
    const struct graph_edge *edge;
    while ((edge = next_edge(picture, place, &at)) != NULL)
        gc__text_print(&picture->text, "    n%zu -> n%zu [label=\"%zu\"];\n",
                       place, place_of(picture, edge->target),
                       (size_t)edge->offset);
}

static void print_dot_box(struct text *text, const char *id,
                          const struct root_name *name)
{
    char label[sizeof name->text + sizeof name->module + 8];
    bool has_module = name->module[0] != '\0';
    snprintf(label, sizeof label, "%s%s%s%s", name->text,
             has_module ? " (" : "", name->module, has_module ? ")" : "");
    gc__text_print(text,
                   "    %s [shape=box, fillcolor=\"#cfdff3\", "
                   "color=\"#2f5f9e\", label=",
                   id);
    gc__text_quote(text, label);
    gc__text_print(text, "];\n");
}

/* Words with the same name share a box; a box that is declared again is still
 * the same one. */
static void print_dot_roots(struct picture *picture)
{
    struct text *text = &picture->text;
    char id[48], last_id[48] = "";
    size_t at = 0;
    const struct graph_root *root;
    while ((root = next_root(picture, &at)) != NULL) {
        const struct root_name *name = name_of(picture, root);
        snprintf(id, sizeof id, "r%d%s_%zx", (int)root->origin,
                 name->has_offset ? "" : "w", (size_t)name->extent.low);
        if (strcmp(id, last_id) != 0)
            print_dot_box(text, id, name);
        memcpy(last_id, id, sizeof id);
        gc__text_print(text, "    %s -> n%zu", id,
                       place_of(picture, root->target));
        if (name->has_offset)
            gc__text_print(text, " [label=\"+%zu\"]", name->offset);
        gc__text_print(text, ";\n");
    }
}

static void note_targets(struct picture *picture)
{
    for (size_t place = 0; place < picture->shown; place++) {
        size_t at = node_at(picture, place)->first_edge;
        const struct graph_edge *edge;
        while ((edge = next_edge(picture, place, &at)) != NULL)
            graph_node(picture->graph, edge->target)->is_target = 1;
    }
}

static bool is_alone(const struct picture *picture, size_t place)
{
    const struct graph_node *node = node_at(picture, place);
    size_t at = node->first_edge;
    return node->reach == REACH_ORPHAN && node->is_target == 0 &&
           next_edge(picture, place, &at) == NULL;
}

/* Orphans without any reference would stand in one endless column: invisible
 * arrows make rows of them. */
static void arrange_lone_orphans(struct picture *picture)
{
    enum { IN_A_ROW = 12 };
    note_targets(picture);
    size_t before = 0;
    size_t in_row = 0;
    for (size_t place = picture->graph->reached; place < picture->shown;
         place++) {
        if (!is_alone(picture, place))
            continue;
        if (in_row > 0)
            gc__text_print(&picture->text, "    n%zu -> n%zu [style=invis];\n",
                           before, place);
        before = place;
        in_row = (in_row + 1) % IN_A_ROW;
    }
}

void gc__graph_print_dot(FILE *file, struct graph *graph,
                         struct root_namer *namer, size_t most)
{
    struct picture picture;
    start(&picture, file, graph, namer, most);
    print_dot_head(&picture);
    print_dot_roots(&picture);
    for (size_t place = 0; place < picture.shown; place++) {
        print_dot_node(&picture, place);
        print_dot_edges(&picture, place);
    }
    arrange_lone_orphans(&picture);
    gc__text_print(&picture.text, "}\n");
    gc__text_end(&picture.text);
}

/* -------------------------------------------------------------------- JSON */

static const char *origin_name(enum origin origin)
{
    static const char *const names[] = {
        [FROM_REGISTERS] = "registers",
        [FROM_STACK] = "stack",
        [FROM_STATIC] = "static",
        [FROM_RANGE] = "range",
        [FROM_THREAD_LOCAL] = "thread-local",
        [FROM_OBJECT] = "uncollectable",
        [FROM_FINALIZER] = "finalizer",
    };
    return names[origin];
}

static void print_json_head(struct picture *picture, size_t word_step)
{
    const struct graph *graph = picture->graph;
    size_t objects = graph->nodes.count;
    gc__text_print(&picture->text,
                   "{\"format\": \"tidemark graph\", \"version\": 1,\n"
                   "\"objects\": %zu, \"reached\": %zu, \"orphans\": %zu, "
                   "\"shown\": %zu, \"word_step\": %zu,\n",
                   objects, graph->reached, objects - graph->reached,
                   picture->shown, word_step);
}

static void print_json_roots(struct picture *picture)
{
    struct text *text = &picture->text;
    const char *separator = "\n";
    size_t at = 0;
    const struct graph_root *root;
    gc__text_print(text, "\"roots\": [");
    while ((root = next_root(picture, &at)) != NULL) {
        const struct root_name *name = name_of(picture, root);
        gc__text_print(text, "%s{\"kind\": \"%s\", \"name\": ", separator,
                       origin_name(root->origin));
        gc__text_quote(text, name->text);
        gc__text_print(text, ", \"module\": ");
        gc__text_quote(text, name->module);
        gc__text_print(text, ", \"offset\": %zu, \"object\": %zu}",
                       name->offset, place_of(picture, root->target));
        separator = ",\n";
    }
    gc__text_print(text, "],\n");
}

static void print_json_node(struct picture *picture, size_t place)
{
    const struct graph_node *node = node_at(picture, place);
    struct text *text = &picture->text;
    gc__text_print(text,
                   "{\"id\": %zu, \"address\": \"0x%zx\", \"bytes\": %zu, "
                   "\"kind\": ",
                   place, (size_t)node->base, (size_t)node->bytes);
    gc__text_quote(text,
                   gc__kind_name(picture->graph->heap->kinds, node->kind));
    gc__text_print(text, ", \"reached\": %s, \"references\": [",
                   node->reach == REACH_ORPHAN ? "false" : "true");
    const char *separator = "";
    size_t at = node->first_edge;
    const struct graph_edge *edge;
    while ((edge = next_edge(picture, place, &at)) != NULL) {
        gc__text_print(text, "%s[%zu, %zu]", separator, (size_t)edge->offset,
                       place_of(picture, edge->target));
        separator = ", ";
    }
    gc__text_print(text, "]}");
}

void gc__graph_print_json(FILE *file, struct graph *graph,
                          struct root_namer *namer, size_t most,
                          size_t word_step)
{
    struct picture picture;
    start(&picture, file, graph, namer, most);
    print_json_head(&picture, word_step);
    print_json_roots(&picture);
    gc__text_print(&picture.text, "\"nodes\": [");
    for (size_t place = 0; place < picture.shown; place++) {
        gc__text_print(&picture.text, place == 0 ? "\n" : ",\n");
        print_json_node(&picture, place);
    }
    gc__text_print(&picture.text, "]}\n");
    gc__text_end(&picture.text);
}
