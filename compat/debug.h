/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_COMPAT_DEBUG_H
#define TIDEMARK_COMPAT_DEBUG_H

/* Objects that know who made them, and notice that they were overrun: those of the
 * functions with debug_ in their names.
 *
 *     base                 what the program has
 *     | struct debug_header | bytes | zeros up to a word, and one word |
 *
 * The last field of the header and everything behind the bytes are guards.  A
 * collectable object that is freed stays until it is unreachable, its bytes
 * overwritten, so that it is noticed when one writes to it or frees it again. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"
#include "base/word.h"

struct debug_header {
    AO_t identity; /* atomic: says what this is, and is written last */
    const char *file;
    size_t bytes;
    unsigned line;
    unsigned guard;
};

enum { DEBUG_HEADER_BYTES = 32, DEBUG_GUARD_BYTES = 8 };

/* Of an object with that start and size; NULL if it has no such header. */
struct debug_header *gc__compat_debug_header(const void *base, size_t bytes);

static inline char *debug_bytes(const struct debug_header *header)
{
    return (char *)(uintptr_t)(header + 1);
}

bool gc__compat_debug_is_freed(const struct debug_header *header);

/* The first byte that was written where nobody may write, or NULL. */
const char *gc__compat_debug_smashed(const struct debug_header *header);

/* Writes where an object comes from, and what it is, to the errors' stream. */
void gc__compat_debug_print(const struct debug_header *header,
                            const char *kind);

/* For the hook, when the world stands still: looks at all objects that there are,
 * before marking; and after it at those that are not marked, if the program looks
 * for leaks. */
void gc__compat_debug_check(void);
void gc__compat_report_leaks(void);

/* Has the last leaks be reported when the program ends. */
void gc__compat_prepare_leaks(void);

/* atomic: not 0 once there was an object of these. */
extern AO_t gc__compat_has_debug __attribute__((visibility("hidden")));

#endif
