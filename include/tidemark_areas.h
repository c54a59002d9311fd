/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_AREAS_H
#define TIDEMARK_AREAS_H

/* Tidemark: simpler allocators.  tidemark.h includes this; it is the seventh part
 * of the manual. */

#ifndef TIDEMARK_H
#error "include tidemark.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------
 * 7. Simpler allocators
 *
 * Usable alone.  On memory of the system nothing in them is scanned.  On the
 * collected heap they are scanned and live while something points into them. */

enum gc_memory { TIDEMARK_ON_SYSTEM, TIDEMARK_ON_HEAP };

/* Linear: a pointer moves up through an area; one call takes it all back.
 *
 * Cost: an addition and a comparison.
 * Errors: NULL when the area is used up. */
struct gc_arena;
TIDEMARK_API struct gc_arena *
gc_arena_new(size_t bytes, enum gc_memory where) TIDEMARK_RESULT;
TIDEMARK_API void *gc_arena_alloc(struct gc_arena *arena,
                                  size_t bytes) TIDEMARK_NEW TIDEMARK_BYTES(2);
TIDEMARK_API void gc_arena_reset(struct gc_arena *arena);
TIDEMARK_API size_t gc_arena_used(const struct gc_arena *arena);
TIDEMARK_API void gc_arena_delete(struct gc_arena *arena);

/* Fixed-size: equal cells and a stack of pointers to the free ones.
 *
 * Cost: one push or pop; no search.
 * Errors: NULL when all cells are taken.  gc_pool_free returns false for a
 *         pointer that is not a taken cell of the pool. */
struct gc_pool;
TIDEMARK_API struct gc_pool *gc_pool_new(size_t cell_bytes, size_t cells,
                                         enum gc_memory where) TIDEMARK_RESULT;
TIDEMARK_API void *gc_pool_alloc(struct gc_pool *pool) TIDEMARK_NEW;
TIDEMARK_API bool gc_pool_free(struct gc_pool *pool, void *cell);
TIDEMARK_API size_t gc_pool_used(const struct gc_pool *pool);
TIDEMARK_API void gc_pool_delete(struct gc_pool *pool);

#ifdef __cplusplus
}
#endif

#endif
