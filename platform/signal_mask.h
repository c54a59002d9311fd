/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_SIGNAL_MASK_H
#define TIDEMARK_PLATFORM_SIGNAL_MASK_H

/* The calling thread's mask of signals, by the system call itself: in a program
 * pthread_sigmask may be a wrapper that leaves some signal out.
 *
 * A mask has a bit for each signal, the lowest for signal 1. */

#include <signal.h>
#include <stdint.h>

static inline uint64_t signal_bit(int signal)
{
    return (uint64_t)1 << (signal - 1);
}

/* Changes the mask: `how` is SIG_BLOCK, SIG_UNBLOCK or SIG_SETMASK.  If `mask` is
 * NULL it is only asked for; `before` may be NULL.  Returns 0, or EINVAL for
 * another `how`.  Async-signal-safe; keeps errno. */
int gc__signal_mask(int how, const uint64_t *mask, uint64_t *before);

/* All but those between the standard ones and the first real-time one that is
 * the program's: with them the C library reaches every thread, for setuid(2) for
 * one, and waits for each to answer. */
uint64_t gc__signals_of_the_program(void);

/* Blocks them, so that no handler of the program's runs.  Answers the mask that
 * there was, for gc__signals_let_in(). */
uint64_t gc__signals_shut_out(void);
void gc__signals_let_in(uint64_t before);

#endif
