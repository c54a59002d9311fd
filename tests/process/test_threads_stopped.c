/* SPDX-License-Identifier: MIT */
/* One thread that allocates is stopped a hundred thousand times, wherever it
 * happens to be.  No cell may be handed out twice, and none may be lost.
 *
 * The thread fills each object with a number that no other object has, and keeps
 * the last thousand in a ring on its stack, where it looks at them again before
 * it lets them go. */

#define _GNU_SOURCE

#include <sched.h>
#include <stdlib.h>

#include "tests/process/threads.h"
#include "tests/random.h"
#include "tests/suite.h"

enum {
    STOPS = 100 * 1000,
    STOPS_FOR_EACH_COLLECTION = 100,
    RING = 1000,
    MOST_BYTES = 256,
};

/* --------------------------------------------------------------- who stops it */

/* Stops the world without collecting, as all that looks at the heap does. */
static void stop(void)
{
    struct gc_class_stats row;
    (void)gc_class_stats(SIZE_MAX, &row, sizeof row);
}

/* The thread gets a little further between two stops, more or less. */
static void let_run(struct random *random)
{
    for (uint64_t turns = random_below(random, 1000); turns > 0; turns--)
        AO_nop_full();
}

static void stop_often(unsigned stops)
{
    struct random random = {7};
    for (unsigned i = 1; i <= stops; i++) {
        if (i % STOPS_FOR_EACH_COLLECTION == 0)
            GC_collect();
        else
            stop();
        let_run(&random);
    }
}

/* -------------------------------------------------------------- who allocates */

struct tagged {
    uint64_t *words;
    size_t count;
    uint64_t tag;
};

static struct counter is_over;

static void fill(const struct tagged *object)
{
    for (size_t i = 0; i < object->count; i++)
        object->words[i] = object->tag;
}

static bool is_intact(const struct tagged *object)
{
    for (size_t i = 0; i < object->count; i++)
        if (object->words[i] != object->tag)
            return false;
    return true;
}

static void *by_malloc(size_t bytes)
{
    return gc_malloc(bytes);
}

static void *by_malloc_atomic(size_t bytes)
{
    return gc_malloc_atomic(bytes);
}

static void *by_calloc(size_t bytes)
{
    return gc_calloc(bytes / 8, 8);
}

static void *by_aligned_alloc(size_t bytes)
{
    return gc_aligned_alloc(64, bytes);
}

static void *by_strdup(size_t bytes)
{
    char text[MOST_BYTES];
    memset(text, 'a', bytes - 1);
    text[bytes - 1] = '\0';
    return gc_strdup(text);
}

static void *by_realloc(size_t bytes)
{
    void *object = gc_malloc(8);
    return object == NULL ? NULL : gc_realloc(object, bytes);
}

static const struct {
    void *(*alloc)(size_t bytes);
    bool is_zeroed;
} ways[] = {
    {by_malloc, true},        {by_malloc, true},  {by_malloc_atomic, false},
    {by_calloc, true},        {by_strdup, false}, {by_realloc, false},
    {by_aligned_alloc, true},
};
enum { WAYS = sizeof ways / sizeof *ways };

static const char *replace(struct tagged *object, struct random *random,
                           uint64_t tag)
{
    if (!is_intact(object))
        return "an object has changed";
    unsigned way = (unsigned)random_below(random, WAYS);
    size_t bytes = 8 + 8 * random_below(random, MOST_BYTES / 8);
    if (random_below(random, 8) == 0)
        gc_free(object->words);
    object->words = ways[way].alloc(bytes);
    object->count = bytes / 8;
    object->tag = tag;
    if (object->words == NULL)
        return "no memory";
    if (ways[way].is_zeroed && !holds(object->words, 0, bytes))
        return "an object was not zeroed";
    fill(object);
    return NULL;
}

static void *allocate_in_many_ways(void *unused)
{
    struct tagged ring[RING] = {{0}};
    struct random random = {11};
    const char *problem = NULL;
    for (uint64_t tag = 1; count_of(&is_over) == 0 && problem == NULL; tag++)
        problem = replace(&ring[tag % RING], &random, tag << 32 | 0xfeed);
    (void)unused;
    return (void *)problem;
}

/* As fast as can be, so that the thread is mostly stopped while it cuts a cell
 * off its run. */
static void *allocate_of_one_size(void *unused)
{
    enum { WORDS = 2 };
    uint64_t *ring[RING] = {0};
    (void)unused;
    for (uint64_t tag = 1; count_of(&is_over) == 0; tag++) {
        uint64_t **place = &ring[tag % RING];
        if (*place != NULL &&
            ((*place)[0] != tag - RING || (*place)[1] != ~(tag - RING)))
            return "an object has changed";
        *place = gc_malloc(WORDS * sizeof **place);
        if (*place == NULL || (*place)[0] != 0 || (*place)[1] != 0)
            return "no memory, or it was not zeroed";
        (*place)[0] = tag;
        (*place)[1] = ~tag;
    }
    return NULL;
}

static void expect_to_be_unharmed_by(thread_function *allocate, unsigned stops)
{
    is_over.value = 0;
    pthread_t thread = start(allocate, NULL);
    stop_often(stops);
    count_up(&is_over);
    finish(thread);
}

START_TEST(a_thread_that_allocates_fast_is_stopped_often)
{
    expect_to_be_unharmed_by(allocate_of_one_size, STOPS);
}
END_TEST

START_TEST(a_thread_that_allocates_in_many_ways_is_stopped_often)
{
    expect_to_be_unharmed_by(allocate_in_many_ways, STOPS / 5);
}
END_TEST

/* ------------------------------------------------------------------ past ends */

/* The ring has pointers past the ends of objects that fill their cells, and no
 * others; what is disguised tells where each began. */
static void *allocate_and_keep_ends(void *unused)
{
    enum { BYTES = 48 };
    char *ends[RING] = {0};
    (void)unused;
    for (unsigned char tag = 1; count_of(&is_over) == 0;
         tag = (unsigned char)(tag == 255 ? 1 : tag + 1))
        for (unsigned i = 0; i < RING; i++) {
            unsigned char last = (unsigned char)(tag == 1 ? 255 : tag - 1);
            if (ends[i] != NULL && !holds(ends[i] - BYTES, last, BYTES))
                return "an object has changed";
            char *object = gc_malloc(BYTES);
            if (object == NULL)
                return "no memory";
            memset(object, tag, BYTES);
            ends[i] = object + BYTES;
        }
    return NULL;
}

START_TEST(a_pointer_past_the_end_keeps_what_was_allocated_while_being_stopped)
{
    expect_to_be_unharmed_by(allocate_and_keep_ends, STOPS / 5);
}
END_TEST

SUITE("threads_stopped", a_thread_that_allocates_fast_is_stopped_often,
      a_thread_that_allocates_in_many_ways_is_stopped_often,
      a_pointer_past_the_end_keeps_what_was_allocated_while_being_stopped)
