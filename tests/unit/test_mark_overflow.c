/* SPDX-License-Identifier: MIT */
/* A random graph is marked as a model says, with a mark stack that has room for
 * everything and with one that overflows. */

#include <check.h>

#include "tests/random.h"
#include "tests/suite.h"
#include "tests/unit/marking.h"

enum { OBJECTS = 20000, EDGES = 3, ROOTS = 40 };

/* The model; `edges` are numbers of objects. */
static struct {
    uintptr_t *at;
    bool is_scanned;
    bool is_reached;
    size_t edges[EDGES];
} objects[OBJECTS];
static uintptr_t roots[ROOTS];

/* One in a hundred is large, with its edges in different slices. */
static size_t place_of_edge(size_t object, size_t edge)
{
    return object % 100 == 0 ? edge * 3000 : edge;
}

static void allocate_object(struct random *random, size_t i)
{
    size_t bytes = i % 100 == 0 ? 8 * 7000 : 8 * (EDGES + i % 50);
    objects[i].is_scanned = random_below(random, 8) != 0;
    objects[i].is_reached = false;
    objects[i].at =
        hand_alloc(objects[i].is_scanned ? KIND_SCANNED : KIND_ATOMIC, bytes);
}

static void connect(struct random *random, size_t i)
{
    for (size_t edge = 0; edge < EDGES; edge++) {
        size_t target = random_below(random, OBJECTS);
        objects[i].edges[edge] = target;
        objects[i].at[place_of_edge(i, edge)] =
            (uintptr_t)objects[target].at + random_below(random, 24);
    }
}

/* Most objects can be reached from a few of them only. */
static void reach(size_t first)
{
    static size_t waiting[OBJECTS];
    size_t count = 0;
    if (!objects[first].is_reached)
        waiting[count++] = first;
    objects[first].is_reached = true;
    while (count > 0) {
        size_t i = waiting[--count];
        if (!objects[i].is_scanned)
            continue;
        for (size_t edge = 0; edge < EDGES; edge++) {
            size_t target = objects[i].edges[edge];
            if (!objects[target].is_reached)
                waiting[count++] = target;
            objects[target].is_reached = true;
        }
    }
}

static void build_graph(uint64_t seed)
{
    struct random random = {seed};
    for (size_t i = 0; i < OBJECTS; i++)
        allocate_object(&random, i);
    for (size_t i = 0; i < OBJECTS; i++)
        connect(&random, i);
    for (size_t i = 0; i < ROOTS; i++) {
        size_t target = random_below(&random, OBJECTS);
        roots[i] = (uintptr_t)objects[target].at;
        reach(target);
    }
}

static void expect_marks_of_model(void)
{
    size_t reached = 0;
    for (size_t i = 0; i < OBJECTS; i++) {
        if (is_marked(objects[i].at) != objects[i].is_reached)
            ck_abort_msg("object %zu, reached: %d", i, objects[i].is_reached);
        reached += objects[i].is_reached;
    }
    ck_assert_uint_eq(marker.live_objects, reached);
    ck_assert_uint_gt(reached, OBJECTS / 2);
    ck_assert_uint_lt(reached, OBJECTS);
}

static void mark_roots(void)
{
    mark_words_in_steps(roots, sizeof roots, WORD_BYTES);
}

START_TEST(a_random_graph_is_marked_exactly)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        build_graph(seed);
        mark_roots();
        expect_marks_of_model();
        ck_assert_uint_eq(marker.overflows, 0);
        sweep();
    }
}
END_TEST

START_TEST(objects_that_find_the_stack_full_are_marked_all_the_same)
{
    static const size_t most[] = {0, 1, 2, 64, 100, 1000};
    for (size_t i = 0; i < sizeof most / sizeof *most; i++) {
        build_graph(i + 1);
        gc__marker_finish(&marker);
        marker.most = most[i];
        marker.overflows = 0;
        mark_roots();
        expect_marks_of_model();
        ck_assert_uint_gt(marker.overflows, 0);
        sweep();
    }
}
END_TEST

START_TEST(a_system_that_refuses_memory_for_the_stack_loses_nothing)
{
    build_graph(7);
    gc__pages_fail_from(1);
    mark_roots();
    gc__pages_fail_from(0);
    expect_marks_of_model();
    ck_assert_uint_gt(marker.overflows, 0);
}
END_TEST

START_TEST(a_system_that_refuses_to_let_the_stack_grow_loses_nothing)
{
    struct node *list = NULL;
    for (int i = 0; i < 100 * 1000; i++)
        list = new_node(new_node(NULL, NULL), list);
    gc__pages_fail_from(2);
    mark_from((uintptr_t)list);
    gc__pages_fail_from(0);
    ck_assert_uint_eq(marker.live_objects, 200 * 1000);
}
END_TEST

/* Level 0 is one object, level 1 its FAN children, level 2 theirs, and level 3
 * has one for each of level 2.  Levels are allocated from the last to the
 * first, so that a walk up the heap meets the children before their parents. */
enum { FAN = 80, WIDTH = FAN * FAN };

static void **new_parent(void ***children, size_t count)
{
    void **parent = hand_alloc(KIND_SCANNED, (FAN + 1) * sizeof *parent);
    for (size_t i = 0; i < count; i++)
        parent[i] = children[i];
    return parent;
}

START_TEST(what_is_missed_while_looking_for_the_missed_is_marked)
{
    static void **third[WIDTH], **second[WIDTH], **first[FAN];
    for (size_t i = 0; i < WIDTH; i++)
        third[i] = new_parent(NULL, 0);
    for (size_t i = 0; i < WIDTH; i++)
        second[i] = new_parent(&third[i], 1);
    for (size_t i = 0; i < FAN; i++)
        first[i] = new_parent(&second[i * FAN], FAN);
    gc__marker_finish(&marker);
    marker.most = 0;
    mark_from((uintptr_t)new_parent(first, FAN));
    ck_assert_uint_eq(marker.live_objects, 1 + FAN + 2 * WIDTH);
}
END_TEST

/* The rest of a large object finds the stack full as an object does. */
START_TEST(slices_that_find_the_stack_full_are_looked_at_all_the_same)
{
    enum { BYTES = 1 << 20, WORDS = BYTES / 8 };
    for (size_t most = 0; most < 4; most++) {
        void **holder = hand_alloc(KIND_SCANNED, BYTES);
        for (size_t i = 0; i < WORDS; i += 16)
            holder[i] = new_node(new_node(NULL, NULL), NULL);
        gc__marker_finish(&marker);
        marker.most = most;
        mark_from((uintptr_t)holder);
        ck_assert_uint_eq(marker.live_objects, 1 + 2 * WORDS / 16);
        sweep();
    }
}
END_TEST

FIXTURE_SUITE("mark_overflow", marking_setup, marking_teardown,
              a_random_graph_is_marked_exactly,
              objects_that_find_the_stack_full_are_marked_all_the_same,
              a_system_that_refuses_memory_for_the_stack_loses_nothing,
              a_system_that_refuses_to_let_the_stack_grow_loses_nothing,
              what_is_missed_while_looking_for_the_missed_is_marked,
              slices_that_find_the_stack_full_are_looked_at_all_the_same)
