/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_STATISTICS_H
#define TIDEMARK_GC_STATISTICS_H

/* The heap in numbers.  It must be settled, so that they are exact: then
 *
 *     heap_bytes + free_bytes   = 64 KiB x the blocks of all classes
 *     object_count              = the used cells of all classes
 *     object_bytes              = the used bytes of all classes */

#include <stdbool.h>
#include <stdio.h>

#include "gc/heap.h"
#include "include/tidemark.h"

/* Of the collector's own tables; it need not be settled for this. */
size_t gc__metadata_bytes(const struct heap *heap);

/* The bytes of uncollectable objects. */
size_t gc__count_uncollectable(const struct variable *heap);

void gc__statistics(const struct heap *heap, struct gc_stats *stats);

/* The classes that have blocks: for each kind those of cells, by size, and then
 * its large objects, each of which is a cell of cell_bytes 0; after the last
 * kind the free blocks, whose cells are free and of cell_bytes 0 too.  Returns
 * false past the last. */
bool gc__class_statistics(const struct variable *heap, size_t index,
                          struct gc_class_stats *stats);

/* More are left out, of a program that uses a dozen custom kinds or more. */
enum { CLASSES_MAX = 2 * KIND_COUNT * CLASS_COUNT + 1 };

struct heap_numbers {
    struct gc_stats all;
    const struct kinds *kinds; /* for their names */
    size_t class_count;
    struct gc_class_stats classes[CLASSES_MAX];
};

void gc__heap_numbers(const struct heap *heap, struct heap_numbers *numbers);

/* For people, and the same for programs: as one JSON object, whose keys are the
 * fields of struct gc_stats, and "classes", a list of objects whose keys are
 * those of struct gc_class_stats, with "kind" as a string, "free" for the free
 * blocks. */
void gc__statistics_print(FILE *file, const struct heap_numbers *numbers);
void gc__statistics_print_json(FILE *file, const struct heap_numbers *numbers);

#endif
