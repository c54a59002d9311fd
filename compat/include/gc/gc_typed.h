/* SPDX-License-Identifier: MIT */
#ifndef GC_TYPED_H
#define GC_TYPED_H

/* Objects of which only some words are searched for pointers.
 *
 *     GC_word bitmap[GC_BITMAP_SIZE(struct node)] = {0};
 *     GC_set_bit(bitmap, GC_WORD_OFFSET(struct node, next));
 *     GC_descr descr = GC_make_descriptor(bitmap, GC_WORD_LEN(struct node)); */

#include "gc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A bit for each word of an object, from the first one on; those of words that
 * may hold a pointer are set. */
typedef GC_word *GC_bitmap;

#define GC_WORDSZ (8 * sizeof(GC_word))
#define GC_get_bit(bitmap, n) \
    (((bitmap)[(n) / GC_WORDSZ] >> ((n) % GC_WORDSZ)) & 1)
#define GC_set_bit(bitmap, n) \
    ((bitmap)[(n) / GC_WORDSZ] |= (GC_word)1 << ((n) % GC_WORDSZ))

/* In words: the place of a field, the size of a type, and that of its bitmap. */
#define GC_WORD_OFFSET(type, field) (offsetof(type, field) / sizeof(GC_word))
#define GC_WORD_LEN(type)           (sizeof(type) / sizeof(GC_word))
#define GC_BITMAP_SIZE(type)        ((GC_WORD_LEN(type) + GC_WORDSZ - 1) / GC_WORDSZ)

typedef GC_word GC_descr;

/* For a bitmap of so many bits; words after these hold no pointers. */
GC_API GC_descr GC_CALL GC_make_descriptor(const GC_word *, size_t);

/* An object of so many bytes, and an array: (count, bytes, descriptor). */
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_malloc_explicitly_typed(size_t, GC_descr);
GC_API GC_ATTR_MALLOC GC_ATTR_ALLOC_SIZE(1) void *GC_CALL
    GC_malloc_explicitly_typed_ignore_off_page(size_t, GC_descr);
GC_API GC_ATTR_MALLOC GC_ATTR_CALLOC_SIZE(1, 2) void *GC_CALL
    GC_calloc_explicitly_typed(size_t, size_t, GC_descr);

#ifdef __cplusplus
}
#endif

/* There is no such function with file and line: then all words are searched. */
#ifdef GC_DEBUG
#define GC_MALLOC_EXPLICITLY_TYPED(bytes, descr) \
    ((void)(descr), GC_MALLOC(bytes))
#define GC_CALLOC_EXPLICITLY_TYPED(count, bytes, descr) \
    ((void)(descr), GC_MALLOC((count) * (bytes)))
#else
#define GC_MALLOC_EXPLICITLY_TYPED(bytes, descr) \
    GC_malloc_explicitly_typed(bytes, descr)
#define GC_CALLOC_EXPLICITLY_TYPED(count, bytes, descr) \
    GC_calloc_explicitly_typed(count, bytes, descr)
#endif

#endif
