/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "gc/statistics.h"
#include "gc/text.h"

static bool is_free_blocks(const struct gc_class_stats *class)
{
    return class->cell_bytes == 0 && class->used_cells == 0;
}

static const char *kind_of(const struct heap_numbers *numbers,
                           const struct gc_class_stats *class)
{
    return is_free_blocks(class) ? "free"
                                 : gc__kind_name(numbers->kinds, class->kind);
}

/* -------------------------------------------------------------- for people */

static void print_bytes(struct text *text, const char *what, size_t bytes,
                        const char *remark)
{
    gc__text_print(text, "  %-16s %11s  %s\n", what, gc__size_text(bytes).text,
                   remark);
}

static void print_count(struct text *text, const char *what, size_t count,
                        const char *remark)
{
    gc__text_print(text, "  %-16s %11zu  %s\n", what, count, remark);
}

static void print_time(struct text *text, const char *what, uint64_t ns,
                       const char *remark)
{
    size_t us = (size_t)(ns / 1000);
    gc__text_print(text, "  %-16s %5zu.%03zu ms  %s\n", what, us / 1000,
                   us % 1000, remark);
}

static void print_totals(struct text *text, const struct gc_stats *stats)
{
    gc__text_print(text, "tidemark: the heap\n");
    print_count(text, "objects", stats->object_count,
                "allocated; dead ones that are not yet found count");
    print_bytes(text, "object bytes", stats->object_bytes, "their cells");
    print_bytes(text, "in use", stats->heap_bytes,
                "blocks that hold objects or free cells");
    print_bytes(text, "free", stats->free_bytes, "blocks that hold neither");
    print_bytes(text, "reserved", stats->reserved_bytes,
                "address space of the heap");
    print_bytes(text, "metadata", stats->metadata_bytes,
                "address space of the collector's own tables");
    print_bytes(text, "resident", stats->resident_bytes,
                "the whole process, as the kernel counts it");
    gc__text_print(text, "since the start\n");
    print_bytes(text, "allocated", stats->allocated_bytes, "");
    print_bytes(text, "freed", stats->freed_bytes, "by the program");
    print_bytes(text, "swept", stats->swept_bytes, "by the collector");
    print_count(text, "swept objects", stats->swept_objects, "");
    gc__text_print(text, "collections\n");
    print_count(text, "collections", stats->collections, "");
    print_bytes(text, "live", stats->live_bytes, "survived the last one");
    print_bytes(text, "goal", stats->goal_bytes, "the next one starts here");
    print_time(text, "pauses", stats->pause_total_ns, "in all");
    print_time(text, "longest pause", stats->pause_max_ns, "");
    print_time(text, "last pause", stats->pause_last_ns, "");
    print_count(text, "overflows", stats->mark_stack_overflows,
                "of the mark stack");
    print_count(text, "markers", stats->markers,
                "threads that mark, the collecting one included");
}

static void print_tied(struct text *text, const struct gc_stats *stats)
{
    gc__text_print(text, "tied to objects\n");
    print_count(text, "finalizers", stats->finalizers, "");
    print_count(text, "ready", stats->ready_finalizers,
                "finalizers that are to be called");
    print_count(text, "weak links", stats->weak_links,
                "weak references included");
    print_count(text, "ephemerons", stats->ephemerons, "");
    print_count(text, "toggles", stats->toggles, "toggle references");
    print_count(text, "custom kinds", stats->kinds, "of objects");
}

static void print_threads(struct text *text, const struct gc_stats *stats)
{
    gc__text_print(text, "threads\n");
    print_count(text, "known", stats->threads, "");
    print_count(text, "resting", stats->resting_threads,
                "known ones that no stop has to ask");
    print_count(text, "strangers", stats->strangers,
                "have never called the library");
    print_count(text, "unseen", stats->unseen_threads,
                "strangers that did not stop");
}

static void print_class_line(struct text *text, const char *kind,
                             const char *cell,
                             const struct gc_class_stats *class)
{
    gc__text_print(text, "  %-20s %7s %8zu %8zu %11zu %11s %11zu %11s\n", kind,
                   cell, class->blocks, class->runs, class->free_cells,
                   gc__size_text(class->free_bytes).text, class->used_cells,
                   gc__size_text(class->used_bytes).text);
}

static void print_class(struct text *text, const char *kind,
                        const struct gc_class_stats *class)
{
    char cell[24];
    if (is_free_blocks(class))
        snprintf(cell, sizeof cell, "block");
    else if (class->cell_bytes == 0)
        snprintf(cell, sizeof cell, "large");
    else
        snprintf(cell, sizeof cell, "%zu B", class->cell_bytes);
    print_class_line(text, kind, cell, class);
}

static void add_class(struct gc_class_stats *total,
                      const struct gc_class_stats *class)
{
    total->blocks += class->blocks;
    total->runs += class->runs;
    total->free_cells += class->free_cells;
    total->free_bytes += class->free_bytes;
    total->used_cells += class->used_cells;
    total->used_bytes += class->used_bytes;
}

static void print_classes(struct text *text, const struct heap_numbers *numbers)
{
    gc__text_print(text, "free lists, in blocks of 64 KiB and runs of "
                         "neighbouring free cells\n"
                         "  kind                    cell   blocks     runs  "
                         "free cells  free bytes  used cells  used bytes\n");
    struct gc_class_stats total = {.cell_bytes = 0};
    for (size_t i = 0; i < numbers->class_count; i++) {
        print_class(text, kind_of(numbers, &numbers->classes[i]),
                    &numbers->classes[i]);
        add_class(&total, &numbers->classes[i]);
    }
    print_class_line(text, "total", "", &total);
}

void gc__statistics_print(FILE *file, const struct heap_numbers *numbers)
{
    struct text text;
    gc__text_start(&text, file);
    print_totals(&text, &numbers->all);
    print_tied(&text, &numbers->all);
    print_threads(&text, &numbers->all);
    print_classes(&text, numbers);
    gc__text_end(&text);
}

/* ------------------------------------------------------------ for programs */

struct field {
    const char *name;
    size_t offset; /* of a number of 64 bits */
};

_Static_assert(sizeof(size_t) == sizeof(uint64_t), "fields have one size");

#define STATS_FIELD(name)                      \
    {                                          \
#name, offsetof(struct gc_stats, name) \
    }
static const struct field stats_fields[] = {
    STATS_FIELD(collections),     STATS_FIELD(heap_bytes),
    STATS_FIELD(free_bytes),      STATS_FIELD(reserved_bytes),
    STATS_FIELD(metadata_bytes),  STATS_FIELD(resident_bytes),
    STATS_FIELD(object_count),    STATS_FIELD(object_bytes),
    STATS_FIELD(live_bytes),      STATS_FIELD(goal_bytes),
    STATS_FIELD(allocated_bytes), STATS_FIELD(freed_bytes),
    STATS_FIELD(swept_bytes),     STATS_FIELD(swept_objects),
    STATS_FIELD(pause_total_ns),  STATS_FIELD(pause_max_ns),
    STATS_FIELD(pause_last_ns),   STATS_FIELD(mark_stack_overflows),
    STATS_FIELD(finalizers),      STATS_FIELD(ready_finalizers),
    STATS_FIELD(weak_links),      STATS_FIELD(ephemerons),
    STATS_FIELD(toggles),         STATS_FIELD(kinds),
    STATS_FIELD(threads),         STATS_FIELD(strangers),
    STATS_FIELD(unseen_threads),  STATS_FIELD(resting_threads),
    STATS_FIELD(markers),
};
_Static_assert(sizeof stats_fields / sizeof *stats_fields ==
                   sizeof(struct gc_stats) / sizeof(uint64_t),
               "each field is listed");

#define CLASS_FIELD(name)                            \
    {                                                \
#name, offsetof(struct gc_class_stats, name) \
    }
static const struct field class_fields[] = {
    CLASS_FIELD(cell_bytes), CLASS_FIELD(blocks),     CLASS_FIELD(runs),
    CLASS_FIELD(free_cells), CLASS_FIELD(free_bytes), CLASS_FIELD(used_cells),
    CLASS_FIELD(used_bytes),
};

static void print_fields(struct text *text, const struct field *fields,
                         size_t count, const void *record)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value;
        memcpy(&value, (const char *)record + fields[i].offset, sizeof value);
        gc__text_print(text, "%s\"%s\": %zu", i == 0 ? "" : ", ",
                       fields[i].name, (size_t)value);
    }
}

void gc__statistics_print_json(FILE *file, const struct heap_numbers *numbers)
{
    struct text text;
    gc__text_start(&text, file);
    gc__text_print(&text, "{");
    print_fields(&text, stats_fields,
                 sizeof stats_fields / sizeof *stats_fields, &numbers->all);
    gc__text_print(&text, ",\n\"classes\": [");
    for (size_t i = 0; i < numbers->class_count; i++) {
        gc__text_print(&text, "%s{\"kind\": ", i == 0 ? "\n" : ",\n");
        gc__text_quote(&text, kind_of(numbers, &numbers->classes[i]));
        gc__text_print(&text, ", ");
        print_fields(&text, class_fields,
                     sizeof class_fields / sizeof *class_fields,
                     &numbers->classes[i]);
        gc__text_print(&text, "}");
    }
    gc__text_print(&text, "]}\n");
    gc__text_end(&text);
}
