/* SPDX-License-Identifier: MIT */
/* Several markers mark what one does, and count the same.  Also built under the
 * race detector. */

#define _GNU_SOURCE

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gc/markers.h"
#include "tests/random.h"
#include "tests/suite.h"
#include "tests/unit/marking.h"

/* Under the race detector everything takes ten times as long, and a child has no
 * threads. */
#ifdef UNDER_RACE_DETECTOR
enum { HAS_DETECTOR = 1, MARKED_OBJECTS = 20 * 1000 };
#else
enum { HAS_DETECTOR = 0, MARKED_OBJECTS = 100 * 1000 };
#endif

static const unsigned numbers_of_markers[] = {2, 3, 4, 8, 16};
enum { NUMBERS = sizeof numbers_of_markers / sizeof *numbers_of_markers };

static const struct timespec moment = {.tv_nsec = 1000 * 1000};

/* ------------------------------------------------------------------- marks */

/* One marker's result, to compare others' with. */
struct result {
    uint64_t *marks;
    size_t words;
    size_t live_objects;
    size_t live_bytes;
    size_t live_atomic_bytes;
};

static struct result result_now(void)
{
    size_t blocks = heap_map_blocks(&heap.map);
    struct result result = {
        .words = blocks * BLOCK_BIT_WORDS,
        .live_objects = marker.live_objects,
        .live_bytes = marker.live_bytes,
        .live_atomic_bytes = marker.live_atomic_bytes,
    };
    result.marks = malloc(result.words * sizeof *result.marks);
    ck_assert_ptr_nonnull(result.marks);
    for (size_t i = 0; i < result.words; i++)
        result.marks[i] = heap.map.blocks[i / BLOCK_BIT_WORDS]
                              .bits[i % BLOCK_BIT_WORDS]
                              .marked;
    return result;
}

static void expect_same(const struct result *expected,
                        const struct result *result)
{
    ck_assert_uint_eq(result->live_objects, expected->live_objects);
    ck_assert_uint_eq(result->live_bytes, expected->live_bytes);
    ck_assert_uint_eq(result->live_atomic_bytes, expected->live_atomic_bytes);
    ck_assert_uint_eq(result->words, expected->words);
    ck_assert_mem_eq(result->marks, expected->marks,
                     result->words * sizeof *result->marks);
}

/* As if nothing had been marked, and nothing swept. */
static void unmark(void)
{
    struct cell cell = {0, 0};
    for (; gc__variable_next(&heap, &cell); cell.index++)
        cell_bits(&heap.map, cell)->marked = 0;
}

/* Shares, whether it was of use the last time or not. */
static struct result mark_root(uintptr_t root)
{
    gc__markers_prepare(&marker);
    if (gc__markers_count(&marker) > 1)
        marker.worker->team->rest = 0;
    mark_from(root);
    struct result result = result_now();
    unmark();
    return result;
}

static unsigned work_of_helpers(void)
{
    unsigned helpers = 0;
    for (unsigned i = 1; i < gc__markers_count(&marker); i++)
        helpers += marker.worker->team->workers[i].own.work > 0;
    return helpers;
}

/* As many threads as there may be, whatever has been marked before. */
static void start_all(unsigned count)
{
    ck_assert(gc__markers_set(&marker, count));
    while (gc__markers_threads(&marker) < count - 1) {
        marker.worker->team->is_worthwhile = true;
        gc__markers_prepare(&marker);
    }
}

static void expect_same_by_any_number(uintptr_t root, unsigned times)
{
    gc__markers_set(&marker, 1);
    struct result expected = mark_root(root);
    for (size_t i = 0; i < NUMBERS; i++) {
        start_all(numbers_of_markers[i]);
        for (unsigned time = 0; time < times; time++) {
            struct result result = mark_root(root);
            expect_same(&expected, &result);
            free(result.marks);
        }
    }
    free(expected.marks);
    gc__markers_set(&marker, 1);
}

/* ------------------------------------------------------------------ shapes */

enum { EDGES = 6 };

/* Objects of all sizes and kinds, a third of which nothing leads to. */
static uintptr_t new_graph(uint64_t seed, size_t count)
{
    struct random random = {seed};
    void ***objects = malloc(count * sizeof *objects);
    ck_assert_ptr_nonnull(objects);
    for (size_t i = 0; i < count; i++) {
        bool is_atomic = random_below(&random, 5) == 0;
        size_t bytes = 8 * (EDGES + random_below(&random, 12));
        if (random_below(&random, 2000) == 0)
            bytes += 100000;
        objects[i] = hand_alloc(is_atomic ? KIND_ATOMIC : KIND_SCANNED, bytes);
    }
    for (size_t i = 0; i < count; i++)
        for (size_t edge = 0; edge < EDGES; edge++)
            objects[i][edge] = objects[random_below(&random, 2 * count / 3)];
    void **first = hand_alloc(KIND_SCANNED, 8 * EDGES);
    for (size_t edge = 0; edge < EDGES; edge++)
        first[edge] = objects[random_below(&random, 2 * count / 3)];
    free(objects);
    return (uintptr_t)first;
}

static struct node *new_tree(unsigned depth)
{
    struct node *left = depth == 0 ? NULL : new_tree(depth - 1);
    struct node *right = depth == 0 ? NULL : new_tree(depth - 1);
    return new_node(left, right);
}

static uintptr_t new_array(size_t length)
{
    void **array = hand_alloc(KIND_SCANNED, length * sizeof *array);
    for (size_t i = 0; i < length; i++)
        array[i] = i % 16 == 0 ? new_node(NULL, NULL) : NULL;
    return (uintptr_t)array;
}

START_TEST(a_random_graph_is_marked_the_same_by_any_number)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        expect_same_by_any_number(new_graph(seed, MARKED_OBJECTS), 10);
        sweep();
    }
}
END_TEST

START_TEST(a_list_is_marked_the_same_by_any_number_and_alone)
{
    expect_same_by_any_number((uintptr_t)new_list(10 * MARKED_OBJECTS), 1);
    start_all(4);
    mark_from((uintptr_t)new_list(MARKED_OBJECTS));
    ck_assert_uint_eq(work_of_helpers(), 0);
}
END_TEST

START_TEST(a_wide_array_is_marked_the_same_by_any_number)
{
    expect_same_by_any_number(new_array(20 * MARKED_OBJECTS), 3);
}
END_TEST

START_TEST(a_tree_is_marked_the_same_by_any_number)
{
    expect_same_by_any_number((uintptr_t)new_tree(16), 10);
}
END_TEST

START_TEST(a_tree_of_any_depth_is_marked_the_same_by_any_number)
{
    struct node *left = NULL, *right = NULL;
    for (int i = 0; i < 10 * MARKED_OBJECTS; i++) {
        left = new_node(left, new_node(NULL, NULL));
        right = new_node(new_node(NULL, NULL), right);
    }
    expect_same_by_any_number((uintptr_t)new_node(left, right), 1);
}
END_TEST

/* Wide at first, and narrow: the markers go from one company to the other. */
START_TEST(a_list_of_graphs_is_marked_the_same_by_any_number)
{
    struct node *list = NULL;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        for (int i = 0; i < MARKED_OBJECTS / 100; i++)
            list = new_node(list, NULL);
        list = new_node(list, (void *)new_graph(seed, MARKED_OBJECTS / 20));
    }
    expect_same_by_any_number((uintptr_t)list, 10);
}
END_TEST

START_TEST(a_helper_takes_part_where_there_is_work)
{
    uintptr_t root = new_graph(1, MARKED_OBJECTS);
    start_all(2);
    size_t marked = 0;
    do {
        free(mark_root(root).marks);
        marked += work_of_helpers();
    } while (marked == 0);
    ck_assert_uint_eq(marked, 1);
}
END_TEST

/* The halves of an array that leads nowhere can be taken too. */
START_TEST(the_slices_of_an_array_are_shared)
{
    uintptr_t array = (uintptr_t)hand_alloc(KIND_SCANNED, 64 << 20);
    start_all(2);
    do
        free(mark_root(array).marks);
    while (work_of_helpers() == 0);
    ck_assert_uint_eq(marker.live_objects, 1);
    ck_assert_uint_eq(marker.work, (64 << 20) / 16384 * 32);
}
END_TEST

/* ------------------------------------------------------------------- worth */

static struct markers *start_two(void)
{
    start_all(2);
    return marker.worker->team;
}

/* Marks until the helper has had a good enough part of it for the marking to be
 * judged.  On a busy machine it may come too late several times: those markings
 * count as if they had not been. */
static void mark_together(uintptr_t root, struct work_time alone)
{
    struct markers *team = marker.worker->team;
    unsigned shared = team->shared, last_rest = team->last_rest;
    do {
        team->alone = alone;
        team->shared = shared;
        team->last_rest = last_rest;
        free(mark_root(root).marks);
    } while (team->rest == 0 && team->shared <= shared);
}

START_TEST(sharing_in_vain_is_not_tried_again_at_once)
{
    uintptr_t root = new_graph(20, 300 * 1000);
    struct work_time quick = {.ns = 1, .work = 1000 * 1000};
    struct markers *team = start_two();
    for (unsigned rest = 1; rest <= 63; rest = 2 * rest + 1) {
        mark_together(root, quick);
        ck_assert_uint_eq(team->rest, rest);
        ck_assert_uint_gt(work_of_helpers(), 0);
    }
    for (unsigned rest = 63; rest > 0; rest--) {
        ck_assert_uint_eq(team->rest, rest);
        mark_from(root);
        unmark();
        ck_assert_uint_eq(work_of_helpers(), 0);
    }
    ck_assert_uint_gt(team->alone.ns, 1);
    mark_from(root);
    unmark();
    ck_assert(!team->is_resting);
}
END_TEST

START_TEST(sharing_that_is_of_use_goes_on)
{
    enum { SHARED = 31 };
    uintptr_t root = new_graph(21, 300 * 1000);
    struct work_time slow = {.ns = UINT64_C(1) << 60, .work = 1000 * 1000};
    struct markers *team = start_two();
    team->last_rest = 63;
    for (unsigned i = 1; i <= 3; i++) {
        mark_together(root, slow);
        ck_assert_uint_eq(team->rest, 0);
        ck_assert_uint_eq(team->last_rest, 0);
        ck_assert_uint_eq(team->shared, i);
    }
    team->shared = SHARED - 1; /* as if that had gone on */
    mark_together(root, slow);
    ck_assert_uint_eq(team->rest, 0);
    mark_together(root, slow);
    ck_assert_uint_eq(team->rest, 1); /* to see how long one takes */
}
END_TEST

/* ---------------------------------------------------------------- overflow */

START_TEST(what_any_marker_misses_is_found)
{
    uintptr_t root = new_graph(5, MARKED_OBJECTS);
    struct result expected = mark_root(root);
    for (size_t i = 0; i < NUMBERS; i++) {
        gc__marker_finish(&marker);
        start_all(numbers_of_markers[i]);
        marker.most = 100;
        marker.overflows = 0;
        struct result result = mark_root(root);
        ck_assert_uint_gt(marker.overflows, 0);
        expect_same(&expected, &result);
        free(result.marks);
    }
    free(expected.marks);
}
END_TEST

START_TEST(helpers_without_memory_for_their_stacks_lose_nothing)
{
    uintptr_t root = new_graph(6, MARKED_OBJECTS);
    struct result expected = mark_root(root);
    for (size_t failing = 1; failing < 8; failing++) {
        gc__marker_finish(&marker);
        start_all(4);
        gc__pages_fail_from(failing);
        gc__markers_prepare(&marker);
        mark_from(root);
        gc__pages_fail_from(0);
        struct result result = result_now();
        unmark();
        expect_same(&expected, &result);
        free(result.marks);
    }
    free(expected.marks);
}
END_TEST

START_TEST(without_memory_for_more_there_is_one_marker)
{
    gc__pages_fail_from(1);
    bool is_set = gc__markers_set(&marker, 4);
    gc__pages_fail_from(0);
    ck_assert(!is_set);
    ck_assert_uint_eq(gc__markers_count(&marker), 1);
    mark_from((uintptr_t)new_list(10));
    ck_assert_uint_eq(marker.live_objects, 10);
}
END_TEST

/* ----------------------------------------------------------------- threads */

START_TEST(threads_that_cannot_be_created_are_not_missed)
{
    uintptr_t root = new_graph(7, MARKED_OBJECTS);
    struct result expected = mark_root(root);
    for (size_t failing = 1; failing <= 3; failing++) {
        gc__markers_set(&marker, 1);
        gc__markers_set(&marker, 8);
        gc__own_threads_fail_from(failing);
        for (int i = 0; i < 5; i++) {
            marker.worker->team->is_worthwhile = true;
            struct result result = mark_root(root);
            expect_same(&expected, &result);
            free(result.marks);
        }
        gc__own_threads_fail_from(0);
        ck_assert_uint_eq(gc__markers_threads(&marker), failing - 1);
    }
    free(expected.marks);
}
END_TEST

START_TEST(threads_start_after_a_marking_that_had_work_for_them)
{
    gc__markers_set(&marker, 16);
    free(mark_root((uintptr_t)new_list(MARKED_OBJECTS)).marks);
    gc__markers_prepare(&marker);
    ck_assert_uint_eq(gc__markers_threads(&marker), 0);
    uintptr_t root = new_graph(8, 400 * 1000);
    unsigned threads = 0;
    for (int i = 0; i < 3; i++) {
        free(mark_root(root).marks);
        ck_assert_uint_ge(gc__markers_threads(&marker), threads);
        threads = gc__markers_threads(&marker);
    }
    ck_assert_uint_ge(threads, 1);
}
END_TEST

START_TEST(a_small_heap_gets_no_thread)
{
    gc__markers_set(&marker, 16);
    uintptr_t root = new_graph(9, 1000);
    for (int i = 0; i < 10; i++)
        free(mark_root(root).marks);
    ck_assert_uint_eq(gc__markers_threads(&marker), 0);
}
END_TEST

START_TEST(threads_end_when_they_have_been_idle_and_are_started_again)
{
    uintptr_t root = new_graph(10, MARKED_OBJECTS);
    ck_assert(gc__markers_set(&marker, 4));
    marker.worker->team->idle_ns = 50 * 1000 * 1000;
    for (int round = 0; round < 2; round++) {
        start_all(4);
        free(mark_root(root).marks);
        marker.worker->team->is_worthwhile = false;
        while (gc__markers_threads(&marker) > 0)
            nanosleep(&moment, NULL);
    }
}
END_TEST

START_TEST(a_thread_that_is_held_does_not_end)
{
    ck_assert(gc__markers_set(&marker, 3));
    marker.worker->team->idle_ns = 1000 * 1000;
    do
        start_all(3); /* leaves them held */
    while (gc__markers_threads(&marker) < 2);
    for (int i = 0; i < 50; i++) {
        nanosleep(&moment, NULL);
        ck_assert_uint_eq(gc__markers_threads(&marker), 2);
    }
}
END_TEST

/* What /proc says of a thread, as a number in base 16. */
static uint64_t status_of(unsigned id, const char *name)
{
    char path[64], line[256];
    uint64_t value = 0;
    snprintf(path, sizeof path, "/proc/self/task/%u/status", id);
    FILE *status = fopen(path, "r");
    ck_assert_ptr_nonnull(status);
    while (fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            value = strtoull(line + strlen(name), NULL, 16);
    fclose(status);
    return value;
}

START_TEST(their_numbers_are_known_and_they_block_all_that_is_the_programs)
{
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    start_all(4);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int number = 1; number <= SIGRTMAX; number++)
        ck_assert_int_eq(sigismember(&before, number),
                         sigismember(&after, number));
    ck_assert(!gc__markers_is_own(&marker, (unsigned)getpid()));
    for (unsigned i = 1; i < 4; i++) {
        unsigned id = marker.worker->team->workers[i].id;
        ck_assert(gc__markers_is_own(&marker, id));
        uint64_t blocked = status_of(id, "SigBlk:");
        for (int number = 1; number <= SIGRTMAX; number++) {
            bool is_the_programs = number <= 31 || number >= SIGRTMIN;
            bool can_be_blocked = number != SIGKILL && number != SIGSTOP;
            if (is_the_programs && can_be_blocked)
                ck_assert(blocked >> (number - 1) & 1);
        }
    }
}
END_TEST

static uintptr_t shared_root;

static void *mark_in_a_thread(void *expected)
{
    struct result result = mark_root(shared_root);
    expect_same(expected, &result);
    free(result.marks);
    return NULL;
}

START_TEST(any_thread_may_be_the_collecting_one)
{
    shared_root = new_graph(11, MARKED_OBJECTS);
    struct result expected = mark_root(shared_root);
    start_all(3);
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        ck_assert_int_eq(
            pthread_create(&thread, NULL, mark_in_a_thread, &expected), 0);
        pthread_join(thread, NULL);
    }
    free(expected.marks);
}
END_TEST

START_TEST(a_child_marks_and_has_helpers_of_its_own)
{
    uintptr_t root = new_graph(12, MARKED_OBJECTS);
    struct result expected = mark_root(root);
    start_all(4);
    free(mark_root(root).marks);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        gc__markers_forget(&marker);
        bool is_alone = gc__markers_threads(&marker) == 0;
        if (!HAS_DETECTOR)
            start_all(4);
        mark_from(root);
        _exit(is_alone && marker.live_objects == expected.live_objects ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    struct result result = mark_root(root);
    expect_same(&expected, &result);
    free(result.marks);
    free(expected.marks);
}
END_TEST

START_TEST(their_number_may_change_between_markings)
{
    uintptr_t root = new_graph(13, MARKED_OBJECTS);
    struct result expected = mark_root(root);
    for (unsigned count = 1; count <= 20; count++) {
        ck_assert(gc__markers_set(&marker, count));
        ck_assert_uint_eq(gc__markers_count(&marker), count);
        struct result result = mark_root(root);
        expect_same(&expected, &result);
        free(result.marks);
    }
    ck_assert(gc__markers_set(&marker, 1000000));
    ck_assert_uint_eq(gc__markers_count(&marker), MARKERS_MAX);
    ck_assert(gc__markers_set(&marker, 0));
    ck_assert_uint_eq(gc__markers_count(&marker), 1);
    free(expected.marks);
}
END_TEST

START_TEST(stacks_of_helpers_that_grew_large_are_given_back)
{
    start_all(4);
    uintptr_t root = new_array(100 * MARKED_OBJECTS);
    free(mark_root(root).marks);
    ck_assert_uint_le(gc__markers_memory_bytes(&marker), 4 << 20);
}
END_TEST

FIXTURE_SUITE("markers", marking_setup, marking_teardown,
              a_random_graph_is_marked_the_same_by_any_number,
              a_list_is_marked_the_same_by_any_number_and_alone,
              a_wide_array_is_marked_the_same_by_any_number,
              a_tree_is_marked_the_same_by_any_number,
              a_tree_of_any_depth_is_marked_the_same_by_any_number,
              a_list_of_graphs_is_marked_the_same_by_any_number,
              a_helper_takes_part_where_there_is_work,
              the_slices_of_an_array_are_shared,
              sharing_in_vain_is_not_tried_again_at_once,
              sharing_that_is_of_use_goes_on, what_any_marker_misses_is_found,
              helpers_without_memory_for_their_stacks_lose_nothing,
              without_memory_for_more_there_is_one_marker,
              threads_that_cannot_be_created_are_not_missed,
              threads_start_after_a_marking_that_had_work_for_them,
              a_small_heap_gets_no_thread,
              threads_end_when_they_have_been_idle_and_are_started_again,
              a_thread_that_is_held_does_not_end,
              their_numbers_are_known_and_they_block_all_that_is_the_programs,
              any_thread_may_be_the_collecting_one,
              a_child_marks_and_has_helpers_of_its_own,
              their_number_may_change_between_markings,
              stacks_of_helpers_that_grew_large_are_given_back)
