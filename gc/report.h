/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_REPORT_H
#define TIDEMARK_GC_REPORT_H

/* Reports of errors: the message, and who called whom.
 *
 *     tidemark: gc_free: 0x7f0012345678 is free already
 *       #0 gc_free +0x1c (libtidemark.so.0)
 *       #1 drop_table +0x44 (wordcount)
 *       #2 ??? (libplugin.so +0x11a0)
 *
 * Allocates nothing itself, on the collected heap or elsewhere; leaves errno as
 * it was.  See platform/backtrace.h for when not to call it. */

#include <stddef.h>

#include "platform/registers.h"

enum { REPORT_FRAMES = 32 }; /* deeper ones are left out */

/* Given the report piece by piece, `text` not being terminated. */
typedef void report_writer(const char *text, size_t bytes, void *context);

/* The backtrace starts with the function that spilled the registers. */
void gc__report(const char *message, const struct registers *registers,
                report_writer *write, void *context);

/* The same into memory, cut off where it is full and always terminated.
 * Returns the bytes of the whole report, without the terminating 0. */
size_t gc__report_format(const char *message, const struct registers *registers,
                         char *text, size_t capacity);

#endif
