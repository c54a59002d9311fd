/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_UNIT_MARKING_H
#define TIDEMARK_TESTS_UNIT_MARKING_H

/* A heap driven by hand, and a marker that is given an explicit array of roots:
 * what is reachable is then exactly what the test says, with no stale word of
 * the machine stack to keep anything alive by accident. */

#include "gc/mark.h"
#include "tests/unit/hand.h"

static struct marker marker;

static inline void marking_setup(void)
{
    hand_setup();
    gc__marker_init(&marker, &heap);
}

static inline void marking_teardown(void)
{
    gc__marker_finish(&marker);
    hand_stop();
    gc__variable_begin_sweep(&heap);
    gc__variable_sweep_all(&heap);
    hand_teardown();
}

static inline struct range range_of(const void *memory, size_t bytes)
{
    return (struct range){(uintptr_t)memory, (uintptr_t)memory + bytes};
}

/* Nothing is marked yet, or everything is swept. */
static inline void mark_words_in_steps(const void *words, size_t bytes,
                                       size_t step)
{
    hand_stop();
    gc__marker_start(&marker, step);
    gc__mark_range(&marker, range_of(words, bytes));
    gc__mark_drain(&marker);
    gc__marker_end(&marker);
}

static inline void mark_from(uintptr_t root)
{
    mark_words_in_steps(&root, sizeof root, WORD_BYTES);
}

static inline bool is_marked(const void *object)
{
    return cell_is_marked(&heap.map, hand_cell(object));
}

/* What was marked lives, and the next marking starts with all white. */
static inline void sweep(void)
{
    gc__variable_begin_sweep(&heap);
    gc__variable_sweep_all(&heap);
}

struct node {
    struct node *next;
    struct node *other;
};

static inline struct node *new_node(struct node *next, struct node *other)
{
    struct node *node = hand_alloc(KIND_SCANNED, sizeof *node);
    node->next = next;
    node->other = other;
    return node;
}

static inline struct node *new_list(size_t length)
{
    struct node *list = NULL;
    while (length-- > 0)
        list = new_node(list, NULL);
    return list;
}

static inline size_t marked_in(const struct node *list)
{
    size_t count = 0;
    for (; list != NULL; list = list->next)
        count += is_marked(list);
    return count;
}

#endif
