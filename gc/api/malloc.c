/* SPDX-License-Identifier: MIT */
/* Allocating.  The fast path is here: the class, the thread's slot for it, and
 * the next cell of the run. */

#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "gc/api/free.h"

enum { ALIGNMENT_MAX = 1 << 30 };

static void *ask_handler(size_t bytes)
{
    errno = ENOMEM;
    if (gc__process.on_out_of_memory == NULL)
        return NULL;
    return gc__process.on_out_of_memory(bytes,
                                        gc__process.out_of_memory_context);
}

/* Not inlined, to keep the fast path a few instructions without a frame. */
__attribute__((noinline)) static void *
alloc_slowly(enum kind kind, size_t bytes, size_t alignment)
{
    struct thread *thread = gc__enter();
    if (thread == NULL)
        return errno == ENOMEM ? ask_handler(bytes) : NULL;
    void *object =
        gc__heap_alloc(&gc__process.heap, thread, kind, bytes, alignment);
    return object != NULL ? object : ask_handler(bytes);
}

/* A freed cell, unless a stop comes first. */
__attribute__((noinline)) static void *alloc_freed(enum kind kind, size_t bytes)
{
    struct thread *thread = gc__begin_alone();
    if (thread == NULL)
        return alloc_slowly(kind, bytes, GRANULE_BYTES);
    unsigned size_class = size_class_of(bytes);
    struct slot *slot = &thread->local.slots[kind][size_class];
    void *cell = NULL;
    if (slot->freed != NULL) {
        cell = gc__local_reuse(&gc__process.heap.variable, &thread->local, slot,
                               kind, size_class_bytes(size_class),
                               bytes % GRANULE_BYTES == 0);
        gc__local_prepare(&thread->local);
    }
    thread_end_busy(thread);
    return cell != NULL ? cell : alloc_slowly(kind, bytes, GRANULE_BYTES);
}

/* The next cell of the run, if the request is small enough for a class that is
 * found by one shift, no freed cell waits and the run is not used up. */
static inline void *alloc(enum kind kind, size_t bytes)
{
    if (bytes - 1 < LINEAR_CLASS_MAX_BYTES) {
        size_t size_class = (bytes - 1) / GRANULE_BYTES;
        struct slot *slot = &gc__thread->local.slots[kind][size_class];
        uintptr_t cell = slot->next;
        if (slot->freed != NULL)
            return alloc_freed(kind, bytes);
        if (cell != slot->limit) {
            /* First: a stop after `next` takes it for what is handed out. */
            slot->has_filled |= bytes % GRANULE_BYTES == 0;
            AO_compiler_barrier();
            slot->next = cell + (size_class + 1) * GRANULE_BYTES;
            return (void *)cell;
        }
    }
    return alloc_slowly(kind, bytes, GRANULE_BYTES);
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
    return alloc_slowly(KIND_SCANNED, bytes, larger(alignment, GRANULE_BYTES));
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

/* Gives `cell` a size of `bytes` where it stands, if its class or the blocks
 * behind it allow. */
static bool resize_in_place(struct heap *heap, struct cell cell, size_t bytes)
{
    const struct heap_map *map = &heap->variable.map;
    const struct block *block = &map->blocks[cell.block];
    if (block->state == BLOCK_LARGE)
        return gc__variable_resize_large(&heap->variable, cell.block, bytes);
    if (bytes > SIZE_CLASS_MAX_BYTES ||
        size_class_of(larger(bytes, 1)) != block->size_class)
        return false;
    if (bytes == block->cell_bytes)
        gc__variable_note_filled(&heap->variable, cell);
    /* What is given up now must read as zero when it is asked for again. */
    if (kind_is_scanned(block->kind))
        memset((char *)cell_address(map, cell) + bytes, 0,
               block->cell_bytes - bytes);
    return true;
}

/* What became of an attempt to resize an object without moving it. */
struct resizing {
    enum misuse misuse;
    bool is_done;
    enum kind kind;
    size_t had_bytes;
};

static void try_in_place(struct resizing *resizing, struct cell cell,
                         size_t bytes)
{
    struct heap *heap = &gc__process.heap;
    resizing->misuse = NO_MISUSE;
    resizing->kind = heap->variable.map.blocks[cell.block].kind;
    resizing->had_bytes = cell_bytes(&heap->variable.map, cell);
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

static struct resizing resize(const void *object, size_t bytes)
{
    struct resizing resizing = {.misuse = IN_A_VISITOR};
    struct cell cell;
    if (resize_without_lock(&resizing, object, bytes))
        return resizing;
    if (gc__is_in_visitor())
        return resizing;
    resizing.misuse = FOREIGN_POINTER;
    if (gc__lock(gc__enter()) == NULL)
        return resizing;
    resizing.misuse = gc__find_for_free(object, &cell);
    if (resizing.misuse == NO_MISUSE)
        try_in_place(&resizing, cell, bytes);
    gc__unlock();
    return resizing;
}

void *gc_realloc(void *object, size_t bytes)
{
    if (object == NULL)
        return gc_malloc(bytes);
    struct resizing resizing = resize(object, bytes);
    if (resizing.misuse != NO_MISUSE) {
        gc__report_misuse(resizing.misuse, object, "gc_realloc");
        errno = EINVAL;
        return NULL;
    }
    if (resizing.is_done)
        return object;
    void *moved = alloc(resizing.kind, bytes);
    if (moved == NULL)
        return NULL;
    memcpy(moved, object, smaller(resizing.had_bytes, bytes));
    gc_free(object);
    return moved;
}
