/* SPDX-License-Identifier: MIT */
/* What the library prints, and where. */

#include <check.h>
#include <gc/gc.h>

#include "tests/compat/names/watch.h"
#include "tests/suite.h"

/* Not in the headers of programs. */
void GC_printf(const char *format, ...);
void GC_err_printf(const char *format, ...);
void GC_log_printf(const char *format, ...);

START_TEST(there_are_three_streams)
{
    GC_INIT();
    struct hearing hearing = listen_to(STDOUT_FILENO);
    GC_printf("%d %s\n", 17, "cells");
    ck_assert_str_eq(heard(hearing), "17 cells\n");
    hearing = listen_to(STDERR_FILENO);
    GC_err_printf("%lx\n", 0xbadUL);
    ck_assert_str_eq(heard(hearing), "bad\n");
    hearing = listen_to(STDERR_FILENO);
    GC_log_printf("%s", "a log");
    ck_assert_str_eq(heard(hearing), "a log");
}
END_TEST

START_TEST(the_log_may_go_elsewhere)
{
    GC_INIT();
    GC_set_log_fd(STDOUT_FILENO);
    struct hearing hearing = listen_to(STDOUT_FILENO);
    GC_log_printf("%s", "a log");
    ck_assert_str_eq(heard(hearing), "a log");
    hearing = listen_to(STDOUT_FILENO);
    GC_err_printf("%s", "");
    ck_assert_str_eq(heard(hearing), "");
}
END_TEST

/* A line for each collection, which scripts look for. */
START_TEST(collections_are_logged_where_the_program_asks_for_it)
{
    unsetenv("TIDEMARK_STRESS");
    setenv("GC_PRINT_STATS", "1", 1);
    GC_INIT();
    struct hearing hearing = listen_to(STDERR_FILENO);
    GC_gcollect();
    const char *line = strstr(heard(hearing), "GC #2 freed ");
    ck_assert_ptr_nonnull(line);
    long freed;
    unsigned long heap, unmapped, internal;
    ck_assert_int_eq(sscanf(line,
                            "GC #2 freed %ld bytes, heap %lu KiB (+ %lu KiB "
                            "unmapped + %lu KiB internal)",
                            &freed, &heap, &unmapped, &internal),
                     4);
    ck_assert_uint_ge(heap, 64);
}
END_TEST

static void finalize(void *object, void *data)
{
    (void)object, (void)data;
}

static void dump(void)
{
    GC_dump();
}

static void dump_named(void)
{
    GC_dump_named("of a test");
}

static const char *printed_by(void function(void))
{
    struct hearing hearing = listen_to(STDOUT_FILENO);
    function();
    return heard(hearing);
}

START_TEST(the_heap_is_printed)
{
    GC_INIT();
    GC_register_finalizer(GC_malloc(100), finalize, NULL, NULL, NULL);
    size_t most = strlen(printed_by(dump));
    ck_assert_uint_gt(most, 100);
    ck_assert_ptr_nonnull(strstr(printed_by(dump_named), "of a test"));
    size_t regions = strlen(printed_by(GC_dump_regions));
    ck_assert_uint_gt(regions, 0);
    ck_assert_uint_lt(regions, most);
    ck_assert_str_ne(printed_by(GC_dump_finalization), "");
}
END_TEST

SUITE("names_printing", there_are_three_streams, the_log_may_go_elsewhere,
      collections_are_logged_where_the_program_asks_for_it, the_heap_is_printed)
