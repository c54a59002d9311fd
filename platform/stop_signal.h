/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_STOP_SIGNAL_H
#define TIDEMARK_PLATFORM_STOP_SIGNAL_H

/* The signal that stops a thread, and what the kernel has written down of the
 * thread when it is delivered. */

#include <stdbool.h>
#include <stdint.h>

#include "base/word.h"

struct interrupted {
    struct range registers[2]; /* general ones, and floating-point and vector
                                  ones: words on the thread's stack */
    uintptr_t stack_pointer;   /* below it, and below what the processor's
                                  calling convention leaves to the function that
                                  was interrupted, there is nothing of its */
};

/* Called in the thread, as a signal handler. */
typedef void gc__stop_handler(const struct interrupted *interrupted);

/* Installs `handler` for a signal: the one given, or for 0 a real-time signal
 * that nobody uses.  System calls that it interrupts are restarted where the
 * system can.  Returns the signal, or 0 if there is none to be had. */
int gc__stop_signal_install(int signal, gc__stop_handler *handler);

enum send_result { SEND_DONE, SEND_NO_THREAD, SEND_NOT_NOW };

/* Sends the signal to a thread of the process.  SEND_NOT_NOW: the system has no
 * room for another pending signal; try again.  Keeps errno. */
enum send_result gc__stop_signal_send(int task, int signal);

/* Lets the signal reach the calling thread even if it blocks it.  Returns whether
 * it does; then it is blocked again afterwards. */
bool gc__stop_signal_let_in(int signal);
void gc__stop_signal_shut_out(int signal);

#endif
