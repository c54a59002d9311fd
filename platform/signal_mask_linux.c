/* SPDX-License-Identifier: MIT */
/* Sources: rt_sigprocmask(2), signal(7). */

#define _GNU_SOURCE /* syscall */

#include "platform/signal_mask.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

int gc__signal_mask(int how, const uint64_t *mask, uint64_t *before)
{
    int saved_errno = errno;
    int error = 0;
    if (syscall(SYS_rt_sigprocmask, how, mask, before, sizeof *mask) != 0)
        error = errno;
    errno = saved_errno;
    return error;
}

uint64_t gc__signals_of_the_program(void)
{
    enum { STANDARD_SIGNALS = 31 };
    uint64_t standard = ((uint64_t)1 << STANDARD_SIGNALS) - 1;
    uint64_t real_time = UINT64_MAX << (SIGRTMIN - 1);
    return standard | real_time;
}

uint64_t gc__signals_shut_out(void)
{
    uint64_t all = gc__signals_of_the_program(), before = 0;
    gc__signal_mask(SIG_SETMASK, &all, &before);
    return before;
}

void gc__signals_let_in(uint64_t before)
{
    gc__signal_mask(SIG_SETMASK, &before, NULL);
}
