/* SPDX-License-Identifier: MIT */
/* A program whose n-th request to the system for memory fails, and all after
 * it, for every n until it asks for no more.  It gets NULL, or its handler is
 * asked; what it has is unchanged; and when there is memory again it goes on.
 *
 * Linked with the core itself, which has the test double. */

#define _GNU_SOURCE

#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "include/tidemark.h"
#include "platform/pages.h"
#include "tests/scene.h"

enum {
    OBJECTS = 300,
    CHILDREN = 9000, /* more than the first mark stack has room for */
    RANGES = 300,    /* more than the first table of them has room for */
    PATIENCE = 20,   /* refusals in a loop; each comes after a collection */
    MEGA = 1 << 20,
};

static struct {
    unsigned char *at;
    size_t bytes;
} objects[OBJECTS];

static void **children[CHILDREN];
static size_t refused;

static bool is_there(const void *object)
{
    if (object == NULL) {
        REQUIRE(errno == ENOMEM);
        refused++;
    }
    return object != NULL;
}

static void fill(size_t i, void *at, size_t bytes)
{
    if (!is_there(at))
        return;
    objects[i].at = memset(at, (int)i, bytes);
    objects[i].bytes = bytes;
}

static void check_objects(void)
{
    for (size_t i = 0; i < OBJECTS; i++) {
        REQUIRE(objects[i].at == NULL ||
                gc_base(objects[i].at) == objects[i].at);
        for (size_t byte = 0; byte < objects[i].bytes; byte++)
            REQUIRE(objects[i].at[byte] == (unsigned char)i);
    }
    for (size_t i = 0; i < CHILDREN; i++)
        REQUIRE(children[i] == NULL || *children[i] == &children[i]);
}

/* Every kind, small and large, some of them resized and some dropped. */
static void allocate_objects(void)
{
    for (size_t i = 0; i < OBJECTS; i++) {
        size_t bytes = 1 + i * 37 % (i % 20 == 0 ? 200000 : 3000);
        switch (i % 5) {
        case 0:
            fill(i, gc_malloc(bytes), bytes);
            break;
        case 1:
            fill(i, gc_malloc_atomic(bytes), bytes);
            break;
        case 2:
            fill(i, gc_malloc_uncollectable(bytes), bytes);
            break;
        case 3:
            fill(i, gc_aligned_alloc((size_t)1 << i % 18, bytes), bytes);
            break;
        default:
            fill(i, gc_realloc(objects[i / 2].at, bytes), bytes);
            if (objects[i].at != NULL)
                objects[i / 2].at = NULL, objects[i / 2].bytes = 0;
        }
    }
}

static void drop_some(void)
{
    for (size_t i = 0; i < OBJECTS; i += 3) {
        if (i % 2 == 0)
            gc_free(objects[i].at);
        objects[i].at = NULL;
        objects[i].bytes = 0;
    }
}

static void allocate_children(void)
{
    size_t before = refused;
    for (size_t i = 0; i < CHILDREN && refused < before + PATIENCE; i++) {
        children[i] = gc_malloc(sizeof *children[i]);
        if (is_there(children[i]))
            *children[i] = &children[i];
    }
}

static void add_ranges(void)
{
    static void *words[RANGES * 2];
    for (size_t i = 0; i < RANGES; i++)
        refused += !gc_add_roots(&words[2 * i], &words[2 * i + 1]);
    gc_remove_roots(words, words + RANGES * 2);
}

static void allocate_garbage(void)
{
    size_t before = refused;
    for (size_t i = 0; i < 1500 && refused < before + PATIENCE; i++)
        is_there(gc_malloc(i % 50 == 0 ? 100000 : 500));
}

static void run_program(void)
{
    allocate_children();
    allocate_objects();
    check_objects();
    add_ranges();
    GC_collect();
    check_objects();
    drop_some();
    allocate_garbage();
    allocate_objects();
    GC_collect();
    check_objects();
}

/* A collection under stress verifies the heap before and after marking. */
static void verify_heap(void)
{
    size_t before = gc_get(TIDEMARK_STRESS);
    REQUIRE(gc_set(TIDEMARK_STRESS, 1));
    REQUIRE(gc_malloc(16) != NULL);
    REQUIRE(gc_set(TIDEMARK_STRESS, before));
}

static void go_on_with_memory(void)
{
    gc__pages_fail_from(0);
    refused = 0;
    verify_heap();
    check_objects();
    run_program();
    REQUIRE(refused == 0);
    verify_heap();
}

static size_t first_failure(void)
{
    return strtoull(getenv("FAIL_FROM"), NULL, 10);
}

static void go_on_with_null(void)
{
    gc__pages_fail_from(first_failure());
    run_program();
    printf("refused: %zu\n", refused);
    go_on_with_memory();
}

/* The handler finds memory and tries again. */
static void *find_memory(size_t bytes, void *context)
{
    *(size_t *)context += 1;
    gc__pages_fail_from(0);
    return gc_malloc(bytes);
}

static void go_on_with_handler(void)
{
    size_t asked = 0;
    gc_set_out_of_memory_handler(find_memory, &asked);
    gc__pages_fail_from(first_failure());
    run_program();
    REQUIRE(asked <= 1);
    printf("refused: %zu\n", refused + asked);
    go_on_with_memory();
}

/* Plays the scene with n = 1, 2, ... until nothing is refused.  What asks for
 * memory in vain and can do without counts too, so it goes on for some n. */
static void play_until_nothing_fails(const char *scene)
{
    enum { UNNOTICED = 8, MOST = 1000 };
    size_t in_a_row = 0, failing = 0;
    for (size_t n = 1; in_a_row < UNNOTICED; n++) {
        char assignment[40];
        ck_assert_uint_lt(n, MOST);
        snprintf(assignment, sizeof assignment, "FAIL_FROM=%zu", n);
        struct played played = play(scene, assignment, "TIDEMARK_HEAP_FLOOR=4M",
                                    "TIDEMARK_GROWTH=1.5", NULL);
        if (!has_ended_well(&played))
            ck_abort_msg("call %zu fails:\n%s", n, played.text);
        bool is_any = strstr(played.text, "refused: 0\n") == NULL;
        in_a_row = is_any ? 0 : in_a_row + 1;
        failing += is_any;
    }
    ck_assert_uint_ge(failing, 6);
}

START_TEST(whichever_call_fails_the_program_gets_null_and_goes_on)
{
    play_until_nothing_fails("go_on_with_null");
}
END_TEST

START_TEST(whichever_call_fails_a_handler_that_finds_memory_goes_on)
{
    play_until_nothing_fails("go_on_with_handler");
}
END_TEST

SCENES_AND_SUITE("failing_map",
                 (SCENE(go_on_with_null), SCENE(go_on_with_handler)),
                 whichever_call_fails_the_program_gets_null_and_goes_on,
                 whichever_call_fails_a_handler_that_finds_memory_goes_on)
