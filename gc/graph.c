/* SPDX-License-Identifier: MIT */
#include "gc/graph.h"

#include "base/bits.h"
#include "platform/pages.h"

/* While the graph is built, `ranks` finds the node of a cell: for each word of
 * allocated bits it has the node of the first cell whose bit is set there, and
 * the bits say how many more come before. */
struct builder {
    struct graph *graph;
    const struct heap *heap;
    struct range ranks_memory;
    uint32_t *ranks;
    size_t holder; /* nodes up to this one know their first edge */
};

static bool is_full(const struct growing *array)
{
    return array->count == UINT32_MAX;
}

/* ------------------------------------------------------------------ nodes */

static size_t bit_word_of(struct cell cell)
{
    return (size_t)cell.block * BLOCK_BIT_WORDS + cell.index / WORD_BITS;
}

static unsigned cells_before(const struct builder *builder, struct cell cell)
{
    const struct bit_pair *bits = cell_bits(&builder->heap->variable.map, cell);
    return count_bits(bits->allocated & (cell_bit(cell) - 1));
}

static uint32_t node_of(const struct builder *builder, struct cell cell)
{
    return builder->ranks[bit_word_of(cell)] + cells_before(builder, cell);
}

static bool add_node(struct cell cell, const struct object_header *object,
                     void *context)
{
    struct builder *builder = context;
    struct growing *nodes = &builder->graph->nodes;
    struct graph_node *node = is_full(nodes) ? NULL : gc__growing_append(nodes);
    if (node == NULL)
        return false;
    *node = (struct graph_node){
        .base = object->base,
        .bytes = object->bytes,
        .kind = object->kind,
    };
    if (cells_before(builder, cell) == 0)
        builder->ranks[bit_word_of(cell)] = (uint32_t)(nodes->count - 1);
    return true;
}

static bool add_nodes(struct builder *builder)
{
    const struct variable *heap = &builder->heap->variable;
    size_t words = heap_map_blocks(&heap->map) * BLOCK_BIT_WORDS;
    if (words == 0)
        return true;
    if (!gc__pages_map(words * sizeof *builder->ranks, &builder->ranks_memory))
        return false;
    builder->ranks = (uint32_t *)builder->ranks_memory.low;
    return gc__visit_objects(heap, add_node, builder);
}

/* ------------------------------------------------------------------ edges */

/* Objects are visited in the order of the nodes. */
static void begin_edges_of(struct builder *builder, uintptr_t base)
{
    const struct graph *graph = builder->graph;
    while (builder->holder < graph->nodes.count) {
        struct graph_node *node = graph_node(graph, builder->holder);
        if (node->base > base)
            return;
        node->first_edge = (uint32_t)graph->edges.count;
        builder->holder++;
    }
}

static bool add_edge(struct builder *builder, const struct reference *reference,
                     uint32_t target)
{
    struct growing *edges = &builder->graph->edges;
    if (builder->holder == 0 ||
        graph_node(builder->graph, builder->holder - 1)->base !=
            reference->holder.low)
        begin_edges_of(builder, reference->holder.low);
    struct graph_edge *edge = is_full(edges) ? NULL : gc__growing_append(edges);
    if (edge == NULL)
        return false;
    edge->target = target;
    edge->offset = reference->address - reference->holder.low;
    return true;
}

static bool add_root(struct builder *builder, struct graph_root given)
{
    struct growing *roots = &builder->graph->roots;
    struct graph_root *root = is_full(roots) ? NULL : gc__growing_append(roots);
    if (root == NULL)
        return false;
    *root = given;
    return true;
}

static bool add_reference(const struct reference *reference, void *context)
{
    struct builder *builder = context;
    uint32_t target = node_of(builder, reference->target);
    if (reference->origin == FROM_OBJECT)
        return add_edge(builder, reference, target);
    return add_root(builder, (struct graph_root){
                                 .origin = reference->origin,
                                 .target = target,
                                 .holder = reference->holder.low,
                                 .address = reference->address,
                                 .owner = reference->owner,
                             });
}

static bool add_references(struct builder *builder)
{
    if (!gc__visit_references(builder->heap, add_reference, builder))
        return false;
    begin_edges_of(builder, UINTPTR_MAX);
    return true;
}

static bool add_uncollectable(struct builder *builder)
{
    const struct graph *graph = builder->graph;
    for (size_t i = 0; i < graph->nodes.count; i++) {
        const struct graph_node *node = graph_node(graph, i);
        if (!kind_is_collectable((enum kind)node->kind) &&
            !add_root(builder, (struct graph_root){
                                   .origin = FROM_OBJECT,
                                   .target = (uint32_t)i,
                                   .holder = node->base,
                                   .address = node->base,
                               }))
            return false;
    }
    return true;
}

/* ----------------------------------------------------------------- search */

struct search {
    const struct graph *graph;
    uint32_t *order; /* a queue; what has left it stays before its head */
    size_t tail;
};

static void reach(struct search *search, uint32_t index, enum reach how,
                  size_t parent)
{
    struct graph_node *node = graph_node(search->graph, index);
    if (node->reach != REACH_ORPHAN)
        return;
    node->reach = how;
    node->parent = (uint32_t)parent;
    search->order[search->tail++] = index;
}

static void reach_from(struct search *search, uint32_t index)
{
    size_t end = graph_edges_end(search->graph, index);
    for (size_t i = graph_node(search->graph, index)->first_edge; i < end; i++)
        reach(search, graph_edge(search->graph, i)->target, REACH_BY_NODE,
              index);
}

static void append_orphans(struct search *search)
{
    for (size_t i = 0; i < search->graph->nodes.count; i++)
        if (graph_node(search->graph, i)->reach == REACH_ORPHAN)
            search->order[search->tail++] = (uint32_t)i;
}

static bool search_from_roots(struct graph *graph)
{
    if (graph->nodes.count == 0)
        return true;
    if (!gc__pages_map(graph->nodes.count * sizeof *graph->order,
                       &graph->order_memory))
        return false;
    struct search search = {graph, (uint32_t *)graph->order_memory.low, 0};
    for (size_t i = 0; i < graph->roots.count; i++)
        reach(&search, graph_root(graph, i)->target, REACH_BY_ROOT, i);
    for (size_t head = 0; head < search.tail; head++)
        reach_from(&search, search.order[head]);
    graph->order = search.order;
    graph->reached = search.tail;
    append_orphans(&search);
    return true;
}

/* ---------------------------------------------------------------- capture */

bool gc__graph_capture(struct graph *graph, const struct heap *heap)
{
    *graph = (struct graph){.heap = &heap->variable};
    gc__growing_init(&graph->nodes, sizeof(struct graph_node));
    gc__growing_init(&graph->edges, sizeof(struct graph_edge));
    gc__growing_init(&graph->roots, sizeof(struct graph_root));

    struct builder builder = {.graph = graph, .heap = heap};
    bool is_whole = add_nodes(&builder) && add_references(&builder) &&
                    add_uncollectable(&builder) && search_from_roots(graph);
    gc__pages_unmap(builder.ranks_memory);
    if (!is_whole)
        gc__graph_finish(graph);
    return is_whole;
}

void gc__graph_finish(struct graph *graph)
{
    gc__growing_finish(&graph->nodes);
    gc__growing_finish(&graph->edges);
    gc__growing_finish(&graph->roots);
    gc__pages_unmap(graph->order_memory);
    graph->order_memory = (struct range){0, 0};
}

void gc__graph_number(struct graph *graph)
{
    for (size_t i = 0; i < graph->nodes.count; i++)
        graph_node(graph, graph->order[i])->parent = (uint32_t)i;
}

bool gc__graph_find(const struct graph *graph, uintptr_t address,
                    uint32_t *node)
{
    size_t low = 0; /* nodes before it start at or below the address */
    size_t high = graph->nodes.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (graph_node(graph, middle)->base <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    const struct graph_node *found = graph_node(graph, low - 1);
    *node = (uint32_t)(low - 1);
    return address - found->base < found->bytes;
}
