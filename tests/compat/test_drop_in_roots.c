/* SPDX-License-Identifier: MIT */
/* What keeps objects alive, as programs of another collector ask for it. */

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <gc/gc.h>
#include <gc/gc_disclaim.h>
#include <gc/gc_gcj.h>
#include <gc/gc_mark.h>
#include <gc/gc_typed.h>

#include "tests/hidden.h"
#include "tests/suite.h"

enum { BYTES = 64 };

/* What dies in which collection is counted. */
static void init_without_stress(void)
{
    GC_INIT();
    gc_set(TIDEMARK_STRESS, 0);
}

static void *places[HIDDEN]; /* in static data */

/* Each object is pointed to, `offset` bytes in, by a word of `to`. */
__attribute__((noinline)) static void fill(void **to, size_t offset)
{
    for (size_t i = 0; i < HIDDEN; i++) {
        char *object = GC_malloc(BYTES);
        hidden[i] = hide(object);
        to[i] = object + offset;
    }
}

static void collect(void)
{
    GC_gcollect();
    GC_gcollect();
}

/* --------------------------------------------------------------------- roots */

START_TEST(static_data_is_a_root_unless_the_program_says_no)
{
    init_without_stress();
    fill(places, 0);
    collect();
    expect_alive(HIDDEN);
    GC_no_dls = 1;
    collect();
    expect_gone(HIDDEN);
}
END_TEST

START_TEST(the_verifier_holds_such_data_for_no_root_either)
{
    init_without_stress();
    GC_no_dls = 1;
    fill(places, 0);
    GC_word before = GC_get_gc_no();
    gc_set(TIDEMARK_STRESS, 1);
    ck_assert_ptr_nonnull(GC_malloc(BYTES)); /* collects, and verifies */
    ck_assert_uint_gt(GC_get_gc_no(), before);
    gc_set(TIDEMARK_STRESS, 0);
    expect_gone(HIDDEN);
}
END_TEST

START_TEST(added_ranges_are_roots_until_they_are_removed_as_a_whole)
{
    GC_set_no_dls(1);
    init_without_stress();
    GC_add_roots(places, places + HIDDEN);
    fill(places, 0);
    GC_remove_roots(places, places + HIDDEN / 2); /* none that lies in it */
    collect();
    expect_alive(HIDDEN);
    GC_remove_roots(places, places + HIDDEN);
    collect();
    expect_gone(HIDDEN);
}
END_TEST

START_TEST(all_added_ranges_can_be_removed)
{
    GC_set_no_dls(1);
    init_without_stress();
    GC_add_roots(places, places + HIDDEN);
    fill(places, 0);
    GC_clear_roots();
    collect();
    expect_gone(HIDDEN);
}
END_TEST

START_TEST(excluded_data_is_no_root)
{
    init_without_stress();
    fill(places, 0);
    GC_exclude_static_roots(places, places + HIDDEN / 2);
    collect();
    size_t alive = count_alive(HIDDEN);
    ck_assert_uint_ge(alive, HIDDEN / 2);
    ck_assert_uint_le(alive, HIDDEN / 2 + HIDDEN / 20);
    GC_clear_exclusion_table();
    GC_exclude_static_roots(places, places + HIDDEN);
    collect();
    expect_gone(HIDDEN);
}
END_TEST

static int takes_nothing(const char *library, void *low, size_t bytes)
{
    (void)library, (void)low, (void)bytes;
    return 0;
}

START_TEST(the_program_chooses_whose_data_is_a_root)
{
    init_without_stress();
    GC_register_has_static_roots_callback(takes_nothing);
    fill(places, 0);
    collect();
    expect_gone(HIDDEN);
}
END_TEST

/* --------------------------------------------------------------- recognition */

START_TEST(a_pointer_one_past_the_end_counts)
{
    init_without_stress();
    fill(places, BYTES);
    collect();
    expect_alive(HIDDEN);
}
END_TEST

START_TEST(only_registered_displacements_count_where_the_program_says_so)
{
    GC_set_all_interior_pointers(0);
    init_without_stress();
    fill(places, 3);
    collect();
    expect_gone(HIDDEN);
    GC_register_displacement(3);
    fill(places, 3);
    collect();
    expect_alive(HIDDEN);
    ck_assert_ptr_eq(GC_base((char *)places[0] + 5), reveal(hidden[0]));
}
END_TEST

static unsigned reports;

static void count_report(void *pointer)
{
    (void)pointer;
    reports++;
}

START_TEST(pointers_can_be_checked)
{
    init_without_stress();
    char *object = GC_malloc(BYTES);
    GC_is_visible_print_proc = count_report;
    GC_is_visible(object);
    GC_is_visible(&object);
    ck_assert_uint_eq(reports, 0);
    GC_is_visible(object + 1);
    ck_assert_uint_eq(reports, 1);
    ck_assert_ptr_eq(GC_same_obj(object + 10, object), object + 10);
    ck_assert(GC_is_heap_ptr(object));
    ck_assert(!GC_is_heap_ptr(&object));
    ck_assert_ptr_null(GC_base(&object));
    ck_assert_ptr_null(GC_base(NULL));
}
END_TEST

/* --------------------------------------------------------------- the hook */

/* Not in the headers, but programs refer to it. */
extern GC_push_other_roots_proc GC_push_other_roots;

static GC_push_other_roots_proc old_push;
static bool pushes_places;

static void push(void)
{
    if (pushes_places)
        GC_push_all(places, places + HIDDEN);
    old_push();
}

START_TEST(the_program_pushes_roots_of_its_own)
{
    GC_set_no_dls(1);
    init_without_stress();
    old_push = GC_get_push_other_roots();
    GC_set_push_other_roots(push);
    pushes_places = true;
    fill(places, 0);
    collect();
    expect_alive(HIDDEN);
    pushes_places = false;
    collect();
    expect_gone(HIDDEN);
}
END_TEST

static void mark_one(void)
{
    if (!GC_is_marked(places[0]))
        GC_set_mark_bit(places[0]);
    old_push();
}

START_TEST(a_mark_keeps_an_object_and_nothing_that_it_points_to)
{
    GC_set_no_dls(1);
    init_without_stress();
    old_push = GC_push_other_roots;
    GC_set_push_other_roots(mark_one);
    places[0] = GC_malloc(HIDDEN * sizeof(void *));
    fill(places[0], 0);
    collect();
    expect_gone(HIDDEN);
    ck_assert_ptr_eq(GC_base(places[0]), places[0]);
}
END_TEST

/* --------------------------------------------------------------------- kinds */

struct pair {
    void *number; /* looks like a pointer */
    void *pointer;
};

static struct pair *pairs[HIDDEN / 2];

/* hidden[]: first what the numbers are, then what is pointed to.  Without a
 * collection in between, as there is under stress: the place of what is gone
 * could be handed out again. */
__attribute__((noinline)) static void fill_pairs(void *(*new_pair)(void))
{
    GC_disable();
    for (size_t i = 0; i < HIDDEN / 2; i++) {
        pairs[i] = new_pair();
        pairs[i]->number = GC_malloc(BYTES);
        pairs[i]->pointer = GC_malloc(BYTES);
        hidden[i] = hide(pairs[i]->number);
        hidden[HIDDEN / 2 + i] = hide(pairs[i]->pointer);
    }
    GC_enable();
}

static void expect_pointers_alive(void)
{
    collect();
    expect_gone(HIDDEN / 2);
    for (size_t i = 0; i < HIDDEN / 2; i++)
        ck_assert_ptr_eq(gc_base(reveal(hidden[HIDDEN / 2 + i])),
                         pairs[i]->pointer);
}

static GC_descr pair_descriptor;

static void *new_typed(void)
{
    return GC_malloc_explicitly_typed(sizeof(struct pair), pair_descriptor);
}

START_TEST(a_typed_object_has_pointers_where_its_bitmap_says)
{
    GC_word bitmap[] = {2};
    init_without_stress();
    pair_descriptor = GC_make_descriptor(bitmap, 2);
    ck_assert_uint_eq(pair_descriptor, (GC_word)1 << 62 | GC_DS_BITMAP);
    fill_pairs(new_typed);
    expect_pointers_alive();
}
END_TEST

static void *new_array(void)
{
    return GC_calloc_explicitly_typed(3, sizeof(struct pair), pair_descriptor);
}

START_TEST(so_has_an_array_of_them)
{
    GC_word bitmap[] = {2};
    init_without_stress();
    pair_descriptor = GC_make_descriptor(bitmap, 2);
    fill_pairs(new_array);
    expect_pointers_alive();
}
END_TEST

static struct GC_ms_entry *mark_pair(GC_word *object, struct GC_ms_entry *stack,
                                     struct GC_ms_entry *limit,
                                     GC_word environment)
{
    struct pair *pair = (struct pair *)(void *)object;
    ck_assert_uint_eq(environment, 7);
    return GC_MARK_AND_PUSH(pair->pointer, stack, limit, &pair->pointer);
}

static int pair_kind;

static void *new_of_kind(void)
{
    return GC_generic_malloc(sizeof(struct pair), pair_kind);
}

START_TEST(a_procedure_marks_objects_of_a_kind)
{
    init_without_stress();
    unsigned procedure = GC_new_proc(mark_pair);
    ck_assert_uint_eq(procedure, 8);
    pair_kind =
        (int)GC_new_kind(GC_new_free_list(), GC_MAKE_PROC(procedure, 7), 0, 1);
    ck_assert_int_eq(pair_kind, 4);
    fill_pairs(new_of_kind);
    expect_pointers_alive();
}
END_TEST

static struct {
    void *unused;
    GC_word descriptor;
} table;

static struct pair *behind_table(void *object)
{
    return (struct pair *)((char *)object + sizeof(void *));
}

START_TEST(an_object_of_a_class_is_described_by_its_table)
{
    init_without_stress();
    GC_init_gcj_malloc(0, NULL);
    table.descriptor = (GC_word)1 << 61 | GC_DS_BITMAP; /* the third word */
    GC_disable();
    for (size_t i = 0; i < HIDDEN / 2; i++) {
        places[i] = GC_gcj_malloc(sizeof(void *) + sizeof(struct pair), &table);
        struct pair *pair = behind_table(places[i]);
        pair->number = GC_malloc(BYTES);
        pair->pointer = GC_malloc(BYTES);
        hidden[i] = hide(pair->number);
        hidden[HIDDEN / 2 + i] = hide(pair->pointer);
    }
    GC_enable();
    collect();
    expect_gone(HIDDEN / 2);
    for (size_t i = 0; i < HIDDEN / 2; i++)
        ck_assert_ptr_eq(GC_base(reveal(hidden[HIDDEN / 2 + i])),
                         behind_table(places[i])->pointer);
}
END_TEST

SUITE("drop_in_roots", static_data_is_a_root_unless_the_program_says_no,
      the_verifier_holds_such_data_for_no_root_either,
      added_ranges_are_roots_until_they_are_removed_as_a_whole,
      all_added_ranges_can_be_removed, excluded_data_is_no_root,
      the_program_chooses_whose_data_is_a_root,
      a_pointer_one_past_the_end_counts,
      only_registered_displacements_count_where_the_program_says_so,
      pointers_can_be_checked, the_program_pushes_roots_of_its_own,
      a_mark_keeps_an_object_and_nothing_that_it_points_to,
      a_typed_object_has_pointers_where_its_bitmap_says,
      so_has_an_array_of_them, a_procedure_marks_objects_of_a_kind,
      an_object_of_a_class_is_described_by_its_table)
