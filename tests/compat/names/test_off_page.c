/* SPDX-License-Identifier: MIT */
/* Large objects that only a pointer to their first page keeps, and objects of
 * classes. */

#include <check.h>
#include <gc/gc.h>
#include <gc/gc_gcj.h>
#include <gc/gc_inline.h>
#include <gc/gc_mark.h>
#include <gc/gc_typed.h>
#include <stdint.h>

#include "tests/compat/names/watch.h"
#include "tests/suite.h"

enum { COUNT = 100, LARGE = 100000 };

static char *volatile kept[WATCHED]; /* in static data */
static GC_descr descriptor;

static struct {
    void *unused;
    GC_word descriptor;
} table;

typedef void *allocating(void);

static void *large(void)
{
    return GC_malloc_ignore_off_page(LARGE);
}

static void *atomic_one(void)
{
    return GC_malloc_atomic_ignore_off_page(LARGE);
}

static void *of_kind(void)
{
    return GC_generic_malloc_ignore_off_page(LARGE, GC_I_PTRFREE);
}

static void *typed(void)
{
    return GC_malloc_explicitly_typed_ignore_off_page(LARGE, descriptor);
}

static void *of_class(void)
{
    return GC_gcj_malloc_ignore_off_page(LARGE, &table);
}

static void *with_header(void)
{
    return GC_debug_malloc_ignore_off_page(LARGE, __FILE__, __LINE__);
}

static void *atomic_with_header(void)
{
    return GC_debug_malloc_atomic_ignore_off_page(LARGE, __FILE__, __LINE__);
}

static allocating *const ways[] = {
    large,    atomic_one,  of_kind,           typed,
    of_class, with_header, atomic_with_header};
enum { WAYS = sizeof ways / sizeof *ways };

static void init(void)
{
    static const GC_word bitmap[] = {5};
    init_without_stress();
    descriptor = GC_make_descriptor(bitmap, 3);
    GC_init_gcj_malloc(0, NULL);
}

__attribute__((noinline)) static void fill(allocating *alloc, size_t offset)
{
    for (size_t i = 0; i < COUNT; i++) {
        char *object = alloc();
        watch(i, GC_base(object));
        kept[i] = object + offset;
    }
}

START_TEST(a_pointer_to_its_first_page_keeps_a_large_object)
{
    init();
    for (unsigned way = 0; way < WAYS; way++) {
        fill(ways[way], 100);
        collect();
        expect_all_left(0, COUNT);
    }
}
END_TEST

START_TEST(a_pointer_to_another_page_does_not)
{
    init();
    for (unsigned way = 0; way < WAYS; way++) {
        fill(ways[way], LARGE / 2);
        collect();
        expect_dead(0, COUNT);
    }
}
END_TEST

/* What it says is of the object that was asked for. */
START_TEST(one_that_has_grown_is_like_others)
{
    init();
    for (size_t i = 0; i < COUNT; i++) {
        char *object = GC_realloc(large(), 3 * LARGE);
        watch(i, object);
        kept[i] = object + 2 * LARGE;
    }
    collect();
    expect_all_left(0, COUNT);
}
END_TEST

START_TEST(a_small_one_is_like_others)
{
    init();
    for (size_t i = 0; i < COUNT; i++) {
        char *object = GC_malloc_ignore_off_page(1000);
        watch(i, object);
        kept[i] = object + 900;
    }
    collect();
    expect_all_left(0, COUNT);
}
END_TEST

/* ------------------------------------------------------------------- classes */

struct instance {
    void *class;
    void *number; /* looks like a pointer */
    void *pointer;
};

static struct instance *instances[WATCHED / 2];

/* The environment says whether there is a header in front. */
static struct GC_ms_entry *mark_pointer(GC_word *object,
                                        struct GC_ms_entry *stack,
                                        struct GC_ms_entry *limit,
                                        GC_word environment)
{
    struct instance *instance = (struct instance *)(void *)object;
    if (environment == 1)
        instance = GC_USR_PTR_FROM_BASE(object);
    if (instance->class != &table)
        return stack;
    return GC_MARK_AND_PUSH(instance->pointer, stack, limit,
                            &instance->pointer);
}

static void fill_instances(struct instance *allocate(void))
{
    GC_disable();
    for (size_t i = 0; i < WATCHED / 2; i++) {
        struct instance *instance = instances[i] = allocate();
        ck_assert_ptr_eq(instance->class, &table);
        watch(i, instance->number = GC_malloc(16));
        watch(WATCHED / 2 + i, instance->pointer = GC_malloc(16));
    }
    GC_enable();
}

static struct instance *new_instance(void)
{
    struct instance *instance = GC_gcj_malloc(sizeof *instance, &table);
    ck_assert_int_eq(GC_get_kind_and_size(instance, NULL), GC_gcj_kind);
    return instance;
}

static struct instance *new_with_header(void)
{
    struct instance *instance =
        GC_debug_gcj_malloc(sizeof *instance, &table, __FILE__, __LINE__);
    ck_assert_int_eq(GC_get_kind_and_size(GC_base(instance), NULL),
                     GC_gcj_debug_kind);
    return instance;
}

static void expect_pointers_left(void)
{
    collect();
    expect_dead(0, WATCHED / 2);
    expect_all_left(WATCHED / 2, WATCHED);
    for (size_t i = 0; i < WATCHED / 2; i++)
        ck_assert_ptr_eq(instances[i]->pointer, watched[WATCHED / 2 + i]);
}

START_TEST(objects_of_a_class_are_looked_at_by_a_procedure)
{
    init_without_stress();
    ck_assert_int_eq(GC_gcj_kind, 0);
    GC_init_gcj_malloc(0, (void *)(uintptr_t)mark_pointer);
    ck_assert_int_ge(GC_gcj_kind, 4);
    ck_assert_int_ne(GC_gcj_kind, GC_gcj_debug_kind);
    table.descriptor = GC_MAKE_PROC(0, 0);
    fill_instances(new_instance);
    expect_pointers_left();
}
END_TEST

START_TEST(so_are_those_with_a_header)
{
    init_without_stress();
    GC_init_gcj_malloc(0, (void *)(uintptr_t)mark_pointer);
    fill_instances(new_with_header);
    expect_pointers_left();
}
END_TEST

SUITE("names_off_page", a_pointer_to_its_first_page_keeps_a_large_object,
      a_pointer_to_another_page_does_not, one_that_has_grown_is_like_others,
      a_small_one_is_like_others,
      objects_of_a_class_are_looked_at_by_a_procedure,
      so_are_those_with_a_header)
