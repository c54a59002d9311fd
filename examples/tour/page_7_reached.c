/* SPDX-License-Identifier: MIT */
/* The search through the graph, and the marks that the collector itself sets
 * for the same heap. */

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

/* From the object back to the root, as the search came. */
static void print_way(uint32_t node)
{
    printf("    %c", node_name(node));
    while (graph_node(&graph, node)->reach == REACH_BY_NODE) {
        node = graph_node(&graph, node)->parent;
        printf(" <- %c", node_name(node));
    }
    const struct graph_root *root =
        graph_root(&graph, graph_node(&graph, node)->parent);
    printf(" <- %s\n", tour_heap_root_name(&tour, root->address));
}

static bool is_marked(uintptr_t base)
{
    struct cell cell = {0, 0};
    require(heap_map_find(&tour.heap.variable.map, base, &cell), "no object");
    return cell_is_marked(&tour.heap.variable.map, cell);
}

static void print_marks(void)
{
    printf("    ");
    for (size_t node = 0; node < graph.nodes.count; node++) {
        const struct graph_node *object = graph_node(&graph, node);
        bool mark = is_marked(object->base);
        require(mark == (object->reach != REACH_ORPHAN),
                "the marks differ from the graph");
        printf("[%c%c]", node_name(node), mark ? '*' : ' ');
    }
    printf("  %zu marked, %zu not\n", graph.reached,
           graph.nodes.count - graph.reached);
}

void page_7_reached(void)
{
    tour_heap_start(&tour);
    gc__heap_settle(&tour.heap, &tour.thread);
    require(gc__graph_capture(&graph, &tour.heap), "no memory for the graph");
    printf(
        "What is live?  Whatever can be reached from a root.  The search "
        "goes outwards\nfrom the roots and comes to each object by a shortest "
        "way, the one that\nGC_dump_why() prints:\n\n");
    for (size_t i = 0; i < graph.reached; i++)
        print_way(graph.order[i]);
    printf("\nNobody can ever use the others again.  They are orphans:\n\n   ");
    for (size_t i = graph.reached; i < graph.nodes.count; i++)
        printf(" %c", node_name(graph.order[i]));
    printf("\n\nC and E point to each other, so a count of references would "
           "never be 0.  And it\ndoes not help E to point to F: what counts is "
           "whether one can get to E.\n\nThe collector finds out in the same "
           "way, with a bit for each object, the mark:\n\n");
    tour_heap_mark(&tour);
    print_marks();
    gc__graph_finish(&graph);
    tour_heap_finish(&tour);
}
