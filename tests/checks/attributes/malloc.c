/* SPDX-License-Identifier: MIT */
/* gcc proposes the attribute malloc for a function whose result comes from a
 * function that has it, and from no other.
 *
 * gcc: -Wsuggest-attribute=malloc */

#include <tidemark.h>

void *new_scanned(size_t n);
void *new_atomic(size_t n);
void *new_array(size_t n);
void *new_aligned(size_t n);
void *new_copy(const char *text);
void *new_prefix(const char *text);
void *new_uncollectable(size_t n);
void *new_atomic_uncollectable(size_t n);
void *not_new(void *object);

void *new_scanned(size_t n) /* warns */
{
    return gc_malloc(n);
}

void *new_atomic(size_t n) /* warns */
{
    return gc_malloc_atomic(n);
}

void *new_array(size_t n) /* warns */
{
    return gc_calloc(n, 16);
}

void *new_aligned(size_t n) /* warns */
{
    return gc_aligned_alloc(64, n);
}

void *new_copy(const char *text) /* warns */
{
    return gc_strdup(text);
}

void *new_prefix(const char *text) /* warns */
{
    return gc_strndup(text, 3);
}

void *new_uncollectable(size_t n) /* warns */
{
    return gc_malloc_uncollectable(n);
}

void *new_atomic_uncollectable(size_t n) /* warns */
{
    return gc_malloc_atomic_uncollectable(n);
}

/* The object may stay where it is, and then it has other pointers to it. */
void *not_new(void *object)
{
    return gc_realloc(object, 16);
}
