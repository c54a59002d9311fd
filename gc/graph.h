/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_GRAPH_H
#define TIDEMARK_GC_GRAPH_H

/* The reference graph: a copy of who points to whom, as it stands before a
 * sweep.
 *
 * Nodes are all allocated objects, in the order of addresses; edges the words
 * in them that point to an object, those of one node side by side; roots the
 * words outside of the heap that do, and one for each uncollectable object.  A
 * search from the roots, breadth first, finds what is reached and by which
 * shortest way; the others are orphans.
 *
 * Lives in memory of its own, 28 bytes a node and 12 an edge, and stays as it
 * is when the heap changes.  At most 2^32 - 1 of each. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gc/growing.h"
#include "gc/visit.h"

enum reach {
    REACH_ORPHAN,
    REACH_BY_ROOT, /* `parent` is the number of a root */
    REACH_BY_NODE, /* `parent` is a node */
};

struct graph_node {
    uintptr_t base;
    uint64_t bytes : 48;
    uint64_t kind : 8;      /* enum kind, or a custom one */
    uint64_t reach : 3;     /* enum reach */
    uint64_t is_target : 1; /* for a printer: of an edge that is shown */
    uint32_t first_edge;
    uint32_t parent; /* on a shortest way from a root; see gc__graph_number */
};

struct graph_edge {
    uint32_t target;
    uint64_t offset; /* of the word in its object */
} __attribute__((packed, aligned(4)));

/* In the order in which a search prefers them: registers, stack, static data,
 * thread-local data, added ranges, uncollectable objects. */
struct graph_root {
    enum origin origin; /* FROM_OBJECT: uncollectable */
    uint32_t target;
    uintptr_t holder;  /* start of the range that the word is in */
    uintptr_t address; /* of the word; uncollectable: of the object */
    intptr_t owner;    /* see struct reference */
};

struct graph {
    struct growing nodes;
    struct growing edges;
    struct growing roots;
    const struct variable *heap; /* that it shows; for what is said of kinds */
    struct range order_memory;
    const uint32_t *order; /* nodes: reached ones as found, then orphans */
    size_t reached;
};

/* Copies the heap, which must be held (see gc/hold.h), the calling thread's
 * registers being spilled.  Returns false if there is no memory. */
bool gc__graph_capture(struct graph *graph, const struct heap *heap);
void gc__graph_finish(struct graph *graph);

/* From now on `parent` is the node's own place in `order`. */
void gc__graph_number(struct graph *graph);

/* Finds the node that an address lies in. */
bool gc__graph_find(const struct graph *graph, uintptr_t address,
                    uint32_t *node);

static inline struct graph_node *graph_node(const struct graph *graph,
                                            size_t index)
{
    return growing_at(&graph->nodes, index);
}

static inline struct graph_edge *graph_edge(const struct graph *graph,
                                            size_t index)
{
    return growing_at(&graph->edges, index);
}

static inline struct graph_root *graph_root(const struct graph *graph,
                                            size_t index)
{
    return growing_at(&graph->roots, index);
}

/* The edges of a node are those from its first_edge to this one. */
static inline size_t graph_edges_end(const struct graph *graph, size_t node)
{
    return node + 1 < graph->nodes.count
               ? graph_node(graph, node + 1)->first_edge
               : graph->edges.count;
}

#endif
