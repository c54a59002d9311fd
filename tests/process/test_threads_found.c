/* SPDX-License-Identifier: MIT */
/* What keeps an object alive in another thread than the one that collects. */

#define _GNU_SOURCE

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/hidden.h"
#include "tests/process/threads.h"
#include "tests/suite.h"

enum { BYTES = 48, FILLING = 0x6b };

static struct counter ready, may_go;
static struct gate may_end = CLOSED_GATE;

static void prepare(void)
{
    ready.value = may_go.value = 0;
    set_open(&may_end, false);
}

/* What was lost is handed out again and overwritten. */
static void overwrite_what_is_lost(void)
{
    for (unsigned i = 0; i < HIDDEN; i++)
        memset(gc_malloc(BYTES), 0xff, BYTES);
}

__attribute__((noinline)) static uintptr_t new_hidden_object(void)
{
    void *object = gc_malloc(BYTES);
    memset(object, FILLING, BYTES);
    return hide(object);
}

/* Overwrites what earlier calls have left below the caller's frame. */
__attribute__((noinline)) static void clean_stack(void)
{
    char frame[4096];
    memset(frame, 0, sizeof frame);
    __asm__ volatile("" : : "r"(frame) : "memory");
}

/* --------------------------------------------------------------------- stack */

static void *keep_in_frame(void *unused)
{
    void *words[HIDDEN];
    (void)unused;
    for (unsigned i = 0; i < HIDDEN; i++) {
        hidden[i] = new_hidden_object();
        words[i] = reveal(hidden[i]);
    }
    clean_stack();
    count_up(&ready);
    pass(&may_end);
    for (unsigned i = 0; i < HIDDEN; i++)
        if (!holds(words[i], FILLING, BYTES))
            return "an object was lost";
    return NULL;
}

START_TEST(the_stack_of_another_thread_keeps_objects_while_it_lives)
{
    prepare();
    pthread_t thread = start(keep_in_frame, NULL);
    await_count(&ready, 1);
    GC_collect();
    expect_alive(HIDDEN);
    overwrite_what_is_lost();
    set_open(&may_end, true);
    finish(thread);
    GC_collect();
    expect_gone(HIDDEN);
}
END_TEST

/* ----------------------------------------------------------------- registers */

#if defined(__x86_64__)

/* The address, as it was disguised, is made a pointer in one register, and stands
 * nowhere else, until the flag is set. */
#define SPIN_WITH_GENERAL(name)                                           \
    __attribute__((noinline)) static void *spin_with_##name(              \
        uintptr_t address, const unsigned *flag)                          \
    {                                                                     \
        void *object;                                                     \
        __asm__ volatile("mov %[address], %%" #name "\n"                  \
                         "xor %[address], %[address]\n"                   \
                         "not %%" #name "\n"                              \
                         "1: pause\n"                                     \
                         "cmpl $0, (%[flag])\n"                           \
                         "je 1b\n"                                        \
                         "mov %%" #name ", %[object]\n"                   \
                         : [object] "=a"(object), [address] "+D"(address) \
                         : [flag] "S"(flag)                               \
                         : #name, "memory", "cc");                        \
        return object;                                                    \
    }

SPIN_WITH_GENERAL(rbx)
SPIN_WITH_GENERAL(r12)
SPIN_WITH_GENERAL(r15)
SPIN_WITH_GENERAL(rcx)
SPIN_WITH_GENERAL(r8)
SPIN_WITH_GENERAL(r11)

#define SPIN_WITH_VECTOR(name)                                            \
    __attribute__((noinline)) static void *spin_with_##name(              \
        uintptr_t address, const unsigned *flag)                          \
    {                                                                     \
        void *object;                                                     \
        __asm__ volatile("not %[address]\n"                               \
                         "movq %[address], %%" #name "\n"                 \
                         "xor %[address], %[address]\n"                   \
                         "1: pause\n"                                     \
                         "cmpl $0, (%[flag])\n"                           \
                         "je 1b\n"                                        \
                         "movq %%" #name ", %[object]\n"                  \
                         : [object] "=a"(object), [address] "+D"(address) \
                         : [flag] "S"(flag)                               \
                         : #name, "memory", "cc");                        \
        return object;                                                    \
    }

SPIN_WITH_VECTOR(xmm0)
SPIN_WITH_VECTOR(xmm7)
SPIN_WITH_VECTOR(xmm15)

static void *(*const spins[])(uintptr_t, const unsigned *) = {
    spin_with_rbx,  spin_with_r12,  spin_with_r15,
    spin_with_rcx,  spin_with_r8,   spin_with_r11,
    spin_with_xmm0, spin_with_xmm7, spin_with_xmm15,
};
enum { SPINS = sizeof spins / sizeof *spins };

static void *keep_in_register(void *argument)
{
    const unsigned *which = argument;
    uintptr_t address = new_hidden_object();
    clean_stack();
    count_up(&ready);
    const void *object = spins[*which](address, &may_go.value);
    return holds(object, FILLING, BYTES) ? NULL : "the object was lost";
}

START_TEST(any_register_of_another_thread_keeps_an_object)
{
    for (unsigned which = 0; which < SPINS; which++) {
        prepare();
        pthread_t thread = start(keep_in_register, &which);
        await_count(&ready, 1);
        for (int i = 0; i < 3; i++) {
            GC_collect();
            overwrite_what_is_lost();
        }
        count_up(&may_go);
        finish(thread);
    }
}
END_TEST

#else

static void *keep_in_register(void *unused)
{
    (void)unused;
    const void *object = reveal(new_hidden_object());
    count_up(&ready);
    while (count_of(&may_go) == 0)
        continue;
    return holds(object, FILLING, BYTES) ? NULL : "the object was lost";
}

START_TEST(any_register_of_another_thread_keeps_an_object)
{
    prepare();
    pthread_t thread = start(keep_in_register, NULL);
    await_count(&ready, 1);
    GC_collect();
    overwrite_what_is_lost();
    count_up(&may_go);
    finish(thread);
}
END_TEST

#endif

/* ------------------------------------------------------ thread-local, specific */

static _Thread_local void *in_thread[HIDDEN];
static pthread_key_t key;

static void *keep_in_thread_locals(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < HIDDEN; i++) {
        hidden[i] = new_hidden_object();
        in_thread[i] = reveal(hidden[i]);
    }
    clean_stack();
    count_up(&ready);
    pass(&may_end);
    for (unsigned i = 0; i < HIDDEN; i++)
        if (!holds(in_thread[i], FILLING, BYTES))
            return "an object was lost";
    return NULL;
}

START_TEST(thread_local_variables_of_another_thread_keep_objects_while_it_lives)
{
    prepare();
    pthread_t thread = start(keep_in_thread_locals, NULL);
    await_count(&ready, 1);
    GC_collect();
    expect_alive(HIDDEN);
    overwrite_what_is_lost();
    set_open(&may_end, true);
    finish(thread);
    GC_collect();
    expect_gone(HIDDEN);
}
END_TEST

static void *keep_as_specific(void *unused)
{
    (void)unused;
    pthread_setspecific(key, reveal(new_hidden_object()));
    clean_stack();
    count_up(&ready);
    pass(&may_end);
    return holds(pthread_getspecific(key), FILLING, BYTES)
               ? NULL
               : "the object was lost";
}

START_TEST(thread_specific_data_of_other_threads_keep_objects)
{
    enum { THREADS = 20 };
    pthread_t threads[THREADS];
    prepare();
    ck_assert_int_eq(pthread_key_create(&key, NULL), 0);
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = start(keep_as_specific, NULL);
    await_count(&ready, THREADS);
    GC_collect();
    overwrite_what_is_lost();
    set_open(&may_end, true);
    for (unsigned i = 0; i < THREADS; i++)
        finish(threads[i]);
    pthread_key_delete(key);
}
END_TEST

/* ------------------------------------------------------ arguments and results */

static void *look_at_argument(void *argument)
{
    return holds(argument, FILLING, BYTES) ? NULL : "the argument was lost";
}

/* A sanitizer has the argument in memory of its own until the thread runs. */
#if defined(UNDER_SANITIZER)
static void *volatile seen_argument;
#define SEE_ARGUMENT(argument) (seen_argument = (argument))
#else
#define SEE_ARGUMENT(argument) (argument)
#endif

__attribute__((noinline)) static pthread_t start_with_object(void)
{
    void *object = reveal(new_hidden_object());
    return start(look_at_argument, SEE_ARGUMENT(object));
}

START_TEST(the_argument_that_a_thread_is_started_with_is_kept)
{
    for (unsigned i = 0; i < 200; i++) {
        pthread_t thread = start_with_object();
        clean_stack();
        GC_collect();
        for (unsigned j = 0; j < 100; j++)
            memset(gc_malloc(BYTES), 0xff, BYTES);
        finish(thread);
    }
}
END_TEST

static void *volatile until_joined;

/* Others collect meanwhile, so it is never hidden. */
static void *return_object(void *unused)
{
    void *object = gc_malloc(BYTES);
    (void)unused;
    memset(object, FILLING, BYTES);
    until_joined = object;
    return object;
}

static struct counter is_over;

static void *collect_until_it_is_over(void *unused)
{
    while (count_of(&is_over) == 0) {
        collect_and_wait();
        for (unsigned i = 0; i < 100; i++)
            memset(gc_malloc(BYTES), 0xff, BYTES);
    }
    return unused;
}

START_TEST(what_a_thread_returned_is_kept_by_who_has_joined_it)
{
    is_over.value = 0;
    pthread_t collecting = start(collect_until_it_is_over, NULL);
    for (unsigned i = 0; i < 100; i++) {
        void *object = join(start(return_object, NULL));
        until_joined = NULL;
        for (unsigned j = 0; j < 10; j++)
            sched_yield();
        ck_assert(holds(object, FILLING, BYTES));
    }
    count_up(&is_over);
    finish(collecting);
}
END_TEST

/* ------------------------------------------------- threads that never call us */

static void *keep_what_was_given(void *argument)
{
    void *kept[1] = {*(void **)argument};
    *(void **)argument = NULL;
    __asm__ volatile("" : : "r"(kept) : "memory");
    count_up(&ready);
    pass(&may_end);
    return holds(kept[0], FILLING, BYTES) ? NULL : "the object was lost";
}

START_TEST(a_thread_that_never_calls_the_library_keeps_an_object)
{
    enum { THREADS = 20 };
    static void *given[THREADS];
    pthread_t threads[THREADS];
    prepare();
    for (unsigned i = 0; i < THREADS; i++) {
        given[i] = reveal(new_hidden_object());
        threads[i] = start(keep_what_was_given, &given[i]);
    }
    await_count(&ready, THREADS);
    clean_stack();
    GC_collect();
    overwrite_what_is_lost();
    set_open(&may_end, true);
    for (unsigned i = 0; i < THREADS; i++)
        finish(threads[i]);
}
END_TEST

/* Known from its beginning where pthread_create is wrapped, it has itself
 * forgotten.  Has them all in its frame, as complements until then, and calls
 * nothing any more. */
static void *reveal_all(void *context)
{
    (void)context;
    void *volatile pointers[HIDDEN];
    if (!gc_register_thread())
        return "it could not be registered";
    gc_unregister_thread();
    for (unsigned i = 0; i < HIDDEN; i++)
        pointers[i] = reveal(hidden[i]);
    count_up(&ready);
    pass(&may_end);
    return pointers[0] == reveal(hidden[0]) ? NULL : "it did not have it";
}

START_TEST(strangers_keep_nothing_where_that_was_said)
{
    static void *held[HIDDEN];
    prepare();
    for (unsigned i = 0; i < HIDDEN; i++) {
        hidden[i] = new_hidden_object();
        held[i] = reveal(hidden[i]);
    }
    /* A wrapper of pthread_create must not make it known. */
    ck_assert(gc_set(TIDEMARK_STRANGERS, 0));
    pthread_t thread = start(reveal_all, NULL);
    ck_assert(gc_set(TIDEMARK_STRANGERS, 1));
    await_count(&ready, 1);
    memset(held, 0, sizeof held);
    GC_collect();
    expect_alive(HIDDEN);
    ck_assert(gc_set(TIDEMARK_STRANGERS, 0));
    GC_collect();
    expect_gone(HIDDEN);
    ck_assert(gc_set(TIDEMARK_STRANGERS, 1));
    set_open(&may_end, true);
    finish(thread);
}
END_TEST

/* As long as it takes to lose patience with one that sleeps. */
static void spin(unsigned milliseconds)
{
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000 +
               (now.tv_nsec - start.tv_nsec) / 1000000 <
           milliseconds);
}

/* All signals, and libc's own too, which pthread_sigmask(3) leaves alone. */
static void *spin_as_if_just_started(void *argument)
{
    uint64_t all = UINT64_MAX, before;
    void *object = *(void **)argument;
    *(void **)argument = NULL;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
    count_up(&ready);
    spin(500);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof all);
    return holds(object, FILLING, BYTES) ? NULL : "an object was lost";
}

START_TEST(a_thread_that_takes_long_to_start_keeps_what_it_was_given)
{
    static void *given;
    prepare();
    given = reveal(new_hidden_object());
    pthread_t thread = start(spin_as_if_just_started, &given);
    await_count(&ready, 1);
    clean_stack();
    GC_collect();
    overwrite_what_is_lost();
    finish(thread);
}
END_TEST

/* ------------------------------------------------ where no signal gets through */

#if defined(__x86_64__)

/* As the child of a vfork, on its parent's stack. */
__attribute__((noreturn)) static void sleep_and_end(void)
{
    static const struct timespec while_parent_waits = {.tv_nsec = 500000000};
    syscall(SYS_nanosleep, &while_parent_waits, NULL);
    for (;;)
        syscall(SYS_exit_group, 0);
}

/* The address is a pointer in a register, and nowhere else, while the system has
 * the thread wait for its child. */
__attribute__((noinline)) static uintptr_t wait_with_register(uintptr_t address)
{
    long child = SYS_vfork;
    uintptr_t kept = address;
    __asm__ volatile("mov %[kept], %%r12\n\tnot %%r12\n\t"
                     "syscall\n\tnot %%r12\n\tmov %%r12, %[kept]"
                     : "+a"(child), [kept] "+&r"(kept)
                     :
                     : "rcx", "r11", "r12", "memory");
    if (child == 0)
        sleep_and_end();
    return child < 0 || waitpid((pid_t)child, NULL, 0) != child ? 0 : kept;
}

static void *vfork_with_object(void *argument)
{
    uintptr_t address = *(uintptr_t *)argument;
    count_up(&ready);
    uintptr_t kept = wait_with_register(address);
    if (kept != address)
        return "there was no child";
    return holds(reveal(address), FILLING, BYTES) ? NULL : "an object was lost";
}

START_TEST(a_thread_that_waits_for_its_vforked_child_is_waited_for)
{
    static uintptr_t given;
    prepare();
    given = new_hidden_object();
    pthread_t thread = start(vfork_with_object, &given);
    await_count(&ready, 1);
    clean_stack();
    usleep(50 * 1000); /* the child sleeps for longer */
    GC_collect();
    overwrite_what_is_lost();
    finish(thread);
}
END_TEST

#else

START_TEST(a_thread_that_waits_for_its_vforked_child_is_waited_for)
{
    prepare();
}
END_TEST

#endif

SUITE("threads_found", the_stack_of_another_thread_keeps_objects_while_it_lives,
      any_register_of_another_thread_keeps_an_object,
      thread_local_variables_of_another_thread_keep_objects_while_it_lives,
      thread_specific_data_of_other_threads_keep_objects,
      the_argument_that_a_thread_is_started_with_is_kept,
      what_a_thread_returned_is_kept_by_who_has_joined_it,
      a_thread_that_never_calls_the_library_keeps_an_object,
      a_thread_that_takes_long_to_start_keeps_what_it_was_given,
      a_thread_that_waits_for_its_vforked_child_is_waited_for,
      strangers_keep_nothing_where_that_was_said)
