/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_COMPAT_HOOKS_H
#define TIDEMARK_COMPAT_HOOKS_H

/* What is hung into the core, and what each of it does. */

#include "compat/abi.h"
#include "gc/hooks.h"

extern const struct hooks gc__compat_hooks
    __attribute__((visibility("hidden")));

/* Calls the functions that the program has set, if it has. */
void gc__compat_tell_start(void);
void gc__compat_tell_event(GC_EventType event);

#endif
