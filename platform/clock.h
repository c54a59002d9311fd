/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_CLOCK_H
#define TIDEMARK_PLATFORM_CLOCK_H

#include <stdint.h>

/* Nanoseconds since some moment in the past; never goes back.  Cheap, and
 * async-signal-safe. */
uint64_t gc__clock_ns(void);

#endif
