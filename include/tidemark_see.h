/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_SEE_H
#define TIDEMARK_SEE_H

/* Tidemark: seeing the heap.  tidemark.h includes this; it is the sixth part of the
 * manual. */

#ifndef TIDEMARK_H
#error "include tidemark.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------
 * 6. Seeing the heap
 *
 * `file` NULL means standard error.  None of these allocates on the heap that
 * it shows.
 *
 * Threads: what is shown is taken first, with the world stopped, and printed when
 *          it goes on.
 * Cost:    in proportion to the blocks and objects.  Graphs take 28 bytes of memory
 *          for each object, and 12 for each reference. */

/* New fields may be added at the end: see gc_stats(). */
struct gc_stats {
    size_t collections;
    size_t heap_bytes;      /* blocks that hold objects or free cells */
    size_t free_bytes;      /* blocks that hold neither, ready for use */
    size_t reserved_bytes;  /* address space mapped or set aside for blocks */
    size_t metadata_bytes;  /* address space of the collector's own tables */
    size_t resident_bytes;  /* of the whole process, as the kernel counts it */
    size_t object_count;    /* allocated now; dead ones not yet found count */
    size_t object_bytes;    /* their cells */
    size_t live_bytes;      /* what survived the last collection */
    size_t goal_bytes;      /* the next collection starts here */
    size_t allocated_bytes; /* ever */
    size_t freed_bytes;     /* ever, by gc_free and gc_realloc */
    size_t swept_bytes;     /* ever, by the collector */
    size_t swept_objects;   /* ever */
    size_t mark_stack_overflows;
    uint64_t pause_total_ns;
    uint64_t pause_max_ns;
    uint64_t pause_last_ns;

    size_t finalizers;       /* whose objects are not known to be dead */
    size_t ready_finalizers; /* to be called */
    size_t weak_links;       /* short, long, and those of weak references */
    size_t ephemerons;       /* whose keys are not known to be dead */
    size_t toggles;          /* toggle references */
    size_t kinds;            /* custom ones; all types share one */
    size_t threads;          /* known; the library's for finalizers is one */
    size_t resting_threads;  /* of these: in gc_call_blocking(), or waiting in
                                here; no stop has to ask them */
    size_t strangers;        /* threads that have never called, as last found */
    size_t unseen_threads;   /* of these: did not stop the last time */
    size_t markers;          /* threads that mark, who collects included */
};

/* One line of the free lists: a size class of one kind. */
struct gc_class_stats {
    enum gc_kind kind;
    size_t cell_bytes; /* 0: the large objects of the kind, each a cell; and in
                          the last line the free blocks, of no kind */
    size_t blocks;
    size_t runs; /* of neighbouring free cells */
    size_t free_cells;
    size_t free_bytes;
    size_t used_cells;
    size_t used_bytes;
};

/* Fills in the first `bytes` bytes of *stats; pass sizeof *stats, and a field that
 * the library does not know yet is 0.  Sweeps what is unswept, so that the numbers
 * are exact: to be called now and then, not in a loop.
 *
 * Errors: all fields are 0 where a thread does not stop. */
TIDEMARK_API void gc_stats(struct gc_stats *stats, size_t bytes);

/* Fills in the `index`-th class that has blocks, in the same way.  The order is that
 * of kinds, and in a kind of cell sizes.  Between two calls other threads may change
 * what there is.
 *
 * Returns: false past the last. */
TIDEMARK_API bool gc_class_stats(size_t index, struct gc_class_stats *stats,
                                 size_t bytes);

/* The statistics and the free lists, for people and for programs. */
TIDEMARK_API void GC_dump_stats(FILE *file);
TIDEMARK_API void GC_dump_stats_json(FILE *file);

/* The heap, a sign or a square for each block, by kind and occupancy, with a
 * legend.  gc(7) has the signs. */
TIDEMARK_API void GC_dump_heap_map(FILE *file);
TIDEMARK_API void GC_dump_heap_map_svg(FILE *file);

/* Every allocated object, the roots, and who points to whom; objects that no
 * root reaches are orphans, and the next collection takes them.  At most
 * `max_objects` objects, the reached ones first; 0 for all.
 *
 * Returns: false if there is no memory to build the graph. */
TIDEMARK_API bool GC_dump_graph_dot(FILE *file, size_t max_objects);
TIDEMARK_API bool GC_dump_graph_json(FILE *file, size_t max_objects);

/* Why is the object that `pointer` points into alive?  Prints a shortest path
 * from a root, such as
 *
 *     stack of parse_list +24 -> 48 B [8] -> 4096 B [512] -> p
 *
 * where a number in brackets is the offset of the pointer in its object, and
 * +24 counts from the stack pointer of the function.  A root may also be a
 * register, a global or thread-local variable, or a range that was added.
 *
 * Returns: false, after saying so, if nothing reaches it, it is no object, or
 *          there is no memory to look. */
TIDEMARK_API bool GC_dump_why(FILE *file, const void *pointer);

#ifdef __cplusplus
}
#endif

#endif
