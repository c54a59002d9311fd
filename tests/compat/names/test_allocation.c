/* SPDX-License-Identifier: MIT */
/* Ways to allocate, and kinds of objects. */

#include <check.h>
#include <gc/gc.h>
#include <gc/gc_disclaim.h>
#include <gc/gc_inline.h>
#include <gc/gc_mark.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/compat/names/watch.h"
#include "tests/suite.h"

/* As the other library numbers them; the header has names for two. */
enum { UNCOLLECTABLE = 2, ATOMIC_UNCOLLECTABLE = 3, FIRST_ADDED = 4 };

static void expect_kind(const void *object, int kind, size_t bytes)
{
    size_t has_bytes;
    ck_assert_ptr_nonnull(object);
    ck_assert_int_eq(GC_get_kind_and_size(object, &has_bytes), kind);
    ck_assert_uint_ge(has_bytes, bytes);
    ck_assert_uint_eq(has_bytes, GC_size(object));
}

static void expect_zero(const void *object, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        ck_assert_int_eq(((const char *)object)[i], 0);
}

START_TEST(an_object_is_of_the_kind_that_is_asked_for)
{
    for (size_t bytes = 1; bytes < 200000; bytes = bytes * 3 + 1) {
        expect_kind(GC_malloc_kind(bytes, GC_I_PTRFREE), GC_I_PTRFREE, bytes);
        expect_kind(GC_malloc_kind_global(bytes, GC_I_NORMAL), GC_I_NORMAL,
                    bytes);
        expect_kind(GC_generic_malloc_uncollectable(bytes, UNCOLLECTABLE),
                    UNCOLLECTABLE, bytes);
        expect_kind(GC_generic_or_special_malloc(bytes, ATOMIC_UNCOLLECTABLE),
                    ATOMIC_UNCOLLECTABLE, bytes);
        expect_kind(GC_generic_malloc_ignore_off_page(bytes, GC_I_NORMAL),
                    GC_I_NORMAL, bytes);
        expect_kind(GC_malloc_atomic_ignore_off_page(bytes), GC_I_PTRFREE,
                    bytes);
        void *object = GC_malloc_stubborn(bytes);
        expect_kind(object, GC_I_NORMAL, bytes);
        expect_zero(object, bytes);
    }
}
END_TEST

START_TEST(some_objects_at_once_are_of_the_kind_and_size)
{
    for (size_t bytes = 16; bytes <= 5000; bytes += 16 * (bytes / 64 + 1)) {
        void *list;
        size_t count = 0;
        GC_generic_malloc_many(bytes, GC_I_NORMAL, &list);
        for (void **at = list; at != NULL; at = *at) {
            expect_kind(at, GC_I_NORMAL, bytes);
            expect_zero(at + 1, bytes - sizeof *at);
            count++;
        }
        ck_assert_uint_gt(count, 0);
        GC_generic_malloc_many(bytes, GC_I_PTRFREE, &list);
        expect_kind(list, GC_I_PTRFREE, bytes);
    }
}
END_TEST

/* The table is of sizes that a program asks for. */
START_TEST(the_size_of_an_object_is_known_beforehand)
{
    GC_INIT();
    for (int bytes = 1; bytes < 512; bytes++) {
        size_t has_bytes = GC_size(GC_malloc((size_t)bytes));
        ck_assert_uint_eq(GC_get_size_map_at(bytes), has_bytes);
    }
    ck_assert_uint_eq(GC_get_size_map_at(-1), SIZE_MAX);
    ck_assert_uint_eq(GC_get_size_map_at(1 << 20), SIZE_MAX);
}
END_TEST

/* ---------------------------------------------------------------- free lists */

/* Not in the headers of programs. */
extern void **const GC_objfreelist_ptr;
extern void **const GC_aobjfreelist_ptr;
extern void **const GC_uobjfreelist_ptr;
extern void **const GC_auobjfreelist_ptr;

/* What stands on such a list may be taken by a program that has the lock. */
static void expect_free_objects(void **list)
{
    ck_assert_ptr_nonnull(list);
    for (size_t granules = 0; granules < 129; granules++)
        if (list[granules] != NULL)
            ck_assert(GC_is_heap_ptr(list[granules]));
}

START_TEST(free_lists_have_objects_of_the_heap_or_none)
{
    GC_free(GC_malloc(40));
    GC_free(GC_malloc_atomic(40));
    GC_free(GC_malloc_uncollectable(40));
    GC_free(GC_malloc_atomic_uncollectable(40));
    GC_alloc_lock();
    expect_free_objects(GC_objfreelist_ptr);
    expect_free_objects(GC_aobjfreelist_ptr);
    expect_free_objects(GC_uobjfreelist_ptr);
    expect_free_objects(GC_auobjfreelist_ptr);
    GC_alloc_unlock();
}
END_TEST

START_TEST(the_free_objects_of_a_size_are_printed)
{
    GC_disable();
    GC_malloc_kind_global(16, GC_I_PTRFREE);
    struct hearing hearing = listen_to(STDOUT_FILENO);
    GC_print_free_list(GC_I_PTRFREE, 2);
    ck_assert_str_ne(heard(hearing), "");
}
END_TEST

/* --------------------------------------------------------------------- kinds */

static void *volatile kept[WATCHED]; /* in static data */

static struct GC_ms_entry *mark_second(GC_word *object,
                                       struct GC_ms_entry *stack,
                                       struct GC_ms_entry *limit,
                                       GC_word environment)
{
    ck_assert_uint_eq(environment, 3);
    return GC_MARK_AND_PUSH((void *)object[1], stack, limit,
                            (void **)&object[1]);
}

static int add_kind_with_the_lock(void)
{
    GC_alloc_lock();
    unsigned procedure = GC_new_proc_inner(mark_second);
    unsigned kind = GC_new_kind_inner(GC_new_free_list_inner(),
                                      GC_MAKE_PROC(procedure, 3), 0, 1);
    GC_alloc_unlock();
    ck_assert_uint_ge(kind, FIRST_ADDED);
    return (int)kind;
}

__attribute__((noinline)) static void fill_pairs(int kind)
{
    for (size_t i = 0; i < WATCHED / 2; i++) {
        void **pair = kept[i] = GC_generic_malloc(2 * sizeof *pair, kind);
        watch(i, pair[0] = GC_malloc(16));
        watch(WATCHED / 2 + i, pair[1] = GC_malloc(16));
    }
}

START_TEST(a_kind_may_be_added_by_who_has_the_lock)
{
    init_without_stress();
    GC_disable();
    fill_pairs(add_kind_with_the_lock());
    GC_enable();
    collect();
    expect_dead(0, WATCHED / 2);
    expect_all_left(WATCHED / 2, WATCHED);
}
END_TEST

/* ------------------------------------------------------------------- disclaim */

static unsigned disclaimed;

/* Answers that it wants to have the object for another time.  It may be shown cells
 * that are no objects. */
static int disclaim(void *object)
{
    struct {
        GC_word seen;
        void *referent;
    } *dead = object;
    if (dead->referent == NULL)
        return 0;
    disclaimed++;
    return dead->seen++ == 0;
}

__attribute__((noinline)) static void drop_disclaimed(int kind)
{
    for (size_t i = 0; i < WATCHED; i++) {
        void **object = GC_generic_malloc(2 * sizeof *object, kind);
        watch(i, object[1] = GC_malloc_atomic(16));
    }
}

static int new_plain_kind(void)
{
    return (int)GC_new_kind(GC_new_free_list(), GC_DS_LENGTH, 1, 1);
}

START_TEST(a_dead_object_may_be_kept_with_what_it_refers_to)
{
    init_without_stress();
    int kind = new_plain_kind();
    GC_register_disclaim_proc(kind, disclaim, 1);
    drop_disclaimed(kind);
    wipe_stack();
    GC_gcollect();
    GC_gcollect();
    ck_assert_uint_ge(disclaimed + SOME_LEFT, WATCHED);
    for (unsigned i = 0; i < 4; i++)
        collect();
    ck_assert_uint_ge(disclaimed + 2 * SOME_LEFT, 2 * WATCHED);
    ck_assert_uint_le(disclaimed, 2 * WATCHED);
}
END_TEST

START_TEST(objects_with_a_finalizer_can_be_prepared_for)
{
    static const struct GC_finalizer_closure closure;
    GC_INIT();
    GC_init_finalized_malloc();
    GC_init_finalized_malloc(); /* once more does no harm */
    char *object = GC_finalized_malloc(20, &closure);
    ck_assert_ptr_ne(GC_base(object), object);
    ck_assert_ptr_eq(GC_base(object + 19), GC_base(object));
    expect_zero(object, 20);
}
END_TEST

SUITE("names_allocation", an_object_is_of_the_kind_that_is_asked_for,
      some_objects_at_once_are_of_the_kind_and_size,
      the_size_of_an_object_is_known_beforehand,
      free_lists_have_objects_of_the_heap_or_none,
      the_free_objects_of_a_size_are_printed,
      a_kind_may_be_added_by_who_has_the_lock,
      a_dead_object_may_be_kept_with_what_it_refers_to,
      objects_with_a_finalizer_can_be_prepared_for)
