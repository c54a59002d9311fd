/* SPDX-License-Identifier: MIT */
/* Comparing and searching, piece by piece as the characters lie in memory. */
#include <stdint.h>
#include <string.h>

#include "compat/cord/node.h"

/* How many characters lie in memory from the position on; at least the one that
 * CORD_pos_fetch() gives, and that is stored in `one` if none does. */
static size_t piece_at(CORD_pos p, const char **piece, char *one)
{
    if (CORD_pos_chars_left(p) > 0) {
        *piece = CORD_pos_cur_char_addr(p);
        return (size_t)CORD_pos_chars_left(p);
    }
    *one = CORD_pos_fetch(p);
    *piece = one;
    return 1;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

int CORD_ncmp(CORD x, size_t x_start, CORD y, size_t y_start, size_t len)
{
    CORD_pos at_x, at_y;
    CORD_set_pos(at_x, x, x_start);
    CORD_set_pos(at_y, y, y_start);
    while (len > 0 && CORD_pos_valid(at_x) && CORD_pos_valid(at_y)) {
        const char *in_x, *in_y;
        char one_x, one_y;
        size_t count =
            least(piece_at(at_x, &in_x, &one_x), piece_at(at_y, &in_y, &one_y));
        count = least(count, len);
        int order = memcmp(in_x, in_y, count);
        if (order != 0)
            return order;
        CORD_pos_advance(at_x, count);
        CORD_pos_advance(at_y, count);
        len -= count;
    }
    return len == 0 ? 0 : CORD_pos_valid(at_x) - CORD_pos_valid(at_y);
}

int CORD_cmp(CORD x, CORD y)
{
    return CORD_ncmp(x, 0, y, 0, SIZE_MAX);
}

size_t CORD_chr(CORD x, size_t i, int c)
{
    CORD_pos at;
    CORD_set_pos(at, x, i);
    while (CORD_pos_valid(at)) {
        const char *piece;
        char one;
        size_t count = piece_at(at, &piece, &one);
        const char *found = memchr(piece, c, count);
        if (found != NULL)
            return CORD_pos_to_index(at) + (size_t)(found - piece);
        CORD_pos_advance(at, count);
    }
    return CORD_NOT_FOUND;
}

size_t CORD_rchr(CORD x, size_t i, int c)
{
    CORD_pos at;
    for (CORD_set_pos(at, x, i); CORD_pos_valid(at); CORD_prev(at))
        if (CORD_pos_fetch(at) == (char)c)
            return CORD_pos_to_index(at);
    return CORD_NOT_FOUND;
}

/* What is sought, and for each number of characters of it that have been seen: how
 * many of them, less than all, are a beginning of it as well as their end.
 *
 * Source: Knuth, Morris and Pratt, "Fast pattern matching in strings", SIAM Journal
 * on Computing 6(2), 1977. */
struct pattern {
    const char *chars;
    size_t length;
    size_t *borders;
};

/* How many are seen after one more character. */
static size_t seen_with(const struct pattern *pattern, size_t seen, char c)
{
    while (seen > 0 && pattern->chars[seen] != c)
        seen = pattern->borders[seen];
    return pattern->chars[seen] == c ? seen + 1 : 0;
}

static struct pattern pattern_of(CORD s)
{
    struct pattern pattern = {CORD_to_const_char_star(s), CORD_len(s), NULL};
    if (pattern.length > SIZE_MAX / sizeof *pattern.borders - 1)
        gc__cord_fail("CORD_str: what is sought is too long");
    pattern.borders = (size_t *)(void *)gc__cord_allocate_chars(
        (pattern.length + 1) * sizeof *pattern.borders);
    pattern.borders[0] = pattern.borders[1] = 0;
    for (size_t n = 2; n <= pattern.length; n++)
        pattern.borders[n] =
            seen_with(&pattern, pattern.borders[n - 1], pattern.chars[n - 1]);
    return pattern;
}

size_t CORD_str(CORD x, size_t start, CORD s)
{
    if (s == CORD_EMPTY)
        return start <= CORD_len(x) ? start : CORD_NOT_FOUND;
    struct pattern pattern = pattern_of(s);
    size_t seen = 0;
    CORD_pos at;
    for (CORD_set_pos(at, x, start); CORD_pos_valid(at); CORD_next(at)) {
        seen = seen_with(&pattern, seen, CORD_pos_fetch(at));
        if (seen == pattern.length)
            return CORD_pos_to_index(at) + 1 - seen;
    }
    return CORD_NOT_FOUND;
}
