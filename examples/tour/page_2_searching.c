/* SPDX-License-Identifier: MIT */
/* Equal cells, the obvious way: a flag for each, and a search for the first
 * that is free.  This allocator is the tour's own; the library has none like
 * it. */

#include <stdio.h>
#include <string.h>

#include "examples/tour/cells.h"
#include "examples/tour/require.h"
#include "examples/tour/tour.h"

enum { CELLS_MAX = 10000, CELLS_SHOWN = 8 };

static struct searched {
    bool is_taken[CELLS_MAX];
    size_t count;
    size_t steps; /* cells looked at, ever */
} cells;

static void start(size_t count)
{
    memset(&cells, 0, sizeof cells);
    cells.count = count;
}

/* The index of a free cell, or `count`. */
static size_t take(void)
{
    size_t index = 0;
    while (index < cells.count) {
        cells.steps++;
        if (!cells.is_taken[index])
            break;
        index++;
    }
    if (index < cells.count)
        cells.is_taken[index] = true;
    return index;
}

static void draw(const char *remark)
{
    cells_start();
    for (size_t i = 0; i < cells.count; i++)
        cells_add(cells.is_taken[i] ? (char)('A' + i) : ' ');
    cells_end(remark);
}

static void take_and_show(void)
{
    size_t before = cells.steps;
    size_t index = take();
    char remark[64];
    snprintf(remark, sizeof remark, "takes cell %zu, after %zu step%s", index,
             cells.steps - before, cells.steps - before == 1 ? "" : "s");
    draw(index < cells.count ? remark : "no cell is free");
}

static size_t steps_to_fill(size_t count)
{
    start(count);
    for (size_t i = 0; i < count; i++)
        require(take() == i, "the search skipped a free cell");
    return cells.steps;
}

void page_2_searching(void)
{
    printf(
        "Equal cells can be given back one by one.  Each has a flag; to take "
        "one, look at\nthe flags from the first on.  Each look is a step.\n"
        "\n");
    start(CELLS_SHOWN);
    draw("");
    for (size_t i = 0; i < 6; i++)
        take_and_show();
    cells.is_taken[1] = false;
    draw("B is given back: one store");
    take_and_show();
    take_and_show();

    printf("\nThe search gets longer as the cells fill up:\n\n");
    cells_print_costs(steps_to_fill);
    printf("\nTen times the cells, a hundred times the steps: O(n) for each "
           "cell.\n");
}
