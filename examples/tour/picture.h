/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TOUR_PICTURE_H
#define TIDEMARK_TOUR_PICTURE_H

/* A strip of signs that shows an area of memory, so many bytes to a sign:
 *
 *     |AAAAAABBBBBBBBBB................|  40 bytes are free
 *                      ^ next
 */

#include <stddef.h>
#include <stdint.h>

#include "base/word.h"

enum { STRIP_SIGNS = 64 };

struct strip {
    uintptr_t low;
    size_t bytes_per_sign;
    size_t count; /* signs in use */
    char signs[STRIP_SIGNS + 1];
};

/* All free; at most STRIP_SIGNS signs long. */
void strip_start(struct strip *strip, struct range area, size_t bytes_per_sign);

/* Shows [at, at + bytes) as `sign`; what lies outside is left out. */
void strip_fill(struct strip *strip, uintptr_t at, size_t bytes, char sign);

/* With a remark on its right. */
__attribute__((format(printf, 2, 3))) void
strip_print(const struct strip *strip, const char *format, ...);

/* On a line of its own, below the sign of `at`. */
__attribute__((format(printf, 3, 4))) void
strip_point(const struct strip *strip, uintptr_t at, const char *format, ...);

#endif
