/* SPDX-License-Identifier: MIT */
/* What is dropped is gone, handed out again, or given back to the system. */

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/hidden.h"
#include "tests/suite.h"

/* A sanitizer has an eighth of all memory again for itself. */
enum { MEGA = 1 << 20, SLACK = 12 * MEGA };

struct node {
    struct node *next;
    char payload[40];
};

static struct node *global_list;
static void *holders[HIDDEN];

static size_t resident_bytes(void)
{
    size_t total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%zu %zu", &total, &resident), 2);
    fclose(file);
    return resident * 4096;
}

static struct node *new_node(struct node *next)
{
    struct node *node = gc_malloc(sizeof *node);
    node->next = next;
    return node;
}

static size_t length_of(const struct node *list)
{
    size_t length = 0;
    for (; list != NULL; list = list->next)
        length++;
    return length;
}

/* One list stays, the other, whose nodes lie between those of the first, is
 * dropped.  Its nodes end where nodes of the first begin, and its first node is
 * hidden[0]. */
__attribute__((noinline)) static void build_interleaved_lists(void)
{
    struct node *other = NULL;
    for (size_t i = HIDDEN; i-- > 0;) {
        global_list = new_node(global_list);
        other = new_node(other);
        hidden[i] = hide(other);
    }
}

START_TEST(a_live_list_does_not_keep_one_that_was_built_interleaved_with_it)
{
    build_interleaved_lists();
    GC_collect();
    expect_gone(HIDDEN);
    ck_assert_uint_eq(length_of(global_list), HIDDEN);
    global_list = NULL;
}
END_TEST

/* One object in eight is held, so that its block stays.  Nothing is collected
 * before all are there. */
__attribute__((noinline)) static void fill_blocks(size_t bytes)
{
    gc_disable();
    for (size_t i = 0; i < HIDDEN; i++) {
        void *object = gc_malloc(bytes);
        hidden[i] = hide(object);
        holders[i] = i % 8 == 0 ? object : NULL;
    }
    gc_enable();
}

static int by_number(const void *a, const void *b)
{
    uintptr_t left = *(const uintptr_t *)a, right = *(const uintptr_t *)b;
    return left < right ? -1 : left > right;
}

__attribute__((noinline)) static size_t count_reused(size_t bytes)
{
    size_t reused = 0;
    for (size_t i = 0; i < HIDDEN; i++) {
        uintptr_t address = hide(gc_malloc(bytes));
        reused += bsearch(&address, hidden, HIDDEN, sizeof address,
                          by_number) != NULL;
    }
    return reused;
}

START_TEST(the_cell_of_an_orphan_is_free_and_handed_out_again)
{
    enum { BYTES = 208 }; /* of which no other test leaves free cells */
    size_t free_cells = 0;
    fill_blocks(BYTES);
    GC_collect();
    for (size_t i = 0; i < HIDDEN; i++) {
        struct gc_object_header header;
        ck_assert(gc_object_header_of(reveal(hidden[i]), &header));
        ck_assert_ptr_eq(header.base, reveal(hidden[i]));
        free_cells += !header.allocated;
    }
    ck_assert_uint_le(free_cells, HIDDEN * 7 / 8);
    ck_assert_uint_ge(free_cells, HIDDEN * 7 / 8 * 95 / 100);

    qsort(hidden, HIDDEN, sizeof hidden[0], by_number);
    ck_assert_uint_ge(count_reused(BYTES), free_cells * 95 / 100);
    memset(holders, 0, sizeof holders);
}
END_TEST

START_TEST(fragments_are_used_up_before_the_heap_grows)
{
    fill_blocks(48);
    GC_collect();
    uintptr_t highest = 0;
    for (size_t i = 0; i < HIDDEN; i++)
        highest = ~hidden[i] > highest ? ~hidden[i] : highest;
    size_t beyond = 0;
    gc_disable();
    for (size_t i = 0; i < HIDDEN / 2; i++)
        beyond += (uintptr_t)gc_malloc(48) > highest;
    gc_enable();
    ck_assert_uint_le(beyond, HIDDEN / 20);
    memset(holders, 0, sizeof holders);
}
END_TEST

__attribute__((noinline)) static void build_long_list(size_t length)
{
    gc_disable();
    for (size_t i = 0; i < length; i++)
        global_list = new_node(global_list);
    gc_enable();
}

START_TEST(the_memory_of_a_dropped_list_goes_back_to_the_system)
{
    enum { LENGTH = MEGA }; /* 48 MiB */
    GC_collect();
    size_t before = resident_bytes();
    for (int round = 0; round < 3; round++) {
        build_long_list(LENGTH);
        GC_collect();
        ck_assert_uint_ge(resident_bytes(), before + 48 * MEGA);
        ck_assert_uint_eq(length_of(global_list), LENGTH);
        global_list = NULL;
        GC_collect();
        ck_assert_uint_le(resident_bytes(), before + SLACK);
    }
}
END_TEST

START_TEST(free_pages_between_objects_go_back_to_the_system)
{
    enum { COUNT = 5000, BYTES = 8192 };
    static void *objects[COUNT];
    GC_collect();
    size_t before = resident_bytes();
    for (size_t i = 0; i < COUNT; i++)
        objects[i] = memset(gc_malloc(BYTES), 1, BYTES);
    for (size_t i = 0; i < COUNT; i++)
        if (i % 8 != 0)
            objects[i] = NULL;
    GC_collect();
    ck_assert_uint_le(resident_bytes(), before + COUNT / 8 * BYTES + SLACK);
    for (size_t i = 0; i < COUNT; i += 8)
        ck_assert_int_eq(((char *)objects[i])[BYTES - 1], 1);
    memset(objects, 0, sizeof objects);
}
END_TEST

START_TEST(large_objects_that_are_dropped_are_gone)
{
    size_t before = resident_bytes();
    for (int i = 0; i < 200; i++)
        memset(gc_malloc(MEGA), i, MEGA);
    GC_collect();
    ck_assert_uint_le(resident_bytes(), before + 2 * SLACK);
}
END_TEST

/* Each object by one word, at any offset of a holder. */
__attribute__((noinline)) static void hold_at_odd_addresses(void)
{
    for (size_t i = 0; i < HIDDEN; i++) {
        char *holder = gc_malloc(32);
        void *object = gc_malloc(32);
        holders[i] = holder;
        hidden[i] = hide(object);
        memcpy(holder + 1 + i % 7, &object, sizeof object);
    }
}

START_TEST(pointers_at_odd_addresses_count_where_the_step_is_one)
{
    ck_assert(gc_set(TIDEMARK_WORD_STEP, 1));
    hold_at_odd_addresses();
    GC_collect();
    expect_alive(HIDDEN);
    ck_assert(gc_set(TIDEMARK_WORD_STEP, 8));
    GC_collect();
    expect_gone(HIDDEN);
    memset(holders, 0, sizeof holders);
}
END_TEST

__attribute__((noinline)) static void drop_all(void)
{
    for (size_t i = 0; i < HIDDEN; i++)
        hidden[i] = hide(gc_malloc(64));
}

START_TEST(nothing_is_collected_while_collecting_is_disabled)
{
    gc_disable();
    gc_disable();
    drop_all();
    GC_collect();
    expect_alive(HIDDEN);
    gc_enable();
    for (int i = 0; i < 40; i++) /* past the goal */
        memset(gc_malloc(MEGA), 1, MEGA);
    expect_alive(HIDDEN);
    GC_collect();
    expect_alive(HIDDEN);
    gc_enable();
    GC_collect();
    expect_gone(HIDDEN);
}
END_TEST

START_TEST(enabling_once_too_often_does_no_harm)
{
    gc_enable();
    gc_enable();
    gc_disable();
    drop_all();
    GC_collect();
    expect_alive(HIDDEN);
    gc_enable();
    GC_collect();
    expect_gone(HIDDEN);
}
END_TEST

__attribute__((noinline)) static void build_cycles(void)
{
    for (size_t i = 0; i < HIDDEN; i += 2) {
        struct node *first = new_node(NULL);
        struct node *second = new_node(first);
        first->next = second;
        hidden[i] = hide(first);
        hidden[i + 1] = hide(second);
    }
}

START_TEST(cycles_that_nothing_reaches_are_gone)
{
    build_cycles();
    GC_collect();
    expect_gone(HIDDEN);
}
END_TEST

SUITE("dropped",
      a_live_list_does_not_keep_one_that_was_built_interleaved_with_it,
      the_cell_of_an_orphan_is_free_and_handed_out_again,
      fragments_are_used_up_before_the_heap_grows,
      the_memory_of_a_dropped_list_goes_back_to_the_system,
      free_pages_between_objects_go_back_to_the_system,
      large_objects_that_are_dropped_are_gone,
      pointers_at_odd_addresses_count_where_the_step_is_one,
      nothing_is_collected_while_collecting_is_disabled,
      enabling_once_too_often_does_no_harm,
      cycles_that_nothing_reaches_are_gone)
