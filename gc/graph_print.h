/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_GRAPH_PRINT_H
#define TIDEMARK_GC_GRAPH_PRINT_H

/* The reference graph as text: for Graphviz, and for programs.
 *
 * Both have at most `most` objects (0: all), the reached ones first, in the
 * order in which a search from the roots finds them, so that a small number
 * shows what is nearest to the roots.  References to and from objects that are
 * left out are left out too.
 *
 * DOT: a box for each root, see gc/root_name.h; an ellipse for each object,
 * with its size, red for an orphan; on an arrow, where in the object the
 * pointer stands.  Try `dot -Tsvg`, and `sfdp -Tsvg` for some thousands.
 *
 * JSON, one object:
 *
 *     "format": "tidemark graph", "version": 1
 *     "objects": in the heap; "reached", "orphans": of them; "shown": here
 *     "word_step": bytes from one word that was looked at to the next
 *     "roots": [{"kind": "registers", "stack", "static", "thread-local",
 *                        "range" or "uncollectable",
 *                "name": "stack of parse_list",
 *                "module": "wordcount", or "" where it says nothing more
 *                "offset": bytes from the start of what is so named
 *                "object": the id of the object}, ...]
 *               one for each word in a root
 *     "nodes": [{"id": 0, 1, 2 ...,
 *                "address": "0x7f0012340010",
 *                "bytes": 48,
 *                "kind": "scanned", "atomic", "uncollectable" or
 *                        "atomic uncollectable",
 *                "reached": true, or false for an orphan
 *                "references": [[offset, id], ...]}, ...]
 *               one for each word in an object
 *
 * New keys may be added. */

#include <stdio.h>

#include "gc/graph.h"
#include "gc/root_name.h"

/* The graph is numbered by this: it has no parents afterwards. */
void gc__graph_print_dot(FILE *file, struct graph *graph,
                         struct root_namer *namer, size_t most);
void gc__graph_print_json(FILE *file, struct graph *graph,
                          struct root_namer *namer, size_t most,
                          size_t word_step);

#endif
