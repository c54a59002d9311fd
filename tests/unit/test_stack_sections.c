/* SPDX-License-Identifier: MIT */
/* What is looked at of stacks whose end the program has told, and of those with
 * blocking sections. */

#define _GNU_SOURCE /* MAP_ANONYMOUS */

#include "tests/unit/stack_scene.h"

/* ------------------------------------------------------------- told bottoms */

static char *bottom_of_main;

START_TEST(below_an_end_that_was_told_only_that_stack_is_looked_at)
{
    thread.told_bottom = other.high - 4096;
    look_from(other.low + 808);
    expect_count(1);
    expect_words(0, other.low + 808, other.high - 4096);
}
END_TEST

START_TEST(an_end_that_was_told_counts_for_nothing_elsewhere)
{
    thread.told_bottom = other.high - 4096;
    look_from(own.high - 64);
    expect_count(1);
    expect_words(0, own.high - 64, own.high);
    look_from(other.high - 2048);
    expect_count(2);
    expect_words(0, other.high - 2048, other.high);
    expect_own_in_use(1);
}
END_TEST

START_TEST(an_end_in_its_own_stack_says_nothing_new)
{
    thread.told_bottom = own.high - 1024;
    look_from(own.high - 2048);
    expect_count(1);
    expect_words(0, own.high - 2048, own.high);
}
END_TEST

START_TEST(the_main_threads_is_read_anew_each_time)
{
    static const struct hooks hooks = {.main_stack_bottom = &bottom_of_main};
    heap.hooks = &hooks;
    thread.task = (int)heap.process;
    thread.told_bottom = 1;
    bottom_of_main = (char *)own.high;
    look_from(other.low + 808);
    expect_count(2);
    bottom_of_main = (char *)other.high - 1024;
    look_from(other.low + 808);
    expect_count(1);
    expect_words(0, other.low + 808, other.high - 1024);
    thread.task++;
    look_from(other.low + 808);
    expect_count(2);
}
END_TEST

/* ----------------------------------------------------------------- sections */

/* As if the thread had begun a section there, and were active in it below. */
static void add_section(uintptr_t low, uintptr_t active_high)
{
    thread.sections.entry_bytes = sizeof(struct section);
    struct section *section = gc__growing_append(&thread.sections);
    ck_assert_ptr_nonnull(section);
    *section = (struct section){low, active_high};
}

START_TEST(what_sections_have_pushed_is_left_out)
{
    add_section(own.high - 1000, own.high - 3000);
    add_section(own.high - 5000, own.high - 9000);
    look_from(own.high - 9600);
    expect_count(3);
    expect_words(0, own.high - 9600, own.high - 9000);
    expect_words(1, own.high - 5000, own.high - 3000);
    expect_words(2, own.high - 1000, own.high);
}
END_TEST

START_TEST(who_rests_in_a_section_has_what_is_above)
{
    add_section(own.high - 1000, own.high - 3000);
    add_section(own.high - 5000, 0);
    thread.is_in_section = true;
    thread.section_low = own.high - 5000;
    look_from(own.high - 9600);
    expect_count(2);
    expect_words(0, own.high - 5000, own.high - 3000);
    expect_words(1, own.high - 1000, own.high);
    struct range words = thread_registers(&thread, 0);
    ck_assert_uint_eq(words.low, words.high);
}
END_TEST

START_TEST(a_section_that_is_being_entered_is_not_there)
{
    add_section(own.high - 1000, 0);
    look_from(own.high - 9600);
    expect_count(1);
    expect_words(0, own.high - 9600, own.high);
}
END_TEST

START_TEST(a_section_on_another_stack_leaves_nothing_out)
{
    add_section(other.high - 1000, other.high - 3000);
    add_section(own.high - 1000, other.high - 3000);
    look_from(own.high - 9600);
    expect_count(1);
    expect_words(0, own.high - 9600, own.high);
}
END_TEST

FIXTURE_SUITE("stack_sections", setup, teardown,
              below_an_end_that_was_told_only_that_stack_is_looked_at,
              an_end_that_was_told_counts_for_nothing_elsewhere,
              an_end_in_its_own_stack_says_nothing_new,
              the_main_threads_is_read_anew_each_time,
              what_sections_have_pushed_is_left_out,
              who_rests_in_a_section_has_what_is_above,
              a_section_that_is_being_entered_is_not_there,
              a_section_on_another_stack_leaves_nothing_out)
