/* SPDX-License-Identifier: MIT */
/* Balancing, by the lengths that Fibonacci's numbers give.
 *
 * A tree of depth d is balanced if it has at least F(d + 2) characters, with
 * F(1) = F(2) = 1.  To balance one, its leaves and its balanced parts are taken
 * from the left to the right and put into a row of places: in the n-th place is
 * nothing, or a tree of at least F(n + 2) and less than F(n + 3) characters.  What
 * stands further right in the row came earlier.
 *
 * A new part is put behind everything that stands in places for shorter trees
 * than itself, joined; the result goes where its length belongs, joined to what is
 * there and on the way.  In the end all are joined, from the last to the first.
 * What is joined at the n-th place has about its length, and so the depth of a
 * tree stays near its place: 30 or so for a million characters. */
#include <stdint.h>

#include "compat/cord/node.h"

/* F(94) does not fit into 64 bits. */
enum { PLACES = 92 };

struct row {
    struct part places[PLACES];
    size_t least[PLACES + 1]; /* the least length for each place */
};

static void row_start(struct row *row)
{
    row->least[0] = 1;
    row->least[1] = 2;
    for (int n = 2; n < PLACES; n++)
        row->least[n] = row->least[n - 1] + row->least[n - 2];
    row->least[PLACES] = SIZE_MAX;
    for (int n = 0; n < PLACES; n++)
        row->places[n] = (struct part){CORD_EMPTY, 0};
}

static struct part join(struct part x, struct part y)
{
    if (x.cord == CORD_EMPTY)
        return y;
    if (y.cord == CORD_EMPTY)
        return x;
    return (struct part){gc__cord_pair(x, y), x.length + y.length};
}

/* Takes out what stands in a place, and puts `behind` behind it. */
static struct part take(struct part *place, struct part behind)
{
    struct part both = join(*place, behind);
    *place = (struct part){CORD_EMPTY, 0};
    return both;
}

static void put(struct row *row, struct part x)
{
    struct part before = {CORD_EMPTY, 0};
    int n = 0;
    for (; x.length >= row->least[n + 1]; n++)
        before = take(&row->places[n], before);
    struct part sum = join(before, x);
    sum = take(&row->places[n], sum);
    while (sum.length >= row->least[n + 1])
        sum = take(&row->places[++n], sum);
    row->places[n] = sum;
}

static bool is_balanced(const struct row *row, struct part x)
{
    return x.length >= row->least[depth_of(x.cord)];
}

static void put_parts(struct row *row, struct part x)
{
    if (!is_pair(x.cord) || is_balanced(row, x)) {
        put(row, x);
        return;
    }
    put_parts(row, left_of(node_of(x.cord)));
    put_parts(row, right_of(node_of(x.cord)));
}

CORD CORD_balance(CORD x)
{
    if (x == CORD_EMPTY || !is_pair(x))
        return x;
    struct row row;
    row_start(&row);
    put_parts(&row, (struct part){x, node_of(x)->length});
    struct part all = {CORD_EMPTY, 0};
    for (int n = 0; n < PLACES; n++)
        all = take(&row.places[n], all);
    return all.cord;
}
