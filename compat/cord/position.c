/* SPDX-License-Identifier: MIT */
/* Positions: the path from a cord down to a leaf, and the characters around where
 * they lie in memory.  Of a function, up to FUNCTION_BUF_SZ are asked for at once,
 * when the position moves. */
#include "compat/cord/node.h"

/* Of what the path leads to; everything above it is a pair. */
static struct CORD_pe *end_of_path(struct CORD_Pos *p)
{
    return &p->path[p->path_len];
}

/* Where the end of the path ends: each pair knows, and a leaf below one too. */
static size_t end_of_leaf(const struct CORD_Pos *p)
{
    const struct CORD_pe *leaf = &p->path[p->path_len];
    if (!is_string(leaf->pe_cord))
        return leaf->pe_start_pos + node_of(leaf->pe_cord)->length;
    return p->cur_end;
}

/* Goes down from a cord of that length to the leaf with the position. */
static void go_down(struct CORD_Pos *p, size_t length)
{
    struct CORD_pe at = *end_of_path(p);
    while (is_pair(at.pe_cord)) {
        const struct node *pair = node_of(at.pe_cord);
        struct part half = left_of(pair);
        if (p->cur_pos - at.pe_start_pos >= half.length) {
            at.pe_start_pos += half.length;
            half = right_of(pair);
        }
        at.pe_cord = half.cord;
        length = half.length;
        p->path_len++;
        *end_of_path(p) = at;
    }
    p->cur_leaf = characters_of(at.pe_cord);
    p->cur_start = at.pe_start_pos;
    p->cur_end = p->cur_leaf == NULL ? 0 : at.pe_start_pos + length;
}

void CORD_set_pos(CORD_pos p, CORD x, size_t i)
{
    size_t length = CORD_len(x);
    p[0].path[0] = (struct CORD_pe){x, 0};
    p[0].cur_pos = i;
    p[0].cur_end = 0;
    p[0].path_len = i < length ? 0 : CORD_POS_INVALID;
    if (i < length)
        go_down(p, length);
}

/* Goes up to the first pair that has the position in it, and down again. */
static void go_elsewhere(struct CORD_Pos *p)
{
    while (p->path_len > 0) {
        p->path_len--;
        const struct CORD_pe *at = end_of_path(p);
        size_t length = node_of(at->pe_cord)->length;
        if (p->cur_pos >= at->pe_start_pos &&
            p->cur_pos - at->pe_start_pos < length) {
            go_down(p, length);
            return;
        }
    }
    p->path_len = CORD_POS_INVALID;
    p->cur_end = 0;
}

/* Asks a function for the characters from `start` up to `end`. */
static void fill(struct CORD_Pos *p, size_t start, size_t end)
{
    const struct CORD_pe *leaf = end_of_path(p);
    for (size_t i = start; i < end; i++)
        p->function_buf[i - start] =
            call(node_of(leaf->pe_cord), i - leaf->pe_start_pos);
    p->cur_leaf = p->function_buf;
    p->cur_start = start;
    p->cur_end = end;
}

void CORD__next(CORD_pos p)
{
    if (!CORD_pos_valid(p))
        gc__cord_fail("CORD_next: the position is outside of its cord");
    size_t end = end_of_leaf(p);
    size_t next = ++p[0].cur_pos;
    if (next >= end)
        go_elsewhere(p);
    else
        fill(p, next,
             end - next < FUNCTION_BUF_SZ ? end : next + FUNCTION_BUF_SZ);
}

void CORD__prev(CORD_pos p)
{
    if (!CORD_pos_valid(p))
        gc__cord_fail("CORD_prev: the position is outside of its cord");
    size_t start = end_of_path(p)->pe_start_pos;
    if (p[0].cur_pos-- == start) {
        go_elsewhere(p);
        return;
    }
    size_t end = p[0].cur_pos + 1;
    fill(p, end - start < FUNCTION_BUF_SZ ? start : end - FUNCTION_BUF_SZ, end);
}

char CORD__pos_fetch(CORD_pos p)
{
    if (!CORD_pos_valid(p))
        gc__cord_fail("CORD_pos_fetch: the position is outside of its cord");
    const struct CORD_pe *leaf = end_of_path(p);
    return call(node_of(leaf->pe_cord), p[0].cur_pos - leaf->pe_start_pos);
}

/* -- The macros, as functions */

CORD(CORD_pos_to_cord)(CORD_pos p)
{
    return CORD_pos_to_cord(p);
}

size_t(CORD_pos_to_index)(CORD_pos p)
{
    return CORD_pos_to_index(p);
}

int(CORD_pos_valid)(CORD_pos p)
{
    return CORD_pos_valid(p);
}

char(CORD_pos_fetch)(CORD_pos p)
{
    return CORD_pos_fetch(p);
}

void(CORD_next)(CORD_pos p)
{
    CORD_next(p);
}

void(CORD_prev)(CORD_pos p)
{
    CORD_prev(p);
}
