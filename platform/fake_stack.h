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

/* The calling thread's, or 0.  The sanitizer keeps it in a thread-local variable of
 * a library, so this may take a lock of the loader's, the first time that a thread
 * asks. */
uintptr_t gc__fake_stack(void);

/* The same in a stop, where others may have that lock, or in a handler of its
 * signal.  `last` is what the thread was answered the last time: one that was
 * answered 0 is not asked for again where none are made. */
uintptr_t gc__fake_stack_now(uintptr_t last);

/* Finds the fake frame that `address` lies in.  The thread must stand still. */
bool gc__fake_frame_at(uintptr_t fake_stack, uintptr_t address,
                       struct range *frame);

#endif
