/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_FUTEX_H
#define TIDEMARK_PLATFORM_FUTEX_H

/* Waiting for a word to change, and waking those who wait.  Both are
 * async-signal-safe, and leave errno as it was. */

#include <stdbool.h>
#include <stdint.h>

/* Sleeps while *word is `expected`.  Wakes up for no reason too, so call it in a
 * loop.  Returns false when `timeout_ns` have passed; 0 stands for ever. */
bool gc__futex_wait(const volatile unsigned *word, unsigned expected,
                    uint64_t timeout_ns);

/* Wakes at most `count` of the threads that sleep on *word. */
void gc__futex_wake(const volatile unsigned *word, unsigned count);

#endif
