/* SPDX-License-Identifier: MIT */
/* Making cords of others. */
#include <gc/gc.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/cord/node.h"

void (*CORD_oom_fn)(void);

_Noreturn void gc__cord_fail(const char *what)
{
    fprintf(stderr, "libcord: %s\n", what);
    abort();
}

static void *or_fail(void *memory)
{
    if (memory != NULL)
        return memory;
    if (CORD_oom_fn != NULL)
        CORD_oom_fn();
    gc__cord_fail("out of memory");
}

void *gc__cord_allocate(size_t bytes)
{
    return or_fail(GC_MALLOC(bytes));
}

char *gc__cord_allocate_chars(size_t length)
{
    if (length == SIZE_MAX)
        gc__cord_fail("a string is too long");
    char *chars = or_fail(GC_MALLOC_ATOMIC(length + 1));
    chars[length] = '\0';
    return chars;
}

static struct node *new_node(enum node_kind kind, size_t length)
{
    struct node *node = gc__cord_allocate(sizeof *node);
    node->kind = (unsigned char)kind;
    node->length = length;
    return node;
}

static CORD cord_of(const struct node *node)
{
    return &node->nul;
}

static CORD copy_of(const char *string, size_t length)
{
    return memcpy(gc__cord_allocate_chars(length), string, length);
}

size_t CORD_len(CORD x)
{
    if (x == CORD_EMPTY)
        return 0;
    return is_string(x) ? strlen(x) : node_of(x)->length;
}

/* -- Concatenation */

CORD gc__cord_pair(struct part left, struct part right)
{
    int left_depth = depth_of(left.cord), right_depth = depth_of(right.cord);
    if (left.length > SIZE_MAX - 1 - right.length)
        gc__cord_fail("a cord is too long");
    struct node *node = new_node(NODE_PAIR, left.length + right.length);
    node->depth = (unsigned char)(1 + (left_depth > right_depth ? left_depth
                                                                : right_depth));
    node->as.pair.left = left.cord;
    node->as.pair.right = right.cord;
    node->as.pair.left_length = left.length;
    return cord_of(node);
}

/* A pair that positions have room for.  Only one of more than 10^10 characters
 * can be too deep for them when it is balanced. */
static CORD balanced_pair(struct part left, struct part right)
{
    CORD pair = gc__cord_pair(left, right);
    if (depth_of(pair) <= MAX_DEPTH)
        return pair;
    pair = CORD_balance(pair);
    if (depth_of(pair) > MAX_DEPTH)
        gc__cord_fail("a cord is too deep");
    return pair;
}

/* Two strings in one. */
static struct part joined(struct part x, struct part y)
{
    size_t length = x.length + y.length;
    char *chars = gc__cord_allocate_chars(length);
    memcpy(chars, x.cord, x.length);
    memcpy(chars + x.length, y.cord, y.length);
    return (struct part){chars, length};
}

static bool can_join(struct part x, struct part y)
{
    return is_string(x.cord) && is_string(y.cord) && x.length <= SHORT_LENGTH &&
           y.length <= SHORT_LENGTH - x.length;
}

/* Who appends short strings one after the other gets a leaf for several of them,
 * and not one for each. */
struct part gc__cord_append(struct part x, struct part y)
{
    if (x.cord == CORD_EMPTY)
        return y;
    if (y.cord == CORD_EMPTY)
        return x;
    if (can_join(x, y))
        return joined(x, y);
    size_t length = x.length + y.length;
    if (is_pair(x.cord) && can_join(right_of(node_of(x.cord)), y)) {
        const struct node *pair = node_of(x.cord);
        struct part end = joined(right_of(pair), y);
        return (struct part){gc__cord_pair(left_of(pair), end), length};
    }
    return (struct part){balanced_pair(x, y), length};
}

static struct part part_of(CORD x)
{
    return (struct part){x, CORD_len(x)};
}

CORD CORD_cat(CORD x, CORD y)
{
    return gc__cord_append(part_of(x), part_of(y)).cord;
}

CORD CORD_cat_char_star(CORD x, const char *y, size_t leny)
{
    struct part end = {leny == 0 ? CORD_EMPTY : y, leny};
    return gc__cord_append(part_of(x), end).cord;
}

CORD CORD_cat_char(CORD x, char c)
{
    return gc__cord_append(part_of(x), (struct part){CORD_chars(c, 1), 1}).cord;
}

CORD CORD_catn(int n, ...)
{
    struct part all = {CORD_EMPTY, 0};
    va_list cords;
    va_start(cords, n);
    for (int i = 0; i < n; i++)
        all = gc__cord_append(all, part_of(va_arg(cords, CORD)));
    va_end(cords);
    return all.cord;
}

/* -- Leaves */

CORD CORD_from_char_star(const char *s)
{
    size_t length = strlen(s);
    return length == 0 ? CORD_EMPTY : copy_of(s, length);
}

/* What is short is asked for at once, and need not be a function unless it has a
 * NUL in it. */
CORD CORD_from_fn(CORD_fn fn, void *client_data, size_t len)
{
    if (len == 0)
        return CORD_EMPTY;
    char chars[SHORT_LENGTH];
    size_t known = 0;
    while (len <= SHORT_LENGTH && known < len &&
           (chars[known] = fn(known, client_data)) != '\0')
        known++;
    if (known == len)
        return copy_of(chars, len);
    struct node *node = new_node(NODE_FUNCTION, len);
    node->as.function.fn = fn;
    node->as.function.data = client_data;
    return cord_of(node);
}

static char same_character(size_t i, void *data)
{
    (void)i;
    return (char)(intptr_t)data;
}

CORD CORD_chars(char c, size_t i)
{
    return CORD_from_fn(same_character, (void *)(intptr_t)c, i);
}

/* Strings as they lie between the NULs. */
CORD gc__cord_of_bytes(const char *bytes, size_t count)
{
    struct part all = {CORD_EMPTY, 0};
    while (count > 0) {
        struct part piece = {NULL, strnlen(bytes, count)};
        if (piece.length > 0) {
            piece.cord = copy_of(bytes, piece.length);
        } else {
            while (piece.length < count && bytes[piece.length] == '\0')
                piece.length++;
            piece.cord = CORD_nul(piece.length);
        }
        all = gc__cord_append(all, piece);
        bytes += piece.length;
        count -= piece.length;
    }
    return all.cord;
}

/* -- Parts of a cord */

static CORD slice_of_leaf(CORD leaf, size_t i, size_t n)
{
    if (is_string(leaf)) {
        struct node *slice = new_node(NODE_SLICE, n);
        slice->as.slice.string = leaf;
        slice->as.slice.first = i;
        return cord_of(slice);
    }
    struct node *node = gc__cord_allocate(sizeof *node);
    *node = *node_of(leaf);
    node->length = n;
    if (node->kind == NODE_SLICE)
        node->as.slice.first += i;
    else
        node->as.function.first += i;
    return cord_of(node);
}

/* A string, if it is short enough and has no NUL in it; else NULL. */
static CORD short_copy(CORD x, size_t i, size_t n)
{
    char chars[SHORT_LENGTH];
    if (n > SHORT_LENGTH)
        return NULL;
    gc__cord_copy(x, i, n, chars);
    return memchr(chars, '\0', n) == NULL ? copy_of(chars, n) : NULL;
}

/* 0 < n, and i + n <= x.length. */
static CORD substring(struct part x, size_t i, size_t n)
{
    if (n == x.length)
        return x.cord;
    CORD copy = short_copy(x.cord, i, n);
    if (copy != NULL)
        return copy;
    if (!is_pair(x.cord))
        return slice_of_leaf(x.cord, i, n);

    struct part left = left_of(node_of(x.cord));
    struct part right = right_of(node_of(x.cord));
    if (i >= left.length)
        return substring(right, i - left.length, n);
    if (n <= left.length - i)
        return substring(left, i, n);
    size_t of_left = left.length - i;
    return gc__cord_pair(
        (struct part){substring(left, i, of_left), of_left},
        (struct part){substring(right, 0, n - of_left), n - of_left});
}

CORD CORD_substr(CORD x, size_t i, size_t n)
{
    struct part whole = part_of(x);
    if (n == 0 || i >= whole.length)
        return CORD_EMPTY;
    size_t left = whole.length - i;
    return substring(whole, i, n < left ? n : left);
}
