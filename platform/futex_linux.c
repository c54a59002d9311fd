/* SPDX-License-Identifier: MIT */
/* Source: futex(2). */

#define _GNU_SOURCE /* syscall */

#include "platform/futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { NS_PER_S = 1000 * 1000 * 1000 };

bool gc__futex_wait(const volatile unsigned *word, unsigned expected,
                    uint64_t timeout_ns)
{
    int saved_errno = errno;
    struct timespec timeout = {
        .tv_sec = (time_t)(timeout_ns / NS_PER_S),
        .tv_nsec = (long)(timeout_ns % NS_PER_S),
    };
    long result = syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected,
                          timeout_ns == 0 ? NULL : &timeout, NULL, 0);
    bool is_over = result == -1 && errno == ETIMEDOUT;
    errno = saved_errno;
    return !is_over;
}

void gc__futex_wake(const volatile unsigned *word, unsigned count)
{
    int saved_errno = errno;
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
    errno = saved_errno;
}
