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
 * Usable alone.  On memory of the system nothing in them is scanned, and they live
 * until they are deleted.  On the collected heap they are scanned, and live while
 * something points into them: an area is one object.
 *
 * Units:   sizes are in bytes; results are aligned to 16 bytes.
 * Owner:   the caller has the arena or the pool; what is allocated in it is not to
 *          be given to gc_free() or gc_realloc(), and is gone with it.
 * Threads: one at a time uses an arena or a pool: there is no lock in them. */

enum gc_memory { TIDEMARK_ON_SYSTEM, TIDEMARK_ON_HEAP };

/* Linear: a pointer moves up through an area; one call takes it all back. */
struct gc_arena;

/* Makes an arena with room for `bytes`, each object rounded up to 16.
 *
 * Returns: NULL, errno ENOMEM, if there is no memory; errno EINVAL if `where` is
 *          neither. */
TIDEMARK_API struct gc_arena *
gc_arena_new(size_t bytes, enum gc_memory where) TIDEMARK_RESULT;

/* Takes memory from the arena: zeroed, unless the arena lies on the system's memory
 * and was reset.
 *
 * Returns: NULL, errno ENOMEM, when the area is used up.
 * Cost:    an addition and a comparison. */
TIDEMARK_API void *gc_arena_alloc(struct gc_arena *arena,
                                  size_t bytes) TIDEMARK_NEW TIDEMARK_BYTES(2);

/* Takes everything back that was allocated.  Nothing may use it any more.
 *
 * Cost: none on the system's memory; on the heap what was used is cleared, so that
 *       it keeps nothing alive. */
TIDEMARK_API void gc_arena_reset(struct gc_arena *arena);

/* The bytes in use, those lost to alignment included. */
TIDEMARK_API size_t gc_arena_used(const struct gc_arena *arena);

/* Gives the arena back, with all that is in it.  NULL is ignored.  One on the heap
 * may be dropped instead. */
TIDEMARK_API void gc_arena_delete(struct gc_arena *arena);

/* Fixed-size: equal cells and a stack of pointers to the free ones. */
struct gc_pool;

/* Makes a pool of `cells` cells of `cell_bytes` each, rounded up to 16.
 *
 * Returns: NULL, errno ENOMEM, if there is no memory; errno EINVAL if one of the
 *          numbers is 0 or `where` is neither. */
TIDEMARK_API struct gc_pool *gc_pool_new(size_t cell_bytes, size_t cells,
                                         enum gc_memory where) TIDEMARK_RESULT;

/* Takes the cell that was freed last, or one that was never used.  On the heap it is
 * zeroed; on the system's memory a cell that was freed has what was in it.
 *
 * Returns: NULL, errno ENOMEM, when all cells are taken.
 * Cost:    one pop; no search. */
TIDEMARK_API void *gc_pool_alloc(struct gc_pool *pool) TIDEMARK_NEW;

/* Gives a cell back.
 *
 * Returns: false, and nothing has changed, if `cell` is not a taken cell of the
 *          pool: one that is free already, or an address in the middle of one.
 * Cost:    one push; on the heap the cell is cleared. */
TIDEMARK_API bool gc_pool_free(struct gc_pool *pool, void *cell);

/* How many cells are taken. */
TIDEMARK_API size_t gc_pool_used(const struct gc_pool *pool);

/* As gc_arena_delete(). */
TIDEMARK_API void gc_pool_delete(struct gc_pool *pool);

#ifdef __cplusplus
}
#endif

#endif
