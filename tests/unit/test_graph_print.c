/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* open_memstream */

#include "gc/graph_print.h"

#include <check.h>
#include <string.h>

#include "tests/suite.h"
#include "tests/unit/whole.h"

static char *written;

static void teardown(void)
{
    free(written);
    written = NULL;
    whole_teardown();
}

enum form { DOT, JSON };

static void print(enum form form, size_t most)
{
    struct graph graph;
    struct root_namer namer;
    gc__heap_settle(&heap, &thread);
    ck_assert(gc__graph_capture(&graph, &heap));
    gc__root_namer_init(&namer, &thread.registers);

    free(written);
    size_t bytes;
    FILE *file = open_memstream(&written, &bytes);
    ck_assert_ptr_nonnull(file);
    if (form == DOT)
        gc__graph_print_dot(file, &graph, &namer, most);
    else
        gc__graph_print_json(file, &graph, &namer, most, heap.word_step);
    fclose(file);
    gc__graph_finish(&graph);
}

static void expect(const char *text)
{
    if (strstr(written, text) == NULL)
        ck_abort_msg("no \"%s\" in\n%s", text, written);
}

static size_t count(const char *what)
{
    size_t found = 0;
    for (const char *at = written; (at = strstr(at, what)) != NULL; at++)
        found++;
    return found;
}

/* Reached: a 48-byte object through static data, whose words 2 and 5 lead to a
 * pointer-free one of 16; uncollectable: one of 32, which leads back.  Orphans:
 * one that leads to the first, and one that leads nowhere. */
static uintptr_t *first, *leaf, *kept, *orphan, *lonely;

static void make_graph(void)
{
    first = new_words(6);
    leaf = new_object(KIND_ATOMIC, 16);
    kept = new_object(KIND_UNCOLLECTABLE, 32);
    orphan = new_words(8);
    lonely = new_words(10);
    static_words[3] = (uintptr_t)first;
    first[2] = first[5] = (uintptr_t)leaf;
    kept[0] = (uintptr_t)first;
    orphan[1] = (uintptr_t)first + 5;
}

START_TEST(json_is_as_documented)
{
    char expected[2000];
    make_graph();
    print(JSON, 0);
    snprintf(
        expected, sizeof expected,
        "{\"format\": \"tidemark graph\", \"version\": 1,\n"
        "\"objects\": 5, \"reached\": 3, \"orphans\": 2, \"shown\": 5, "
        "\"word_step\": 8,\n"
        "\"roots\": [\n"
        "{\"kind\": \"static\", \"name\": \"global static_words\", "
        "\"module\": \"test_graph_print\", \"offset\": 24, \"object\": 0},\n"
        "{\"kind\": \"uncollectable\", \"name\": \"uncollectable\", "
        "\"module\": \"\", \"offset\": 0, \"object\": 1}],\n"
        "\"nodes\": [\n"
        "{\"id\": 0, \"address\": \"0x%zx\", \"bytes\": 48, \"kind\": "
        "\"scanned\", \"reached\": true, \"references\": [[16, 2], [40, 2]]},\n"
        "{\"id\": 1, \"address\": \"0x%zx\", \"bytes\": 32, \"kind\": "
        "\"uncollectable\", \"reached\": true, \"references\": [[0, 0]]},\n"
        "{\"id\": 2, \"address\": \"0x%zx\", \"bytes\": 16, \"kind\": "
        "\"atomic\", \"reached\": true, \"references\": []},\n"
        "{\"id\": 3, \"address\": \"0x%zx\", \"bytes\": 64, \"kind\": "
        "\"scanned\", \"reached\": false, \"references\": [[8, 0]]},\n"
        "{\"id\": 4, \"address\": \"0x%zx\", \"bytes\": 80, \"kind\": "
        "\"scanned\", \"reached\": false, \"references\": []}]}\n",
        (size_t)first, (size_t)kept, (size_t)leaf, (size_t)orphan,
        (size_t)lonely);
    ck_assert_str_eq(written, expected);
}
END_TEST

START_TEST(dot_has_a_box_for_a_root_and_an_ellipse_for_an_object)
{
    make_graph();
    print(DOT, 0);
    expect("digraph tidemark {\n");
    expect("label=\"5 objects: 3 reached (green, pointer-free ones grey), "
           "2 orphans (red)\"];\n");
    ck_assert_uint_eq(count("shape=box"), 2);
    expect("label=\"global static_words (test_graph_print)\"];\n");
    expect(" -> n0 [label=\"+24\"];\n");
    expect("label=\"uncollectable\"];\n");
    expect(" -> n1;\n");
    ck_assert_uint_eq(count("tooltip"), 5);
    expect("    n0 [label=\"48 B\", tooltip=");
    expect("    n0 -> n2 [label=\"16\"];\n    n0 -> n2 [label=\"40\"];\n");
    expect("    n1 -> n0 [label=\"0\"];\n");
    expect("    n3 -> n0 [label=\"8\"];\n");
    ck_assert_uint_eq(count(" -> "), 6);
    ck_assert_uint_eq(count("#f6c1b5"), 2);
    ck_assert_uint_eq(count("#e6e6e6"), 1);
    ck_assert_uint_eq(count("peripheries=2"), 1);
}
END_TEST

START_TEST(an_object_of_a_custom_kind_has_the_name_of_its_kind)
{
    static const struct kind_traits traits = {.name = "a \"b\"",
                                              .look = LOOK_AT_NOTHING};
    enum kind kind = (enum kind)gc__kinds_add(&heap.variable, &traits);
    static_words[0] = (uintptr_t)new_object(kind, 48);
    print(DOT, 0);
    expect("    n0 [label=\"48 B, a \\\"b\\\"\", tooltip=");
    ck_assert_uint_eq(count("#e6e6e6"), 1);
    print(JSON, 0);
    expect("\"kind\": \"a \\\"b\\\"\", \"reached\": true");
}
END_TEST

START_TEST(a_limit_keeps_what_is_nearest_to_the_roots)
{
    make_graph();
    print(JSON, 2);
    expect("\"objects\": 5, \"reached\": 3, \"orphans\": 2, \"shown\": 2,");
    expect("\"bytes\": 48, \"kind\": \"scanned\", \"reached\": true, "
           "\"references\": []}");
    expect("\"bytes\": 32, \"kind\": \"uncollectable\", \"reached\": true, "
           "\"references\": [[0, 0]]}]}");
    ck_assert_uint_eq(count("\"id\""), 2);

    print(DOT, 4);
    expect("\\n4 of them shown, the nearest to the roots\"];");
    ck_assert_uint_eq(count("tooltip"), 4);
    ck_assert_uint_eq(count(" -> "), 6);

    print(DOT, 1);
    ck_assert_uint_eq(count("tooltip"), 1);
    ck_assert_uint_eq(count("shape=box"), 1);
    ck_assert_uint_eq(count(" -> "), 1);

    print(JSON, 100);
    ck_assert_uint_eq(count("\"id\""), 5);
}
END_TEST

START_TEST(words_of_one_variable_share_a_box)
{
    for (size_t i = 0; i < ROOT_WORDS; i++)
        static_words[i] = (uintptr_t)new_words(2);
    for (size_t i = 0; i < ROOT_WORDS; i += 2)
        range_words[i] = (uintptr_t)new_words(2);
    print(DOT, 0);
    ck_assert_uint_eq(count("shape=box"), 2);
    ck_assert_uint_eq(count("[label=\"+"), ROOT_WORDS + ROOT_WORDS / 2);
}
END_TEST

START_TEST(orphans_without_any_reference_stand_in_rows_of_twelve)
{
    for (size_t i = 0; i < 25; i++)
        new_words(2);
    uintptr_t *holder = new_words(2);
    holder[0] = (uintptr_t)new_words(2);
    print(DOT, 0);
    ck_assert_uint_eq(count("[style=invis]"), 22);
    expect("    n10 -> n11 [style=invis];\n    n12 -> n13 [style=invis];\n");
    ck_assert_uint_eq(count("n24 "), 1);
    expect("    n25 -> n26 [label=\"0\"];\n");
}
END_TEST

START_TEST(an_empty_heap_is_an_empty_graph)
{
    print(JSON, 0);
    ck_assert_str_eq(written,
                     "{\"format\": \"tidemark graph\", \"version\": 1,\n"
                     "\"objects\": 0, \"reached\": 0, \"orphans\": 0, "
                     "\"shown\": 0, \"word_step\": 8,\n"
                     "\"roots\": [],\n"
                     "\"nodes\": []}\n");
    print(DOT, 0);
    ck_assert_uint_eq(count(" -> "), 0);
}
END_TEST

FIXTURE_SUITE("graph print", whole_setup, teardown, json_is_as_documented,
              dot_has_a_box_for_a_root_and_an_ellipse_for_an_object,
              an_object_of_a_custom_kind_has_the_name_of_its_kind,
              a_limit_keeps_what_is_nearest_to_the_roots,
              words_of_one_variable_share_a_box,
              orphans_without_any_reference_stand_in_rows_of_twelve,
              an_empty_heap_is_an_empty_graph)
