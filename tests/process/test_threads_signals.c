/* SPDX-License-Identifier: MIT */
/* Threads that sit in system calls, that block the signal by which they are
 * stopped, and whose signal handlers allocate. */

#define _GNU_SOURCE

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tests/hidden.h"
#include "tests/process/threads.h"
#include "tests/scene.h"

enum { BYTES = 48, LIST_NODES = 100 };

/* -------------------------------------------------------------- system calls */

/* What a thread waits in, and how it is let go. */
struct wait {
    int (*sit)(void); /* 0, or errno */
    void (*let_go)(void);
};

static struct counter sleeper; /* its number, once it is known */
static int ends[2];
static sem_t semaphore;
static struct gate condition = CLOSED_GATE;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const struct timespec an_hour = {3600, 0};

static int error_of(int result)
{
    return result < 0 ? errno : 0;
}

static int sit_in_read(void)
{
    char byte;
    return error_of((int)read(ends[0], &byte, 1));
}

static void let_go_by_write(void)
{
    ck_assert_int_eq(write(ends[1], "", 1), 1);
}

static int sit_in_cond_wait(void)
{
    pass(&condition);
    return 0;
}

static void let_go_by_signal(void)
{
    set_open(&condition, true);
}

static int sit_in_sem_wait(void)
{
    return error_of(sem_wait(&semaphore));
}

static void let_go_by_post(void)
{
    sem_post(&semaphore);
}

static int sit_in_mutex_lock(void)
{
    int error = pthread_mutex_lock(&mutex);
    return error == 0 ? pthread_mutex_unlock(&mutex) : error;
}

static void let_go_by_unlock(void)
{
    pthread_mutex_unlock(&mutex);
}

static int sit_in_nanosleep(void)
{
    return error_of(nanosleep(&an_hour, NULL));
}

static int sit_in_poll(void)
{
    struct pollfd wanted = {.fd = ends[0], .events = POLLIN};
    return error_of(poll(&wanted, 1, -1));
}

static int sit_in_select(void)
{
    fd_set wanted;
    FD_ZERO(&wanted);
    FD_SET(ends[0], &wanted);
    return error_of(select(ends[0] + 1, &wanted, NULL, NULL, NULL));
}

static int sit_in_epoll_wait(void)
{
    struct epoll_event event;
    int epoll = epoll_create1(0);
    int error = error_of(epoll_wait(epoll, &event, 1, -1));
    close(epoll);
    return error;
}

static bool is_asleep(unsigned task)
{
    char name[64], text[256];
    snprintf(name, sizeof name, "/proc/self/task/%u/stat", task);
    FILE *file = fopen(name, "r");
    if (file == NULL)
        return false;
    size_t bytes = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[bytes] = '\0';
    const char *state = strrchr(text, ')');
    return state != NULL && state[1] == ' ' && state[2] == 'S';
}

static void await_sleep(void)
{
    await_count(&sleeper, 1);
    while (!is_asleep(count_of(&sleeper)))
        sched_yield();
}

struct sitting {
    const struct wait *wait;
    int error;
};

static void *keep_a_list_and_sit(void *argument)
{
    struct sitting *sitting = argument;
    struct node *list = NULL;
    for (unsigned place = 0; place < LIST_NODES; place++)
        list = new_node(list, 1, place, BYTES);
    AO_int_store(&sleeper.value, (unsigned)gettid());
    sitting->error = sitting->wait->sit();
    return is_list_of(list, 1, LIST_NODES) ? NULL : "a list has changed";
}

static pthread_t start_sitting(struct sitting *sitting)
{
    sleeper.value = 0;
    pthread_t thread = start(keep_a_list_and_sit, sitting);
    await_sleep();
    return thread;
}

static void prepare_waits(void)
{
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(sem_init(&semaphore, 0, 0), 0);
    set_open(&condition, false);
}

static void finish_waits(void)
{
    close(ends[0]);
    close(ends[1]);
    sem_destroy(&semaphore);
}

START_TEST(most_calls_go_on_as_if_the_thread_had_not_been_stopped)
{
    static const struct wait waits[] = {
        {sit_in_read, let_go_by_write},
        {sit_in_cond_wait, let_go_by_signal},
        {sit_in_sem_wait, let_go_by_post},
        {sit_in_mutex_lock, let_go_by_unlock},
    };
    prepare_waits();
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        struct sitting sitting = {&waits[i], -1};
        pthread_mutex_lock(&mutex);
        pthread_t thread = start_sitting(&sitting);
        for (int round = 0; round < 20; round++) {
            GC_collect();
            await_sleep();
        }
        waits[i].let_go();
        finish(thread);
        pthread_mutex_trylock(&mutex);
        pthread_mutex_unlock(&mutex);
        if (sitting.error != 0)
            ck_abort_msg("call %zu: %s", i, strerror(sitting.error));
    }
    finish_waits();
}
END_TEST

/* The system never restarts these after a handler has run, SA_RESTART or not: see
 * signal(7). */
START_TEST(calls_that_wait_for_time_or_for_many_files_return_eintr)
{
    static const struct wait waits[] = {
        {sit_in_nanosleep, NULL},
        {sit_in_poll, NULL},
        {sit_in_select, NULL},
        {sit_in_epoll_wait, NULL},
    };
    prepare_waits();
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        struct sitting sitting = {&waits[i], -1};
        pthread_t thread = start_sitting(&sitting);
        GC_collect();
        finish(thread);
        if (sitting.error != EINTR)
            ck_abort_msg("call %zu: %d", i, sitting.error);
    }
    finish_waits();
}
END_TEST

/* ---------------------------------------------------------- blocked signals */

static struct counter blocked, may_unblock, unblocked, may_end;
static unsigned thread_errors;

static void count_thread_errors(const struct gc_error *error, void *context)
{
    (void)context;
    thread_errors += error->code == TIDEMARK_ERROR_THREAD;
}

static struct node *new_list(void)
{
    struct node *list = NULL;
    for (unsigned place = 0; place < LIST_NODES; place++)
        list = new_node(list, 1, place, BYTES);
    return list;
}

static void block_signals(sigset_t *before)
{
    sigset_t all;
    sigfillset(&all);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, before, _NSIG / 8);
    count_up(&blocked);
}

static void *block_signals_for_a_time(void *unused)
{
    sigset_t before;
    if (!gc_register_thread())
        return "it could not be registered";
    struct node *list = new_list();
    block_signals(&before);
    await_count(&may_unblock, 1);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, _NSIG / 8);
    count_up(&unblocked);
    await_count(&may_end, 1);
    return is_list_of(list, 1, LIST_NODES) ? unused : "a list has changed";
}

__attribute__((noinline)) static void drop_objects(void)
{
    for (unsigned i = 0; i < HIDDEN; i++)
        hidden[i] = hide(gc_malloc(BYTES));
}

START_TEST(a_thread_that_blocks_the_signal_is_named_and_the_heap_grows)
{
    enum { MEGA = 1 << 20 };
    gc_set_error_handler(count_thread_errors, NULL);
    ck_assert(gc_set(TIDEMARK_STOP_TIMEOUT, 20));
    ck_assert(gc_set(TIDEMARK_HEAP_FLOOR, MEGA));
    ck_assert(gc_set(TIDEMARK_STRESS, 0));
    thread_errors = blocked.value = may_unblock.value = 0;
    unblocked.value = may_end.value = 0;
    pthread_t thread = start(block_signals_for_a_time, NULL);
    await_count(&blocked, 1);

    drop_objects();
    GC_collect();
    ck_assert_uint_ge(thread_errors, 1);
    expect_alive(HIDDEN);
    for (unsigned i = 0; i < 8 * MEGA / 1024; i++)
        ck_assert_ptr_nonnull(gc_malloc(1024));
    ck_assert_uint_ge(thread_errors, 2);

    count_up(&may_unblock);
    await_count(&unblocked, 1);
    thread_errors = 0;
    ck_assert(gc_set(TIDEMARK_STOP_TIMEOUT, 10000));
    GC_collect();
    expect_gone(HIDDEN);
    ck_assert_uint_eq(thread_errors, 0);
    count_up(&may_end);
    finish(thread);
    gc_set_error_handler(NULL, NULL);
}
END_TEST

static struct counter may_join, joined;

static void *join_with_signals_blocked(void *unused)
{
    sigset_t before;
    block_signals(&before);
    await_count(&may_join, 1);
    struct node *list = new_list();
    count_up(&joined);
    await_count(&may_end, 1);
    return is_list_of(list, 1, LIST_NODES) ? unused : "a list has changed";
}

/* Until it calls the library, it is not waited for. */
START_TEST(a_thread_that_has_joined_is_waited_for_though_it_was_not_before)
{
    blocked.value = may_join.value = joined.value = may_end.value = 0;
    gc_set_error_handler(count_thread_errors, NULL);
    ck_assert(gc_set(TIDEMARK_STOP_TIMEOUT, 20));
    ck_assert(gc_set(TIDEMARK_STRESS, 0));
    pthread_t thread = start(join_with_signals_blocked, NULL);
    await_count(&blocked, 1);
    GC_collect();
    count_up(&may_join);
    await_count(&joined, 1);

    thread_errors = 0;
    drop_objects();
    GC_collect();
    expect_alive(HIDDEN);
    ck_assert_uint_ge(thread_errors, 1);
    count_up(&may_end);
    finish(thread);
    ck_assert(gc_set(TIDEMARK_STOP_TIMEOUT, 10000));
    gc_set_error_handler(NULL, NULL);
}
END_TEST

/* ------------------------------------------------------------ signal queues */

static struct counter arrived;
static struct gate crowd_may_end = CLOSED_GATE;

static void *keep_a_list(void *unused)
{
    struct node *list = new_list();
    count_up(&arrived);
    pass(&crowd_may_end);
    return is_list_of(list, 1, LIST_NODES) ? unused : "a list has changed";
}

/* With no room for a pending signal, real-time signals cannot be sent. */
static void collect_without_signal_queue(void)
{
    enum { THREADS = 64 };
    pthread_t threads[THREADS];
    const struct rlimit none = {0, 0};
    REQUIRE(setrlimit(RLIMIT_SIGPENDING, &none) == 0);
    gc_set_error_handler(count_thread_errors, NULL);
    REQUIRE(gc_set(TIDEMARK_STOP_TIMEOUT, 200));
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = start(keep_a_list, NULL);
    await_count(&arrived, THREADS);
    drop_objects();
    GC_collect();
    size_t alive = count_alive(HIDDEN);
    REQUIRE(alive <= HIDDEN / 20 || thread_errors > 0);
    for (unsigned i = 0; i < 1000; i++)
        REQUIRE(gc_malloc(BYTES) != NULL);
    set_open(&crowd_may_end, true);
    for (unsigned i = 0; i < THREADS; i++)
        finish(threads[i]);
    puts(thread_errors > 0 ? "named" : "collected");
}

START_TEST(without_room_for_pending_signals_a_collection_works_or_is_named)
{
    struct played played = play("collect_without_signal_queue", NULL);
    expect_success(&played);
    ck_assert(strcmp(played.text, "named\n") == 0 ||
              strcmp(played.text, "collected\n") == 0);
}
END_TEST

/* ---------------------------------------------------------- signal handlers */

enum { LARGE_BYTES = 40000, REFUSALS = 20 };

static struct counter handled, refused, is_over;

static void allocate_in_handler(int signal)
{
    (void)signal;
    int saved_errno = errno;
    errno = 0;
    if (gc_malloc(LARGE_BYTES) == NULL && errno == EDEADLK)
        count_up(&refused);
    if (gc_size(&handled) != 0)
        abort();
    count_up(&handled);
    errno = saved_errno;
}

static void *allocate_large_and_small(void *unused)
{
    struct node *list = NULL;
    unsigned place = 0;
    while (count_of(&is_over) == 0) {
        if (!is_list_of(list, 1, place))
            return "a list has changed";
        if (place == 10) {
            list = NULL;
            place = 0;
        }
        list = new_node(list, 1, place, place % 2 == 0 ? BYTES : LARGE_BYTES);
        if (list == NULL)
            return "no memory, or it was not zeroed";
        place++;
    }
    return unused;
}

static void allocate_in_handlers(void)
{
    struct sigaction action = {.sa_handler = allocate_in_handler};
    REQUIRE(sigaction(SIGUSR1, &action, NULL) == 0);
    pthread_t thread = start(allocate_large_and_small, NULL);
    for (unsigned sent = 0; count_of(&refused) < REFUSALS; sent++) {
        await_count(&handled, sent);
        if (sent % 10 == 0)
            GC_collect();
        pthread_kill(thread, SIGUSR1);
    }
    count_up(&is_over);
    finish(thread);
    puts("well");
}

START_TEST(a_signal_handler_that_allocates_is_refused_and_never_hangs)
{
    struct played played = play("allocate_in_handlers", NULL);
    expect_success(&played);
    ck_assert_ptr_nonnull(strstr(played.text, "refused\n"));
    ck_assert_ptr_nonnull(strstr(played.text, "well\n"));
}
END_TEST

SCENES_AND_SUITE(
    "threads_signals",
    (SCENE(collect_without_signal_queue), SCENE(allocate_in_handlers)),
    most_calls_go_on_as_if_the_thread_had_not_been_stopped,
    calls_that_wait_for_time_or_for_many_files_return_eintr,
    a_thread_that_blocks_the_signal_is_named_and_the_heap_grows,
    a_thread_that_has_joined_is_waited_for_though_it_was_not_before,
    without_room_for_pending_signals_a_collection_works_or_is_named,
    a_signal_handler_that_allocates_is_refused_and_never_hangs)
