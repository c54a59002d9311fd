/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_BENCH_BARE_STOP_H
#define TIDEMARK_BENCH_BARE_STOP_H

/* The least that stopping threads by signals can cost: tgkill() for each, whose
 * handler counts down one futex, until all have.
 *
 * Two forms.  Plainly, a handler that has answered returns, and its thread goes
 * back to what it did.  Held, it sleeps until all have answered, as in a stop:
 * then a thread that was busy leaves its processor to those that have not
 * answered yet. */

#include "bench/common.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#include "base/atomics.h"

static unsigned unanswered; /* atomic: a futex */
static unsigned held_round; /* atomic: a futex; the round that is, or 0 */
static unsigned held_rounds;
static uint64_t answers; /* of all rounds; only between rounds */

static inline int bare_signal(void)
{
    return SIGRTMIN + 7;
}

static inline long futex(unsigned *word, int operation, unsigned value)
{
    return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL,
                   NULL, 0);
}

/* A thread may come to its processor only when the next round has begun: it must
 * not sleep for that one, which waits for its answer. */
static void answer(int signal)
{
    int saved_errno = errno;
    unsigned round = AO_int_load_acquire(&held_round);
    (void)signal;
    if (AO_int_fetch_and_sub1_full(&unanswered) == 1)
        futex(&unanswered, FUTEX_WAKE, 1);
    while (round != 0 && AO_int_load_acquire(&held_round) == round)
        futex(&held_round, FUTEX_WAIT, round);
    errno = saved_errno;
}

static inline void bare_stop_prepare(void)
{
    struct sigaction action = {.sa_handler = answer, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    if (sigaction(bare_signal(), &action, NULL) != 0)
        give_up("the signal of the bare stop cannot be handled");
}

static inline void send_all(const pid_t *threads, size_t count)
{
    for (size_t i = 0; i < count; i++)
        while (syscall(SYS_tgkill, getpid(), threads[i], bare_signal()) != 0)
            if (errno != EAGAIN)
                give_up("tgkill failed");
}

static inline void wait_for_answers(void)
{
    unsigned left;
    while ((left = AO_int_load_acquire(&unanswered)) != 0)
        futex(&unanswered, FUTEX_WAIT, left);
}

struct bare_times {
    double send_us; /* until the last signal was sent */
    double stop_us; /* until the last thread answered */
};

static inline struct bare_times bare_stop(const pid_t *threads, size_t count,
                                          bool is_held)
{
    AO_int_store(&unanswered, (unsigned)count);
    AO_int_store_full(&held_round, is_held ? ++held_rounds : 0);
    uint64_t start_ns = clock_ns();
    send_all(threads, count);
    uint64_t sent_ns = clock_ns();
    wait_for_answers();
    uint64_t end_ns = clock_ns();
    AO_int_store_full(&held_round, 0);
    futex(&held_round, FUTEX_WAKE, INT32_MAX);
    answers += count;
    return (struct bare_times){(double)(sent_ns - start_ns) / 1e3,
                               (double)(end_ns - start_ns) / 1e3};
}

#endif
