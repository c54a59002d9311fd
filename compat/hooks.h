/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_COMPAT_HOOKS_H
#define TIDEMARK_COMPAT_HOOKS_H

/* What is hung into the core, and what each of it does. */

#include <stdbool.h>
#include <stdint.h>

#include "compat/abi.h"
#include "gc/hooks.h"

extern const struct hooks gc__compat_hooks;

/* Calls the functions that the program has set, if it has. */
void gc__compat_tell_start(void);
void gc__compat_tell_event(GC_EventType event);
void gc__compat_tell_growth(void);

/* See struct hooks. */
bool gc__compat_takes_segment(const char *library, uintptr_t low, size_t bytes);
extern int gc__compat_only_by_call;
extern GC_stop_func gc__compat_stop_func; /* NULL: nobody is asked */

#endif
