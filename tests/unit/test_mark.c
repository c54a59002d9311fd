/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "tests/suite.h"
#include "tests/unit/marking.h"

enum { MILLION = 1000 * 1000 };

/* ------------------------------------------------------- what is reachable */

START_TEST(an_object_is_marked_if_and_only_if_it_is_reachable)
{
    struct node *live = new_list(3);
    struct node *dead = new_list(3);
    mark_from((uintptr_t)live);
    ck_assert_uint_eq(marked_in(live), 3);
    ck_assert_uint_eq(marked_in(dead), 0);
    ck_assert_uint_eq(marker.live_objects, 3);
    ck_assert_uint_eq(marker.live_bytes, 3 * sizeof(struct node));
    sweep();
    ck_assert_uint_eq(count_objects(), 3);
}
END_TEST

START_TEST(marking_a_cycle_ends)
{
    struct node *self = new_node(NULL, NULL);
    self->next = self->other = self;
    struct node *first = new_node(NULL, self);
    struct node *second = new_node(first, first);
    first->next = second;
    mark_from((uintptr_t)first);
    ck_assert(is_marked(self));
    ck_assert(is_marked(second));
    ck_assert_uint_eq(marker.live_objects, 3);
}
END_TEST

START_TEST(an_atomic_object_is_marked_but_not_scanned)
{
    struct node *child = new_node(NULL, NULL);
    void **atomic = hand_alloc(KIND_ATOMIC, sizeof(void *));
    void **large = hand_alloc(KIND_ATOMIC, 100000);
    *atomic = *large = child;
    mark_from((uintptr_t)atomic);
    ck_assert(is_marked(atomic));
    ck_assert(!is_marked(child));
    sweep();
    mark_from((uintptr_t)large);
    ck_assert(!is_object(child));
}
END_TEST

START_TEST(uncollectable_objects_are_roots)
{
    void **small = hand_alloc(KIND_UNCOLLECTABLE, sizeof(void *));
    void **large = hand_alloc(KIND_UNCOLLECTABLE, 100000);
    void **atomic = hand_alloc(KIND_ATOMIC_UNCOLLECTABLE, sizeof(void *));
    void **large_atomic = hand_alloc(KIND_ATOMIC_UNCOLLECTABLE, 100000);
    struct node *children[4];
    for (int i = 0; i < 4; i++)
        children[i] = new_list(10);
    *small = children[0];
    large[12000] = children[1];
    *atomic = children[2];
    *large_atomic = children[3];
    mark_from(0);
    ck_assert(is_marked(small));
    ck_assert(is_marked(large));
    ck_assert(is_marked(atomic));
    ck_assert(is_marked(large_atomic));
    ck_assert_uint_eq(marked_in(children[0]), 10);
    ck_assert_uint_eq(marked_in(children[1]), 10);
    ck_assert_uint_eq(marked_in(children[2]), 0);
    ck_assert_uint_eq(marked_in(children[3]), 0);
    ck_assert_uint_eq(marker.live_objects, 24);
}
END_TEST

START_TEST(a_freed_uncollectable_object_is_no_root)
{
    void **holder = hand_alloc(KIND_UNCOLLECTABLE, 64);
    struct node *child = new_node(NULL, NULL);
    holder[7] = child;
    hand_free(holder);
    mark_from(0);
    ck_assert(!is_marked(child));
    ck_assert_uint_eq(marker.live_objects, 0);
}
END_TEST

START_TEST(live_bytes_are_those_of_small_and_large_objects)
{
    void **root = hand_alloc(KIND_SCANNED, 3 * sizeof(void *));
    root[0] = hand_alloc(KIND_ATOMIC, 100);
    root[1] = hand_alloc(KIND_SCANNED, 100000);
    root[2] = hand_alloc(KIND_ATOMIC, 5 * BLOCK_BYTES);
    hand_alloc(KIND_ATOMIC, 5 * BLOCK_BYTES);
    for (int i = 0; i < 2; i++) {
        mark_from((uintptr_t)root);
        ck_assert_uint_eq(marker.live_objects, 4);
        ck_assert_uint_eq(marker.live_bytes,
                          32 + 112 + 100000 + 5 * BLOCK_BYTES);
        sweep();
    }
}
END_TEST

/* ---------------------------------------------------------- which words do */

START_TEST(a_pointer_to_any_byte_of_an_object_keeps_it)
{
    static const size_t sizes[] = {16, 48, 100, 1000, 5000, 32768, 70000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *object = hand_alloc(KIND_SCANNED, sizes[i]);
        for (size_t offset = 0; offset < sizes[i]; offset += 1 + offset / 64) {
            mark_from((uintptr_t)object + offset);
            ck_assert(is_marked(object));
            ck_assert_uint_eq(marker.live_objects, 1);
            sweep();
        }
    }
}
END_TEST

START_TEST(words_that_point_to_no_object_mark_nothing)
{
    struct node *node = new_node(NULL, NULL);
    char *freed = hand_alloc(KIND_SCANNED, sizeof *node);
    char *odd =
        hand_alloc(KIND_ATOMIC, 48); /* 16 bytes of its block are left */
    hand_free(freed);
    const uintptr_t block_end = heap.map.low + 2 * BLOCK_BYTES;
    const uintptr_t words[] = {
        0,
        1,
        UINTPTR_MAX,
        (uintptr_t)&node,
        (uintptr_t)(node + 1), /* a cell, but a free one */
        (uintptr_t)freed,
        (uintptr_t)node - 1,
        heap.map.low - 1,
        block_end - 1,
        block_end - 16,
        heap.map.low + heap.map.bytes,
        (uintptr_t)heap.map.blocks,
        ~(uintptr_t)odd,
    };
    mark_words_in_steps(words, sizeof words, WORD_BYTES);
    ck_assert_uint_eq(marker.live_objects, 0);
    ck_assert(!is_marked(node));
    ck_assert(!is_marked(freed));
}
END_TEST

static void mark_ambiguous(uintptr_t word)
{
    hand_stop();
    gc__marker_start(&marker, WORD_BYTES);
    gc__mark_ambiguous_range(&marker, range_of(&word, sizeof word));
    gc__mark_drain(&marker);
    gc__marker_end(&marker);
}

static void expect_ends(char *object, char *next, size_t bytes)
{
    mark_from((uintptr_t)object + bytes);
    ck_assert(!is_marked(object));
    ck_assert(next == NULL || is_marked(next));
    gc__variable_begin_sweep(&heap);
}

START_TEST(a_word_of_the_heap_or_of_data_does_not_keep_what_ends_there)
{
    char *object = hand_alloc(KIND_SCANNED, 64);
    char *next = hand_alloc(KIND_SCANNED, 64);
    ck_assert_ptr_eq(next, object + 64);
    expect_ends(object, next, 64);
    char *large = hand_alloc(KIND_SCANNED, BLOCK_BYTES);
    char *behind = hand_alloc(KIND_SCANNED, BLOCK_BYTES);
    ck_assert_ptr_eq(behind, large + BLOCK_BYTES);
    expect_ends(large, behind, BLOCK_BYTES);
}
END_TEST

START_TEST(a_word_of_a_stack_keeps_what_ends_there_and_what_starts_there)
{
    static const size_t sizes[] = {16, 48, 64, 4096, 32768, BLOCK_BYTES};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *first = hand_alloc(KIND_SCANNED, sizes[i]);
        char *second = hand_alloc(KIND_SCANNED, sizes[i]);
        ck_assert_ptr_eq(second, first + sizes[i]);
        mark_ambiguous((uintptr_t)second);
        ck_assert(is_marked(first));
        ck_assert(is_marked(second));
        ck_assert_uint_eq(marker.live_objects, 2);
        sweep();
        mark_ambiguous((uintptr_t)second + sizes[i]); /* the next is free */
        ck_assert(is_marked(second));
        ck_assert_uint_eq(marker.live_objects, 1);
        sweep();
    }
}
END_TEST

START_TEST(where_no_request_filled_its_cell_nothing_ends_at_the_next)
{
    char *first = hand_alloc(KIND_SCANNED, 60);
    char *second = hand_alloc(KIND_SCANNED, 60);
    ck_assert_ptr_eq(second, first + 64);
    mark_ambiguous((uintptr_t)second);
    ck_assert(!is_marked(first));
    ck_assert(is_marked(second));
}
END_TEST

START_TEST(a_freed_cell_that_is_handed_out_as_a_whole_may_end_at_the_next)
{
    char *first = hand_alloc(KIND_SCANNED, 60);
    char *second = hand_alloc(KIND_SCANNED, 60);
    hand_free(first);
    ck_assert_ptr_eq(hand_alloc(KIND_SCANNED, 64), first);
    mark_ambiguous((uintptr_t)second);
    ck_assert(is_marked(first));
    ck_assert(is_marked(second));
}
END_TEST

START_TEST(the_end_of_the_last_cell_of_a_block_keeps_it)
{
    enum { CELLS = BLOCK_BYTES / 48 };
    char *last = NULL;
    for (int i = 0; i < CELLS; i++)
        last = hand_alloc(KIND_SCANNED, 48);
    ck_assert_uint_eq(hand_cell(last).index, CELLS - 1);
    mark_ambiguous((uintptr_t)last + 48);
    ck_assert(is_marked(last));
    ck_assert_uint_eq(marker.live_objects, 1);
}
END_TEST

START_TEST(a_word_of_a_stack_that_points_into_an_object_keeps_that_alone)
{
    char *first = hand_alloc(KIND_SCANNED, 64);
    char *second = hand_alloc(KIND_SCANNED, 64);
    for (size_t offset = 1; offset < 64; offset++) {
        mark_ambiguous((uintptr_t)second + offset);
        ck_assert(!is_marked(first));
        ck_assert(is_marked(second));
        gc__variable_begin_sweep(&heap);
        first = hand_alloc(KIND_SCANNED, 64);
        ck_assert_ptr_eq(first + 64, second);
    }
}
END_TEST

/* Both in a root and in an object, at every offset from a word. */
START_TEST(words_are_looked_at_in_the_steps_that_are_set)
{
    static const size_t steps[] = {8, 4, 2, 1};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        for (size_t offset = 0; offset <= 8; offset++) {
            _Alignas(8) char root[16] = {0};
            char *holder = hand_alloc(KIND_SCANNED, 16);
            char *object = hand_alloc(KIND_ATOMIC, 16);
            memcpy(root + offset, &holder, sizeof holder);
            memcpy(holder + offset, &object, sizeof object);
            mark_words_in_steps(root, sizeof root, steps[i]);
            bool is_found = offset % steps[i] == 0;
            ck_assert_int_eq(is_marked(holder), is_found);
            ck_assert_int_eq(is_marked(object), is_found);
            sweep();
        }
}
END_TEST

/* ------------------------------------------------------------------- depth */

START_TEST(a_list_of_ten_million_nodes_costs_no_stack)
{
    struct node *list = new_list(10 * MILLION);
    mark_from((uintptr_t)list);
    ck_assert_uint_eq(marker.live_objects, 10 * MILLION);
    ck_assert_uint_eq(marker.overflows, 0);
}
END_TEST

START_TEST(a_tree_a_million_deep_is_marked)
{
    struct node *left = NULL, *right = NULL;
    for (int i = 0; i < MILLION; i++) {
        left = new_node(left, new_node(NULL, NULL));
        right = new_node(new_node(NULL, NULL), right);
    }
    struct node *tree = new_node(left, right);
    new_list(1000);
    mark_from((uintptr_t)tree);
    ck_assert_uint_eq(marker.live_objects, 4 * MILLION + 1);
}
END_TEST

START_TEST(a_stack_that_grew_large_is_given_back)
{
    enum { COUNT = 300 * 1000 };
    void **roots = hand_alloc(KIND_SCANNED, COUNT * sizeof *roots);
    for (size_t i = 0; i < COUNT; i++)
        roots[i] = new_node(NULL, NULL);
    mark_from((uintptr_t)roots);
    ck_assert_uint_eq(marker.live_objects, COUNT + 1);
    ck_assert_uint_le(range_size(marker.stack_memory), 1 << 20);
}
END_TEST

FIXTURE_SUITE("mark", marking_setup, marking_teardown,
              an_object_is_marked_if_and_only_if_it_is_reachable,
              marking_a_cycle_ends, an_atomic_object_is_marked_but_not_scanned,
              uncollectable_objects_are_roots,
              a_freed_uncollectable_object_is_no_root,
              live_bytes_are_those_of_small_and_large_objects,
              a_pointer_to_any_byte_of_an_object_keeps_it,
              words_that_point_to_no_object_mark_nothing,
              a_word_of_the_heap_or_of_data_does_not_keep_what_ends_there,
              a_word_of_a_stack_keeps_what_ends_there_and_what_starts_there,
              where_no_request_filled_its_cell_nothing_ends_at_the_next,
              a_freed_cell_that_is_handed_out_as_a_whole_may_end_at_the_next,
              the_end_of_the_last_cell_of_a_block_keeps_it,
              a_word_of_a_stack_that_points_into_an_object_keeps_that_alone,
              words_are_looked_at_in_the_steps_that_are_set,
              a_list_of_ten_million_nodes_costs_no_stack,
              a_tree_a_million_deep_is_marked,
              a_stack_that_grew_large_is_given_back)
