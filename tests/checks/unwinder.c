/* SPDX-License-Identifier: MIT */
/* libunwind offers _Unwind_RaiseException as libgcc does.  Were it found first,
 * every throw in a C++ library of a C program would go through it.  So the
 * library must not bring it into the global scope: neither by needing it nor
 * when an error report loads it for a backtrace. */

#define _GNU_SOURCE
#include <check.h>
#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <tidemark.h>

#include "tests/suite.h"

static int is_libunwind(struct dl_phdr_info *info, size_t bytes, void *unused)
{
    (void)bytes;
    (void)unused;
    return strstr(info->dlpi_name, "libunwind.so") != NULL;
}

static bool libunwind_is_loaded(void)
{
    return dl_iterate_phdr(is_libunwind, NULL) != 0;
}

static void *load_thrower(void)
{
    void *library = dlopen(THROWER, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(library != NULL, "%s", dlerror());
    return library;
}

static void assert_throws_by_libgcc(void *library)
{
    int (*catch)(int) = (int (*)(int))dlsym(library, "thrower_catch");
    const char *(*unwinder_file)(void) =
        (const char *(*)(void))dlsym(library, "thrower_unwinder_file");

    ck_assert_int_eq(catch (42), 42);
    ck_assert_ptr_nonnull(strstr(unwinder_file(), "libgcc_s.so"));
}

static void make_an_error_report(void)
{
    int not_of_the_heap = 0;
    gc_free(&not_of_the_heap);
}

START_TEST(a_cxx_library_throws_by_libgcc_while_objects_are_collected)
{
    ck_assert_ptr_nonnull(gc_malloc(16));
    GC_collect();
    void *library = load_thrower();
    GC_collect();
    assert_throws_by_libgcc(library);
}
END_TEST

START_TEST(a_cxx_library_loaded_before_an_error_report_throws_by_libgcc)
{
    void *library = load_thrower();
    make_an_error_report();
    ck_assert(libunwind_is_loaded());
    assert_throws_by_libgcc(library);
}
END_TEST

START_TEST(a_cxx_library_loaded_after_an_error_report_throws_by_libgcc)
{
    make_an_error_report();
    ck_assert(libunwind_is_loaded());
    assert_throws_by_libgcc(load_thrower());
}
END_TEST

START_TEST(libunwind_is_not_loaded_until_there_is_something_to_report)
{
    ck_assert_ptr_nonnull(gc_malloc(16));
    GC_collect();
    GC_dump_stats(stderr);
    ck_assert(!libunwind_is_loaded());
}
END_TEST

SUITE("unwinder", libunwind_is_not_loaded_until_there_is_something_to_report,
      a_cxx_library_throws_by_libgcc_while_objects_are_collected,
      a_cxx_library_loaded_before_an_error_report_throws_by_libgcc,
      a_cxx_library_loaded_after_an_error_report_throws_by_libgcc)
