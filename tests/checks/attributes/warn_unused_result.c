/* SPDX-License-Identifier: MIT */
/* An allocation whose result is dropped is a mistake.
 *
 * gcc: -Wunused-result
 * clang: -Wunused-result */

#include <tidemark.h>

void drop(struct gc_arena *arena, struct gc_pool *pool, void *object);

void drop(struct gc_arena *arena, struct gc_pool *pool, void *object)
{
    gc_malloc(16);                       /* warns */
    gc_malloc_atomic(16);                /* warns */
    gc_calloc(4, 4);                     /* warns */
    gc_realloc(object, 32);              /* warns */
    gc_aligned_alloc(64, 64);            /* warns */
    gc_strdup("tide");                   /* warns */
    gc_strndup("tide", 2);               /* warns */
    gc_malloc_uncollectable(16);         /* warns */
    gc_malloc_atomic_uncollectable(16);  /* warns */
    gc_arena_new(64, TIDEMARK_ON_HEAP);  /* warns */
    gc_arena_alloc(arena, 16);           /* warns */
    gc_pool_new(8, 8, TIDEMARK_ON_HEAP); /* warns */
    gc_pool_alloc(pool);                 /* warns */
    gc_free(object);
}
