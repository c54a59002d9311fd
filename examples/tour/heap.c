/* SPDX-License-Identifier: MIT */
#include "examples/tour/heap.h"

#include "examples/tour/require.h"
#include "gc/members.h"

/* A list of roots, with room for one. */
static struct {
    struct root_list list;
    struct root roots[1];
} listed;

/* The registers of this thread hold nothing, and its stack is empty. */
static void start_thread(struct thread *thread)
{
    gc__registers_spill(&thread->registers);
    uintptr_t sp = gc__registers_stack_pointer(&thread->registers);
    thread->stack_base = sp;
    struct range words = gc__registers_words(&thread->registers);
    for (uintptr_t *word = (uintptr_t *)words.low;
         word < (uintptr_t *)words.high; word++)
        if (*word != sp)
            *word = 0;
}

/* In place of gc__roots_list(), which lists all data of the process. */
static void list_roots(struct tour_heap *tour)
{
    struct range area = {(uintptr_t)listed.roots,
                         (uintptr_t)(listed.roots + 1)};
    gc__roots_give(&tour->heap.roots, tour->heap.roots.list);
    tour->heap.roots.list = &listed.list;
    gc__linear_init(&listed.list.entries, area);
    struct root *root = gc__linear_alloc(&listed.list.entries, sizeof *root,
                                         _Alignof(struct root));
    require(root != NULL, "no room for the root");
    uintptr_t low = (uintptr_t)tour->roots;
    *root = (struct root){{low, low + sizeof tour->roots}, FROM_STATIC};
}

uintptr_t tour_heap_new(struct tour_heap *tour, char name, size_t bytes)
{
    void *object = gc__heap_alloc(&tour->heap, &tour->thread, KIND_SCANNED,
                                  bytes, GRANULE_BYTES);
    require(object != NULL, "no memory");
    tour->objects[name - 'A'] = (uintptr_t)object;
    return (uintptr_t)object;
}

static void point(struct tour_heap *tour, char from, size_t index, char to,
                  size_t offset)
{
    uintptr_t *words = (uintptr_t *)tour->objects[from - 'A'];
    words[index] = tour->objects[to - 'A'] + offset;
}

void tour_heap_start(struct tour_heap *tour)
{
    *tour = (struct tour_heap){.roots = {0, 0}};
    require(gc__heap_init(&tour->heap, (struct range){0, 0}),
            "no memory for a heap");
    start_thread(&tour->thread);
    gc__members_add(&tour->heap.world, &tour->thread);
    list_roots(tour);
    for (char name = 'A'; name < 'I'; name++)
        tour_heap_new(tour, name, OBJECT_BYTES);
    tour_heap_new(tour, 'I', LARGER_OBJECT_BYTES);

    point(tour, 'A', 0, 'B', 0);
    point(tour, 'A', 1, 'D', 0);
    point(tour, 'B', 0, 'F', 0);
    point(tour, 'D', 3, 'F', 2000);
    point(tour, 'F', 0, 'A', 0);
    point(tour, 'C', 0, 'E', 0);
    point(tour, 'E', 0, 'C', 0);
    point(tour, 'E', 1, 'F', 0);
    point(tour, 'G', 0, 'I', 0);
    tour->roots[0] = tour->objects['A' - 'A'];
    tour->roots[1] = tour->objects['H' - 'A'];
}

void tour_heap_finish(struct tour_heap *tour)
{
    tour->heap.roots.list = NULL;
    gc__heap_finish(&tour->heap);
}

char tour_heap_name(const struct tour_heap *tour, uintptr_t base)
{
    for (int i = 0; i < 26; i++)
        if (base != 0 && tour->objects[i] == base)
            return (char)('A' + i);
    return '?';
}

const char *tour_heap_root_name(const struct tour_heap *tour, uintptr_t word)
{
    return word == (uintptr_t)&tour->roots[0] ? "first" : "second";
}

void tour_heap_mark(struct tour_heap *tour)
{
    struct marker *marker = &tour->heap.marker;
    uintptr_t low = (uintptr_t)tour->roots;
    gc__heap_settle(&tour->heap, &tour->thread);
    gc__marker_start(marker, WORD_BYTES);
    gc__mark_range(marker, (struct range){low, low + sizeof tour->roots});
    gc__mark_drain(marker);
    gc__marker_end(marker);
}
