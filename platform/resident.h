/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_RESIDENT_H
#define TIDEMARK_PLATFORM_RESIDENT_H

#include <stddef.h>

/* Bytes of memory that the process has now, as the kernel counts them, or 0
 * where it will not say.  Opens a file. */
size_t gc__resident_bytes(void);

#endif
