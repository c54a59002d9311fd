/* SPDX-License-Identifier: MIT */
/* Threads that register themselves, blocking sections, stacks and stopping, as
 * libgc.so.1 has them. */

#define _GNU_SOURCE
#define GC_NO_THREAD_REDIRECTS

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "tests/compat/threads/threads.h"
#include "tests/scene.h"

static void setup(void)
{
    GC_INIT();
    GC_allow_register_threads();
    reset_counters();
}

static void finish(pthread_t thread)
{
    void *problem;
    ck_assert_int_eq(pthread_join(thread, &problem), 0);
    if (problem != NULL)
        ck_abort_msg("a thread says: %s", (const char *)problem);
}

static pthread_t start(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, run, argument), 0);
    return thread;
}

static void run_in_thread(void *(*run)(void *), void *argument)
{
    finish(start(run, argument));
}

/* -------------------------------------------------------------- registration */

#define EXPECT(condition) \
    if (!(condition))     \
    return "not so: " #condition

static void *register_in_all_ways(void *unused)
{
    struct GC_stack_base base;
    (void)unused;
    EXPECT(!GC_thread_is_registered());
    EXPECT(GC_get_stack_base(&base) == GC_SUCCESS);
    EXPECT((uintptr_t)base.mem_base > (uintptr_t)&base);
    EXPECT(GC_register_my_thread(&base) == GC_SUCCESS);
    EXPECT(GC_thread_is_registered());
    EXPECT(GC_register_my_thread(&base) == GC_DUPLICATE);
    EXPECT(GC_MALLOC(BYTES) != NULL);
    EXPECT(GC_unregister_my_thread() == GC_SUCCESS);
    EXPECT(!GC_thread_is_registered());
    EXPECT(GC_MALLOC(BYTES) != NULL);
    EXPECT(GC_register_my_thread(&base) == GC_SUCCESS);
    return NULL;
}

START_TEST(a_thread_registers_once_until_it_unregisters)
{
    struct GC_stack_base base;
    run_in_thread(register_in_all_ways, NULL);
    ck_assert(GC_thread_is_registered());
    ck_assert_int_eq(GC_get_stack_base(&base), GC_SUCCESS);
    ck_assert_int_eq(GC_register_my_thread(&base), GC_DUPLICATE);
    ck_assert_ptr_eq(GC_get_my_stackbottom(&base),
                     GC_get_my_stackbottom(&base));
    ck_assert_uint_gt((uintptr_t)base.mem_base, (uintptr_t)&base);
}
END_TEST

static void *hold_and_wait(void *is_registered)
{
    struct GC_stack_base base;
    void *volatile pointers[HIDDEN];
    if (is_registered != NULL) {
        EXPECT(GC_get_stack_base(&base) == GC_SUCCESS);
        EXPECT(GC_register_my_thread(&base) == GC_SUCCESS);
    }
    reveal_all(pointers);
    arrive_and_wait();
    EXPECT(pointers[0] == reveal(0));
    if (is_registered != NULL)
        GC_unregister_my_thread();
    return NULL;
}

static size_t whole_while_held(void *is_registered)
{
    hide_objects();
    pthread_t thread = start(hold_and_wait, is_registered);
    await_count(&arrived, 1);
    let_go_and_collect();
    size_t whole = count_whole();
    count_up(&may_go);
    finish(thread);
    return whole;
}

START_TEST(a_registered_thread_keeps_what_it_has)
{
    ck_assert_uint_eq(whole_while_held(&arrived), HIDDEN);
}
END_TEST

START_TEST(another_thread_is_left_alone)
{
    ck_assert_uint_lt(whole_while_held(NULL), HIDDEN / 20);
}
END_TEST

static void *pass_on(struct GC_stack_base *base, void *argument)
{
    ck_assert_uint_gt((uintptr_t)base->mem_base, (uintptr_t)&argument);
    return argument;
}

START_TEST(a_function_is_called_with_the_end_of_the_stack)
{
    ck_assert_ptr_eq(GC_call_with_stack_base(pass_on, hidden), hidden);
}
END_TEST

/* ------------------------------------------------------------------- signals */

static void *block_all_but_one(void *unused)
{
    struct GC_stack_base base;
    sigset_t all;
    (void)unused;
    sigfillset(&all);
    sigdelset(&all, GC_get_suspend_signal());
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    GC_get_stack_base(&base);
    GC_register_my_thread(&base);
    arrive_and_wait();
    return NULL;
}

START_TEST(threads_are_stopped_by_the_signal_that_is_told)
{
    ck_assert_int_eq(GC_get_suspend_signal(), SIGPWR);
    ck_assert_int_eq(GC_get_thr_restart_signal(), SIGXCPU);
    pthread_t thread = start(block_all_but_one, NULL);
    await_count(&arrived, 1);
    GC_word before = GC_get_gc_no();
    GC_gcollect();
    ck_assert_uint_eq(GC_get_gc_no(), before + 1);
    count_up(&may_go);
    finish(thread);
}
END_TEST

START_TEST(the_signal_stays_open)
{
    sigset_t all, now;
    sigfillset(&all);
    GC_pthread_sigmask(SIG_SETMASK, &all, NULL);
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    sigemptyset(&all);
    ck_assert_int_eq(sigismember(&now, SIGPWR), 0);
    ck_assert_int_eq(sigismember(&now, SIGUSR1), 1);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
}
END_TEST

/* ------------------------------------------------------------------ blocking */

static void *wait_blocked(void *argument)
{
    void *volatile pointers[HIDDEN / 2];
    for (size_t i = 0; i < HIDDEN / 2; i++)
        pointers[i] = reveal(i);
    arrive_and_wait();
    return pointers[0] == reveal(0) ? argument : NULL;
}

static void *hold_half(void *argument)
{
    void *volatile pointers[HIDDEN / 2];
    for (size_t i = 0; i < HIDDEN / 2; i++)
        pointers[i] = reveal(HIDDEN / 2 + i);
    GC_MALLOC(BYTES);
    void *result = GC_do_blocking(wait_blocked, argument);
    return pointers[0] == reveal(HIDDEN / 2) ? result : NULL;
}

static void *go_active(void *argument)
{
    return GC_call_with_gc_active(hold_half, argument);
}

static void *block_twice(void *unused)
{
    struct GC_stack_base base;
    (void)unused;
    GC_get_stack_base(&base);
    GC_register_my_thread(&base);
    void *result = GC_do_blocking(go_active, hidden);
    GC_unregister_my_thread();
    return result == hidden ? NULL : "the result is another";
}

START_TEST(who_blocks_keeps_what_is_above_alone)
{
    hide_objects();
    pthread_t thread = start(block_twice, NULL);
    await_count(&arrived, 1);
    let_go_and_collect();
    size_t whole = count_whole();
    ck_assert_uint_ge(whole, HIDDEN / 2);
    ck_assert_uint_lt(whole, HIDDEN / 2 + HIDDEN / 20);
    count_up(&may_go);
    finish(thread);
}
END_TEST

START_TEST(outside_of_a_section_a_function_is_just_called)
{
    count_up(&may_go);
    hide_objects();
    ck_assert_ptr_eq(GC_call_with_gc_active(hold_half, hidden), hidden);
}
END_TEST

/* -------------------------------------------------------------------- stacks */

enum { FIBER_BYTES = 256 << 10 };

static ucontext_t back, there;
static char *main_bottom;
static size_t whole_in_fiber;

/* As a language with fibers does it: the end of the stack moves along. */
static void run_fiber(void)
{
    void *volatile pointers[HIDDEN];
    reveal_all(pointers);
    let_go_and_collect();
    whole_in_fiber = count_whole();
    ck_assert_ptr_eq(pointers[1], reveal(1));
    GC_stackbottom = main_bottom;
}

START_TEST(the_end_of_the_main_stack_may_be_moved)
{
    char *stack = mmap(NULL, FIBER_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    hide_objects();
    main_bottom = GC_stackbottom;
    ck_assert_uint_gt((uintptr_t)main_bottom, (uintptr_t)&stack);
    getcontext(&there);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = FIBER_BYTES;
    there.uc_link = &back;
    makecontext(&there, run_fiber, 0);
    GC_stackbottom = stack + FIBER_BYTES;
    swapcontext(&back, &there);
    ck_assert_uint_eq(whole_in_fiber, HIDDEN);
    ck_assert_ptr_eq(GC_stackbottom, main_bottom);
    munmap(stack, FIBER_BYTES);
}
END_TEST

/* The same in another thread, half of whose pointers are on the stack that it has
 * left: the program would have to push them. */
static ucontext_t back_in_thread;

static void wait_in_fiber(void)
{
    void *volatile pointers[HIDDEN / 2];
    for (size_t i = 0; i < HIDDEN / 2; i++)
        pointers[i] = reveal(i);
    arrive_and_wait();
    ck_assert_ptr_eq(pointers[1], reveal(1));
}

static void *leave_for_fiber(void *stack)
{
    struct GC_stack_base own, fiber = {(char *)stack + FIBER_BYTES}, told;
    void *volatile pointers[HIDDEN / 2];
    EXPECT(GC_get_stack_base(&own) == GC_SUCCESS);
    EXPECT(GC_register_my_thread(&own) == GC_SUCCESS);
    for (size_t i = 0; i < HIDDEN / 2; i++)
        pointers[i] = reveal(HIDDEN / 2 + i);
    getcontext(&there);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = FIBER_BYTES;
    there.uc_link = &back_in_thread;
    makecontext(&there, wait_in_fiber, 0);
    void *handle = GC_get_my_stackbottom(&told);
    EXPECT(told.mem_base == own.mem_base);
    GC_set_stackbottom(handle, &fiber);
    EXPECT(GC_get_my_stackbottom(&told) == handle);
    EXPECT(told.mem_base == fiber.mem_base);
    swapcontext(&back_in_thread, &there);
    GC_set_stackbottom(NULL, &own);
    EXPECT(pointers[1] == reveal(HIDDEN / 2 + 1));
    GC_unregister_my_thread();
    return NULL;
}

START_TEST(the_end_of_another_threads_stack_may_be_moved)
{
    char *stack = mmap(NULL, FIBER_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    hide_objects();
    pthread_t thread = start(leave_for_fiber, stack);
    await_count(&arrived, 1);
    let_go_and_collect();
    size_t whole = count_whole();
    ck_assert_uint_ge(whole, HIDDEN / 2);
    ck_assert_uint_lt(whole, HIDDEN / 2 + HIDDEN / 20);
    count_up(&may_go);
    finish(thread);
    munmap(stack, FIBER_BYTES);
}
END_TEST

/* Without the end having moved, all of both stacks counts. */
static void collect_in_fiber(void)
{
    let_go_and_collect();
    whole_in_fiber = count_whole();
}

START_TEST(a_collection_on_a_strange_stack_keeps_what_the_own_one_has)
{
    char *stack = mmap(NULL, FIBER_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *volatile pointers[HIDDEN];
    hide_objects();
    reveal_all(pointers);
    getcontext(&there);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = FIBER_BYTES;
    there.uc_link = &back;
    makecontext(&there, collect_in_fiber, 0);
    swapcontext(&back, &there);
    ck_assert_uint_eq(whole_in_fiber, HIDDEN);
    ck_assert_ptr_eq(pointers[1], reveal(1));
    munmap(stack, FIBER_BYTES);
}
END_TEST

static void collect_in_handler(int signal)
{
    (void)signal;
    GC_gcollect();
    whole_in_fiber = count_whole();
}

START_TEST(the_stack_of_signal_handlers_may_be_told)
{
    static char alternate[64 << 10];
    char here;
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate}, before;
    struct sigaction action = {.sa_handler = collect_in_handler,
                               .sa_flags = SA_ONSTACK};
    void *volatile pointers[HIDDEN];
    GC_register_altstack(&here, 1, alternate, sizeof alternate);
    sigaltstack(&stack, &before);
    sigaction(SIGUSR1, &action, NULL);
    hide_objects();
    reveal_all(pointers);
    memset(held, 0, sizeof held);
    raise(SIGUSR1);
    ck_assert_uint_eq(whole_in_fiber, HIDDEN);
    ck_assert_ptr_eq(pointers[1], reveal(1));
    signal(SIGUSR1, SIG_DFL);
    sigaltstack(&before, NULL);
    GC_register_altstack(NULL, 0, NULL, 0);
}
END_TEST

/* ------------------------------------------------------------------- stopping */

static unsigned steps, suspended, resumed;

static void *step(void *unused)
{
    struct GC_stack_base base;
    (void)unused;
    GC_get_stack_base(&base);
    GC_register_my_thread(&base);
    while (AO_int_load(&may_go) == 0) {
        GC_MALLOC(BYTES);
        count_up(&steps);
    }
    GC_unregister_my_thread();
    return NULL;
}

static void expect_no_step(void)
{
    unsigned before = AO_int_load(&steps);
    for (unsigned i = 0; i < 100; i++)
        sched_yield();
    ck_assert_uint_eq(AO_int_load(&steps), before);
}

static void expect_steps(void)
{
    await_count(&steps, AO_int_load(&steps) + 2);
}

START_TEST(one_thread_is_suspended_until_it_is_resumed)
{
    pthread_t thread = start(step, NULL);
    expect_steps();
    ck_assert(!GC_is_thread_suspended(thread));
    GC_suspend_thread(thread);
    ck_assert(GC_is_thread_suspended(thread));
    expect_no_step();
    GC_gcollect();
    expect_no_step();
    GC_resume_thread(thread);
    expect_steps();
    count_up(&may_go);
    finish(thread);
}
END_TEST

static void on_thread(GC_EventType event, void *thread)
{
    ck_assert_ptr_nonnull(thread);
    suspended += event == GC_EVENT_THREAD_SUSPENDED;
    resumed += event == GC_EVENT_THREAD_UNSUSPENDED;
}

START_TEST(all_threads_are_stopped_until_they_are_started)
{
    pthread_t thread = start(step, NULL);
    expect_steps();
    suspended = resumed = 0;
    GC_set_on_thread_event(on_thread);
    ck_assert_ptr_eq((void *)GC_get_on_thread_event(), (void *)on_thread);
    GC_stop_world_external();
    ck_assert_uint_eq(suspended, resumed + 1);
    expect_no_step();
    GC_start_world_external();
    expect_steps();
    GC_set_on_thread_event(NULL);
    count_up(&may_go);
    finish(thread);
    ck_assert_uint_eq(suspended, resumed);
    ck_assert_ptr_nonnull(GC_MALLOC(BYTES));
}
END_TEST

/* -------------------------------------------------------------------- scenes */

static void expect(bool is_so, const char *what)
{
    if (!is_so)
        printf("not so: %s\n", what);
}

static void live_in_child(void)
{
    void *object = GC_MALLOC(BYTES);
    GC_gcollect();
    expect(GC_base(object) == object, "a child collects");
    fflush(stdout);
    _exit(0);
}

static void fork_and_wait(void)
{
    pid_t child = fork();
    if (child == 0) {
        GC_atfork_child();
        live_in_child();
    }
    GC_atfork_parent();
    waitpid(child, NULL, 0);
}

static void fork_by_hand(void)
{
    pthread_t thread;
    GC_set_handle_fork(-1);
    GC_INIT();
    pthread_create(&thread, NULL, step, NULL);
    await_count(&steps, 1);
    for (unsigned i = 0; i < 10; i++) {
        GC_atfork_prepare();
        fork_and_wait();
    }
    count_up(&may_go);
    pthread_join(thread, NULL);
    printf("done\n");
}

static void choose_before(void)
{
    expect(GC_get_suspend_signal() == SIGPWR, "a signal is told before all");
    expect(GC_get_parallel() == 0, "no markers yet");
    expect(!GC_is_init_called(), "nothing was initialised for that");
    GC_set_suspend_signal(SIGUSR2);
    GC_set_thr_restart_signal(SIGUSR1);
    GC_set_markers_count(3);
    GC_INIT();
    GC_set_suspend_signal(SIGPWR);
    expect(GC_get_suspend_signal() == SIGUSR2, "the one that was chosen");
    expect(GC_get_thr_restart_signal() == SIGUSR1, "the other too");
    GC_start_mark_threads();
    expect(GC_get_parallel() == 2, "two help");
    printf("done\n");
}

START_TEST(a_program_may_call_the_handlers_of_fork_itself)
{
    struct played played = play("fork_by_hand", NULL);
    ck_assert_str_eq(played.text, "done\n");
}
END_TEST

START_TEST(signals_and_markers_are_chosen_before_all_else)
{
    struct played played = play("choose_before", NULL);
    ck_assert_str_eq(played.text, "done\n");
}
END_TEST

static int run_all(void)
{
    const TTest *tests[] = {
        a_thread_registers_once_until_it_unregisters,
        a_registered_thread_keeps_what_it_has,
        another_thread_is_left_alone,
        a_function_is_called_with_the_end_of_the_stack,
        threads_are_stopped_by_the_signal_that_is_told,
        the_signal_stays_open,
        who_blocks_keeps_what_is_above_alone,
        outside_of_a_section_a_function_is_just_called,
        the_end_of_the_main_stack_may_be_moved,
        the_end_of_another_threads_stack_may_be_moved,
        a_collection_on_a_strange_stack_keeps_what_the_own_one_has,
        the_stack_of_signal_handlers_may_be_told,
        one_thread_is_suspended_until_it_is_resumed,
        all_threads_are_stopped_until_they_are_started,
        a_program_may_call_the_handlers_of_fork_itself,
        signals_and_markers_are_chosen_before_all_else,
    };
    return run_suite("compat threads", setup, NULL, tests,
                     sizeof tests / sizeof *tests);
}

int main(int argc, char **argv)
{
    static const struct scene scenes[] = {SCENE(fork_by_hand),
                                          SCENE(choose_before)};
    if (argc > 1)
        return run_scene(argv[1], scenes, sizeof scenes / sizeof *scenes);
    return run_all();
}
