/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_COMPAT_CORD_MODEL_H
#define TIDEMARK_TESTS_COMPAT_CORD_MODEL_H

/* Cords beside arrays of characters that say what is in them. */

#include <check.h>
#include <gc/cord.h>
#include <gc/gc.h>
#include <stdbool.h>
#include <string.h>

#include "tests/random.h"

struct model {
    CORD cord;
    size_t length;
    char *chars; /* may have NULs in them */
};

static inline struct model model_of(CORD cord, const char *chars, size_t length)
{
    struct model model = {cord, length, GC_malloc_atomic(length + 1)};
    ck_assert_ptr_nonnull(model.chars);
    memcpy(model.chars, chars, length);
    return model;
}

/* A function of cords: the characters of an array. */
static inline char nth_of(size_t i, void *chars)
{
    return ((const char *)chars)[i];
}

static inline struct model model_cat(struct model x, struct model y)
{
    struct model both = {CORD_cat(x.cord, y.cord), x.length + y.length, NULL};
    both.chars = GC_malloc_atomic(both.length + 1);
    ck_assert_ptr_nonnull(both.chars);
    memcpy(both.chars, x.chars, x.length);
    memcpy(both.chars + x.length, y.chars, y.length);
    return both;
}

static inline struct model model_substr(struct model x, size_t i, size_t n)
{
    size_t start = i < x.length ? i : x.length;
    size_t count = n < x.length - start ? n : x.length - start;
    return model_of(CORD_substr(x.cord, i, n), x.chars + start, count);
}

/* A leaf: empty, a string, or a function, of up to so many characters, from a small
 * alphabet that has NUL in it. */
static inline struct model model_leaf(struct random *random, size_t most)
{
    size_t length = random_below(random, most + 1);
    bool is_function = random_below(random, 2) == 0;
    char *chars = GC_malloc_atomic(length + 1);
    for (size_t i = 0; i < length; i++)
        chars[i] = "abc\0"[random_below(random, is_function ? 4 : 3)];
    chars[length] = '\0';
    CORD cord = length == 0   ? CORD_EMPTY
                : is_function ? CORD_from_fn(nth_of, chars, length)
                              : chars;
    return model_of(cord, chars, length);
}

/* A cord of many, by concatenation and substrings. */
static inline struct model model_tree(struct random *random, size_t steps)
{
    struct model all = model_leaf(random, 40);
    for (size_t i = 0; i < steps; i++) {
        struct model leaf = model_leaf(random, 40);
        if (all.length > 4000 || random_below(random, 8) == 0)
            all = model_substr(all, random_below(random, all.length + 1),
                               random_below(random, all.length + 1));
        switch (random_below(random, 8)) {
        case 0:
            all = model_cat(all, all);
            break;
        case 1:
        case 2:
            all = model_cat(leaf, all);
            break;
        default:
            all = model_cat(all, leaf);
        }
    }
    return all;
}

#endif
