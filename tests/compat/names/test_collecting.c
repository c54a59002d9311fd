/* SPDX-License-Identifier: MIT */
/* Collections that are asked for, forbidden or given up, and the mode in which other
 * libraries run in steps. */

#include <check.h>
#include <dlfcn.h>
#include <gc/gc.h>
#include <gc/gc_mark.h>
#include <stdbool.h>

#include "tests/compat/names/watch.h"
#include "tests/suite.h"

enum { MIB = 1 << 20, LENGTH = 500000 };

struct node {
    struct node *next;
    size_t number;
};

static struct node *volatile list;

static void make_list(void)
{
    for (size_t i = 0; i < LENGTH; i++) {
        struct node *node = GC_malloc(sizeof *node);
        *node = (struct node){list, i};
        list = node;
    }
}

static void expect_list(void)
{
    size_t left = LENGTH;
    for (const struct node *node = list; node != NULL; node = node->next)
        ck_assert_uint_eq(node->number, --left);
    ck_assert_uint_eq(left, 0);
}

static void drop(size_t bytes)
{
    for (size_t i = 0; i < bytes / 100; i++)
        GC_malloc(100);
}

/* ------------------------------------------------------------- the stop function */

static unsigned questions, patience;

static int asked(void)
{
    return ++questions >= patience;
}

static bool collects(bool gives_up, unsigned at_question)
{
    GC_word before = GC_get_gc_no();
    questions = 0;
    patience = gives_up ? at_question : -1U;
    bool is_done = GC_try_to_collect(asked) != 0;
    ck_assert_uint_eq(GC_get_gc_no() - before, is_done);
    return is_done;
}

START_TEST(the_stop_function_is_asked_again_and_again)
{
    init_without_stress();
    make_list();
    ck_assert(collects(false, 0));
    ck_assert_uint_ge(questions, 10);
    unsigned all = questions;
    ck_assert(collects(false, 0));
    ck_assert_uint_ge(questions, all / 2);
    expect_list();
}
END_TEST

START_TEST(a_collection_can_be_given_up_at_any_question)
{
    init_without_stress();
    make_list();
    collects(false, 0);
    unsigned all = questions;
    for (unsigned i = 1; i <= all / 2; i += all / 20 + 1) {
        ck_assert(!collects(true, i));
        ck_assert_uint_eq(questions, i);
        drop(MIB);
    }
    expect_list();
    GC_gcollect();
    expect_list();
}
END_TEST

/* Neither links nor finalizers take notice of one that was given up. */
static unsigned finalized;

static void finalize(void *object, void *data)
{
    (void)object, (void)data;
    finalized++;
}

__attribute__((noinline)) static void drop_finalizable(void)
{
    for (size_t i = 0; i < WATCHED; i++) {
        void *object = GC_malloc_atomic(16);
        watch(i, object);
        GC_register_finalizer_no_order(object, finalize, NULL, NULL, NULL);
    }
}

START_TEST(one_that_was_given_up_has_no_consequence)
{
    init_without_stress();
    make_list();
    collects(false, 0);
    unsigned all = questions;
    GC_disable();
    drop_finalizable();
    GC_enable();
    ck_assert(!collects(true, all / 2));
    expect_all_left(0, WATCHED);
    ck_assert_uint_eq(finalized, 0);
    wipe_stack();
    ck_assert(collects(false, 0));
    expect_dead(0, WATCHED);
    GC_invoke_finalizers();
    ck_assert_uint_ge(finalized + SOME_LEFT, WATCHED);
}
END_TEST

START_TEST(the_usual_stop_function_is_asked_whoever_calls_for_a_collection)
{
    init_without_stress();
    ck_assert(GC_get_stop_func() != NULL);
    ck_assert_int_eq(GC_get_stop_func()(), 0);
    GC_set_stop_func(asked);
    ck_assert(GC_get_stop_func() == asked);
    GC_word before = GC_get_gc_no();
    patience = 1;
    GC_gcollect();
    ck_assert_uint_eq(questions, 1);
    drop(256 * MIB);
    ck_assert_uint_gt(questions, 1);
    ck_assert_uint_eq(GC_get_gc_no(), before);
    unsigned so_far = questions;
    GC_gcollect_and_unmap();
    ck_assert_uint_eq(questions, so_far);
    ck_assert_uint_eq(GC_get_gc_no(), before + 1);
    patience = -1U;
    GC_gcollect();
    ck_assert_uint_gt(questions, so_far);
    ck_assert_uint_eq(GC_get_gc_no(), before + 2);
}
END_TEST

/* ------------------------------------------------------------- off and on again */

START_TEST(without_automatic_collections_there_are_those_that_are_called_for)
{
    init_without_stress();
    GC_set_disable_automatic_collection(1);
    ck_assert_int_eq(GC_get_disable_automatic_collection(), 1);
    GC_word before = GC_get_gc_no();
    drop(128 * MIB);
    ck_assert_uint_eq(GC_get_gc_no(), before);
    GC_gcollect();
    ck_assert_uint_eq(GC_get_gc_no(), before + 1);
    GC_set_disable_automatic_collection(0);
    drop(512 * MIB);
    ck_assert_uint_gt(GC_get_gc_no(), before + 1);
}
END_TEST

static struct node *held[LENGTH];

/* No object keeps another, should one be kept by chance. */
START_TEST(unused_memory_is_returned)
{
    init_without_stress();
    for (size_t i = 0; i < LENGTH; i++)
        held[i] = GC_malloc(sizeof(struct node));
    memset(held, 0, sizeof held);
    GC_gcollect_and_unmap();
    GC_gcollect_and_unmap();
    ck_assert_uint_ge(GC_get_unmapped_bytes(), 4 * MIB);
}
END_TEST

/* ----------------------------------------------------------------- by and by */

START_TEST(work_in_small_steps_comes_to_an_end)
{
    init_without_stress();
    GC_start_incremental_collection();
    make_list();
    unsigned steps = 0;
    while (GC_collect_a_little())
        ck_assert_uint_lt(++steps, 1000000);
    expect_list();
}
END_TEST

/* Whether or not there is such a mode, the program runs as it did. */
START_TEST(a_program_may_ask_for_incremental_collections)
{
    unsetenv("TIDEMARK_STRESS");
    GC_set_manual_vdb_allowed(1);
    ck_assert_int_eq(GC_get_manual_vdb_allowed(), 1);
    GC_INIT();
    int needs = GC_incremental_protection_needs();
    ck_assert_int_eq(needs &
                         ~(GC_PROTECTS_POINTER_HEAP | GC_PROTECTS_PTRFREE_HEAP |
                           GC_PROTECTS_STATIC_DATA | GC_PROTECTS_STACK),
                     0);
    ck_assert_int_eq(GC_is_incremental_mode(), 0);
    GC_enable_incremental();
    int mode = GC_is_incremental_mode();
    ck_assert(mode == 0 || mode == 1);
    GC_start_incremental_collection();
    for (size_t i = 0; i < LENGTH; i++) {
        struct node *node = GC_malloc(sizeof *node);
        node->number = i;
        GC_ptr_store_and_dirty(&node->next, list);
        ck_assert_ptr_eq(node->next, list);
        GC_end_stubborn_change(node);
        list = node;
    }
    GC_gcollect();
    expect_list();
}
END_TEST

/* From the days when a program had to say that it was about to write. */
START_TEST(a_change_may_be_announced)
{
    void **object = GC_malloc_stubborn(100);
    list = (struct node *)(void *)object;
    GC_change_stubborn(object);
    object[3] = GC_malloc(16);
    watch(0, object[3]);
    GC_end_stubborn_change(object);
    void *other = object[3];
    GC_ptr_store_and_dirty(&object[5], other);
    ck_assert_ptr_eq(object[5], other);
    object[3] = other = NULL;
    collect();
    expect_all_left(0, 1);
}
END_TEST

/* Collections go on afterwards, whether it was found or not. */
START_TEST(a_library_is_loaded)
{
    init_without_stress();
    ck_assert_ptr_null(GC_dlopen("libno-such-thing.so.1", RTLD_NOW));
    void *library = GC_dlopen("libm.so.6", RTLD_NOW);
    ck_assert_ptr_nonnull(library);
    ck_assert_ptr_nonnull(dlsym(library, "cos"));
    ck_assert_int_eq(GC_is_disabled(), 0);
    GC_word before = GC_get_gc_no();
    GC_gcollect();
    ck_assert_uint_eq(GC_get_gc_no(), before + 1);
    dlclose(library);
}
END_TEST

SUITE("names_collecting", the_stop_function_is_asked_again_and_again,
      a_collection_can_be_given_up_at_any_question,
      one_that_was_given_up_has_no_consequence,
      the_usual_stop_function_is_asked_whoever_calls_for_a_collection,
      without_automatic_collections_there_are_those_that_are_called_for,
      unused_memory_is_returned, work_in_small_steps_comes_to_an_end,
      a_program_may_ask_for_incremental_collections, a_change_may_be_announced,
      a_library_is_loaded)
