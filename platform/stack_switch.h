/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_STACK_SWITCH_H
#define TIDEMARK_PLATFORM_STACK_SWITCH_H

#include <stdint.h>

/* Calls function(argument) on another stack, whose high end is `top`, a
 * multiple of 16, and comes back when it returns.  The function must not leave
 * by longjmp or an exception. */
void gc__call_on_stack(void (*function)(void *), void *argument, uintptr_t top);

#endif
