/* SPDX-License-Identifier: MIT */
/* Functions that a program sets: which there are at first, which one is called, and
 * with what. */

#include <check.h>
#include <errno.h>
#include <gc/gc.h>
#include <gc/gc_mark.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/wait.h>

#include "tests/compat/names/watch.h"
#include "tests/suite.h"

enum { MIB = 1 << 20, CODE = 9 };

/* Not in the headers of programs. */
extern GC_abort_func GC_on_abort;

static int status_of(void function(void))
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        function();
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

static unsigned calls;
static void *volatile kept;

/* -------------------------------------------------------------- out of memory */

static void *answer(size_t bytes)
{
    calls++;
    ck_assert_uint_eq(bytes, SIZE_MAX / 4);
    return &calls;
}

START_TEST(who_is_asked_for_memory_is_in_the_variable_too)
{
    volatile size_t bytes = SIZE_MAX / 4;
    ck_assert(GC_get_oom_fn() != NULL);
    ck_assert(GC_get_oom_fn() == GC_oom_fn);
    GC_oom_fn = answer;
    ck_assert(GC_get_oom_fn() == answer);
    GC_set_warn_proc(GC_ignore_warn_proc);
    kept = GC_malloc(bytes);
    ck_assert_ptr_eq(kept, &calls);
    ck_assert_uint_eq(calls, 1);
}
END_TEST

static void *end(size_t bytes)
{
    (void)bytes;
    GC_abort_on_oom();
    return NULL;
}

static void run_out_of_memory(void)
{
    volatile size_t bytes = SIZE_MAX / 4;
    GC_set_warn_proc(GC_ignore_warn_proc);
    GC_set_oom_fn(end);
    kept = GC_malloc(bytes);
}

START_TEST(a_program_may_end_when_there_is_no_memory)
{
    struct hearing hearing = listen_to(STDERR_FILENO);
    int status = status_of(run_out_of_memory);
    ck_assert_ptr_nonnull(strstr(heard(hearing), "Insufficient memory"));
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 1);
}
END_TEST

/* ------------------------------------------------------------------- the end */

static void leave(const char *message)
{
    _exit(message != NULL ? CODE : CODE + 1);
}

/* Displacements are less than a page. */
static void do_what_is_fatal(void)
{
    GC_register_displacement(MIB);
}

static void leave_at_the_end(void)
{
    GC_INIT();
    GC_set_abort_func(leave);
    do_what_is_fatal();
}

static void leave_by_variable(void)
{
    GC_INIT();
    GC_on_abort = leave;
    do_what_is_fatal();
}

START_TEST(a_function_is_called_before_the_program_is_ended)
{
    ck_assert(GC_get_abort_func() != NULL);
    GC_set_abort_func(leave);
    ck_assert(GC_get_abort_func() == leave);
    ck_assert(GC_on_abort == leave);
    ck_assert_int_eq(WEXITSTATUS(status_of(leave_at_the_end)), CODE);
    ck_assert_int_eq(WEXITSTATUS(status_of(leave_by_variable)), CODE);
}
END_TEST

START_TEST(else_it_says_why_and_is_ended)
{
    struct hearing hearing = listen_to(STDERR_FILENO);
    int status = status_of(do_what_is_fatal);
    ck_assert_str_ne(heard(hearing), "");
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGABRT);
}
END_TEST

/* ------------------------------------------------------------------ warnings */

static char *warning;

static void note_warning(char *format, GC_word argument)
{
    (void)argument;
    warning = format;
}

START_TEST(a_warning_is_told_to_the_function_that_is_set)
{
    volatile size_t bytes = SIZE_MAX / 4;
    ck_assert(GC_get_warn_proc() != NULL);
    GC_set_warn_proc(note_warning);
    ck_assert(GC_get_warn_proc() == note_warning);
    kept = GC_malloc(bytes);
    ck_assert_ptr_nonnull(warning);
    ck_assert_int_eq(strncmp(warning, "GC Warning: ", 12), 0);
}
END_TEST

/* --------------------------------------------------------------------- growth */

static GC_word resized_to;

static void note_size(GC_word bytes)
{
    calls++;
    resized_to = bytes;
}

static void fill(void)
{
    for (unsigned i = 0; i < 64; i++) {
        void **more = GC_malloc(MIB);
        *more = kept;
        kept = more;
    }
}

START_TEST(a_heap_that_grows_is_told_of)
{
    init_without_stress();
    ck_assert(GC_get_on_heap_resize() == NULL);
    GC_set_on_heap_resize(note_size);
    ck_assert(GC_get_on_heap_resize() == note_size);
    ck_assert(GC_on_heap_resize == note_size);
    fill();
    ck_assert_uint_gt(calls, 0);
    ck_assert_uint_ge(resized_to, 48 * MIB);
    GC_on_heap_resize = NULL;
    unsigned before = calls;
    fill();
    ck_assert_uint_eq(calls, before);
}
END_TEST

START_TEST(so_is_one_that_is_to_be_larger)
{
    init_without_stress();
    GC_set_on_heap_resize(note_size);
    ck_assert_int_eq(GC_expand_hp(50 * MIB), 1);
    ck_assert_uint_gt(calls, 0);
    ck_assert_uint_ge(resized_to, 50 * MIB);
}
END_TEST

/* --------------------------------------------------------------- collections */

static bool is_started;
static unsigned ends;

static void note_start(void)
{
    is_started = true;
}

static void note_event(GC_EventType event)
{
    ends += event == GC_EVENT_END;
}

START_TEST(collections_are_told_of_to_the_functions_that_are_set)
{
    init_without_stress();
    ck_assert(GC_get_start_callback() == NULL);
    ck_assert(GC_get_on_collection_event() == NULL);
    GC_set_start_callback(note_start);
    GC_set_on_collection_event(note_event);
    ck_assert(GC_get_start_callback() == note_start);
    ck_assert(GC_get_on_collection_event() == note_event);
    GC_gcollect();
    ck_assert(is_started);
    ck_assert_uint_eq(ends, 1);
    GC_set_start_callback(NULL);
    GC_set_on_collection_event(NULL);
    is_started = false;
    GC_gcollect();
    ck_assert(!is_started);
    ck_assert_uint_eq(ends, 1);
}
END_TEST

SUITE("names_callbacks", who_is_asked_for_memory_is_in_the_variable_too,
      a_program_may_end_when_there_is_no_memory,
      a_function_is_called_before_the_program_is_ended,
      else_it_says_why_and_is_ended,
      a_warning_is_told_to_the_function_that_is_set,
      a_heap_that_grows_is_told_of, so_is_one_that_is_to_be_larger,
      collections_are_told_of_to_the_functions_that_are_set)
