/* SPDX-License-Identifier: MIT */
/* A program that uses libgc.so.1 and libtidemark at once: it is one heap.  It is
 * not position-independent, so the linker has copied libgc's data objects into
 * it. */

#define _GNU_SOURCE

#include <gc.h>
#include <gc/gc_mark.h>

#include "include/tidemark.h"
#include "tests/scene.h"

enum { NODES = 1000, GARBAGE_BYTES = 64 << 20, PIECE_BYTES = 4096 };

struct node {
    struct node *next;
    size_t number;
    size_t rest[4];
};

static struct node *list;

static struct node *new_node(size_t number)
{
    struct node *node =
        number % 2 == 0 ? gc_malloc(sizeof *node) : GC_malloc(sizeof *node);
    REQUIRE(node != NULL);
    *node = (struct node){list, number, {number, number, number, number}};
    return node;
}

static void check_list(void)
{
    const struct node *node = list;
    for (size_t number = NODES; number-- > 0; node = node->next) {
        REQUIRE(node->number == number && node->rest[3] == number);
        REQUIRE(GC_base((void *)&node->rest) == node);
        REQUIRE(gc_base(&node->rest) == node);
    }
    REQUIRE(node == NULL);
}

static void make_garbage(void)
{
    for (size_t bytes = 0; bytes < GARBAGE_BYTES; bytes += PIECE_BYTES)
        memset(GC_malloc(PIECE_BYTES), 0xff, PIECE_BYTES);
}

static void pointers_cross(void)
{
    for (size_t i = 0; i < NODES; i++)
        list = new_node(i);
    GC_gcollect();
    make_garbage();
    check_list();
    GC_collect();
    make_garbage();
    check_list();
    REQUIRE(GC_is_heap_ptr(list) && gc_size(list) == GC_size(list));
    list = NULL;
}

static void each_frees_what_the_other_made(void)
{
    for (int i = 0; i < 1000; i++) {
        GC_free(gc_malloc(48));
        gc_free(GC_malloc(48));
        void *grown = GC_realloc(gc_malloc(48), 5000);
        grown = gc_realloc(grown, 100);
        REQUIRE(GC_size(grown) >= 100);
    }
}

/* The program writes to its own copy, which is the one that counts. */
static void copied_data_counts(void)
{
    GC_dont_gc = 1;
    GC_init();
    make_garbage();
    GC_word before = GC_get_gc_no();
    make_garbage();
    REQUIRE(GC_get_gc_no() == before);
    GC_dont_gc = 0;
    make_garbage();
    REQUIRE(GC_get_gc_no() > before);
}

static void read_data(void)
{
    GC_init();
    char *object = GC_malloc(16);
    REQUIRE((void *)object >= GC_least_plausible_heap_addr);
    REQUIRE((void *)object < GC_greatest_plausible_heap_addr);
    GC_set_free_space_divisor(7);
    REQUIRE(GC_free_space_divisor == 7);
    REQUIRE(GC_stackbottom != NULL);
}

#define SCENE_TEST(name, scene)                   \
    START_TEST(name)                              \
    {                                             \
        struct played played = play(scene, NULL); \
        expect_success(&played);                  \
    }                                             \
    END_TEST

SCENE_TEST(pointers_may_cross_between_the_two, "pointers_cross")
SCENE_TEST(each_may_free_what_the_other_has_made,
           "each_frees_what_the_other_made")
SCENE_TEST(a_copied_data_object_is_the_one_that_counts, "copied_data_counts")
SCENE_TEST(what_the_library_writes_is_read_from_the_copy, "read_data")

SCENES_AND_SUITE("both",
                 (SCENE(pointers_cross), SCENE(each_frees_what_the_other_made),
                  SCENE(copied_data_counts), SCENE(read_data)),
                 pointers_may_cross_between_the_two,
                 each_may_free_what_the_other_has_made,
                 a_copied_data_object_is_the_one_that_counts,
                 what_the_library_writes_is_read_from_the_copy)
