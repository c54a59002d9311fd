/* SPDX-License-Identifier: MIT */
/* The wrappers of what blocks signals, and of what waits for them.  The signal that
 * stops threads is left out of the sets that the program gives.  To unblock it
 * does no harm. */

#define _GNU_SOURCE /* sigset_t */

#include "gc/api/interpose.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "platform/signal_mask.h"

static const sigset_t *without_stop_signal(const sigset_t *set, sigset_t *copy)
{
    int signal = gc__signal_left_out();
    if (signal == 0 || set == NULL || sigismember(set, signal) != 1)
        return set;
    *copy = *set;
    sigdelset(copy, signal);
    return copy;
}

/* ----------------------------------------------------------------- blocking */

/* What libc's do, which never block the signals that are libc's own. */
static int change_mask(int how, const sigset_t *set, sigset_t *before)
{
    uint64_t mask = 0, was = 0;
    if (set != NULL)
        memcpy(&mask, set, sizeof mask);
    mask &= gc__signals_of_the_program();
    int error = gc__signal_mask(how, set == NULL ? NULL : &mask, &was);
    if (error == 0 && before != NULL)
        memcpy(before, &was, sizeof was);
    return error;
}

typedef int change(int how, const sigset_t *set, sigset_t *before);

TIDEMARK_WRAPPER int pthread_sigmask(int how, const sigset_t *set,
                                     sigset_t *before)
{
    sigset_t copy;
    change *next = (change *)gc__next_if_found(WRAPPED_PTHREAD_SIGMASK);
    if (how != SIG_UNBLOCK)
        set = without_stop_signal(set, &copy);
    return next != NULL ? next(how, set, before)
                        : change_mask(how, set, before);
}

TIDEMARK_WRAPPER int sigprocmask(int how, const sigset_t *set, sigset_t *before)
{
    sigset_t copy;
    change *next = (change *)gc__next_if_found(WRAPPED_SIGPROCMASK);
    if (how != SIG_UNBLOCK)
        set = without_stop_signal(set, &copy);
    if (next != NULL)
        return next(how, set, before);
    int error = change_mask(how, set, before);
    if (error == 0)
        return 0;
    errno = error;
    return -1;
}

/* ------------------------------------------------------------------ waiting */

typedef int wait_for_number(const sigset_t *set, int *number);
typedef int wait_for_info(const sigset_t *set, siginfo_t *info);
typedef int wait_for_time(const sigset_t *set, siginfo_t *info,
                          const struct timespec *timeout);

TIDEMARK_WRAPPER int sigwait(const sigset_t *set, int *number)
{
    sigset_t copy;
    wait_for_number *next = (wait_for_number *)gc__next_of(WRAPPED_SIGWAIT);
    if (next == NULL)
        return EINVAL;
    return next(without_stop_signal(set, &copy), number);
}

static int refuse(void)
{
    errno = ENOSYS;
    return -1;
}

TIDEMARK_WRAPPER int sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
    sigset_t copy;
    wait_for_info *next = (wait_for_info *)gc__next_of(WRAPPED_SIGWAITINFO);
    if (next == NULL)
        return refuse();
    return next(without_stop_signal(set, &copy), info);
}

TIDEMARK_WRAPPER int sigtimedwait(const sigset_t *set, siginfo_t *info,
                                  const struct timespec *timeout)
{
    sigset_t copy;
    wait_for_time *next = (wait_for_time *)gc__next_of(WRAPPED_SIGTIMEDWAIT);
    if (next == NULL)
        return refuse();
    return next(without_stop_signal(set, &copy), info, timeout);
}
