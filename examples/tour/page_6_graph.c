/* SPDX-License-Identifier: MIT */
/* The graph that GC_dump_graph_dot() draws, as a table. */

#include <stdio.h>

#include "examples/tour/heap.h"
#include "examples/tour/require.h"
#include "examples/tour/tour.h"
#include "gc/graph.h"

static struct tour_heap tour;
static struct graph graph;

static char node_name(size_t node)
{
    return tour_heap_name(&tour, graph_node(&graph, node)->base);
}

static size_t offset_in_target(uintptr_t word_address, uint32_t target)
{
    return *(const uintptr_t *)word_address - graph_node(&graph, target)->base;
}

static void print_target(uintptr_t word_address, uint32_t target)
{
    size_t offset = offset_in_target(word_address, target);
    printf("-> %c", node_name(target));
    if (offset > 0)
        printf(" + %zu", offset);
}

static void print_roots(void)
{
    for (size_t i = 0; i < graph.roots.count; i++) {
        const struct graph_root *root = graph_root(&graph, i);
        printf("    %-6s  ", tour_heap_root_name(&tour, root->address));
        print_target(root->address, root->target);
        putchar('\n');
    }
}

static void print_node(size_t node)
{
    const struct graph_node *object = graph_node(&graph, node);
    size_t first = object->first_edge, end = graph_edges_end(&graph, node);
    printf("    %c, %zu bytes  ", node_name(node), (size_t)object->bytes);
    for (size_t i = first; i < end; i++) {
        const struct graph_edge *edge = graph_edge(&graph, i);
        printf("%s[%zu] ", i == first ? "" : ", ", (size_t)edge->offset);
        print_target(object->base + edge->offset, edge->target);
    }
    printf("%s\n", first == end ? "no pointers" : "");
}

static bool has_edge(size_t node, size_t target)
{
    size_t end = graph_edges_end(&graph, node);
    for (size_t i = graph_node(&graph, node)->first_edge; i < end; i++)
        if (graph_edge(&graph, i)->target == target)
            return true;
    return false;
}

static void print_matrix(void)
{
    printf("    from   to");
    for (size_t target = 0; target < graph.nodes.count; target++)
        printf(" %c", node_name(target));
    putchar('\n');
    for (size_t i = 0; i < graph.roots.count; i++) {
        const struct graph_root *root = graph_root(&graph, i);
        printf("    %-9s", tour_heap_root_name(&tour, root->address));
        for (size_t target = 0; target < graph.nodes.count; target++)
            printf(" %c", root->target == target ? '*' : '.');
        putchar('\n');
    }
    for (size_t node = 0; node < graph.nodes.count; node++) {
        printf("    %-9c", node_name(node));
        for (size_t target = 0; target < graph.nodes.count; target++)
            printf(" %c", has_edge(node, target) ? '*' : '.');
        putchar('\n');
    }
}

void page_6_graph(void)
{
    tour_heap_start(&tour);
    gc__heap_settle(&tour.heap, &tour.thread);
    require(gc__graph_capture(&graph, &tour.heap), "no memory for the graph");
    printf(
        "A heap of %zu objects.  Two variables of the program are its roots; "
        "the window has\nmoved over them:\n\n",
        graph.nodes.count);
    print_roots();
    printf("\nand over each object; in brackets stands where in it the pointer "
           "was found:\n\n");
    for (size_t node = 0; node < graph.nodes.count; node++)
        print_node(node);
    printf("\nWho points to whom, as a picture:\n\n");
    print_matrix();
    printf("\nGC_dump_graph_dot() writes the same for Graphviz, for the real "
           "heap.\n");
    gc__graph_finish(&graph);
    tour_heap_finish(&tour);
}
