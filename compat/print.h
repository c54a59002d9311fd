/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_COMPAT_PRINT_H
#define TIDEMARK_COMPAT_PRINT_H

/* Where the library prints: on three streams, each a descriptor, without
 * buffers or memory of libc's, since it may be in the middle of anything. */

#include <stdarg.h>
#include <stdbool.h>

enum stream { TO_OUTPUT, TO_ERRORS, TO_LOG };

void gc__compat_print(enum stream stream, const char *format,
                      va_list arguments);

/* What the environment says: one file for the log, and with `is_only_log` false
 * for the other streams too. */
void gc__compat_print_to_file(const char *name, bool is_only_log);

/* Whether there is to be a line for each collection. */
extern bool gc__compat_prints_stats __attribute__((visibility("hidden")));

#endif
