/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_COMPAT_CORD_NODE_H
#define TIDEMARK_COMPAT_CORD_NODE_H

/* How cords are represented, and what the files of this folder share.
 *
 * A cord is NULL, a C string, or a node; a node's first byte is NUL, which no
 * string but the empty one begins with.  Nodes never change once they are made, so
 * cords share them, and threads need no lock.
 *
 * Source: Boehm, Atkinson and Plass, "Ropes: an alternative to strings", Software:
 * Practice and Experience 25(12), 1995. */

#include <gc/cord.h>
#include <stdbool.h>

enum node_kind {
    NODE_PAIR,     /* one cord and another one behind it */
    NODE_FUNCTION, /* characters that a function gives */
    NODE_SLICE     /* characters of a string */
};

struct node {
    char nul;
    unsigned char kind;
    unsigned char depth; /* of a pair: one more than the deeper half; else 0 */
    size_t length;       /* in characters, not 0 */
    union {
        struct {
            CORD left, right;
            size_t left_length;
        } pair;
        struct {
            CORD_fn fn;
            void *data;
            size_t first; /* the argument for the first character */
        } function;
        struct {
            const char *string; /* its start, which keeps it alive */
            size_t first;
        } slice;
    } as;
};

/* Up to so many characters are copied rather than shared. */
enum { SHORT_LENGTH = 15 };

static inline const struct node *node_of(CORD x)
{
    return (const struct node *)(const void *)x;
}

static inline bool is_string(CORD x)
{
    return CORD_IS_STRING(x);
}

static inline bool is_pair(CORD x)
{
    return !is_string(x) && node_of(x)->kind == NODE_PAIR;
}

static inline int depth_of(CORD x)
{
    return is_string(x) ? 0 : node_of(x)->depth;
}

/* A cord that is not empty and whose length is known: functions that walk down a
 * tree hand the lengths down, since to ask a string for it takes a time. */
struct part {
    CORD cord;
    size_t length;
};

static inline struct part left_of(const struct node *pair)
{
    return (struct part){pair->as.pair.left, pair->as.pair.left_length};
}

static inline struct part right_of(const struct node *pair)
{
    return (struct part){pair->as.pair.right,
                         pair->length - pair->as.pair.left_length};
}

/* The characters of a leaf where they lie in memory, or NULL for a function. */
static inline const char *characters_of(CORD leaf)
{
    if (is_string(leaf))
        return leaf;
    const struct node *node = node_of(leaf);
    return node->kind == NODE_SLICE
               ? node->as.slice.string + node->as.slice.first
               : NULL;
}

static inline char call(const struct node *function, size_t i)
{
    return function->as.function.fn(function->as.function.first + i,
                                    function->as.function.data);
}

/* Memory, or what CORD_oom_fn does. */
void *gc__cord_allocate(size_t bytes);
char *gc__cord_allocate_chars(size_t length);

/* Says so, and ends the program. */
_Noreturn void gc__cord_fail(const char *what);

/* A pair of two cords that are not empty, as deep as it may be. */
CORD gc__cord_pair(struct part left, struct part right);

/* A copy of so many characters, which may be NUL, and 0 too. */
CORD gc__cord_of_bytes(const char *bytes, size_t count);

/* `x` with `y` behind it, either of which may be empty. */
struct part gc__cord_append(struct part x, struct part y);

/* Copies `count` characters from the i-th on, which there must be. */
void gc__cord_copy(CORD x, size_t i, size_t count, char *to);

#endif
