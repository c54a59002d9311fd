/* SPDX-License-Identifier: MIT */
/* Pictures and statistics.  What is shown is taken first and printed
 * afterwards. */

#include <string.h>

#include "gc/api/look.h"
#include "gc/graph_print.h"
#include "gc/heap_picture.h"
#include "gc/statistics.h"
#include "gc/why.h"

enum { MOST_ROWS = 256 }; /* of the heap map as text */

static FILE *or_standard_error(FILE *file)
{
    return file == NULL ? stderr : file;
}

/* ------------------------------------------------------------- statistics */

/* A program may have been compiled against an older header, or a newer one. */
static void copy_record(void *to, size_t to_bytes, const void *from,
                        size_t from_bytes)
{
    memset(to, 0, to_bytes);
    memcpy(to, from, smaller(to_bytes, from_bytes));
}

void gc_stats(struct gc_stats *stats, size_t bytes)
{
    struct gc_stats all = {0};
    if (look_at_objects() != NULL) {
        gc__statistics(&gc__process.heap, &all);
        gc__unlock();
    }
    copy_record(stats, bytes, &all, sizeof all);
}

bool gc_class_stats(size_t index, struct gc_class_stats *stats, size_t bytes)
{
    struct gc_class_stats all;
    if (look_at_objects() == NULL)
        return false;
    bool is_there =
        gc__class_statistics(&gc__process.heap.variable, index, &all);
    gc__unlock();
    if (is_there)
        copy_record(stats, bytes, &all, sizeof all);
    return is_there;
}

static bool take_numbers(struct heap_numbers *numbers)
{
    if (look_at_objects() == NULL)
        return false;
    gc__heap_numbers(&gc__process.heap, numbers);
    gc__unlock();
    return true;
}

void GC_dump_stats(FILE *file)
{
    struct heap_numbers numbers;
    if (take_numbers(&numbers))
        gc__statistics_print(or_standard_error(file), &numbers);
}

void GC_dump_stats_json(FILE *file)
{
    struct heap_numbers numbers;
    if (take_numbers(&numbers))
        gc__statistics_print_json(or_standard_error(file), &numbers);
}

/* --------------------------------------------------------------- heap map */

static bool take_picture(struct heap_picture *picture, FILE *file)
{
    if (look_at_objects() == NULL)
        return false;
    bool is_taken = gc__heap_picture_take(picture, &gc__process.heap.variable);
    gc__unlock();
    if (is_taken)
        return true;
    fprintf(file, "tidemark: no memory to draw the heap map\n");
    return false;
}

void GC_dump_heap_map(FILE *file)
{
    struct heap_picture picture;
    file = or_standard_error(file);
    if (!take_picture(&picture, file))
        return;
    gc__heap_picture_print(file, &picture, MOST_ROWS);
    gc__heap_picture_finish(&picture);
}

void GC_dump_heap_map_svg(FILE *file)
{
    struct heap_picture picture;
    file = or_standard_error(file);
    if (!take_picture(&picture, stderr))
        return;
    gc__heap_picture_print_svg(file, &picture);
    gc__heap_picture_finish(&picture);
}

/* ------------------------------------------------------------------ graph */

/* Captures the graph, and lets the world go on.  Below the frame that is looked
 * at, like all that has large arrays. */
static bool capture(struct graph *graph)
{
    struct heap *heap = &gc__process.heap;
    bool is_captured = gc__graph_capture(graph, heap);
    gc__heap_go_on(heap);
    return is_captured;
}

__attribute__((noinline)) static bool
print_graph(FILE *file, const struct thread *thread, size_t most, bool is_dot)
{
    struct graph graph;
    struct root_namer namer;
    if (!capture(&graph))
        return false;
    gc__root_namer_init(&namer, &thread->registers);
    file = or_standard_error(file);
    if (is_dot)
        gc__graph_print_dot(file, &graph, &namer, most);
    else
        gc__graph_print_json(file, &graph, &namer, most,
                             gc__process.heap.word_step);
    gc__graph_finish(&graph);
    return true;
}

__attribute__((noinline)) bool GC_dump_graph_dot(FILE *file, size_t max_objects)
{
    struct thread *thread = look_at_references();
    if (thread == NULL)
        return false;
    gc__registers_spill(&thread->registers);
    bool is_printed = print_graph(file, thread, max_objects, true);
    NOT_A_TAIL_CALL();
    return is_printed;
}

__attribute__((noinline)) bool GC_dump_graph_json(FILE *file,
                                                  size_t max_objects)
{
    struct thread *thread = look_at_references();
    if (thread == NULL)
        return false;
    gc__registers_spill(&thread->registers);
    bool is_printed = print_graph(file, thread, max_objects, false);
    NOT_A_TAIL_CALL();
    return is_printed;
}

__attribute__((noinline)) static bool
print_why(FILE *file, const struct thread *thread, uintptr_t disguised)
{
    struct graph graph;
    if (!capture(&graph)) {
        fprintf(file, "no memory to look for pointers\n");
        return false;
    }
    bool is_reached = gc__print_why(file, &gc__process.heap, &graph,
                                    &thread->registers, disguised);
    gc__graph_finish(&graph);
    return is_reached;
}

/* The frame from which on the stack is looked at.  Takes variable arguments only
 * so that its caller sets rax: a compiler may pad a frame by pushing that
 * register, and it may still hold the pointer that is asked about. */
bool gc__dump_why(FILE *file, uintptr_t disguised, ...);

__attribute__((noinline)) bool gc__dump_why(FILE *file, uintptr_t disguised,
                                            ...)
{
    struct thread *thread = look_at_references();
    file = or_standard_error(file);
    if (thread == NULL) {
        fprintf(file, "no memory to look for pointers\n");
        return false;
    }
    gc__registers_spill(&thread->registers);
    bool is_reached = print_why(file, thread, disguised);
    NOT_A_TAIL_CALL();
    return is_reached;
}

/* The pointer must not be found in a frame of ours, so it is disguised here, and
 * this frame is gone, or has forgotten it, in the next. */
bool GC_dump_why(FILE *file, const void *pointer)
{
    uintptr_t disguised = ~(uintptr_t)pointer;
    pointer = NULL;
    __asm__ volatile("" : "+r"(disguised), "+r"(pointer));
    return gc__dump_why(file, disguised);
}
