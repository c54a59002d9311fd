/* SPDX-License-Identifier: MIT */
/* Objects with a debug header, in the forms that are less used, and the names that
 * programs have for kinds of objects. */

#include <check.h>
#include <gc/gc.h>
#include <gc/gc_mark.h>
#include <stdint.h>
#include <sys/wait.h>

#include "tests/compat/names/watch.h"
#include "tests/suite.h"

static void **volatile kept;

START_TEST(a_stubborn_object_is_one_like_others)
{
    GC_INIT();
    void **object = GC_debug_malloc_stubborn(20, __FILE__, __LINE__);
    kept = object;
    ck_assert_ptr_eq(GC_base(object),
                     (char *)object - GC_get_debug_header_size());
    struct hearing hearing = listen_to(STDERR_FILENO);
    GC_debug_change_stubborn(object);
    object[0] = object;
    GC_debug_end_stubborn_change(object);
    GC_debug_ptr_store_and_dirty(&object[1], object);
    GC_gcollect();
    GC_debug_free(object);
    ck_assert_str_eq(heard(hearing), "");
}
END_TEST

START_TEST(a_pointer_is_stored_if_it_is_one)
{
    GC_INIT();
    kept = GC_debug_malloc(40, __FILE__, __LINE__);
    void *other = GC_debug_malloc(40, __FILE__, __LINE__);
    GC_debug_ptr_store_and_dirty(&kept[2], other);
    ck_assert_ptr_eq(kept[2], other);
}
END_TEST

START_TEST(a_replacement_of_realloc_keeps_what_is_there)
{
    GC_INIT();
    char *object = GC_debug_realloc_replacement(NULL, 10);
    kept = (void **)(void *)object;
    memcpy(object, "012345678", 10);
    object = GC_debug_realloc_replacement(object, 5000);
    kept = (void **)(void *)object;
    ck_assert_str_eq(object, "012345678");
    ck_assert_uint_ge(GC_size(GC_base(object)),
                      5000 + GC_get_debug_header_size());
    ck_assert_ptr_null(GC_debug_realloc_replacement(object, 0));
}
END_TEST

static char *volatile displaced[WATCHED];

START_TEST(a_displacement_is_one_of_objects_with_a_header_too)
{
    GC_set_all_interior_pointers(0);
    init_without_stress();
    GC_debug_register_displacement(5);
    for (size_t i = 0; i < WATCHED; i++) {
        char *object = i % 2 == 0 ? GC_debug_malloc(16, __FILE__, __LINE__)
                                  : GC_malloc(16);
        watch(i, GC_base(object));
        displaced[i] = object + 5;
    }
    collect();
    expect_all_left(0, WATCHED);
}
END_TEST

/* ----------------------------------------------------------------------- leaks */

static void *described; /* the last one */

/* For reports of leaks; the buffer is of at least 40 bytes. */
static void describe(void *object, char *buffer)
{
    described = object;
    strcpy(buffer, "a thing of ours");
}

static void look_for_leaks(void)
{
    GC_find_leak = 1;
    GC_INIT();
    ck_assert_int_eq(GC_get_find_leak(), 1);
    int kind = (int)GC_new_kind(GC_new_free_list(), GC_DS_LENGTH, 1, 1);
    GC_register_describe_type_fn(kind, describe);
    for (unsigned i = 0; i < 20; i++)
        GC_debug_generic_or_special_malloc(40, kind, __FILE__, __LINE__);
    wipe_stack();
    GC_gcollect();
    GC_gcollect();
    _exit(described == NULL);
}

START_TEST(what_a_program_calls_its_objects_is_in_the_report_of_leaks)
{
    int status;
    struct hearing hearing = listen_to(STDERR_FILENO);
    pid_t child = fork();
    if (child == 0)
        look_for_leaks();
    waitpid(child, &status, 0);
    heard(hearing);
    ck_assert_int_eq(status, 0);
    ck_assert_ptr_nonnull(strstr(said, "leaked objects:"));
    ck_assert_ptr_nonnull(strstr(said, "a thing of ours"));
}
END_TEST

SUITE("names_debugging", a_stubborn_object_is_one_like_others,
      a_pointer_is_stored_if_it_is_one,
      a_replacement_of_realloc_keeps_what_is_there,
      a_displacement_is_one_of_objects_with_a_header_too,
      what_a_program_calls_its_objects_is_in_the_report_of_leaks)
