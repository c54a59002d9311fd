/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_COMPAT_DEFAULTS_H
#define TIDEMARK_COMPAT_DEFAULTS_H

/* What the functions of the program's are until it sets its own. */

#include <stddef.h>

#include "compat/abi.h"

void *gc__compat_default_oom(size_t bytes);
void gc__compat_default_warn(char *format, GC_word argument);
void gc__compat_default_abort(const char *message);
void gc__compat_push_threads(void);
void gc__compat_report_displacement(void *pointer);
void gc__compat_report_invisible(void *pointer);
void gc__compat_report_not_same(void *one, void *other);

#endif
