/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdint.h>

#include "gc/pace.h"
#include "tests/suite.h"

enum { KILO = 1 << 10, MEGA = 1 << 20 };

static struct pace pace;

static void setup(void)
{
    pace = (struct pace){.floor_bytes = 16 * MEGA, .growth_percent = 200};
}

static size_t goal_for(size_t live_bytes)
{
    pace.live_bytes = live_bytes;
    gc__pace_set_goal(&pace);
    return pace.goal_bytes;
}

START_TEST(the_goal_is_the_larger_of_floor_and_live_times_growth)
{
    ck_assert_uint_eq(goal_for(0), 16 * MEGA);
    ck_assert_uint_eq(goal_for(8 * MEGA), 16 * MEGA);
    ck_assert_uint_eq(goal_for(8 * MEGA + KILO), 16 * MEGA + 2 * KILO);
    pace.growth_percent = 150;
    ck_assert_uint_eq(goal_for(100 * MEGA), 150 * MEGA);
    pace.growth_percent = 105;
    ck_assert_uint_eq(goal_for(100 * MEGA), 105 * MEGA);
    pace.floor_bytes = 0;
    ck_assert_uint_eq(goal_for(1000), 1050);
}
END_TEST

START_TEST(the_goal_grows_by_what_it_costs_to_mark)
{
    pace.live_atomic_bytes = 160 * MEGA;
    pace.live_objects = 10;
    ck_assert_uint_eq(goal_for(160 * MEGA), 170 * MEGA); /* a sixteenth */
    pace.live_objects = 2 * MEGA;                        /* 8 bytes each */
    ck_assert_uint_eq(goal_for(160 * MEGA), 176 * MEGA);
    ck_assert_uint_eq(goal_for(200 * MEGA), 256 * MEGA);
    pace.live_atomic_bytes = 0;
    ck_assert_uint_eq(goal_for(32 * MEGA), 80 * MEGA);
}
END_TEST

START_TEST(the_goal_is_not_above_the_limit)
{
    pace.limit_bytes = 100 * MEGA;
    ck_assert_uint_eq(goal_for(40 * MEGA), 80 * MEGA);
    ck_assert_uint_eq(goal_for(60 * MEGA), 100 * MEGA);
    pace.limit_bytes = 4 * MEGA;
    ck_assert_uint_eq(goal_for(0), 4 * MEGA);
}
END_TEST

START_TEST(a_goal_that_no_number_holds_is_the_largest_number)
{
    pace.growth_percent = 10000;
    ck_assert_uint_eq(goal_for(SIZE_MAX / 2), SIZE_MAX);
    ck_assert_uint_eq(goal_for((size_t)1 << 40), (size_t)100 << 40);
    pace.allocators_percent = 400;
    ck_assert_uint_eq(goal_for((size_t)1 << 40), (size_t)199 << 40);
    ck_assert_uint_eq(goal_for((size_t)1 << 57), SIZE_MAX);
    pace.allocators_percent = 100;
    pace.growth_percent = 200;
    pace.floor_bytes = SIZE_MAX;
    ck_assert_uint_eq(goal_for(0), SIZE_MAX);
    ck_assert_uint_eq(gc__pace_allowance(&pace), SIZE_MAX);
}
END_TEST

START_TEST(the_allowance_leads_from_what_lives_to_the_goal)
{
    goal_for(0);
    ck_assert_uint_eq(gc__pace_allowance(&pace), 16 * MEGA);
    goal_for(10 * MEGA);
    ck_assert_uint_eq(gc__pace_allowance(&pace), 10 * MEGA);
    goal_for(100 * MEGA);
    ck_assert_uint_eq(gc__pace_allowance(&pace), 100 * MEGA);
}
END_TEST

START_TEST(close_to_the_limit_some_allowance_is_left)
{
    pace.limit_bytes = 640 * MEGA;
    goal_for(639 * MEGA);
    ck_assert_uint_eq(gc__pace_allowance(&pace), 639 * MEGA / 64);
    goal_for(700 * MEGA);
    ck_assert_uint_ge(gc__pace_allowance(&pace), 10 * MEGA);
    pace.limit_bytes = KILO;
    goal_for(10 * KILO);
    ck_assert_uint_eq(gc__pace_allowance(&pace), 256 * KILO);
}
END_TEST

static unsigned allocators(size_t first, size_t second, size_t third)
{
    struct shares shares = {0, 0};
    gc__pace_add_share(&shares, first);
    gc__pace_add_share(&shares, second);
    gc__pace_add_share(&shares, third);
    return gc__pace_allocators(&shares);
}

START_TEST(threads_count_as_allocators_by_what_they_take)
{
    ck_assert_uint_eq(allocators(0, 0, 0), 100);
    ck_assert_uint_eq(allocators(0, MEGA, 0), 100);
    ck_assert_uint_eq(allocators(MEGA, MEGA, 0), 200);
    ck_assert_uint_eq(allocators(MEGA, MEGA, MEGA), 300);
    ck_assert_uint_eq(allocators(100 * MEGA, MEGA, 0), 101);
    size_t most = SIZE_MAX;
    ck_assert_uint_eq(allocators(most, most, most), 300);
}
END_TEST

START_TEST(the_goal_grows_by_the_square_root_of_the_allocators)
{
    pace.allocators_percent = 100;
    ck_assert_uint_eq(goal_for(100 * MEGA), 200 * MEGA);
    pace.allocators_percent = 200;
    ck_assert_uint_eq(goal_for(100 * MEGA), 241 * MEGA);
    pace.allocators_percent = 400;
    ck_assert_uint_eq(goal_for(100 * MEGA), 300 * MEGA);
    pace.allocators_percent = 6400; /* as four */
    ck_assert_uint_eq(goal_for(100 * MEGA), 300 * MEGA);
    pace.growth_percent = 150;
    ck_assert_uint_eq(goal_for(100 * MEGA), 200 * MEGA);
}
END_TEST

FIXTURE_SUITE("pace", setup, NULL,
              threads_count_as_allocators_by_what_they_take,
              the_goal_grows_by_the_square_root_of_the_allocators,
              the_goal_is_the_larger_of_floor_and_live_times_growth,
              the_goal_grows_by_what_it_costs_to_mark,
              the_goal_is_not_above_the_limit,
              a_goal_that_no_number_holds_is_the_largest_number,
              the_allowance_leads_from_what_lives_to_the_goal,
              close_to_the_limit_some_allowance_is_left)
