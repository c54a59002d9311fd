/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_MALLOC_H
#define TIDEMARK_MALLOC_H

/* Tidemark for programs that exist: collected memory without a change.
 *
 *     cc -include tidemark_malloc.h old.c -ltidemark
 *
 * In a file that is compiled so, malloc and its family are the collector's:
 *
 *     malloc calloc realloc reallocarray aligned_alloc posix_memalign
 *     memalign valloc pvalloc     scanned memory, as gc_malloc()
 *     strdup strndup              pointer-free memory, as gc_strdup()
 *     free                        nothing; of libc's memory: libc's free
 *     malloc_usable_size          as gc_size()
 *
 * A leak is collected, and a pointer that is used after free() or realloc()
 * still points to what it pointed to: memory is reused when nothing points to
 * it, and not before.  What these calls return and what they do to `errno` is
 * what libc's do, except that
 *
 *     - malloc() returns zeroed memory;
 *     - realloc(p, 0) makes a smallest object and frees nothing;
 *     - a realloc() that must move an object leaves the old one as it is, and
 *       asks for an eighth more, so that growing step by step stays cheap.
 *
 * Memory of libc's own malloc is welcome: free(), realloc() and
 * malloc_usable_size() pass what getline(), asprintf(), or a library returned
 * on to libc.  So files with and without this header can be linked together.
 *
 * Limits.  The file must be C.  The names are replaced as words, by macros:
 * members and variables called `free` come along, and so does `&free` as a
 * callback.  A file that defines such a function or macro itself, or declares
 * one without its parameters, must lose that first; __attribute__((malloc))
 * must be spelled __malloc__.  Objects of gc_malloc_uncollectable() are for
 * gc_realloc() and gc_free().  Nothing may
 *
 *     - free or reallocate our memory in code compiled without the header:
 *       getline() with a buffer of ours, a library that takes ownership of
 *       what it is given.  libc then ends the process;
 *     - hold the only pointer to our memory in memory of libc's malloc, where
 *       the collector does not look: setvbuf() of an fopen()ed file,
 *       putenv(), tsearch(), hsearch(), a library's own tables.
 *       gc_malloc_uncollectable() is made for that;
 *     - hide its only pointer to our memory: see tidemark.h.
 *
 * Threads, Cost, Errors: see tidemark.h. */

#ifdef __cplusplus
#error "tidemark_malloc.h is for C: new and delete would not be collected"
#endif

/* No header of libc is included here, not even by way of tidemark.h: the first
 * one would fix the feature test macros before the file that follows can define
 * its own.  <stddef.h> is the compiler's. */
#include <stddef.h>

void *gc_malloc(size_t bytes);
void *gc_calloc(size_t count, size_t bytes);
void *gc_realloc(void *object, size_t bytes);
void *gc_aligned_alloc(size_t alignment, size_t bytes);
char *gc_strdup(const char *string);
char *gc_strndup(const char *string, size_t length);
void *gc_base(const void *pointer);
size_t gc_size(const void *pointer);

/* libc's functions, under names that leave theirs to the file.  It matters that
 * the compiler does not know them: it drops stores into memory that it sees
 * going to free(). */
void gc_libc_free(void *pointer) __asm__("free");
void *gc_libc_realloc(void *pointer, size_t bytes) __asm__("realloc");
size_t gc_libc_usable_size(void *pointer) __asm__("malloc_usable_size");
int gc_libc_page_bytes(void) __asm__("getpagesize");

/* Not inline: GCC would note that the deallocator which <stdlib.h> names for
 * reallocarray() is lost on an inline function. */
#define TIDEMARK_REPLACEMENT static __attribute__((unused))

TIDEMARK_REPLACEMENT void *gc_replaced_malloc(size_t bytes)
{
    return gc_malloc(bytes);
}

TIDEMARK_REPLACEMENT void *gc_replaced_calloc(size_t count, size_t bytes)
{
    return gc_calloc(count, bytes);
}

TIDEMARK_REPLACEMENT void gc_replaced_free(void *pointer)
{
    if (pointer != NULL && gc_base(pointer) == NULL)
        gc_libc_free(pointer);
}

TIDEMARK_REPLACEMENT void *gc_replaced_move(void *object, size_t old_bytes,
                                            size_t bytes)
{
    size_t reserve = bytes > old_bytes ? bytes / 8 : 0;
    void *moved = gc_malloc(bytes + reserve);
    if (moved == NULL && reserve > 0)
        moved = gc_malloc(bytes);
    if (moved != NULL)
        __builtin_memcpy(moved, object, bytes < old_bytes ? bytes : old_bytes);
    return moved;
}

TIDEMARK_REPLACEMENT void *gc_replaced_realloc(void *pointer, size_t bytes)
{
    if (pointer == NULL)
        return gc_malloc(bytes);
    void *object = gc_base(pointer);
    if (object == NULL)
        return gc_libc_realloc(pointer, bytes);
    if (object != pointer)
        return gc_realloc(pointer, bytes); /* which reports it */

    size_t old_bytes = gc_size(object);
    if (bytes <= old_bytes && bytes >= old_bytes / 2)
        return object;
    return gc_replaced_move(object, old_bytes, bytes);
}

TIDEMARK_REPLACEMENT void *gc_replaced_reallocarray(void *pointer, size_t count,
                                                    size_t bytes)
{
    size_t product;
    if (__builtin_mul_overflow(count, bytes, &product))
        return gc_calloc(count, bytes); /* which fails */
    return gc_replaced_realloc(pointer, product);
}

TIDEMARK_REPLACEMENT void *gc_replaced_aligned_alloc(size_t alignment,
                                                     size_t bytes)
{
    return gc_aligned_alloc(alignment, bytes);
}

TIDEMARK_REPLACEMENT int
gc_replaced_posix_memalign(void **result, size_t alignment, size_t bytes)
{
    /* Linux's EINVAL and ENOMEM: <errno.h> would fix the feature macros. */
    enum { INVALID = 22, NO_MEMORY = 12 };
    if (alignment % sizeof(void *) != 0 || alignment == 0 ||
        (alignment & (alignment - 1)) != 0)
        return INVALID;
    void *object = gc_aligned_alloc(alignment, bytes);
    if (object == NULL)
        return NO_MEMORY;
    *result = object;
    return 0;
}

TIDEMARK_REPLACEMENT void *gc_replaced_valloc(size_t bytes)
{
    return gc_aligned_alloc((size_t)gc_libc_page_bytes(), bytes);
}

TIDEMARK_REPLACEMENT void *gc_replaced_pvalloc(size_t bytes)
{
    size_t page_bytes = (size_t)gc_libc_page_bytes();
    size_t short_of = -bytes % page_bytes;
    return gc_aligned_alloc(page_bytes, bytes + short_of);
}

TIDEMARK_REPLACEMENT char *gc_replaced_strdup(const char *string)
{
    return gc_strdup(string);
}

TIDEMARK_REPLACEMENT char *gc_replaced_strndup(const char *string,
                                               size_t length)
{
    return gc_strndup(string, length);
}

TIDEMARK_REPLACEMENT size_t gc_replaced_usable_size(void *pointer)
{
    return pointer == NULL || gc_base(pointer) != NULL
               ? gc_size(pointer)
               : gc_libc_usable_size(pointer);
}

#define malloc             gc_replaced_malloc
#define calloc             gc_replaced_calloc
#define realloc            gc_replaced_realloc
#define reallocarray       gc_replaced_reallocarray
#define free               gc_replaced_free
#define aligned_alloc      gc_replaced_aligned_alloc
#define memalign           gc_replaced_aligned_alloc
#define posix_memalign     gc_replaced_posix_memalign
#define valloc             gc_replaced_valloc
#define pvalloc            gc_replaced_pvalloc
#define strdup             gc_replaced_strdup
#define strndup            gc_replaced_strndup
#define malloc_usable_size gc_replaced_usable_size

#endif
