/* SPDX-License-Identifier: MIT */
/* Basic allocation.  The fast path is the core's own, compiled into this library:
 * see gc/api/allocate.h.
 *
 * Objects are one byte larger than was asked for as long as a pointer to the end
 * of one has to keep it alive.  Then the rule by which the core takes such
 * pointers from stacks is not needed, and where programs say that they have
 * none, it would only keep more: so no object counts as one that fills its cell.
 */

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/bits.h"
#include "compat/libgc.h"
#include "gc/api/allocate.h"
#include "gc/api/private.h"
#include "include/tidemark.h"

enum { MOST_ALIGNMENT = 4096 };

size_t gc__compat_padding = 1;

void gc__compat_set_padding(void)
{
    gc__compat_padding = GC_all_interior_pointers != 0;
}

/* A size of the same class that does not fill the cell. */
static size_t unfilled(size_t bytes)
{
    return bytes - (bytes != 0 && bytes % GRANULE_BYTES == 0);
}

static void *alloc_aligned(enum kind kind, size_t bytes, size_t padding,
                           size_t alignment)
{
    void *object =
        bytes > SIZE_MAX - padding
            ? NULL
            : gc__alloc_slowly(kind, unfilled(bytes + padding), alignment);
    return object != NULL ? object : gc__compat_out_of_memory(bytes);
}

/* `bytes` are with the padding already, and may have wrapped around.  The padding
 * is not what it was any more if this is the first call. */
__attribute__((noinline)) static void *alloc_slowly(enum kind kind,
                                                    size_t bytes)
{
    bytes -= gc__compat_padding;
    prepare();
    return alloc_aligned(kind, bytes, gc__compat_padding, GRANULE_BYTES);
}

__attribute__((noinline)) static void *alloc_freed(enum kind kind, size_t bytes)
{
    void *cell = gc__alloc_freed(kind, unfilled(bytes));
    return cell != NULL ? cell : alloc_slowly(kind, bytes);
}

__attribute__((noinline)) static void *alloc_unpadded_slowly(enum kind kind,
                                                             size_t bytes)
{
    prepare();
    return alloc_aligned(kind, bytes, 0, GRANULE_BYTES);
}

__attribute__((noinline)) static void *alloc_unpadded_freed(enum kind kind,
                                                            size_t bytes)
{
    void *cell = gc__alloc_freed(kind, unfilled(bytes));
    return cell != NULL ? cell : alloc_unpadded_slowly(kind, bytes);
}

static inline void *alloc(enum kind kind, size_t bytes)
{
    return alloc_or(kind, bytes + gc__compat_padding, LINEAR_CLASS_MAX_BYTES,
                    false, alloc_freed, alloc_slowly);
}

/* What is never collected needs nobody to point to it. */
static inline void *alloc_unpadded(enum kind kind, size_t bytes)
{
    return alloc_or(kind, bytes, LINEAR_CLASS_MAX_BYTES, false,
                    alloc_unpadded_freed, alloc_unpadded_slowly);
}

void *GC_malloc(size_t bytes)
{
    return alloc(KIND_SCANNED, bytes);
}

void *GC_malloc_atomic(size_t bytes)
{
    return alloc(KIND_ATOMIC, bytes);
}

void *GC_malloc_uncollectable(size_t bytes)
{
    return alloc_unpadded(KIND_UNCOLLECTABLE, bytes);
}

void *GC_malloc_atomic_uncollectable(size_t bytes)
{
    return alloc_unpadded(KIND_ATOMIC_UNCOLLECTABLE, bytes);
}

void *GC_malloc_ignore_off_page(size_t bytes)
{
    return kept_by_start(alloc(KIND_SCANNED, bytes), bytes);
}

void *GC_malloc_atomic_ignore_off_page(size_t bytes)
{
    return kept_by_start(alloc(KIND_ATOMIC, bytes), bytes);
}

void *GC_malloc_stubborn(size_t bytes)
{
    return alloc(KIND_SCANNED, bytes);
}

/* ---------------------------------------------------------------- aligned */

void *GC_memalign(size_t alignment, size_t bytes)
{
    if (!is_power_of_two(alignment) || alignment > MOST_ALIGNMENT)
        return gc__compat_out_of_memory(bytes);
    prepare();
    return alloc_aligned(KIND_SCANNED, bytes, gc__compat_padding,
                         larger(alignment, GRANULE_BYTES));
}

int GC_posix_memalign(void **result, size_t alignment, size_t bytes)
{
    if (!is_power_of_two(alignment) || alignment < sizeof(void *))
        return EINVAL;
    *result = GC_memalign(alignment, bytes);
    return *result == NULL ? ENOMEM : 0;
}

/* ---------------------------------------------------------------- strings */

static char *copy(const char *string, size_t length)
{
    char *text = alloc(KIND_ATOMIC, length + 1);
    if (text == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    memcpy(text, string, length);
    text[length] = '\0';
    return text;
}

char *GC_strdup(const char *string)
{
    return string == NULL ? NULL : copy(string, strlen(string));
}

char *GC_strndup(const char *string, size_t most)
{
    return copy(string, strnlen(string, most));
}

/* ------------------------------------------------------ resize and free */

static void *move(void *object, size_t bytes, const struct resizing *resizing)
{
    void *moved = kind_is_collectable(resizing->kind)
                      ? alloc(resizing->kind, bytes)
                      : alloc_unpadded(resizing->kind, bytes);
    if (moved == NULL)
        return NULL;
    memcpy(moved, object, smaller(resizing->had_bytes, bytes));
    gc_free(object);
    return moved;
}

/* Unless it is hardly used any more, a cell that is too large is kept. */
static bool stays(void *object, size_t bytes, size_t padded,
                  const struct resizing *resizing)
{
    if (resizing->is_done)
        return true;
    size_t had_bytes = resizing->had_bytes;
    if (padded > had_bytes || bytes < had_bytes / 2)
        return false;
    if (kind_is_scanned(resizing->kind))
        memset((char *)object + bytes, 0, had_bytes - bytes);
    return true;
}

void *GC_realloc(void *object, size_t bytes)
{
    if (object == NULL)
        return GC_malloc(bytes);
    if (bytes == 0) {
        gc_free(object);
        return NULL;
    }
    size_t padded = bytes + gc__compat_padding;
    if (padded < bytes)
        return gc__compat_out_of_memory(bytes);
    struct resizing resizing = gc__resize(object, padded, "GC_realloc");
    if (!resizing.is_object)
        return NULL;
    return stays(object, bytes, padded, &resizing)
               ? object
               : move(object, bytes, &resizing);
}

void GC_free(void *object)
{
    gc_free(object);
}
