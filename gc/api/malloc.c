/* SPDX-License-Identifier: MIT */
/* Allocating.  The fast path is in gc/api/allocate.h. */

#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "gc/api/allocate.h"
#include "gc/api/finalize.h"
#include "gc/api/free.h"
#include "gc/api/kinds.h"

enum { ALIGNMENT_MAX = 1 << 30 };

size_t gc__quick_bytes = LINEAR_CLASS_MAX_BYTES;

void *gc__out_of_memory(size_t bytes)
{
    errno = ENOMEM;
    if (gc__process.on_out_of_memory == NULL)
        return NULL;
    return gc__process.on_out_of_memory(bytes,
                                        gc__process.out_of_memory_context);
}

void *gc__alloc_slowly(enum kind kind, size_t bytes, size_t alignment)
{
    struct thread *thread = gc__enter();
    if (thread == NULL)
        return NULL;
    void *object =
        gc__heap_alloc(&gc__process.heap, thread, kind, bytes, alignment);
    gc__finalize_if_due(thread);
    if (object == NULL)
        errno = ENOMEM;
    return object;
}

/* The first call reads in the environment whether objects are padded. */
static void *alloc_aligned(enum kind kind, size_t bytes, size_t alignment)
{
    if (gc__enter() == NULL)
        return errno == ENOMEM ? gc__out_of_memory(bytes) : NULL;
    void *object = gc__alloc_slowly(kind, padded(bytes), alignment);
    if (object != NULL || errno != ENOMEM)
        return object;
    return gc__out_of_memory(bytes);
}

static void *alloc_nothing(enum kind kind, size_t bytes)
{
    (void)kind;
    (void)bytes;
    return NULL;
}

/* Not inlined, to keep the fast path a few instructions without a frame.  Where
 * objects are padded the other fast path is here. */
__attribute__((noinline)) static void *alloc_slowly(enum kind kind,
                                                    size_t bytes)
{
    void *object = NULL;
    if (gc__process.padding > 0)
        object = alloc_or(kind, padded(bytes), LINEAR_CLASS_MAX_BYTES, false,
                          gc__alloc_freed, alloc_nothing);
    return object != NULL ? object : alloc_aligned(kind, bytes, GRANULE_BYTES);
}

/* A freed cell, unless a stop comes first. */
void *gc__alloc_freed(enum kind kind, size_t bytes)
{
    struct thread *thread = gc__begin_alone();
    if (thread == NULL)
        return NULL;
    unsigned size_class = size_class_of(bytes);
    struct slot *slot = &local_slots(&thread->local, kind)[size_class];
    void *cell = NULL;
    if (slot->freed != NULL) {
        cell = gc__local_reuse(&gc__process.heap.variable, &thread->local, slot,
                               kind, size_class_bytes(size_class),
                               bytes % GRANULE_BYTES == 0);
        gc__local_prepare(&thread->local);
    }
    thread_end_busy(thread);
    return cell;
}

__attribute__((noinline)) static void *alloc_freed(enum kind kind, size_t bytes)
{
    void *cell = gc__alloc_freed(kind, bytes);
    return cell != NULL ? cell : alloc_slowly(kind, bytes);
}

static inline void *alloc(enum kind kind, size_t bytes)
{
    return alloc_or(kind, bytes, gc__quick_bytes, true, alloc_freed,
                    alloc_slowly);
}

void *gc_malloc(size_t bytes)
{
    return alloc(KIND_SCANNED, bytes);
}

void *gc_malloc_atomic(size_t bytes)
{
    return alloc(KIND_ATOMIC, bytes);
}

void *gc_malloc_uncollectable(size_t bytes)
{
    return alloc(KIND_UNCOLLECTABLE, bytes);
}

void *gc_malloc_atomic_uncollectable(size_t bytes)
{
    return alloc(KIND_ATOMIC_UNCOLLECTABLE, bytes);
}

void *gc_calloc(size_t count, size_t bytes)
{
    size_t product;
    if (__builtin_mul_overflow(count, bytes, &product))
        product = SIZE_MAX;
    return alloc(KIND_SCANNED, product);
}

void *gc_aligned_alloc(size_t alignment, size_t bytes)
{
    if (!is_power_of_two(alignment) || alignment > ALIGNMENT_MAX) {
        errno = EINVAL;
        return NULL;
    }
    return alloc_aligned(KIND_SCANNED, bytes, larger(alignment, GRANULE_BYTES));
}

char *gc_strndup(const char *string, size_t length)
{
    const char *end = memchr(string, '\0', length);
    if (end != NULL)
        length = (size_t)(end - string);
    char *copy = alloc(KIND_ATOMIC, length + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, string, length);
    copy[length] = '\0';
    return copy;
}

char *gc_strdup(const char *string)
{
    size_t bytes = strlen(string) + 1;
    char *copy = alloc(KIND_ATOMIC, bytes);
    return copy == NULL ? NULL : memcpy(copy, string, bytes);
}

/* What is cut off, or freed since the object has to move, has no links any more. */
static void untie_end(struct heap *heap, struct cell cell, size_t bytes)
{
    const struct heap_map *map = &heap->variable.map;
    uintptr_t low = cell_address(map, cell);
    if (variable_is_tied(&heap->variable, cell) &&
        bytes < cell_bytes(map, cell))
        gc__heap_untie_part(
            heap, (struct range){low + bytes, low + cell_bytes(map, cell)});
}

/* Gives `cell` a size of `bytes` where it stands, if its class or the blocks
 * behind it allow. */
static bool resize_in_place(struct heap *heap, struct cell cell, size_t bytes)
{
    const struct heap_map *map = &heap->variable.map;
    const struct block *block = &map->blocks[cell.block];
    size_t tail_bytes = variable_tail_bytes(&heap->variable, block->kind);
    if (block->state == BLOCK_LARGE) {
        if (tail_bytes > 0)
            return false;
        untie_end(heap, cell, bytes);
        return gc__variable_resize_large(&heap->variable, cell.block, bytes);
    }
    if (bytes > SIZE_CLASS_MAX_BYTES - tail_bytes ||
        size_class_of(larger(bytes + tail_bytes, 1)) != block->size_class)
        return false;
    if (bytes == block->cell_bytes)
        gc__variable_note_filled(&heap->variable, cell);
    /* What is given up now must read as zero when it is asked for again. */
    if (variable_clears(&heap->variable, block->kind))
        memset((char *)cell_address(map, cell) + bytes, 0,
               block->cell_bytes - tail_bytes - bytes);
    return true;
}

static void try_in_place(struct resizing *resizing, struct cell cell,
                         size_t bytes)
{
    struct heap *heap = &gc__process.heap;
    resizing->is_object = true;
    resizing->kind = heap->variable.map.blocks[cell.block].kind;
    resizing->had_bytes = cell_bytes(&heap->variable.map, cell) -
                          variable_tail_bytes(&heap->variable, resizing->kind);
    resizing->is_done = resize_in_place(heap, cell, bytes);
}

/* A cell stays as it is, and only its bytes change, and may_be_filled, which is
 * only ever set while there is an object in the block. */
static bool resize_without_lock(struct resizing *resizing, const void *object,
                                size_t bytes)
{
    struct cell cell;
    struct thread *thread = gc__begin_alone();
    if (thread == NULL)
        return false;
    bool is_found = gc__local_find(&gc__process.heap.variable, &thread->local,
                                   (uintptr_t)object, &cell);
    if (is_found)
        try_in_place(resizing, cell, bytes);
    thread_end_busy(thread);
    return is_found;
}

static enum misuse resize_with_lock(struct resizing *resizing,
                                    const void *object, size_t bytes)
{
    struct cell cell;
    if (gc__is_in_visitor())
        return IN_A_VISITOR;
    if (gc__lock(gc__enter()) == NULL)
        return FOREIGN_POINTER;
    enum misuse misuse = gc__find_for_free(object, &cell);
    if (misuse == NO_MISUSE)
        try_in_place(resizing, cell, bytes);
    gc__unlock();
    return misuse;
}

struct resizing gc__resize(const void *object, size_t bytes, const char *caller)
{
    struct resizing resizing = {.is_object = false};
    if (resize_without_lock(&resizing, object, bytes))
        return resizing;
    enum misuse misuse = resize_with_lock(&resizing, object, bytes);
    if (misuse != NO_MISUSE) {
        gc__report_misuse(misuse, object, caller);
        errno = EINVAL;
    }
    return resizing;
}

static void *alloc_like(const void *object, enum kind kind, size_t bytes)
{
    if (!kind_is_custom(kind))
        return alloc(kind, bytes);
    const struct gc_type *type = gc__type_of(object, kind);
    return type != NULL ? gc_malloc_typed(type, bytes)
                        : gc_malloc_kind((int)kind, bytes);
}

void *gc_realloc(void *object, size_t bytes)
{
    if (object == NULL)
        return gc_malloc(bytes);
    struct resizing resizing = gc__resize(object, padded(bytes), "gc_realloc");
    if (!resizing.is_object)
        return NULL;
    if (resizing.is_done)
        return object;
    void *moved = alloc_like(object, resizing.kind, bytes);
    if (moved == NULL)
        return NULL;
    memcpy(moved, object, smaller(resizing.had_bytes, bytes));
    gc_free(object);
    return moved;
}
