/* SPDX-License-Identifier: MIT */
/* When collections start, read from the trace of a program that allocates. */

#define _GNU_SOURCE

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "include/tidemark.h"
#include "tests/scene.h"

enum { MEGA = 1 << 20, SLACK = 64 << 10, LINES = 1000 };

/* What the test run itself has set.  putenv() of a name alone removes it. */
#define NO_STRESS "TIDEMARK_STRESS"

struct line {
    size_t number;
    char cause[16];
    size_t before, after, goal, objects;
};

static struct line lines[LINES];
static size_t line_count;

static size_t number_after(const char *line, const char *key)
{
    const char *at = strstr(line, key);
    ck_assert_ptr_nonnull(at);
    return strtoull(at + strlen(key), NULL, 10);
}

static void read_line(const char *text)
{
    struct line *line = &lines[line_count++];
    ck_assert_uint_lt(line_count, LINES);
    line->number = number_after(text, "tidemark gc=");
    ck_assert_int_eq(sscanf(strstr(text, "cause="), "cause=%15s", line->cause),
                     1);
    line->before = number_after(text, " before=");
    line->after = number_after(text, " after=");
    line->goal = number_after(text, " goal=");
    line->objects = number_after(text, " objects=");
}

/* One line for each collection, and nothing else. */
static void read_trace(struct played *played)
{
    expect_success(played);
    line_count = 0;
    for (char *line = strtok(played->text, "\n"); line != NULL;
         line = strtok(NULL, "\n"))
        read_line(line);
    ck_assert_uint_gt(line_count, 0);
    for (size_t i = 0; i < line_count; i++)
        ck_assert_uint_eq(lines[i].number, i + 1);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void expect_rule(size_t floor, size_t percent)
{
    size_t goal = floor;
    for (size_t i = 0; i < line_count; i++) {
        const struct line *line = &lines[i];
        ck_assert_str_eq(line->cause, "goal");
        ck_assert_uint_le(line->after, line->before);
        ck_assert_uint_ge(line->before + SLACK, goal);
        ck_assert_uint_le(line->before, goal + SLACK);
        size_t cost = line->after + 8 * line->objects;
        goal = larger(floor, line->after + cost * (percent - 100) / 100);
        ck_assert_uint_eq(line->goal, goal);
    }
}

/* ------------------------------------------------------------------ scenes */

static void allocate_garbage(void)
{
    for (size_t i = 0; i < 2 * MEGA; i++)
        gc_keep_alive(gc_malloc(48));
}

static void allocate_large_garbage(void)
{
    for (size_t i = 0; i < 3000; i++)
        gc_keep_alive(gc_malloc_atomic(40000));
}

static void *list;

static void grow_list(void)
{
    for (size_t i = 0; i < MEGA; i++) {
        void **node = gc_malloc(64);
        *node = list;
        list = node;
    }
}

static void collect_three_times(void)
{
    for (int i = 0; i < 3; i++)
        GC_collect();
}

static void free_all(void)
{
    for (size_t i = 0; i < 2 * MEGA; i++)
        gc_free(gc_malloc(64 + i % 2000));
}

/* ------------------------------------------------------------------- tests */

START_TEST(a_collection_starts_when_the_goal_is_reached)
{
    struct played played =
        play("allocate_garbage", NO_STRESS, "TIDEMARK_TRACE=1", NULL);
    read_trace(&played);
    expect_rule(16 * MEGA, 175);
    ck_assert_uint_ge(line_count, 5); /* 96 MiB in steps of 16 */
    ck_assert_uint_le(line_count, 7);
}
END_TEST

START_TEST(the_goal_is_the_larger_of_floor_and_live_times_growth)
{
    struct played played =
        play("grow_list", NO_STRESS, "TIDEMARK_TRACE=1", NULL);
    read_trace(&played);
    expect_rule(16 * MEGA, 175);
    ck_assert_uint_ge(line_count, 2); /* at 16 and 32 MiB, not before 64 */
    ck_assert_uint_le(line_count, 3);
}
END_TEST

START_TEST(floor_and_growth_can_be_set)
{
    struct played played =
        play("grow_list", NO_STRESS, "TIDEMARK_TRACE=1",
             "TIDEMARK_HEAP_FLOOR=1M", "TIDEMARK_GROWTH=1.25", NULL);
    read_trace(&played);
    expect_rule(1 * MEGA, 125);
    ck_assert_uint_ge(line_count, 15); /* 1.25^19 = 64 */
    played = play("grow_list", NO_STRESS, "TIDEMARK_TRACE=1",
                  "TIDEMARK_HEAP_FLOOR=1M", "TIDEMARK_GROWTH=4", NULL);
    read_trace(&played);
    expect_rule(1 * MEGA, 400);
    ck_assert_uint_le(line_count, 4);
}
END_TEST

START_TEST(large_objects_count_like_small_ones)
{
    struct played played =
        play("allocate_large_garbage", NO_STRESS, "TIDEMARK_TRACE=1", NULL);
    read_trace(&played);
    expect_rule(16 * MEGA, 175);
    ck_assert_uint_ge(line_count, 6); /* 114 MiB */
    ck_assert_uint_le(line_count, 8);
}
END_TEST

START_TEST(what_a_program_frees_itself_brings_no_collection_nearer)
{
    struct played played =
        play("free_all", NO_STRESS, "TIDEMARK_TRACE=1", NULL);
    expect_success(&played);
    ck_assert_str_eq(played.text, "");
}
END_TEST

START_TEST(a_collection_by_call_or_under_stress_says_so)
{
    struct played played =
        play("collect_three_times", NO_STRESS, "TIDEMARK_TRACE=1", NULL);
    read_trace(&played);
    ck_assert_uint_eq(line_count, 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(lines[i].cause, "call");
    played = play("grow_list", "TIDEMARK_STRESS=500000", "TIDEMARK_TRACE=1",
                  "TIDEMARK_HEAP_FLOOR=1G", NULL);
    read_trace(&played);
    ck_assert_uint_eq(line_count, 2); /* of 1 048 576 allocations */
    ck_assert_str_eq(lines[0].cause, "stress");
    ck_assert_uint_ge(lines[1].objects, 999990);
}
END_TEST

SCENES_AND_SUITE("pacing",
                 (SCENE(allocate_garbage), SCENE(allocate_large_garbage),
                  SCENE(grow_list), SCENE(collect_three_times),
                  SCENE(free_all)),
                 a_collection_starts_when_the_goal_is_reached,
                 the_goal_is_the_larger_of_floor_and_live_times_growth,
                 floor_and_growth_can_be_set,
                 large_objects_count_like_small_ones,
                 what_a_program_frees_itself_brings_no_collection_nearer,
                 a_collection_by_call_or_under_stress_says_so)
