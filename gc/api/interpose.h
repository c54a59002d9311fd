/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_API_INTERPOSE_H
#define TIDEMARK_GC_API_INTERPOSE_H

/* Wrappers of libc's functions about threads and signals, which the shared library
 * exports under libc's names.  The static library has none of them.
 *
 * They are an optimisation and a protection, and nothing depends on them: a program
 * that was not linked with us, or reaches us only through another library, calls
 * libc's.  What they do:
 *
 *     pthread_create         the new thread is known before it runs any code of the
 *     thrd_create            program's, so no stop needs to look for it in /proc
 *     pthread_sigmask        a thread that blocks all signals still stops
 *     sigprocmask
 *     sigwait, sigwaitinfo   a thread that waits for all signals is not handed the
 *     sigtimedwait           one that is to stop it
 *
 * Until the library is prepared by a first call, they do nothing but call the next
 * function in line; with TIDEMARK_INTERPOSE=0 in the environment, they never do
 * anything else.
 *
 * When they are called.  Libraries whose constructors run before ours call them
 * already; the next functions are found one by one then.  Our constructor finds
 * them all.  So who calls in a signal handler later finds nothing left to look up;
 * and for the two of them that POSIX allows there, pthread_sigmask and
 * sigprocmask, even an earlier call looks nothing up: it makes the system call
 * itself, which is all that libc's do. */

#include <stdint.h>

enum wrapped {
    WRAPPED_PTHREAD_CREATE,
    WRAPPED_THRD_CREATE,
    WRAPPED_PTHREAD_SIGMASK,
    WRAPPED_SIGPROCMASK,
    WRAPPED_SIGWAIT,
    WRAPPED_SIGWAITINFO,
    WRAPPED_SIGTIMEDWAIT,
    WRAPPED_COUNT
};

#define TIDEMARK_WRAPPER __attribute__((visibility("default")))

/* The next function in line, or 0; the second one looks nothing up. */
uintptr_t gc__next_of(enum wrapped which);
uintptr_t gc__next_if_found(enum wrapped which);

/* The signal that the wrappers leave out, or 0.  Async-signal-safe. */
int gc__signal_left_out(void);

#endif
