/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_TYPES_H
#define TIDEMARK_GC_TYPES_H

/* Types: which words of a structure may be pointers, as a bitmap.  An object that
 * has a type is an array of such structures, the last of which may be cut off.
 *
 * A kind may have one type for all its objects.  Or each object of a kind brings
 * its own, in its last word, which the program does not see. */

#include <stddef.h>
#include <stdint.h>

#include "gc/kinds.h"

struct gc_type {
    size_t words;      /* of one structure */
    uint64_t bitmap[]; /* bit i % 64 of i / 64: word i may be a pointer */
};

enum { TYPE_TAIL_BYTES = sizeof(struct gc_type *) };

static inline size_t type_bitmap_words(size_t words)
{
    return (words + WORD_BITS - 1) / WORD_BITS;
}

/* A procedure of kinds, whose `context` is the type. */
void gc__look_by_type(void *object, size_t bytes, struct gc_visit *visit,
                      void *context);

/* The same where it is in the last word of the object; while that is zero, the
 * object has just been handed out and holds nothing. */
void gc__look_by_own_type(void *object, size_t bytes, struct gc_visit *visit,
                          void *context);

/* Where that word is. */
static inline const struct gc_type **type_place(void *object, size_t bytes)
{
    return (const struct gc_type **)((char *)object + bytes - TYPE_TAIL_BYTES);
}

#endif
