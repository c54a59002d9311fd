/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <dlfcn.h>
#include <string.h>

#include "gc/roots.h"
#include "platform/pages.h"
#include "tests/plugin.h"
#include "tests/random.h"
#include "tests/suite.h"

enum { SPACE = 1000 };

static void *in_data = &in_data;
static void *in_bss;
static void *const in_constants = &in_data;
static _Thread_local void *in_thread;

static struct roots roots;

static void setup(void)
{
    ck_assert(gc__roots_init(&roots, (struct range){0, 0}));
}

static void teardown(void)
{
    gc__pages_fail_from(0);
    gc__roots_finish(&roots);
}

static struct range span(size_t low, size_t high)
{
    return (struct range){low, high};
}

static bool is_word_listed(const void *pointer, enum origin origin)
{
    uintptr_t low = (uintptr_t)pointer;
    const struct root *root;
    for (size_t i = 0; (root = gc__roots_at(&roots, i)) != NULL; i++)
        if (root->origin == origin && root->range.low <= low &&
            low + WORD_BYTES <= root->range.high)
            return true;
    return false;
}

static bool try_to_list(void)
{
    struct root_list *list = gc__roots_take(&roots);
    if (list == NULL)
        return false;
    if (gc__roots_list(&roots, &list))
        return gc__roots_use(&roots, list);
    gc__roots_give(&roots, list);
    return false;
}

static void list(void)
{
    ck_assert(try_to_list());
}

static bool is_listed(const void *pointer, enum origin origin)
{
    list();
    return is_word_listed(pointer, origin);
}

/* -------------------------------------------------------------- data roots */

START_TEST(the_writable_data_of_the_program_is_listed)
{
    ck_assert(is_listed(&in_data, FROM_STATIC));
    ck_assert(is_listed(&in_bss, FROM_STATIC));
    ck_assert(!is_listed(&in_constants, FROM_STATIC));
}
END_TEST

START_TEST(thread_local_variables_are_listed)
{
    in_thread = &in_thread;
    ck_assert(is_listed(&in_thread, FROM_THREAD_LOCAL));
}
END_TEST

START_TEST(neither_the_stack_nor_the_heap_of_libc_is_listed)
{
    void *local = malloc(16);
    list();
    for (enum origin origin = FROM_REGISTERS; origin <= FROM_OBJECT; origin++) {
        ck_assert(!is_word_listed(&local, origin));
        ck_assert(!is_word_listed(local, origin));
    }
    free(local);
}
END_TEST

START_TEST(the_collectors_own_data_is_left_out_and_nothing_beside_it)
{
    static struct {
        void *before;
        void *own[10];
        void *after;
    } data;
    uintptr_t low = (uintptr_t)data.own;
    gc__roots_finish(&roots);
    ck_assert(gc__roots_init(&roots, span(low, low + sizeof data.own)));
    list();
    ck_assert(is_word_listed(&data.before, FROM_STATIC));
    ck_assert(is_word_listed(&data.after, FROM_STATIC));
    for (int i = 0; i < 10; i++)
        ck_assert(!is_word_listed(&data.own[i], FROM_STATIC));
}
END_TEST

START_TEST(a_library_is_listed_while_it_is_loaded)
{
    for (int round = 0; round < 2; round++) {
        void *library = dlopen(PLUGIN, RTLD_NOW);
        ck_assert_msg(library != NULL, "%s", dlerror());
        plugin_function *words_of;
        *(void **)&words_of = dlsym(library, "plugin_words");
        ck_assert_ptr_nonnull(*(void **)&words_of);
        void *data = words_of(PLUGIN_DATA);
        void *bss = words_of(PLUGIN_BSS);
        void *thread = words_of(PLUGIN_THREAD);
        ck_assert(is_listed(data, FROM_STATIC));
        ck_assert(is_listed(bss, FROM_STATIC));
        ck_assert(is_listed(thread, FROM_THREAD_LOCAL));

        ck_assert_int_eq(dlclose(library), 0);
        ck_assert(!is_listed(data, FROM_STATIC));
        ck_assert(!is_listed(bss, FROM_STATIC));
    }
}
END_TEST

/* ------------------------------------------------------------ added ranges */

START_TEST(an_added_range_is_listed_until_it_is_removed)
{
    void *memory[4];
    uintptr_t low = (uintptr_t)memory;
    ck_assert(gc__roots_add(&roots, span(low, low + sizeof memory)));
    ck_assert(is_listed(&memory[0], FROM_RANGE));
    ck_assert(is_listed(&memory[3], FROM_RANGE));
    ck_assert(gc__roots_remove(&roots, span(low, low + sizeof memory)));
    ck_assert(!is_listed(&memory[0], FROM_RANGE));
    ck_assert(!gc__roots_remove(&roots, span(low, low + sizeof memory)));
}
END_TEST

START_TEST(a_range_that_ends_before_it_begins_is_refused)
{
    ck_assert(!gc__roots_add(&roots, span(2, 1)));
    ck_assert(!gc__roots_remove(&roots, span(2, 1)));
    ck_assert(!gc__roots_remove(&roots, span(1, 1)));
    ck_assert(gc__roots_add(&roots, span(1, 1)));
    list();
    const struct root *root;
    for (size_t i = 0; (root = gc__roots_at(&roots, i)) != NULL; i++)
        ck_assert_int_ne(root->origin, FROM_RANGE);
}
END_TEST

/* How often each address of a small space is in a range. */
static unsigned model[SPACE];

static void expect_ranges_of_model(void)
{
    unsigned found[SPACE] = {0};
    const struct root *root;
    list();
    for (size_t i = 0; (root = gc__roots_at(&roots, i)) != NULL; i++)
        if (root->origin == FROM_RANGE)
            for (size_t at = root->range.low; at < root->range.high; at++)
                found[at]++;
    ck_assert_mem_eq(found, model, sizeof model);
}

static void add(size_t low, size_t high)
{
    ck_assert(gc__roots_add(&roots, span(low, high)));
    for (size_t at = low; at < high; at++)
        model[at]++;
}

static void take_away(size_t low, size_t high)
{
    bool is_any = false;
    for (size_t at = low; at < high; at++) {
        is_any |= model[at] > 0;
        model[at] = 0;
    }
    ck_assert_int_eq(gc__roots_remove(&roots, span(low, high)), is_any);
}

START_TEST(a_part_is_taken_out_of_all_ranges_that_it_overlaps)
{
    memset(model, 0, sizeof model);
    add(100, 200);
    add(150, 250);
    add(180, 190);
    expect_ranges_of_model();
    take_away(170, 195); /* splits two, removes one */
    expect_ranges_of_model();
    take_away(90, 110);  /* cuts the low end */
    take_away(240, 300); /* and the high end */
    take_away(195, 196);
    expect_ranges_of_model();
    take_away(0, SPACE);
    expect_ranges_of_model();
    take_away(0, SPACE);
}
END_TEST

START_TEST(random_adding_and_removing_agrees_with_the_model)
{
    struct random random = {99};
    memset(model, 0, sizeof model);
    for (int step = 0; step < 5000; step++) {
        size_t low = random_below(&random, SPACE - 1);
        size_t most = smaller(SPACE - low, 1 + random_below(&random, 300));
        size_t high = low + 1 + random_below(&random, most);
        high = smaller(high, SPACE);
        if (random_below(&random, 3) < 2)
            add(low, high);
        else
            take_away(low, high);
        if (step % 20 == 0)
            expect_ranges_of_model();
    }
}
END_TEST

static size_t count_ranges(void)
{
    size_t count = 0;
    const struct root *root;
    list();
    for (size_t i = 0; (root = gc__roots_at(&roots, i)) != NULL; i++)
        count += root->origin == FROM_RANGE;
    return count;
}

START_TEST(there_may_be_many_ranges)
{
    enum { COUNT = 10000, FAR = 1 << 20 };
    for (size_t i = 0; i < COUNT; i++)
        ck_assert(gc__roots_add(&roots, span(FAR + i * 64, FAR + i * 64 + 32)));
    ck_assert_uint_eq(count_ranges(), COUNT);
    /* One hole in the middle of each makes two of it. */
    for (size_t i = 0; i < COUNT; i++)
        ck_assert(gc__roots_remove(&roots,
                                   span(FAR + i * 64 + 8, FAR + i * 64 + 16)));
    ck_assert_uint_eq(count_ranges(), 2 * COUNT);
    ck_assert(gc__roots_remove(&roots, span(FAR, FAR + COUNT * 64)));
    ck_assert_uint_eq(count_ranges(), 0);
}
END_TEST

START_TEST(without_memory_a_range_is_refused_and_nothing_changes)
{
    size_t added = 0;
    gc__pages_fail_from(2);
    while (gc__roots_add(&roots, span(added * 64, added * 64 + 32)))
        added++;
    gc__pages_fail_from(0);
    ck_assert_uint_ge(added, 100);
    ck_assert_uint_eq(count_ranges(), added);

    /* Two holes, with room for one record more. */
    ck_assert(gc__roots_remove(&roots, span(0, 32)));
    ck_assert(gc__roots_add(&roots, span(64, 64 + 32)));
    ck_assert(gc__roots_remove(&roots, span(128, 128 + 32)));
    size_t before = count_ranges();
    gc__pages_fail_from(1);
    ck_assert(!gc__roots_remove(&roots, span(64 + 8, 64 + 16)));
    gc__pages_fail_from(0);
    ck_assert_uint_eq(count_ranges(), before);
    ck_assert(gc__roots_remove(&roots, span(64 + 8, 64 + 16)));
    ck_assert_uint_eq(count_ranges(), before + 2);
}
END_TEST

START_TEST(without_memory_for_the_list_there_is_none_until_there_is)
{
    struct roots none;
    gc__pages_fail_from(1);
    ck_assert(!gc__roots_init(&none, (struct range){0, 0}));
    list(); /* in the memory that there is from the start */
    gc__pages_fail_from(0);
    for (size_t i = 0; i < 2000; i++)
        ck_assert(gc__roots_add(&roots, span(i * 64, i * 64 + 32)));
    gc__pages_fail_from(1); /* which is too short now */
    ck_assert(!try_to_list());
    gc__pages_fail_from(0);
    ck_assert_uint_eq(count_ranges(), 2000);
    gc__pages_fail_from(1);
    list();
}
END_TEST

FIXTURE_SUITE("roots", setup, teardown,
              the_writable_data_of_the_program_is_listed,
              thread_local_variables_are_listed,
              neither_the_stack_nor_the_heap_of_libc_is_listed,
              the_collectors_own_data_is_left_out_and_nothing_beside_it,
              a_library_is_listed_while_it_is_loaded,
              an_added_range_is_listed_until_it_is_removed,
              a_range_that_ends_before_it_begins_is_refused,
              a_part_is_taken_out_of_all_ranges_that_it_overlaps,
              random_adding_and_removing_agrees_with_the_model,
              there_may_be_many_ranges,
              without_memory_a_range_is_refused_and_nothing_changes,
              without_memory_for_the_list_there_is_none_until_there_is)
