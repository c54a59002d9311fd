/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_FAKE_STACK_H
#define TIDEMARK_PLATFORM_FAKE_STACK_H

/* AddressSanitizer may keep the variables of a function in a frame of its own
 * making, so as to notice when they are used after the function has returned.
 * What is left on the stack is a pointer to that fake frame.
 *
 * Source: sanitizer/asan_interface.h.  In a program without AddressSanitizer
 * there is no fake stack. */

#include <stdbool.h>
#include <stdint.h>

#include "base/word.h"

/* The calling thread's, or 0.  Async-signal-safe. */
uintptr_t gc__fake_stack(void);

/* Finds the fake frame that `address` lies in.  The thread must stand still. */
bool gc__fake_frame_at(uintptr_t fake_stack, uintptr_t address,
                       struct range *frame);

#endif
