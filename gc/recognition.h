/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_RECOGNITION_H
#define TIDEMARK_GC_RECOGNITION_H

/* Which words count as pointers to an object.
 *
 *     where the word is           |  interior       |  displaced
 *     registers, stacks           |  to any byte    |  to any byte
 *     listed roots, objects       |  to any byte    |  to byte 0, and to bytes
 *                                 |                 |  that have been noted
 *
 * A program that keeps no interior pointers but in its variables has less
 * retained by chance in the second mode; one that tags pointers in their low bits
 * notes the tags as displacements.
 *
 * What is a pointer one past the end of an object points to whatever comes next.
 * That it is not taken for this alone, when it lies in a register or in a stack,
 * is a rule of its own (gc/past_end.h), which can be switched off; so it can where
 * no such pointer leaves its object, each being a byte larger than was asked
 * for. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/word.h"

enum { DISPLACEMENTS = 4096 }; /* those below can be noted */

/* Always a constant where time counts, like enum company. */
enum rule { INTERIOR, DISPLACED };

struct recognition {
    enum rule rule; /* for listed roots and objects */
    bool past_end;  /* a word of registers or stacks also speaks for the cell
                       that ends where it points */
    uint64_t noted[DISPLACEMENTS / WORD_BITS]; /* a bit for each */
};

/* Everything interior counts, and so does the end: as at the beginning. */
static inline void recognition_init(struct recognition *recognition)
{
    *recognition = (struct recognition){INTERIOR, true, {1}};
}

/* `offset` is less than DISPLACEMENTS. */
static inline void recognition_note(struct recognition *recognition,
                                    size_t offset)
{
    recognition->noted[offset / WORD_BITS] |= (uint64_t)1
                                              << (offset % WORD_BITS);
}

static inline bool recognition_has(const struct recognition *recognition,
                                   size_t offset)
{
    return offset < DISPLACEMENTS &&
           (recognition->noted[offset / WORD_BITS] >> (offset % WORD_BITS) &
            1) != 0;
}

/* True if a word that points `offset` bytes into an object counts, where it lies
 * in a listed root or an object. */
static inline bool recognises(const struct recognition *recognition,
                              size_t offset)
{
    return recognition->rule == INTERIOR ||
           recognition_has(recognition, offset);
}

#endif
