/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_PROCESSORS_H
#define TIDEMARK_PLATFORM_PROCESSORS_H

/* How much of the machine the process may use: what it is bound to, and what its
 * control group and the groups around it are allowed (see cgroups(7)), in the
 * first and the second version of their files.
 *
 * `root` is a folder in which /proc and /sys are looked for, "" but in tests.
 * Allocates nothing; opens files and uses some 20 KiB of stack. */

#include <stddef.h>

/* Processors that the calling thread may run on, at most as many as the quota
 * rounded up.  At least 1. */
unsigned gc__processors(const char *root);

/* Processor time per time that may be used, rounded up, or 0 if there is no such
 * limit. */
unsigned gc__processor_quota(const char *root);

/* Bytes of memory, or 0 if there is no limit. */
size_t gc__memory_limit(const char *root);

#endif
