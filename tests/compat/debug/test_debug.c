/* SPDX-License-Identifier: MIT */
/* Objects with debug headers: what is said about them, and to whom. */
#define GC_DEBUG
#include <gc/gc.h>
#include <gc/gc_gcj.h>
#include <gc/gc_inline.h>
#include <gc/gc_mark.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/suite.h"

enum { COUNT = 10000, MOST = COUNT * 95 / 100 };

/* What the library has said is read from a file in place of the errors' stream.
 * Tests run in processes of their own, or give it back. */
static char said[100000];
static int original = -1;
static FILE *file;

static void listen(void)
{
    fflush(stderr);
    file = tmpfile();
    ck_assert_ptr_nonnull(file);
    original = dup(STDERR_FILENO);
    ck_assert_int_ge(dup2(fileno(file), STDERR_FILENO), 0);
}

static const char *heard(void)
{
    dup2(original, STDERR_FILENO);
    close(original);
    rewind(file);
    said[fread(said, 1, sizeof said - 1, file)] = '\0';
    fclose(file);
    return said;
}

static void expect_said(const char *part)
{
    ck_assert_msg(strstr(said, part) != NULL, "not said: %s; but: %s", part,
                  said);
}

/* Objects that a test keeps. */
static char *kept[COUNT];

static void setup(void)
{
    GC_INIT();
    memset(kept, 0, sizeof kept);
}

/* Writes where one may not, unseen by the compiler. */
static void write_at(char *object, ptrdiff_t offset)
{
    char *volatile hidden = object;
    hidden[offset] = 'x';
}

START_TEST(a_header_lies_in_front)
{
    char *object = GC_MALLOC(40);
    ck_assert_uint_eq(GC_get_debug_header_size(), 32);
    ck_assert_ptr_eq(GC_base(object), object - 32);
    ck_assert_ptr_eq(GC_base(object + 39), object - 32);
    ck_assert_ptr_eq(GC_USR_PTR_FROM_BASE(GC_base(object)), object);
    for (int i = 0; i < 40; i++)
        ck_assert_int_eq(object[i], 0);
}
END_TEST

START_TEST(behind_an_object_are_zeros_up_to_a_word)
{
    for (size_t bytes = 0; bytes < 100; bytes++) {
        char *volatile object = GC_MALLOC_ATOMIC(bytes);
        for (size_t i = bytes; i % sizeof(void *) != 0; i++)
            ck_assert_int_eq(object[i], 0);
    }
}
END_TEST

START_TEST(kinds_are_as_without_a_header)
{
    ck_assert_int_eq(GC_get_kind_and_size(GC_base(GC_MALLOC(5)), NULL),
                     GC_I_NORMAL);
    ck_assert_int_eq(GC_get_kind_and_size(GC_base(GC_MALLOC_ATOMIC(5)), NULL),
                     GC_I_PTRFREE);
    ck_assert_int_eq(
        GC_get_kind_and_size(GC_base(GC_MALLOC_UNCOLLECTABLE(5)), NULL), 2);
    ck_assert_int_eq(
        GC_get_kind_and_size(GC_base(GC_MALLOC_ATOMIC_UNCOLLECTABLE(5)), NULL),
        3);
    ck_assert_int_eq(
        GC_get_kind_and_size(
            GC_base(GC_GENERIC_OR_SPECIAL_MALLOC(5, GC_I_PTRFREE)), NULL),
        GC_I_PTRFREE);
    ck_assert_str_eq(GC_STRDUP("some"), "some");
    ck_assert_str_eq(GC_STRNDUP("some", 2), "so");
    ck_assert_ptr_null(GC_debug_strdup(NULL, "file", 1));
    ck_assert_ptr_nonnull(GC_debug_malloc_replacement(7));
}
END_TEST

START_TEST(an_object_grows_and_keeps_what_is_in_it)
{
    listen();
    char *object = GC_REALLOC(NULL, 10);
    memcpy(object, "0123456789", 10);
    object = GC_REALLOC(object, 1000);
    memset(object + 10, 'x', 990);
    object = GC_REALLOC(object, 5);
    ck_assert_ptr_null(GC_REALLOC(GC_MALLOC(5), 0));
    GC_gcollect();
    ck_assert_str_eq(heard(), "");
    ck_assert_mem_eq(object, "01234", 5);
}
END_TEST

START_TEST(an_overrun_is_told_when_the_object_is_freed)
{
    for (int after = 0; after < 2; after++) {
        char *object = GC_MALLOC(41);
        write_at(object, after ? 41 : -1);
        listen();
        GC_FREE(object);
        heard();
        expect_said("smashed");
        expect_said(__FILE__);
        expect_said("sz= 41");
        char place[40];
        snprintf(place, sizeof place, "%p",
                 (void *)(object + (after ? 41 : -4)));
        expect_said(place);
    }
}
END_TEST

START_TEST(overruns_are_told_at_a_collection)
{
    for (int i = 0; i < COUNT; i++)
        kept[i] = GC_MALLOC(40);
    write_at(kept[COUNT / 2], 42);
    write_at(kept[COUNT / 3], 47);
    listen();
    GC_gcollect();
    heard();
    expect_said("found 2 smashed heap objects");
    char place[40];
    snprintf(place, sizeof place, "%p", (void *)(kept[COUNT / 2] + 42));
    expect_said(place);
}
END_TEST

START_TEST(who_does_nothing_wrong_hears_nothing)
{
    listen();
    for (int i = 0; i < COUNT; i++) {
        kept[i] = i % 2 == 0 ? GC_MALLOC((size_t)i % 500)
                             : GC_MALLOC_ATOMIC_UNCOLLECTABLE((size_t)i % 500);
        memset(kept[i], 'x', (size_t)i % 500);
    }
    GC_gcollect();
    for (int i = 0; i < COUNT; i += 3)
        GC_FREE(kept[i]);
    GC_FREE(NULL);
    GC_gcollect();
    ck_assert_str_eq(heard(), "");
    for (int i = 0; i < COUNT; i++)
        if (i % 3 != 0 && i % 500 > 0)
            ck_assert_int_eq(kept[i][i % 500 - 1], 'x');
}
END_TEST

START_TEST(a_write_to_a_freed_object_is_told)
{
    char *object = kept[0] = GC_MALLOC(40);
    GC_FREE(object);
    write_at(kept[0], 20);
    listen();
    GC_gcollect();
    heard();
    expect_said("found 1 smashed heap objects");
    expect_said("freed");
}
END_TEST

START_TEST(an_object_that_is_freed_twice_is_told)
{
    char *object = kept[0] = GC_MALLOC(40);
    GC_FREE(object);
    listen();
    GC_FREE(kept[0]);
    heard();
    expect_said("freed before");
}
END_TEST

START_TEST(an_object_without_a_header_is_freed_all_the_same)
{
    char *object = GC_malloc(40);
    listen();
    GC_debug_free(object);
    heard();
    expect_said("no debug header");
}
END_TEST

/* Finalizers get the pointer that the program has, and its data. */
static int finalized;
static int tag;

static void finalize(void *object, void *data)
{
    finalized += data == &tag && *(int *)object == 17;
}

static void other(void *object, void *data)
{
    (void)object;
    (void)data;
}

static void __attribute__((noinline)) make_finalizable(void)
{
    for (int i = 0; i < COUNT; i++) {
        int *object = GC_MALLOC(sizeof *object);
        *object = 17;
        switch (i % 4) {
        case 0:
            GC_REGISTER_FINALIZER(object, finalize, &tag, NULL, NULL);
            break;
        case 1:
            GC_REGISTER_FINALIZER_IGNORE_SELF(object, finalize, &tag, NULL,
                                              NULL);
            break;
        case 2:
            GC_REGISTER_FINALIZER_NO_ORDER(object, finalize, &tag, NULL, NULL);
            break;
        default:
            GC_REGISTER_FINALIZER_UNREACHABLE(object, finalize, &tag, NULL,
                                              NULL);
        }
    }
}

static void wipe_stack_and_collect(void)
{
    char frame[4096];
    memset(frame, 0, sizeof frame);
    GC_reachable_here(frame);
    for (int i = 0; i < 3; i++) {
        GC_gcollect();
        GC_invoke_finalizers();
    }
}

START_TEST(finalizers_get_what_the_program_has)
{
    make_finalizable();
    wipe_stack_and_collect();
    ck_assert_int_ge(finalized, MOST);
}
END_TEST

START_TEST(a_finalizer_tells_which_one_it_replaced)
{
    GC_finalization_proc before = other;
    void *data = &finalized;
    int *object = GC_MALLOC(sizeof *object);
    GC_REGISTER_FINALIZER(object, finalize, &tag, &before, &data);
    ck_assert(before == NULL);
    ck_assert_ptr_null(data);
    GC_REGISTER_FINALIZER(object, other, object, &before, &data);
    ck_assert(before == finalize);
    ck_assert_ptr_eq(data, &tag);
    GC_REGISTER_FINALIZER(object, NULL, NULL, &before, &data);
    ck_assert(before == other);
    ck_assert_ptr_eq(data, object);
    before = other;
    GC_REGISTER_FINALIZER(&tag, finalize, NULL, &before, NULL);
    ck_assert(before == NULL);
}
END_TEST

/* -- Leaks: in processes of their own, since the mode is for a whole program. */

static void __attribute__((noinline)) leak(int count)
{
    for (int i = 0; i < COUNT; i++) {
        char *object = GC_MALLOC(20);
        if (i % (COUNT / count) == 0)
            continue;
        if (i % 2 == 0)
            kept[i] = object;
        else
            GC_FREE(object);
    }
}

/* Runs a program that looks for leaks; what it says is in `said`. */
static int in_leak_mode(void (*program)(void))
{
    int status;
    listen();
    pid_t child = fork();
    if (child == 0) {
        GC_set_find_leak(1);
        GC_INIT();
        program();
        exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    heard();
    return status;
}

static void leak_some(void)
{
    leak(20);
    wipe_stack_and_collect();
    memset(kept, 0, sizeof kept);
    _exit(0);
}

/* In all collections. */
static int leaks_told(void)
{
    int all = 0, some;
    for (const char *at = said; (at = strstr(at, "Found ")) != NULL; at++)
        if (sscanf(at, "Found %d leaked objects:", &some) == 1)
            all += some;
    return all;
}

START_TEST(what_is_lost_and_not_freed_is_a_leak)
{
    ck_assert_int_eq(in_leak_mode(leak_some), 0);
    ck_assert_int_ge(leaks_told(), 19);
    ck_assert_int_le(leaks_told(), 20);
    expect_said("test_debug.c:");
    expect_said("sz= 20, NORMAL");
}
END_TEST

static void leak_at_exit(void)
{
    leak(20);
    memset(kept, 0, sizeof kept);
}

START_TEST(leaks_are_told_at_the_end_of_a_program)
{
    ck_assert_int_eq(in_leak_mode(leak_at_exit), 0);
    expect_said("leaked objects:");
    expect_said("more\n");
}
END_TEST

static void leak_nothing(void)
{
    for (int i = 0; i < COUNT; i++)
        GC_FREE(GC_MALLOC_ATOMIC(100));
    kept[0] = GC_MALLOC(100);
}

START_TEST(a_program_without_leaks_hears_nothing)
{
    ck_assert_int_eq(in_leak_mode(leak_nothing), 0);
    ck_assert_str_eq(said, "");
}
END_TEST

static void abort_on_leaks(void)
{
    setenv("GC_ABORT_ON_LEAK", "", 1);
    leak(20);
    wipe_stack_and_collect();
}

START_TEST(a_program_that_wants_so_ends_at_a_leak)
{
    int status = in_leak_mode(abort_on_leaks);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGABRT);
}
END_TEST

static void finalize_nothing(void)
{
    make_finalizable();
    wipe_stack_and_collect();
    _exit(finalized != 0);
}

START_TEST(nothing_is_finalized_while_one_looks_for_leaks)
{
    ck_assert_int_eq(in_leak_mode(finalize_nothing), 0);
}
END_TEST

int main(void)
{
    /* The leak tests have to come before the library is prepared. */
    const TTest *debugging[] = {
        a_header_lies_in_front,
        behind_an_object_are_zeros_up_to_a_word,
        kinds_are_as_without_a_header,
        an_object_grows_and_keeps_what_is_in_it,
        an_overrun_is_told_when_the_object_is_freed,
        overruns_are_told_at_a_collection,
        who_does_nothing_wrong_hears_nothing,
        a_write_to_a_freed_object_is_told,
        an_object_that_is_freed_twice_is_told,
        an_object_without_a_header_is_freed_all_the_same,
        finalizers_get_what_the_program_has,
        a_finalizer_tells_which_one_it_replaced,
    };
    const TTest *leaking[] = {
        what_is_lost_and_not_freed_is_a_leak,
        leaks_are_told_at_the_end_of_a_program,
        a_program_without_leaks_hears_nothing,
        a_program_that_wants_so_ends_at_a_leak,
        nothing_is_finalized_while_one_looks_for_leaks,
    };
    Suite *suite = suite_create("debug");
    TCase *leaks = tcase_create("leaks"), *debug = tcase_create("debug");
    for (size_t i = 0; i < sizeof leaking / sizeof *leaking; i++)
        tcase_add_test(leaks, leaking[i]);
    tcase_add_checked_fixture(debug, setup, NULL);
    for (size_t i = 0; i < sizeof debugging / sizeof *debugging; i++)
        tcase_add_test(debug, debugging[i]);
    suite_add_tcase(suite, leaks);
    suite_add_tcase(suite, debug);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int run = srunner_ntests_run(runner),
        failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return run > 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
