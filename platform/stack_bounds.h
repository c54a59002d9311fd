/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_STACK_BOUNDS_H
#define TIDEMARK_PLATFORM_STACK_BOUNDS_H

#include <stdbool.h>

#include "base/word.h"

/* Finds the cold end of the calling thread's stack, where it began: scan from
 * the stack pointer up to it.
 *
 * Returns false, leaving *base alone, if the platform will not say.
 *
 * May allocate and may read files: call it once for a thread, with no lock
 * held, and keep the answer; never while the world is stopped. */
bool gc__stack_base(uintptr_t *base);

#endif
