/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_WINDOW_H
#define TIDEMARK_GC_WINDOW_H

/* The word window: it moves over memory and shows one word after the other, of
 * which nobody knows whether it is a pointer.  The only reader of words.
 *
 * It moves in steps of 8 bytes, from one multiple of 8 to the next, where
 * compilers put pointers; steps of 4, 2 or 1 find them in packed structures
 * too, at 2, 4 or 8 times the price. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/word.h"

/* Words belong to any type, to a redzone of a sanitizer, or to a thread that is
 * writing them. */
#define TIDEMARK_ANY_WORD \
    __attribute__((no_sanitize("address", "thread", "undefined")))

typedef uintptr_t __attribute__((may_alias, aligned(1))) any_word;

struct window {
    uintptr_t at;
    uintptr_t last; /* no word starts above this */
    size_t step;
};

/* A window over the words that lie in `range` as a whole. */
static inline struct window window_over(struct range range, size_t step)
{
    struct window none = {1, 0, step};
    if (range_size(range) < WORD_BYTES)
        return none;
    return (struct window){round_up(range.low, step), range.high - WORD_BYTES,
                           step};
}

TIDEMARK_ANY_WORD
static inline uintptr_t window_word_at(uintptr_t address)
{
    return *(const volatile any_word *)address;
}

/* Shows the next word and where it stands; false past the last. */
static inline bool window_next(struct window *window, uintptr_t *address,
                               uintptr_t *word)
{
    if (window->at > window->last)
        return false;
    *address = window->at;
    *word = window_word_at(window->at);
    window->at += window->step;
    return true;
}

#endif
