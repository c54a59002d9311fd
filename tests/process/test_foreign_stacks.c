/* SPDX-License-Identifier: MIT */
/* Collections on stacks that are not the thread's own: all that the stacks hold
 * lives, and nothing crashes. */

#define _GNU_SOURCE

#include <signal.h>
#include <sys/resource.h>

#include "tests/process/coroutines.h"

/* --------------------------------------------------- collecting on any stack */

__attribute__((noinline)) static bool collect_and_look(unsigned seed)
{
    struct held held;
    fill(&held, seed);
    for (int round = 0; round < 3; round++)
        collect();
    return is_intact(&held, seed);
}

static void run_collecting(struct coroutine *self)
{
    self->is_well = collect_and_look(1);
}

/* The frame that is suspended meanwhile holds objects too. */
__attribute__((noinline)) static void
expect_that_all_live(struct coroutine *self)
{
    struct held held;
    fill(&held, 100);
    resume(self);
    ck_assert(self->is_over);
    ck_assert(self->is_well);
    ck_assert(is_intact(&held, 100));
}

static void expect_collections_on(void *low)
{
    struct coroutine *self = prepare(run_collecting, low, STACK_BYTES);
    expect_that_all_live(self);
    free(self);
}

START_TEST(a_collection_on_a_registered_stack_finds_all)
{
    struct coroutine *self = prepare_registered(run_collecting);
    expect_that_all_live(self);
    dispose(self);
}
END_TEST

START_TEST(a_collection_on_a_mapping_finds_all)
{
    void *low = map(STACK_BYTES);
    expect_collections_on(low);
    munmap(low, STACK_BYTES);
}
END_TEST

START_TEST(a_collection_in_memory_of_libc_finds_all)
{
    void *low = malloc(STACK_BYTES);
    expect_collections_on(low);
    free(low);
    static char *neighbours[64]; /* small enough for libc's arena */
    for (int i = 0; i < 64; i++)
        neighbours[i] = malloc(STACK_BYTES / 2);
    struct coroutine *self =
        prepare(run_collecting, neighbours[20], STACK_BYTES / 2);
    expect_that_all_live(self);
    free(self);
    for (int i = 0; i < 64; i++)
        free(neighbours[i]);
}
END_TEST

START_TEST(a_collection_in_a_static_array_finds_all)
{
    static _Alignas(16) char memory[STACK_BYTES];
    expect_collections_on(memory);
}
END_TEST

START_TEST(a_collection_in_an_uncollectable_object_finds_all)
{
    void *scanned = gc_malloc_uncollectable(STACK_BYTES);
    expect_collections_on(scanned);
    gc_free(scanned);
    void *atomic = gc_malloc_atomic_uncollectable(STACK_BYTES);
    expect_collections_on(atomic);
    gc_free(atomic);
}
END_TEST

/* Only the stack pointer holds the object that it points into. */
START_TEST(a_collection_in_an_object_that_is_collected_finds_all)
{
    struct coroutine *self =
        prepare(run_collecting, gc_malloc_atomic(STACK_BYTES), STACK_BYTES);
    self->low = NULL;
    expect_that_all_live(self);
    free(self);
}
END_TEST

START_TEST(a_collection_finds_all_without_a_file)
{
    void *low = map(STACK_BYTES);
    struct rlimit old;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
    struct rlimit none = {0, old.rlim_max};
    GC_collect();
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    expect_collections_on(low);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
    munmap(low, STACK_BYTES);
}
END_TEST

__attribute__((noinline)) static void descend(unsigned levels,
                                              struct coroutine *self)
{
    volatile char room[4096];
    room[0] = 1;
    if (levels == 0)
        expect_that_all_live(self);
    else
        descend(levels - 1, self);
    room[1] = room[0];
}

START_TEST(a_deep_main_stack_that_was_left_is_found)
{
    void *low = map(STACK_BYTES);
    struct coroutine *self = prepare(run_collecting, low, STACK_BYTES);
    descend(800, self);
    free(self);
    munmap(low, STACK_BYTES);
}
END_TEST

/* ---------------------------------------------------------- signal handlers */

static volatile sig_atomic_t handled_well;
static void *guarded;

static void on_signal(int signal)
{
    (void)signal;
    handled_well = collect_and_look(7);
}

static void on_fault(int signal)
{
    on_signal(signal);
    mprotect(guarded, 4096, PROT_READ | PROT_WRITE);
}

static void handle_on(void *low, int signal, void (*handler)(int))
{
    stack_t alternate = {.ss_sp = low, .ss_size = STACK_BYTES};
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    ck_assert_int_eq(sigaltstack(&alternate, NULL), 0);
    ck_assert_int_eq(sigaction(signal, &action, NULL), 0);
    handled_well = 0;
}

static void stop_handling(int signal)
{
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(signal, &action, NULL);
}

__attribute__((noinline)) static void expect_a_handled_signal(void *low)
{
    struct held held;
    fill(&held, 33);
    handle_on(low, SIGUSR1, on_signal);
    raise(SIGUSR1);
    ck_assert(handled_well);
    ck_assert(is_intact(&held, 33));
    stop_handling(SIGUSR1);
}

__attribute__((noinline)) static void expect_a_handled_fault(void *low)
{
    struct held held;
    fill(&held, 44);
    guarded = map(4096);
    mprotect(guarded, 4096, PROT_NONE);
    handle_on(low, SIGSEGV, on_fault);
    *(volatile char *)guarded = 1;
    ck_assert(handled_well);
    ck_assert(is_intact(&held, 44));
    stop_handling(SIGSEGV);
    munmap(guarded, 4096);
}

START_TEST(a_handler_on_an_alternate_stack_may_collect)
{
    void *low = map(STACK_BYTES);
    expect_a_handled_signal(low);
    expect_a_handled_fault(low);
    munmap(low, STACK_BYTES);
    low = malloc(STACK_BYTES / 2 * 2);
    expect_a_handled_signal(low);
    free(low);
}
END_TEST

static void run_signalled(struct coroutine *self)
{
    struct held held;
    fill(&held, 2);
    raise(SIGUSR1);
    self->is_well = is_intact(&held, 2);
}

START_TEST(a_handler_that_interrupts_a_coroutine_may_collect)
{
    void *alternate = map(STACK_BYTES);
    struct coroutine *self = prepare_registered(run_signalled);
    handle_on(alternate, SIGUSR1, on_signal);
    expect_that_all_live(self);
    ck_assert(handled_well);
    stop_handling(SIGUSR1);
    dispose(self);
    munmap(alternate, STACK_BYTES);
}
END_TEST

/* ------------------------------------------------------------ other threads */

static void run_waiting(struct coroutine *self)
{
    struct held held;
    fill(&held, 3);
    count_up(&arrived);
    await_count(&released, 1);
    self->is_well = is_intact(&held, 3);
}

__attribute__((noinline)) static const char *wait_on(struct coroutine *self)
{
    struct held held;
    fill(&held, 4);
    resume(self);
    if (!self->is_well)
        return "the coroutine's objects are lost";
    return is_intact(&held, 4) ? NULL : "the thread's objects are lost";
}

static void *wait_on_stack(void *registered)
{
    struct coroutine *self =
        prepare(run_waiting, map(STACK_BYTES), STACK_BYTES);
    if (registered != NULL)
        self->stack = gc_stack_new(self->low, STACK_BYTES);
    const char *problem = wait_on(self);
    dispose(self);
    return (void *)problem;
}

static void on_wait(int signal)
{
    (void)signal;
    struct coroutine self;
    run_waiting(&self);
    handled_well = self.is_well;
}

/* A thread that has never called the library holds nothing of its own. */
static void *wait_in_handler(void *unused)
{
    (void)unused;
    struct held held;
    fill(&held, 5);
    void *low = map(STACK_BYTES);
    handle_on(low, SIGUSR1, on_wait);
    pthread_kill(pthread_self(), SIGUSR1);
    stop_handling(SIGUSR1);
    munmap(low, STACK_BYTES);
    if (!handled_well)
        return "the handler's objects are lost";
    return is_intact(&held, 5) ? NULL : "the thread's objects are lost";
}

static void expect_waiting_well(thread_function *run, void *argument)
{
    pthread_t thread = start(run, argument);
    await_count(&arrived, 1);
    for (int round = 0; round < 3; round++)
        collect();
    count_up(&released);
    finish(thread);
}

START_TEST(another_thread_may_be_on_a_registered_stack)
{
    expect_waiting_well(wait_on_stack, &arrived);
}
END_TEST

START_TEST(another_thread_may_be_on_an_unknown_stack)
{
    expect_waiting_well(wait_on_stack, NULL);
}
END_TEST

START_TEST(another_thread_may_be_in_a_handler_on_an_alternate_stack)
{
    expect_waiting_well(wait_in_handler, NULL);
}
END_TEST

FIXTURE_SUITE("foreign stacks", reset_counters, NULL,
              a_collection_on_a_registered_stack_finds_all,
              a_collection_on_a_mapping_finds_all,
              a_collection_in_memory_of_libc_finds_all,
              a_collection_in_a_static_array_finds_all,
              a_collection_in_an_uncollectable_object_finds_all,
              a_collection_in_an_object_that_is_collected_finds_all,
              a_collection_finds_all_without_a_file,
              a_deep_main_stack_that_was_left_is_found,
              a_handler_on_an_alternate_stack_may_collect,
              a_handler_that_interrupts_a_coroutine_may_collect,
              another_thread_may_be_on_a_registered_stack,
              another_thread_may_be_on_an_unknown_stack,
              another_thread_may_be_in_a_handler_on_an_alternate_stack)
