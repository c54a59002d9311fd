/* SPDX-License-Identifier: MIT */
/* Threads that somebody has told us of before they are there.  Linked with the core
 * itself, where pthread_create is libc's: so a test plays the wrapper. */

#define _GNU_SOURCE

#include <check.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gc/api/process.h"
#include "tests/hidden.h"
#include "tests/process/threads.h"
#include "tests/suite.h"

enum { EXPECTED = 1000, BYTES = 48 };

static struct counter ready, may_begin, has_begun, may_end;

static void prepare(void)
{
    ck_assert(gc_init());
    ready.value = may_begin.value = has_begun.value = may_end.value = 0;
}

static size_t count_records(const struct thread *list, int task)
{
    size_t count = 0;
    for (; list != NULL; list = list->next)
        count += task == 0 || list->task == task;
    return count;
}

static size_t count_expected(void)
{
    return count_records(gc__process.heap.world.expected, 0);
}

static size_t count_members(int task)
{
    return count_records(gc__process.heap.world.threads, task);
}

static struct thread *expect(uintptr_t run, void *argument)
{
    struct start start = {run, (uintptr_t)argument};
    struct thread *thread = gc__expect_thread(start);
    CHECK(thread != NULL);
    return thread;
}

/* ------------------------------------------------------------------- argument */

static struct thread *expected[EXPECTED];

__attribute__((noinline)) static void expect_with_objects(void)
{
    for (unsigned i = 0; i < EXPECTED; i++) {
        void *run = gc_malloc(BYTES), *argument = gc_malloc(BYTES);
        hidden[2 * i] = hide(run);
        hidden[2 * i + 1] = hide(argument);
        expected[i] = expect((uintptr_t)run, argument);
    }
}

START_TEST(what_an_expected_thread_is_to_do_is_kept_until_it_is_not_expected)
{
    prepare();
    expect_with_objects();
    GC_collect();
    expect_alive(2 * EXPECTED);
    ck_assert_uint_eq(count_expected(), EXPECTED);
    for (unsigned i = 0; i < EXPECTED; i++)
        gc__expect_no_thread(expected[(i * 7) % EXPECTED]);
    ck_assert_uint_eq(count_expected(), 0);
    GC_collect();
    expect_gone(2 * EXPECTED);
}
END_TEST

/* --------------------------------------------------------------------- record */

static void *begin_when_told(void *thread)
{
    int task = gettid();
    count_up(&ready);
    await_count(&may_begin, 1);
    struct start start = gc__begin_expected(thread);
    if (gc__thread != thread || count_members(task) != 1)
        return "it has another record, or more than one";
    count_up(&has_begun);
    await_count(&may_end, 1);
    return (void *)start.argument;
}

/* What it is to do is to return NULL; a message would come out otherwise. */
static void run_expected_thread(unsigned collections)
{
    size_t members = count_members(0);
    struct thread *thread = expect(0, NULL);
    pthread_t id = start(begin_when_told, thread);
    await_count(&ready, 1);
    for (unsigned i = 0; i < collections; i++)
        GC_collect();
    ck_assert_uint_eq(count_expected(), 1);
    count_up(&may_begin);
    await_count(&has_begun, 1);
    GC_collect();
    ck_assert_uint_eq(count_members(0), members + 1);
    ck_assert_uint_eq(count_expected(), 0);
    count_up(&may_end);
    finish(id);
    ck_assert_uint_eq(count_members(0), members);
}

START_TEST(a_thread_that_comes_takes_the_record_that_was_made_for_it)
{
    prepare();
    run_expected_thread(0);
}
END_TEST

START_TEST(a_thread_that_a_stop_found_before_it_came_has_one_record)
{
    prepare();
    run_expected_thread(3);
}
END_TEST

START_TEST(records_are_used_again)
{
    prepare();
    struct thread *first = expect(0, NULL);
    gc__expect_no_thread(first);
    for (unsigned i = 0; i < EXPECTED; i++) {
        struct thread *thread = expect(0, NULL);
        ck_assert_ptr_eq(thread, first);
        gc__expect_no_thread(thread);
    }
}
END_TEST

/* ----------------------------------------------------------------- elsewhere */

static bool expect_in_visitor(const struct gc_object_header *object,
                              void *context)
{
    (void)object;
    *(struct thread **)context = gc__expect_thread((struct start){0, 0});
    return false;
}

START_TEST(in_a_visitor_no_thread_is_expected)
{
    struct thread *thread = &gc__nobody;
    prepare();
    gc_keep_alive(gc_malloc(BYTES));
    gc_visit_objects(expect_in_visitor, &thread);
    ck_assert_ptr_null(thread);
    ck_assert_uint_eq(count_expected(), 0);
}
END_TEST

START_TEST(in_a_child_process_nobody_is_expected)
{
    prepare();
    struct thread *thread = expect(0, NULL);
    pid_t child = fork();
    if (child == 0) {
        GC_collect();
        _exit(count_expected() == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    gc__expect_no_thread(thread);
}
END_TEST

SUITE("expected",
      what_an_expected_thread_is_to_do_is_kept_until_it_is_not_expected,
      a_thread_that_comes_takes_the_record_that_was_made_for_it,
      a_thread_that_a_stop_found_before_it_came_has_one_record,
      records_are_used_again, in_a_visitor_no_thread_is_expected,
      in_a_child_process_nobody_is_expected)
