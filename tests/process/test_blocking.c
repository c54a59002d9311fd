/* SPDX-License-Identifier: MIT */
/* Blocking sections: what is kept and what is not while a thread rests in one, how
 * it gets in and out, and who does not have to wait for it. */

#define _GNU_SOURCE

#include <check.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/hidden.h"
#include "tests/process/threads.h"
#include "tests/random.h"
#include "tests/suite.h"

enum { BYTES = 48, KEPT = 100 };

static struct counter arrived, ended;
static struct gate gate = CLOSED_GATE;
static struct gc_error last_error;

static void note_error(const struct gc_error *error, void *context)
{
    (void)context;
    last_error = *error;
}

static void setup(void)
{
    arrived.value = ended.value = 0;
    set_open(&gate, false);
    last_error.message = NULL;
    gc_set_error_handler(note_error, NULL);
}

static void teardown(void)
{
    gc_set_error_handler(NULL, NULL);
}

static size_t collections(void)
{
    struct gc_stats stats;
    gc_stats(&stats, sizeof stats);
    return stats.collections;
}

/* Collects, and asserts that nobody was in the way. */
static void collect(void)
{
    size_t before = collections();
    GC_collect();
    ck_assert_uint_eq(collections(), before + 1);
    ck_assert_ptr_null(last_error.message);
}

static void *wait_at_gate(void *context)
{
    count_up(&arrived);
    pass(&gate);
    return context;
}

static struct node *new_list(unsigned owner)
{
    struct node *list = NULL;
    for (unsigned place = 0; place < KEPT; place++)
        list = new_node(list, owner, place, BYTES);
    return list;
}

/* ----------------------------------------------------------------- the call */

START_TEST(what_it_returns_is_returned)
{
    int context;
    set_open(&gate, true);
    ck_assert_ptr_eq(gc_call_blocking(wait_at_gate, &context), &context);
    ck_assert_ptr_eq(gc_call_active(wait_at_gate, &context), &context);
    ck_assert_uint_eq(count_of(&arrived), 2);
}
END_TEST

static void *do_all_that_is_refused(void *context)
{
    bool *is_refused = context;
    errno = 0;
    *is_refused = gc_malloc(BYTES) == NULL && errno == EDEADLK &&
                  gc_malloc(1 << 20) == NULL && errno == EDEADLK &&
                  !gc_add_roots(context, context) && !gc_register_thread() &&
                  gc_base(context) == NULL;
    gc_unregister_thread();
    GC_collect();
    return NULL;
}

START_TEST(a_call_of_the_library_is_refused_in_a_section)
{
    bool is_refused = false;
    size_t before = collections();
    void *object = gc_malloc(BYTES);
    gc_call_blocking(do_all_that_is_refused, &is_refused);
    ck_assert(is_refused);
    ck_assert_uint_eq(collections(), before);
    ck_assert_ptr_eq(gc_base(object), object);
    ck_assert_ptr_nonnull(gc_malloc(BYTES));
}
END_TEST

static void *enter_again(void *context)
{
    return gc_call_blocking(wait_at_gate, context);
}

START_TEST(a_section_in_a_section_is_just_called)
{
    set_open(&gate, true);
    ck_assert_ptr_eq(gc_call_blocking(enter_again, &gate), &gate);
    ck_assert_ptr_nonnull(gc_malloc(BYTES));
}
END_TEST

static bool enter_in_visitor(const struct gc_object_header *object,
                             void *context)
{
    (void)object;
    gc_call_blocking(wait_at_gate, context);
    return false;
}

START_TEST(a_visitor_does_not_rest)
{
    void *volatile object = gc_malloc(BYTES);
    set_open(&gate, true);
    gc_visit_objects(enter_in_visitor, NULL);
    ck_assert_uint_eq(count_of(&arrived), 1);
    ck_assert_ptr_eq(gc_base(object), object);
}
END_TEST

/* ---------------------------------------------------------- what is kept */

static void *keep_above(void *context)
{
    (void)context;
    struct node *list = new_list(1);
    struct node *in_a_register = new_node(NULL, 2, 0, BYTES);
    gc_call_blocking(wait_at_gate, NULL);
    bool is_whole = is_list_of(list, 1, KEPT) &&
                    is_list_of(in_a_register, 2, 1) && new_list(3) != NULL;
    return is_whole ? NULL : "what was above is lost";
}

START_TEST(what_its_callers_have_is_kept)
{
    pthread_t thread = start(keep_above, NULL);
    await_count(&arrived, 1);
    for (unsigned i = 0; i < 10; i++)
        collect();
    set_open(&gate, true);
    finish(thread);
}
END_TEST

/* They live until the test lets them go, so that nobody has their cells before. */
static void *held[HIDDEN];

__attribute__((noinline)) static void hide_objects(void)
{
    for (size_t i = 0; i < HIDDEN; i++) {
        held[i] = gc_malloc(BYTES);
        hidden[i] = hide(held[i]);
    }
}

static void let_go(void)
{
    memset(held, 0, sizeof held);
}

static void *volatile *shown; /* in a frame below */

static void *wait_with_pointers(void *context)
{
    void *volatile pointers[HIDDEN];
    for (size_t i = 0; i < HIDDEN; i++)
        pointers[i] = reveal(hidden[i]);
    shown = pointers;
    wait_at_gate(context);
    return pointers[0] == reveal(hidden[0]) ? NULL : "it did not have it";
}

static void *have_below(void *context)
{
    hide_objects();
    return gc_call_blocking(wait_with_pointers, context);
}

START_TEST(what_it_has_itself_is_not_kept)
{
    pthread_t thread = start(have_below, NULL);
    await_count(&arrived, 1);
    let_go();
    collect();
    expect_gone(HIDDEN);
    ck_assert_ptr_eq(shown[1], reveal(hidden[1]));
    set_open(&gate, true);
    finish(thread);
}
END_TEST

/* The same for the main thread, whose stack has no known low end. */
static void *collect_from_another_thread(void *context)
{
    (void)context;
    GC_collect();
    return NULL;
}

static void *have_another_collect(void *context)
{
    void *volatile pointers[HIDDEN];
    for (size_t i = 0; i < HIDDEN; i++)
        pointers[i] = reveal(hidden[i]);
    shown = pointers;
    let_go();
    finish(start(collect_from_another_thread, context));
    return pointers[0];
}

START_TEST(the_main_thread_may_be_in_a_section)
{
    struct node *list = new_list(1);
    hide_objects();
    size_t before = collections();
    gc_call_blocking(have_another_collect, NULL);
    ck_assert_uint_eq(collections(), before + 1);
    expect_gone(HIDDEN);
    ck_assert(is_list_of(list, 1, KEPT));
}
END_TEST

/* -------------------------------------------------------------------- depth */

enum { DEPTH = 60 };

static void *go_deeper(void *context);

static void *be_active(void *context)
{
    unsigned depth = (unsigned)(uintptr_t)context;
    struct node *list = new_list(depth);
    if (depth == DEPTH)
        wait_at_gate(NULL);
    else
        gc_call_blocking(go_deeper, (void *)(uintptr_t)(depth + 1));
    if (!is_list_of(list, depth, KEPT))
        count_up(&ended);
    return NULL;
}

/* Has a part of the hidden objects in its frame. */
static void *go_deeper(void *context)
{
    enum { PART = HIDDEN / DEPTH };
    unsigned depth = (unsigned)(uintptr_t)context;
    void *volatile pointers[PART];
    for (size_t i = 0; i < PART; i++)
        pointers[i] = reveal(hidden[(depth - 1) * PART + i]);
    shown = pointers;
    return gc_call_active(be_active, context);
}

static void *nest(void *context)
{
    hide_objects();
    be_active(context);
    return count_of(&ended) == 0 ? NULL : "a list is lost";
}

START_TEST(pieces_of_the_stack_are_looked_at)
{
    pthread_t thread = start(nest, NULL);
    await_count(&arrived, 1);
    let_go();
    collect();
    expect_gone(HIDDEN);
    collect();
    set_open(&gate, true);
    finish(thread);
}
END_TEST

/* -------------------------------------------------------------------- stops */

static void *block_all_and_wait(void *context)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    wait_at_gate(context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return NULL;
}

static void *rest_without_signals(void *context)
{
    struct node *list = new_list(1);
    gc_call_blocking(block_all_and_wait, context);
    return is_list_of(list, 1, KEPT) ? NULL : "what was above is lost";
}

START_TEST(who_blocks_all_signals_in_it_does_not_hold_up_a_stop)
{
    pthread_t thread = start(rest_without_signals, NULL);
    await_count(&arrived, 1);
    size_t timeout = gc_get(TIDEMARK_STOP_TIMEOUT);
    gc_set(TIDEMARK_STOP_TIMEOUT, 1); /* nobody has to be waited for */
    collect();
    gc_set(TIDEMARK_STOP_TIMEOUT, timeout);
    set_open(&gate, true);
    finish(thread);
}
END_TEST

static struct counter task;

static void *tell_task_and_wait(void *context)
{
    AO_int_store(&task.value, (unsigned)gettid());
    return wait_at_gate(context);
}

static void *leave_in_a_stop(void *context)
{
    gc_call_blocking(tell_task_and_wait, context);
    count_up(&ended);
    return NULL;
}

static bool is_asleep(unsigned number)
{
    char name[64], text[256] = "";
    snprintf(name, sizeof name, "/proc/self/task/%u/stat", number);
    FILE *file = fopen(name, "r");
    ck_assert_ptr_nonnull(file);
    size_t bytes = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[bytes] = '\0';
    const char *state = strrchr(text, ')');
    return state != NULL && state[1] == ' ' && state[2] == 'S';
}

enum { TIMES_ASLEEP = 100 };

static bool let_the_other_go(const struct gc_reference *reference,
                             void *context)
{
    (void)reference;
    (void)context;
    set_open(&gate, true);
    for (unsigned times = 0; times < TIMES_ASLEEP; sched_yield())
        times += is_asleep(count_of(&task));
    ck_assert_uint_eq(count_of(&ended), 0);
    return false;
}

START_TEST(who_leaves_it_waits_for_a_stop_to_be_over)
{
    pthread_t thread = start(leave_in_a_stop, NULL);
    await_count(&arrived, 1);
    void *volatile object = gc_malloc(BYTES);
    gc_visit_references(let_the_other_go, NULL);
    await_count(&ended, 1);
    finish(thread);
    ck_assert_ptr_eq(gc_base(object), object);
}
END_TEST

/* --------------------------------------------------------------- other ends */

static void *end_here(void *context)
{
    (void)context;
    pthread_exit(NULL);
}

static void *end_active(void *context)
{
    return gc_call_active(end_here, context);
}

static void *end_in_a_section(void *context)
{
    bool is_active = context != NULL;
    new_list(1);
    gc_call_blocking(is_active ? end_active : end_here, NULL);
    return "it went on";
}

START_TEST(a_thread_may_end_in_it)
{
    for (uintptr_t i = 0; i < 40; i++)
        finish(start(end_in_a_section, i % 2 == 0 ? NULL : &gate));
    collect();
    ck_assert(is_list_of(new_list(1), 1, KEPT));
}
END_TEST

static jmp_buf before_section;

static void *jump_out(void *context)
{
    (void)context;
    longjmp(before_section, 1);
}

/* So far that the next call does not reach down to where this one was. */
__attribute__((noinline)) static void jump_far_out(void)
{
    volatile char frame[1 << 14];
    gc_keep_alive((const void *)frame);
    gc_call_blocking(jump_out, NULL);
    gc_keep_alive((const void *)frame);
}

START_TEST(who_jumps_far_out_of_it_is_active_from_its_next_call)
{
    void *volatile object = gc_malloc(BYTES);
    if (setjmp(before_section) == 0)
        jump_far_out();
    ck_assert_ptr_nonnull(gc_malloc(BYTES));
    collect();
    ck_assert_ptr_eq(gc_base(object), object);
    set_open(&gate, true);
    gc_call_blocking(wait_at_gate, NULL);
    ck_assert_ptr_nonnull(gc_malloc(BYTES));
}
END_TEST

static void *fork_in_section(void *child)
{
    *(pid_t *)child = fork();
    return NULL;
}

static int live_in_child(const struct node *list)
{
    struct node *other = new_list(2);
    GC_collect();
    return is_list_of(list, 1, KEPT) && is_list_of(other, 2, KEPT) ? 7 : 1;
}

START_TEST(a_thread_may_fork_in_it)
{
    pid_t child = -1;
    int status;
    struct node *list = new_list(1);
    pthread_t thread = start(keep_above, NULL);
    await_count(&arrived, 1);
    gc_call_blocking(fork_in_section, &child);
    if (child == 0)
        _exit(live_in_child(list));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    ck_assert(is_list_of(list, 1, KEPT));
    set_open(&gate, true);
    finish(thread);
}
END_TEST

/* -------------------------------------------------------------- transitions */

#ifdef UNDER_SANITIZER
enum { MOVES = 1000 };
#else
enum { MOVES = 25000 };
#endif
enum { MOVERS = 4, MOST_DEPTH = 6, SHORT_LIST = 5 };

struct mover {
    struct random random;
    unsigned moves;
    unsigned depth;
    bool has_lost;
};

static void *move_in(void *context);

static struct node *short_list(unsigned owner)
{
    struct node *list = NULL;
    for (unsigned place = 0; place < SHORT_LIST; place++)
        list = new_node(list, owner, place, BYTES);
    return list;
}

static void *move_about(void *context)
{
    struct mover *mover = context;
    unsigned depth = ++mover->depth;
    struct node *list = short_list(depth);
    while (mover->moves < MOVES && random_below(&mover->random, 4) != 0) {
        mover->moves++;
        gc_call_blocking(move_in, mover);
        mover->has_lost |= !is_list_of(list, depth, SHORT_LIST);
        if (random_below(&mover->random, 4) == 0)
            list = short_list(depth);
    }
    mover->depth--;
    return NULL;
}

static void *move_in(void *context)
{
    struct mover *mover = context;
    if (random_below(&mover->random, 8) == 0)
        sched_yield();
    if (mover->depth < MOST_DEPTH && random_below(&mover->random, 2) == 0)
        gc_call_active(move_about, mover);
    return NULL;
}

static void *move_often(void *context)
{
    struct mover *mover = context;
    while (mover->moves < MOVES && !mover->has_lost)
        move_about(mover);
    count_up(&ended);
    return mover->has_lost ? "a list is lost" : NULL;
}

START_TEST(threads_move_in_and_out_while_others_collect)
{
    static struct mover movers[MOVERS];
    pthread_t threads[MOVERS];
    size_t stress = gc_get(TIDEMARK_STRESS);
    gc_set(TIDEMARK_STRESS, 97);
    for (unsigned i = 0; i < MOVERS; i++) {
        movers[i] = (struct mover){.random = {i + 1}};
        threads[i] = start(move_often, &movers[i]);
    }
    while (count_of(&ended) < MOVERS)
        collect_and_wait();
    for (unsigned i = 0; i < MOVERS; i++)
        finish(threads[i]);
    gc_set(TIDEMARK_STRESS, stress);
}
END_TEST

FIXTURE_SUITE("blocking", setup, teardown, what_it_returns_is_returned,
              a_call_of_the_library_is_refused_in_a_section,
              a_section_in_a_section_is_just_called, a_visitor_does_not_rest,
              what_its_callers_have_is_kept, what_it_has_itself_is_not_kept,
              the_main_thread_may_be_in_a_section,
              pieces_of_the_stack_are_looked_at,
              who_blocks_all_signals_in_it_does_not_hold_up_a_stop,
              who_leaves_it_waits_for_a_stop_to_be_over, a_thread_may_end_in_it,
              who_jumps_far_out_of_it_is_active_from_its_next_call,
              a_thread_may_fork_in_it,
              threads_move_in_and_out_while_others_collect)
