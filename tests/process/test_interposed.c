/* SPDX-License-Identifier: MIT */
/* The wrappers of libc's functions: that they are reached, what they do, and that
 * a program that does not use the library notices nothing. */

#define _GNU_SOURCE

#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <threads.h>
#include <unistd.h>

#include "tests/crowd.h"
#include "tests/hidden.h"
#include "tests/process/threads.h"
#include "tests/scene.h"

enum { BYTES = 48, FILLING = 0x6b, TIMEOUT_MS = 200 };

static struct counter ready, may_end;

static sigset_t set_of(int signal)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    return set;
}

static sigset_t all_signals(void)
{
    sigset_t set;
    sigfillset(&set);
    return set;
}

static bool is_blocked(int signal)
{
    sigset_t blocked;
    return pthread_sigmask(SIG_BLOCK, NULL, &blocked) == 0 &&
           sigismember(&blocked, signal) == 1;
}

static unsigned thread_errors;

static void count_thread_errors(const struct gc_error *error, void *context)
{
    (void)context;
    thread_errors += error->code == TIDEMARK_ERROR_THREAD;
}

/* ----------------------------------------------------------------- reached */

#if !defined(UNDER_SANITIZER)

START_TEST(the_names_of_libc_are_found_in_the_library)
{
    static const char *const names[] = {
        "pthread_create", "thrd_create", "pthread_sigmask", "sigprocmask",
        "sigwait",        "sigwaitinfo", "sigtimedwait",
    };
    Dl_info ours, found;
    ck_assert_int_ne(dladdr(dlsym(RTLD_DEFAULT, "gc_malloc"), &ours), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ck_assert_int_ne(dladdr(dlsym(RTLD_DEFAULT, names[i]), &found), 0);
        if (found.dli_fbase != ours.dli_fbase)
            ck_abort_msg("%s is found in %s", names[i], found.dli_fname);
    }
}
END_TEST

#else

START_TEST(the_names_of_libc_are_found_in_the_library)
{
    ck_assert_ptr_nonnull(dlsym(RTLD_DEFAULT, "pthread_create"));
}
END_TEST

#endif

/* Blocks all signals behind the wrappers' backs. */
static void *block_without_calling(void *unused)
{
    sigset_t all = all_signals();
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, _NSIG / 8);
    count_up(&ready);
    await_count(&may_end, 1);
    return unused;
}

static pthread_t start_plainly(void)
{
    return start(block_without_calling, NULL);
}

/* Libc's own signals are blocked too. */
static pthread_t start_as_a_runtime(void)
{
    uint64_t all = UINT64_MAX, before;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, _NSIG / 8);
    pthread_t thread = start_plainly();
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, _NSIG / 8);
    return thread;
}

/* A thread that is known is waited for; one that is not, is not. */
static void tell_who_is_known_of(pthread_t (*start_one)(void))
{
    REQUIRE(gc_init());
    gc_set_error_handler(count_thread_errors, NULL);
    REQUIRE(gc_set(TIDEMARK_STOP_TIMEOUT, TIMEOUT_MS));
    pthread_t thread = start_one();
    await_count(&ready, 1);
    GC_collect();
    count_up(&may_end);
    finish(thread);
    puts(thread_errors > 0 ? "known" : "unknown");
}

static void tell_who_is_known(void)
{
    tell_who_is_known_of(start_plainly);
}

static void tell_who_is_known_to_a_runtime(void)
{
    tell_who_is_known_of(start_as_a_runtime);
}

START_TEST(a_thread_is_known_although_it_never_calls_the_library)
{
    struct played played = play("tell_who_is_known", NULL);
    expect_success(&played);
    ck_assert_str_eq(played.text, "known\n");
}
END_TEST

START_TEST(a_thread_that_a_runtime_makes_is_not_known_before_it_calls)
{
    struct played played = play("tell_who_is_known_to_a_runtime", NULL);
    expect_success(&played);
    ck_assert_str_eq(played.text, "unknown\n");
}
END_TEST

START_TEST(a_variable_switches_the_wrappers_off)
{
    struct played played =
        play("tell_who_is_known", "TIDEMARK_INTERPOSE=0", NULL);
    expect_success(&played);
    ck_assert_str_eq(played.text, "unknown\n");
}
END_TEST

/* ----------------------------------------------------------------- untouched */

static void *return_argument(void *argument)
{
    return argument;
}

static int return_number(void *number)
{
    return *(int *)number;
}

static void use_threads_and_signals(void)
{
    sigset_t all = all_signals(), usr1 = set_of(SIGUSR1), before;
    const struct timespec now = {0, 0};
    int number = 7, result = 0;
    thrd_t thread;
    REQUIRE(join(start(return_argument, &number)) == &number);
    REQUIRE(thrd_create(&thread, return_number, &number) == thrd_success);
    REQUIRE(thrd_join(thread, &result) == thrd_success && result == number);

    REQUIRE(pthread_sigmask(SIG_BLOCK, &usr1, &before) == 0);
    REQUIRE(sigismember(&before, SIGUSR1) == 0 && is_blocked(SIGUSR1));
    REQUIRE(pthread_sigmask(SIG_UNBLOCK, &usr1, NULL) == 0);
    REQUIRE(!is_blocked(SIGUSR1));
    REQUIRE(sigprocmask(SIG_SETMASK, &all, &before) == 0);
    REQUIRE(sigismember(&before, SIGUSR1) == 0 && is_blocked(SIGUSR1));
    REQUIRE(pthread_sigmask(-1, &usr1, NULL) == EINVAL);
    errno = 0;
    REQUIRE(sigprocmask(-1, &usr1, NULL) == -1 && errno == EINVAL);

    raise(SIGUSR1);
    REQUIRE(sigwait(&usr1, &number) == 0 && number == SIGUSR1);
    raise(SIGUSR1);
    REQUIRE(sigwaitinfo(&usr1, NULL) == SIGUSR1);
    raise(SIGUSR1);
    REQUIRE(sigtimedwait(&usr1, NULL, &now) == SIGUSR1);
    REQUIRE(sigtimedwait(&usr1, NULL, &now) == -1 && errno == EAGAIN);
    REQUIRE(sigprocmask(SIG_SETMASK, &before, NULL) == 0);
}

static bool all_can_be_blocked(void)
{
    sigset_t all = all_signals(), before;
    bool are_blocked = true;
    REQUIRE(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    for (int signal = SIGRTMIN; signal <= SIGRTMAX; signal++)
        are_blocked &= is_blocked(signal);
    REQUIRE(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    return are_blocked;
}

static void use_all_without_the_library(void)
{
    use_threads_and_signals();
    REQUIRE(all_can_be_blocked());
}

static void use_all_with_the_library(void)
{
    REQUIRE(gc_init());
    REQUIRE(all_can_be_blocked());
    use_threads_and_signals();
    REQUIRE(!all_can_be_blocked());
}

START_TEST(a_program_that_does_not_use_the_library_notices_nothing)
{
    struct played played = play("use_all_without_the_library", NULL);
    expect_success(&played);
}
END_TEST

START_TEST(one_that_uses_it_cannot_block_one_signal)
{
    struct played played = play("use_all_with_the_library", NULL);
    expect_success(&played);
}
END_TEST

/* Runs before the constructors of all libraries. */
static bool is_early;

static void call_early(int argc, char **argv, char **environment)
{
    (void)environment;
    if (argc > 1 && strcmp(argv[1], "call_before_the_constructors") == 0) {
        use_all_without_the_library();
        is_early = true;
    }
}

__attribute__((section(".preinit_array"), used)) static void (
        *const before_constructors)(int, char **, char **) = call_early;

static void call_before_the_constructors(void)
{
    REQUIRE(is_early);
    use_all_with_the_library();
}

START_TEST(the_wrappers_work_before_any_constructor_has_run)
{
    struct played played = play("call_before_the_constructors", NULL);
    expect_success(&played);
}
END_TEST

/* ------------------------------------------------------------------ starting */

static void *own_stack_is(void *stack_bytes)
{
    pthread_attr_t with;
    void *low;
    size_t bytes;
    void *kept = gc_malloc(BYTES);
    memset(kept, FILLING, BYTES);
    if (pthread_getattr_np(pthread_self(), &with) != 0)
        return "it has no attributes";
    pthread_attr_getstack(&with, &low, &bytes);
    pthread_attr_destroy(&with);
    GC_collect();
    if (!holds(kept, FILLING, BYTES))
        return "an object was lost";
    return bytes == *(size_t *)stack_bytes ? NULL : "it has another stack";
}

START_TEST(a_thread_runs_on_a_stack_of_the_caller_s)
{
    size_t bytes = SMALL_STACK_BYTES;
    for (unsigned i = 0; i < 100; i++) {
        pthread_attr_t with;
        pthread_t thread;
        void *stack = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ck_assert_ptr_ne(stack, MAP_FAILED);
        ck_assert_int_eq(pthread_attr_init(&with), 0);
        ck_assert_int_eq(pthread_attr_setstack(&with, stack, bytes), 0);
        ck_assert_int_eq(pthread_create(&thread, &with, own_stack_is, &bytes),
                         0);
        pthread_attr_destroy(&with);
        finish(thread);
        munmap(stack, bytes);
        GC_collect();
    }
}
END_TEST

static void *errno_and_mask(void *unused)
{
    (void)unused;
    if (errno != 0)
        return "errno is set";
    return is_blocked(SIGUSR2) && !is_blocked(SIGUSR1) ? NULL
                                                       : "it has another mask";
}

START_TEST(a_thread_begins_as_it_would_without_the_library)
{
    sigset_t usr2 = set_of(SIGUSR2);
    ck_assert(gc_init());
    pthread_sigmask(SIG_BLOCK, &usr2, NULL);
    finish(start(errno_and_mask, NULL));
    pthread_sigmask(SIG_UNBLOCK, &usr2, NULL);
}
END_TEST

static int look_and_exit(void *object)
{
    gc_keep_alive(gc_malloc(BYTES));
    GC_collect();
    if (holds(object, FILLING, BYTES))
        thrd_exit(FILLING);
    return 0;
}

START_TEST(threads_of_c11_keep_their_argument_and_return_a_number)
{
    for (unsigned i = 0; i < 100; i++) {
        thrd_t thread;
        int result = 0;
        void *object = gc_malloc(BYTES);
        memset(object, FILLING, BYTES);
        ck_assert_int_eq(thrd_create(&thread, look_and_exit, object),
                         thrd_success);
        object = NULL;
        ck_assert_int_eq(thrd_join(thread, &result), thrd_success);
        ck_assert_int_eq(result, FILLING);
    }
}
END_TEST

/* ------------------------------------------------------------------- failing */

enum { FAILURES = 10000 };

static size_t metadata_bytes(void)
{
    struct gc_stats stats;
    gc_stats(&stats, sizeof stats);
    return stats.metadata_bytes;
}

/* A stack that nobody can have. */
static int fail_to_create(void *argument)
{
    pthread_attr_t with;
    pthread_t thread;
    REQUIRE(pthread_attr_init(&with) == 0);
    REQUIRE(pthread_attr_setstacksize(&with, (size_t)1 << 50) == 0);
    int error = pthread_create(&thread, &with, return_argument, argument);
    pthread_attr_destroy(&with);
    return error;
}

__attribute__((noinline)) static void fail_with_objects(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        void *object = gc_malloc(BYTES);
        hidden[i] = hide(object);
        REQUIRE(fail_to_create(object) == EAGAIN);
    }
}

static void create_in_vain(void)
{
    fail_with_objects(100);
    GC_collect();
    size_t metadata = metadata_bytes();
    fail_with_objects(FAILURES);
    GC_collect();
    REQUIRE(metadata_bytes() <= metadata);
    REQUIRE(count_alive(FAILURES) <= FAILURES / 20);
}

START_TEST(threads_that_cannot_be_made_leave_nothing_behind)
{
    struct played played = play("create_in_vain", NULL);
    expect_success(&played);
}
END_TEST

/* Without a cached stack of another thread's. */
static void create_without_memory(void)
{
    thrd_t thread;
    pthread_t other;
    int number = 7, result;
    REQUIRE(gc_init());
    struct rlimit old = limit_address_space(1 << 20);
    result = thrd_create(&thread, return_number, &number);
    REQUIRE(result == thrd_nomem || result == thrd_error);
    REQUIRE(pthread_create(&other, NULL, return_argument, NULL) == EAGAIN);
    REQUIRE(setrlimit(RLIMIT_AS, &old) == 0);
    REQUIRE(thrd_create(&thread, return_number, &number) == thrd_success);
    REQUIRE(thrd_join(thread, &result) == thrd_success && result == 7);
    GC_collect();
}

START_TEST(without_memory_no_thread_is_made_and_later_one_is)
{
    struct played played = play("create_without_memory", NULL);
    expect_success(&played);
}
END_TEST

/* A sanitizer ends the process where it gets no memory for a thread. */
#if defined(UNDER_SANITIZER)
enum { BYTES_LEFT = 1 << 20 };
#else
enum { BYTES_LEFT = 0 };
#endif

/* There is none for the record of the thread; so it is not known. */
static void create_without_record(void)
{
    static char stack[1 << 20] __attribute__((aligned(4096)));
    pthread_attr_t with;
    pthread_t thread;
    REQUIRE(gc_init());
    REQUIRE(pthread_attr_init(&with) == 0);
    REQUIRE(pthread_attr_setstack(&with, stack, sizeof stack) == 0);
    struct rlimit old = limit_address_space(BYTES_LEFT);
    REQUIRE(pthread_create(&thread, &with, return_argument, stack) == 0);
    REQUIRE(join(thread) == stack);
    REQUIRE(setrlimit(RLIMIT_AS, &old) == 0);
    pthread_attr_destroy(&with);
    GC_collect();
}

START_TEST(a_thread_is_made_although_there_is_no_memory_for_its_record)
{
    struct played played = play("create_without_record", NULL);
    expect_success(&played);
}
END_TEST

SCENES_AND_SUITE("interposed",
                 (SCENE(tell_who_is_known),
                  SCENE(tell_who_is_known_to_a_runtime),
                  SCENE(use_all_without_the_library),
                  SCENE(use_all_with_the_library),
                  SCENE(call_before_the_constructors), SCENE(create_in_vain),
                  SCENE(create_without_memory), SCENE(create_without_record)),
                 the_names_of_libc_are_found_in_the_library,
                 a_thread_is_known_although_it_never_calls_the_library,
                 a_thread_that_a_runtime_makes_is_not_known_before_it_calls,
                 a_variable_switches_the_wrappers_off,
                 a_program_that_does_not_use_the_library_notices_nothing,
                 one_that_uses_it_cannot_block_one_signal,
                 the_wrappers_work_before_any_constructor_has_run,
                 a_thread_runs_on_a_stack_of_the_caller_s,
                 a_thread_begins_as_it_would_without_the_library,
                 threads_of_c11_keep_their_argument_and_return_a_number,
                 threads_that_cannot_be_made_leave_nothing_behind,
                 without_memory_no_thread_is_made_and_later_one_is,
                 a_thread_is_made_although_there_is_no_memory_for_its_record)
