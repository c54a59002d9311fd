/* SPDX-License-Identifier: MIT */
/* How threads come and go: what they kept is collected afterwards, and they
 * leave nothing behind. */

#define _GNU_SOURCE

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/hidden.h"
#include "tests/process/threads.h"
#include "tests/scene.h"

enum { THREADS = 200, BYTES = 48 };

/* ----------------------------------------------------------------- four ways */

static void end_by_return(void)
{
}

static void end_by_exit(void)
{
    pthread_exit(NULL);
}

static void end_by_cancellation(void)
{
    pthread_cancel(pthread_self());
    pthread_testcancel();
}

struct ending {
    void (*end)(void);
    unsigned first; /* of the hidden objects */
    unsigned count;
};

/* Keeps objects in its stack until it ends. */
static void *keep_and_end(void *argument)
{
    const struct ending *ending = argument;
    void *words[HIDDEN / THREADS];
    for (unsigned i = 0; i < ending->count; i++) {
        words[i] = gc_malloc(BYTES);
        hidden[ending->first + i] = hide(words[i]);
    }
    GC_collect();
    for (unsigned i = 0; i < ending->count; i++)
        if (words[i] == NULL ||
            gc_base(reveal(hidden[ending->first + i])) != words[i])
            return "an object was lost";
    ending->end();
    return NULL;
}

static void run_threads_that_end_by(void (*end)(void), void *expected)
{
    enum { EACH = HIDDEN / THREADS };
    for (unsigned i = 0; i < THREADS; i++) {
        struct ending ending = {end, i * EACH, EACH};
        void *result = join(start(keep_and_end, &ending));
        if (result != expected)
            ck_abort_msg("thread %u ended with %p", i, result);
    }
    GC_collect();
    expect_gone(HIDDEN);
}

START_TEST(what_a_thread_kept_is_collected_after_it_has_returned)
{
    run_threads_that_end_by(end_by_return, NULL);
}
END_TEST

START_TEST(what_a_thread_kept_is_collected_after_it_has_called_pthread_exit)
{
    run_threads_that_end_by(end_by_exit, NULL);
}
END_TEST

START_TEST(what_a_thread_kept_is_collected_after_it_was_cancelled)
{
    run_threads_that_end_by(end_by_cancellation, PTHREAD_CANCELED);
}
END_TEST

static struct counter ended;

static void *keep_and_count(void *argument)
{
    void *problem = keep_and_end(argument);
    count_up(&ended);
    return problem;
}

START_TEST(what_a_detached_thread_kept_is_collected_after_its_end)
{
    enum { EACH = HIDDEN / THREADS };
    static struct ending endings[THREADS];
    ended.value = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        endings[i] = (struct ending){end_by_return, i * EACH, EACH};
        (void)start_with(keep_and_count, &endings[i], SMALL_STACK_BYTES,
                         PTHREAD_CREATE_DETACHED);
    }
    await_count(&ended, THREADS);
    GC_collect();
    expect_gone(HIDDEN);
}
END_TEST

/* -------------------------------------------------------------- cancellation */

static void *block_until_cancelled(void *unused)
{
    int ends[2];
    char byte;
    struct node *list = NULL;
    (void)unused;
    for (unsigned place = 0; place < 100; place++)
        list = new_node(list, 1, place, BYTES);
    if (pipe(ends) != 0)
        return "no pipe";
    count_up(&ended);
    ssize_t got = read(ends[0], &byte, 1);
    return is_list_of(list, 1, 100) && got == 1 ? NULL : "nobody cancelled it";
}

START_TEST(a_thread_that_waits_is_cancelled)
{
    ended.value = 0;
    pthread_t thread = start(block_until_cancelled, NULL);
    await_count(&ended, 1);
    GC_collect();
    ck_assert_int_eq(pthread_cancel(thread), 0);
    GC_collect();
    ck_assert_ptr_eq(join(thread), PTHREAD_CANCELED);
    GC_collect();
}
END_TEST

/* The library may come by places where a thread is cancelled, but does not let it
 * be while it holds a lock. */
static void *allocate_and_collect_until_cancelled(void *unused)
{
    void *kept = NULL;
    (void)unused;
    for (;;) {
        void **next = gc_malloc(sizeof *next);
        *next = kept;
        kept = gc_size(next) % 3 == 0 ? NULL : next;
        GC_collect();
        count_up(&ended);
        pthread_testcancel();
    }
    return NULL;
}

static void cancel_threads_that_collect(void)
{
    for (unsigned i = 0; i < 100; i++) {
        ended.value = 0;
        pthread_t thread = start(allocate_and_collect_until_cancelled, NULL);
        await_count(&ended, 1 + i % 5);
        CHECK(pthread_cancel(thread) == 0);
        gc_keep_alive(gc_malloc(BYTES));
        CHECK(join(thread) == PTHREAD_CANCELED);
        GC_collect();
    }
}

START_TEST(a_thread_that_allocates_and_collects_is_cancelled)
{
    cancel_threads_that_collect();
}
END_TEST

static void cancel_while_tracing(void)
{
    cancel_threads_that_collect();
    puts("well");
}

START_TEST(a_thread_is_cancelled_while_it_writes_the_trace)
{
    struct played played =
        play("cancel_while_tracing", "TIDEMARK_TRACE=1", NULL);
    expect_success(&played);
}
END_TEST

/* ------------------------------------------------------------- one by one */

static void *allocate_and_return(void *unused)
{
    if (gc_malloc(BYTES) == NULL || gc_malloc_atomic(BYTES) == NULL)
        return "no memory";
    return unused;
}

static size_t metadata_bytes(void)
{
    struct gc_stats stats;
    gc_stats(&stats, sizeof stats);
    return stats.metadata_bytes;
}

static size_t count_mappings(void)
{
    char line[4096];
    size_t count = 0;
    FILE *file = fopen("/proc/self/maps", "r");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file) != NULL)
        count++;
    fclose(file);
    return count;
}

static void run_one_by_one(unsigned threads)
{
    for (unsigned i = 0; i < threads; i++)
        finish(start(allocate_and_return, NULL));
}

START_TEST(ten_thousand_threads_one_after_the_other_leave_nothing_behind)
{
    run_one_by_one(100);
    GC_collect();
    size_t metadata = metadata_bytes();
    size_t mappings = count_mappings();
    run_one_by_one(10000);
    GC_collect();
    ck_assert_uint_le(metadata_bytes(), metadata);
    ck_assert_uint_le(count_mappings(), mappings + 10);
}
END_TEST

/* Cells that were left to a thread in a stop go back when it ends. */
static struct counter allocated, collected;

static size_t uncollectable_cells(void)
{
    struct gc_class_stats row;
    size_t cells = 0;
    for (size_t i = 0; gc_class_stats(i, &row, sizeof row); i++)
        if (row.kind == TIDEMARK_UNCOLLECTABLE && row.cell_bytes != 0)
            cells += row.used_cells;
    return cells;
}

static void *free_after_a_collection(void *unused)
{
    void *object = gc_malloc_uncollectable(BYTES);
    unsigned collections = count_of(&collected);
    (void)unused;
    count_up(&allocated);
    await_count(&collected, collections + 1);
    gc_free(object);
    return NULL;
}

START_TEST(threads_that_were_stopped_leave_no_uncollectable_cells)
{
    allocated.value = collected.value = 0;
    size_t cells = uncollectable_cells();
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_t thread = start(free_after_a_collection, NULL);
        await_count(&allocated, i + 1);
        GC_collect();
        count_up(&collected);
        finish(thread);
    }
    GC_collect();
    ck_assert_uint_le(uncollectable_cells(), cells + THREADS / 20);
}
END_TEST

/* --------------------------------------------------- thread-specific data */

static pthread_key_t key;
static struct counter destroyed;

/* Comes again as often as the system lets it. */
static void allocate_at_the_end(void *value)
{
    void **again = gc_malloc(sizeof *again);
    CHECK(again != NULL);
    *again = value;
    GC_collect();
    CHECK(*again == value);
    pthread_setspecific(key, again);
    count_up(&destroyed);
}

static void *set_specific(void *unused)
{
    (void)unused;
    return pthread_setspecific(key, gc_malloc(BYTES)) == 0 ? NULL : "no memory";
}

/* And the next collection does not look at threads that have gone. */
static void run_destructors_that_allocate(void)
{
    destroyed.value = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        finish(start_with(set_specific, NULL, SMALL_STACK_BYTES + i * 4096,
                          PTHREAD_CREATE_JOINABLE));
        GC_collect();
    }
    CHECK(destroyed.value >= THREADS);
}

START_TEST(destructors_of_thread_specific_data_allocate)
{
    ck_assert(gc_init());
    ck_assert_int_eq(pthread_key_create(&key, allocate_at_the_end), 0);
    run_destructors_that_allocate();
    pthread_key_delete(key);
}
END_TEST

static void destroy_with_an_older_key(void)
{
    REQUIRE(pthread_key_create(&key, allocate_at_the_end) == 0);
    run_destructors_that_allocate();
}

START_TEST(destructors_of_an_older_key_allocate)
{
    struct played played = play("destroy_with_an_older_key", NULL);
    expect_success(&played);
}
END_TEST

/* ------------------------------------------------------------ the first one */

static pthread_t main_thread;

static void *outlive_the_main_thread(void *unused)
{
    struct node *list = NULL;
    (void)unused;
    pthread_join(main_thread, NULL);
    for (unsigned place = 0; place < 1000; place++) {
        list = new_node(list, 3, place, BYTES);
        if (place % 100 == 0)
            GC_collect();
    }
    puts(is_list_of(list, 3, 1000) ? "well" : "a list has changed");
    return NULL;
}

static void end_the_main_thread(void)
{
    main_thread = pthread_self();
    gc_keep_alive(gc_malloc(BYTES));
    (void)start(outlive_the_main_thread, NULL);
    pthread_exit(NULL);
}

START_TEST(the_main_thread_may_end_first)
{
    struct played played = play("end_the_main_thread", NULL);
    expect_success(&played);
    ck_assert_str_eq(played.text, "well\n");
}
END_TEST

/* --------------------------------------------------------------------- exit */

static void *allocate_for_ever(void *unused)
{
    void *kept = NULL;
    (void)unused;
    for (unsigned i = 0;; i++) {
        void **next = gc_malloc(BYTES);
        *next = i % 1000 == 0 ? NULL : kept;
        kept = next;
        count_up(&allocated);
    }
    return NULL;
}

static void *collect_for_ever(void *unused)
{
    (void)unused;
    for (;;) {
        GC_collect();
        count_up(&collected);
    }
    return NULL;
}

static void *leave_the_process(void *unused)
{
    (void)unused;
    await_count(&allocated, 10000);
    await_count(&collected, 3);
    exit(EXIT_SUCCESS);
}

static void exit_in_a_crowd(void)
{
    for (unsigned i = 0; i < 4; i++)
        (void)start(allocate_for_ever, NULL);
    (void)start(collect_for_ever, NULL);
    (void)start(leave_the_process, NULL);
    for (;;)
        pause();
}

START_TEST(the_process_exits_while_threads_allocate_and_collect)
{
    for (unsigned i = 0; i < 10; i++) {
        struct played played = play("exit_in_a_crowd", NULL);
        expect_success(&played);
        ck_assert_str_eq(played.text, "");
    }
}
END_TEST

START_TEST(statistics_are_printed_at_exit_while_threads_allocate_and_collect)
{
    for (unsigned i = 0; i < 10; i++) {
        struct played played =
            play("exit_in_a_crowd", "TIDEMARK_STATS=1", NULL);
        expect_success(&played);
        ck_assert_ptr_nonnull(strstr(played.text, "collections"));
    }
}
END_TEST

SCENES_AND_SUITE(
    "threads_end",
    (SCENE(cancel_while_tracing), SCENE(destroy_with_an_older_key),
     SCENE(end_the_main_thread), SCENE(exit_in_a_crowd)),
    what_a_thread_kept_is_collected_after_it_has_returned,
    what_a_thread_kept_is_collected_after_it_has_called_pthread_exit,
    what_a_thread_kept_is_collected_after_it_was_cancelled,
    what_a_detached_thread_kept_is_collected_after_its_end,
    a_thread_that_waits_is_cancelled,
    a_thread_that_allocates_and_collects_is_cancelled,
    a_thread_is_cancelled_while_it_writes_the_trace,
    ten_thousand_threads_one_after_the_other_leave_nothing_behind,
    threads_that_were_stopped_leave_no_uncollectable_cells,
    destructors_of_thread_specific_data_allocate,
    destructors_of_an_older_key_allocate, the_main_thread_may_end_first,
    the_process_exits_while_threads_allocate_and_collect,
    statistics_are_printed_at_exit_while_threads_allocate_and_collect)
