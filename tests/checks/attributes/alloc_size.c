/* SPDX-License-Identifier: MIT */
/* The compiler knows how large an object is, and sees a write past its end.
 *
 * gcc: -Warray-bounds
 * clang: -Wfortify-source */

#include <string.h>
#include <tidemark.h>

/* One test for each function that has the attribute. */
void *overrun(int which, void *object, struct gc_arena *arena);

void *overrun(int which, void *object, struct gc_arena *arena)
{
    switch (which) {
    case 0:
        return memset(gc_malloc(10), 1, 11); /* warns */
    case 1:
        return memset(gc_malloc_atomic(10), 1, 11); /* warns */
    case 2:
        return memset(gc_calloc(2, 5), 1, 11); /* warns */
    case 3:
        return memset(gc_realloc(object, 10), 1, 11); /* warns */
    case 4:
        return memset(gc_aligned_alloc(64, 10), 1, 11); /* warns */
    case 5:
        return memset(gc_malloc_uncollectable(10), 1, 11); /* warns */
    case 6:
        return memset(gc_malloc_atomic_uncollectable(10), 1, 11); /* warns */
    case 7:
        return memset(gc_arena_alloc(arena, 10), 1, 11); /* warns */
    default:
        return memset(gc_malloc(11), 1, 11);
    }
}
