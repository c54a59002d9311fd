/* SPDX-License-Identifier: MIT */
#include "gc/graph.h"

#include <check.h>
#include <stdlib.h>

#include "tests/suite.h"
#include "tests/unit/whole.h"

static struct graph graph;

static void setup(void)
{
    whole_setup();
    graph = (struct graph){.reached = 0};
}

static void teardown(void)
{
    gc__graph_finish(&graph);
    whole_teardown();
}

static void capture(void)
{
    gc__graph_finish(&graph);
    gc__heap_settle(&heap, &thread);
    ck_assert(gc__graph_capture(&graph, &heap));
}

static uint32_t node_of(const void *object)
{
    uint32_t node;
    if (!gc__graph_find(&graph, (uintptr_t)object, &node))
        ck_abort_msg("%p has no node", object);
    return node;
}

static enum reach reach_of(const void *object)
{
    return (enum reach)graph_node(&graph, node_of(object))->reach;
}

static bool has_edge(const void *from, size_t offset, const void *to)
{
    uint32_t node = node_of(from);
    for (size_t i = graph_node(&graph, node)->first_edge;
         i < graph_edges_end(&graph, node); i++)
        if (graph_edge(&graph, i)->offset == offset &&
            graph_edge(&graph, i)->target == node_of(to))
            return true;
    return false;
}

static size_t edges_of(const void *object)
{
    uint32_t node = node_of(object);
    return graph_edges_end(&graph, node) - graph_node(&graph, node)->first_edge;
}

static void expect_parent(const void *object, const void *parent)
{
    ck_assert_int_eq(reach_of(object), REACH_BY_NODE);
    ck_assert_uint_eq(graph_node(&graph, node_of(object))->parent,
                      node_of(parent));
}

static void expect_root(const void *object, enum origin origin)
{
    ck_assert_int_eq(reach_of(object), REACH_BY_ROOT);
    uint32_t parent = graph_node(&graph, node_of(object))->parent;
    const struct graph_root *root = graph_root(&graph, parent);
    ck_assert_int_eq(root->origin, origin);
    ck_assert_uint_eq(root->target, node_of(object));
}

/* ------------------------------------------------------------------ nodes */

START_TEST(every_object_is_a_node_with_its_size_and_kind)
{
    static const size_t sizes[] = {1, 16, 100, 4096, 32768, 32769, 300000};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    void *objects[KIND_COUNT][SIZES];
    for (unsigned kind = 0; kind < KIND_COUNT; kind++)
        for (size_t i = 0; i < SIZES; i++)
            objects[kind][i] = new_object((enum kind)kind, sizes[i]);
    free_object(new_words(2));
    capture();
    ck_assert_uint_eq(graph.nodes.count, (size_t)KIND_COUNT * SIZES);
    for (unsigned kind = 0; kind < KIND_COUNT; kind++)
        for (size_t i = 0; i < SIZES; i++) {
            const struct graph_node *node =
                graph_node(&graph, node_of(objects[kind][i]));
            ck_assert_uint_eq(node->base, (uintptr_t)objects[kind][i]);
            ck_assert_uint_ge(node->bytes, sizes[i]);
            ck_assert_uint_le(node->bytes, sizes[i] + sizes[i] / 8 + 15);
            ck_assert_uint_eq(node->kind, kind);
        }
}
END_TEST

START_TEST(nodes_are_in_the_order_of_addresses_and_found_by_any_byte)
{
    enum { COUNT = 10000 };
    for (size_t i = 0; i < COUNT; i++) {
        void *object = new_object(KIND_ATOMIC, 16 + i % 50 * 16);
        if (i % 3 == 0)
            free_object(object);
    }
    capture();
    ck_assert_uint_eq(graph.nodes.count, COUNT - (COUNT + 2) / 3);
    for (size_t i = 0; i < graph.nodes.count; i++) {
        const struct graph_node *node = graph_node(&graph, i);
        ck_assert_uint_eq(node_of((void *)node->base), i);
        ck_assert_uint_eq(node_of((void *)(node->base + node->bytes - 1)), i);
        uint32_t before;
        if (gc__graph_find(&graph, node->base - 1, &before))
            ck_assert_uint_eq(before, i - 1);
    }
}
END_TEST

START_TEST(an_address_in_no_object_has_no_node)
{
    uint32_t node;
    capture();
    ck_assert(!gc__graph_find(&graph, heap.variable.map.low, &node));

    uintptr_t *first = new_words(2);
    uintptr_t *freed = new_words(2);
    uintptr_t *last = new_words(2);
    free_object(freed);
    capture();
    ck_assert(gc__graph_find(&graph, (uintptr_t)first, &node));
    ck_assert(!gc__graph_find(&graph, (uintptr_t)freed, &node));
    ck_assert(!gc__graph_find(&graph, (uintptr_t)(last + 2), &node));
    ck_assert(!gc__graph_find(&graph, (uintptr_t)first - 1, &node));
    ck_assert(!gc__graph_find(&graph, 0, &node));
    ck_assert(!gc__graph_find(&graph, UINTPTR_MAX, &node));
}
END_TEST

/* ------------------------------------------------------------------ edges */

START_TEST(edges_are_exactly_the_words_that_point_to_objects)
{
    uintptr_t *a = new_words(4);
    uintptr_t *b = new_words(2);
    uintptr_t *atomic = new_object(KIND_ATOMIC, 16);
    uintptr_t *large = new_words(10000);
    uintptr_t *lonely = new_words(2);
    a[0] = (uintptr_t)b;
    a[1] = (uintptr_t)b + 9;
    a[2] = 12345;
    a[3] = (uintptr_t)a;
    b[1] = (uintptr_t)atomic;
    atomic[0] = (uintptr_t)a;
    atomic[1] = (uintptr_t)b;
    large[0] = (uintptr_t)a;
    large[9999] = (uintptr_t)large + 79999;
    capture();

    ck_assert_uint_eq(graph.nodes.count, 5);
    ck_assert_uint_eq(graph.edges.count, 6);
    ck_assert_uint_eq(graph.roots.count, 0);
    ck_assert(has_edge(a, 0, b));
    ck_assert(has_edge(a, 8, b));
    ck_assert(has_edge(a, 24, a));
    ck_assert(has_edge(b, 8, atomic));
    ck_assert(has_edge(large, 0, a));
    ck_assert(has_edge(large, 79992, large));
    ck_assert_uint_eq(edges_of(a), 3);
    ck_assert_uint_eq(edges_of(b), 1);
    ck_assert_uint_eq(edges_of(atomic), 0);
    ck_assert_uint_eq(edges_of(large), 2);
    ck_assert_uint_eq(edges_of(lonely), 0);
}
END_TEST

/* ----------------------------------------------------------------- search */

START_TEST(what_no_root_reaches_is_an_orphan)
{
    uintptr_t *reached = new_words(2);
    uintptr_t *child = new_words(2);
    uintptr_t *orphan = new_words(2);
    uintptr_t *circle[2] = {new_words(2), new_words(2)};
    static_words[0] = (uintptr_t)reached;
    reached[0] = (uintptr_t)child;
    orphan[0] = (uintptr_t)child;
    circle[0][0] = (uintptr_t)circle[1];
    circle[1][0] = (uintptr_t)circle[0];
    capture();

    expect_root(reached, FROM_STATIC);
    expect_parent(child, reached);
    ck_assert_int_eq(reach_of(orphan), REACH_ORPHAN);
    ck_assert_int_eq(reach_of(circle[0]), REACH_ORPHAN);
    ck_assert_int_eq(reach_of(circle[1]), REACH_ORPHAN);
    ck_assert_uint_eq(graph.reached, 2);
    ck_assert_uint_eq(graph.order[0], node_of(reached));
    ck_assert_uint_eq(graph.order[1], node_of(child));
    ck_assert_uint_eq(graph.order[2], node_of(orphan));
}
END_TEST

START_TEST(of_roots_equally_near_the_first_kind_is_preferred)
{
    void *object = new_words(2);
    uintptr_t *holders[] = {kept_register(), &stack_words[2], &static_words[2],
                            &thread_local_words[2], &range_words[2]};
    enum { HOLDERS = sizeof holders / sizeof *holders };
    for (unsigned set = 1; set < 1 << HOLDERS; set++) {
        clear_roots();
        for (unsigned i = 0; i < HOLDERS; i++)
            *holders[i] = (set >> i & 1) != 0 ? (uintptr_t)object : 0;
        capture();
        expect_root(object, (enum origin)lowest_bit(set));
        ck_assert_uint_eq(graph.roots.count, count_bits(set));
    }
}
END_TEST

static void nothing(void *object, void *data)
{
    (void)object;
    (void)data;
}

START_TEST(what_finalizers_and_toggles_keep_is_no_orphan)
{
    struct variable *variable = &heap.variable;
    struct finalizer old, wanted = {nothing, NULL, FINALIZE_NO_ORDER};
    struct cell cell;
    uintptr_t *object = new_words(2);
    uintptr_t *toggled = new_words(2);
    uintptr_t *data = new_words(2);
    wanted.data = data;
    heap_map_find(&variable->map, (uintptr_t)object, &cell);
    ck_assert_int_eq(
        gc__finalizer_set(&heap.finalizers, variable, cell, &wanted, &old),
        FINALIZER_IS_SET);
    capture();
    expect_root(data, FROM_FINALIZER);
    ck_assert_uint_eq(graph.reached, 1);
    gc__finalizers_make_all_ready(&heap.finalizers);
    heap_map_find(&variable->map, (uintptr_t)toggled, &cell);
    ck_assert(gc__toggle_add(&heap.toggles, variable, cell, TOGGLE_STRONG));
    capture();
    expect_root(object, FROM_FINALIZER);
    expect_root(data, FROM_FINALIZER);
    expect_root(toggled, FROM_FINALIZER);
}
END_TEST

START_TEST(an_ephemeron_leads_to_its_value)
{
    uintptr_t *key = new_words(2);
    uintptr_t *pair = new_object(KIND_ATOMIC, 16);
    uintptr_t *value = new_words(2);
    struct cell cell;
    pair[0] = (uintptr_t)key;
    pair[1] = (uintptr_t)value;
    static_words[0] = (uintptr_t)pair;
    heap_map_find(&heap.variable.map, (uintptr_t)key, &cell);
    gc__link_add(&heap.links[EPHEMERON_LINK], &heap.variable, (uintptr_t)pair,
                 cell);
    capture();
    ck_assert_uint_eq(graph.reached, 2);
    ck_assert_uint_eq(graph.order[1], node_of(value));
}
END_TEST

START_TEST(an_uncollectable_object_is_a_root_and_the_last_resort)
{
    uintptr_t *kept = new_object(KIND_UNCOLLECTABLE, 16);
    uintptr_t *atomic = new_object(KIND_ATOMIC_UNCOLLECTABLE, 16);
    uintptr_t *child = new_words(2);
    kept[1] = (uintptr_t)child;
    capture();
    expect_root(kept, FROM_OBJECT);
    expect_root(atomic, FROM_OBJECT);
    expect_parent(child, kept);

    range_words[0] = (uintptr_t)kept;
    capture();
    expect_root(kept, FROM_RANGE);
}
END_TEST

START_TEST(a_shorter_way_wins_over_a_preferred_root)
{
    uintptr_t *far = new_words(2);
    uintptr_t *near = new_words(2);
    uintptr_t *object = new_words(2);
    stack_words[0] = (uintptr_t)far;
    far[0] = (uintptr_t)near;
    near[0] = (uintptr_t)object;
    range_words[0] = (uintptr_t)near;
    capture();
    expect_root(near, FROM_RANGE);
    expect_parent(object, near);
}
END_TEST

START_TEST(a_long_list_is_followed_to_its_end)
{
    enum { LENGTH = 300000 };
    uintptr_t *list = NULL;
    uintptr_t *end = NULL;
    for (size_t i = 0; i < LENGTH; i++) {
        uintptr_t *node = new_words(2);
        node[0] = (uintptr_t)list;
        list = node;
        if (end == NULL)
            end = node;
        static_words[0] = (uintptr_t)list;
    }
    capture();
    ck_assert_uint_eq(graph.reached, LENGTH);
    size_t length = 1;
    uint32_t at = node_of(end);
    for (; graph_node(&graph, at)->reach == REACH_BY_NODE; length++)
        at = graph_node(&graph, at)->parent;
    ck_assert_uint_eq(length, LENGTH);
    ck_assert_uint_eq(at, node_of(list));
}
END_TEST

/* A graph of random edges, and what a plain search in arrays says of it. */
enum { RANDOM_NODES = 3000, RANDOM_EDGES = 3, FAR = 1 << 30 };

static uintptr_t *random_objects[RANDOM_NODES];
static int random_targets[RANDOM_NODES][RANDOM_EDGES]; /* -1: none */
static int distances[RANDOM_NODES];

static void make_random_graph(void)
{
    srand(20240229);
    for (int i = 0; i < RANDOM_NODES; i++) {
        size_t words = 3 + (size_t)(rand() % 60);
        random_objects[i] = new_words(words);
    }
    for (int i = 0; i < RANDOM_NODES; i++)
        for (int k = 0; k < RANDOM_EDGES; k++) {
            int target = rand() % 10 < 4 ? rand() % RANDOM_NODES : -1;
            random_targets[i][k] = target;
            if (target >= 0)
                random_objects[i][k] =
                    (uintptr_t)random_objects[target] + (size_t)(rand() % 24);
        }
    for (int i = 0; i < ROOT_WORDS; i++)
        static_words[i] = (uintptr_t)random_objects[i * 37];
}

static void measure_distances(void)
{
    for (int i = 0; i < RANDOM_NODES; i++)
        distances[i] = FAR;
    for (int i = 0; i < ROOT_WORDS; i++)
        distances[i * 37] = 0;
    for (bool is_changed = true; is_changed;) {
        is_changed = false;
        for (int i = 0; i < RANDOM_NODES; i++)
            for (int k = 0; k < RANDOM_EDGES; k++) {
                int target = random_targets[i][k];
                if (target < 0 || distances[target] <= distances[i] + 1)
                    continue;
                distances[target] = distances[i] + 1;
                is_changed = true;
            }
    }
}

static int depth_of(const void *object)
{
    int depth = 0;
    uint32_t at = node_of(object);
    if (graph_node(&graph, at)->reach == REACH_ORPHAN)
        return FAR;
    for (; graph_node(&graph, at)->reach == REACH_BY_NODE; depth++)
        at = graph_node(&graph, at)->parent;
    return depth;
}

START_TEST(a_random_graph_is_what_a_search_in_arrays_says)
{
    make_random_graph();
    measure_distances();
    capture();
    ck_assert_uint_eq(graph.nodes.count, RANDOM_NODES);
    size_t edges = 0;
    size_t reached = 0;
    for (int i = 0; i < RANDOM_NODES; i++) {
        ck_assert_int_eq(depth_of(random_objects[i]), distances[i]);
        reached += distances[i] < FAR;
        for (int k = 0; k < RANDOM_EDGES; k++)
            if (random_targets[i][k] >= 0) {
                ck_assert(has_edge(random_objects[i], (size_t)k * WORD_BYTES,
                                   random_objects[random_targets[i][k]]));
                edges++;
            }
    }
    ck_assert_uint_eq(graph.edges.count, edges);
    ck_assert_uint_eq(graph.reached, reached);
    ck_assert_uint_gt(reached, RANDOM_NODES / 10);
    ck_assert_uint_lt(reached, RANDOM_NODES);
}
END_TEST

START_TEST(numbers_are_places_in_the_order_of_the_search)
{
    make_random_graph();
    capture();
    gc__graph_number(&graph);
    for (size_t i = 0; i < graph.nodes.count; i++) {
        const struct graph_node *node = graph_node(&graph, graph.order[i]);
        ck_assert_uint_eq(node->parent, i);
        ck_assert((node->reach != REACH_ORPHAN) == (i < graph.reached));
    }
}
END_TEST

/* ----------------------------------------------------------------- memory */

START_TEST(without_memory_there_is_no_graph_and_the_heap_is_as_before)
{
    make_random_graph();
    size_t call = 1;
    for (;; call++) {
        gc__heap_settle(&heap, &thread);
        gc__pages_fail_from(call);
        bool is_captured = gc__graph_capture(&graph, &heap);
        gc__pages_fail_from(0);
        if (is_captured)
            break;
        ck_assert_uint_eq(graph.nodes.count, 0);
        ck_assert_uint_lt(call, 20);
    }
    ck_assert_uint_ge(call, 5);
    ck_assert_uint_eq(graph.nodes.count, RANDOM_NODES);
}
END_TEST

START_TEST(a_million_nodes_take_28_bytes_each_and_their_edges_12)
{
    ck_assert_uint_eq(sizeof(struct graph_node) + sizeof *graph.order, 28);
    ck_assert_uint_eq(sizeof(struct graph_edge), 12);
}
END_TEST

FIXTURE_SUITE("graph", setup, teardown,
              every_object_is_a_node_with_its_size_and_kind,
              nodes_are_in_the_order_of_addresses_and_found_by_any_byte,
              an_address_in_no_object_has_no_node,
              edges_are_exactly_the_words_that_point_to_objects,
              what_no_root_reaches_is_an_orphan,
              of_roots_equally_near_the_first_kind_is_preferred,
              what_finalizers_and_toggles_keep_is_no_orphan,
              an_ephemeron_leads_to_its_value,
              an_uncollectable_object_is_a_root_and_the_last_resort,
              a_shorter_way_wins_over_a_preferred_root,
              a_long_list_is_followed_to_its_end,
              a_random_graph_is_what_a_search_in_arrays_says,
              numbers_are_places_in_the_order_of_the_search,
              without_memory_there_is_no_graph_and_the_heap_is_as_before,
              a_million_nodes_take_28_bytes_each_and_their_edges_12)
