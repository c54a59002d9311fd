/* SPDX-License-Identifier: MIT */
/* Equal cells as the library has them: the free ones stand on a stack. */

#include <stdio.h>

#include "alloc/fixed.h"
#include "examples/tour/cells.h"
#include "examples/tour/require.h"
#include "examples/tour/tour.h"

enum { CELL_BYTES = 16, CELLS_SHOWN = 8, AREA_BYTES = 300000 };

static _Alignas(CELL_BYTES) unsigned char area[AREA_BYTES];
static struct fixed fixed;

static void start(size_t count)
{
    size_t bytes = gc__fixed_area_bytes(CELL_BYTES, count);
    require(bytes <= AREA_BYTES, "the area is too small");
    for (size_t i = 0; i < bytes; i++)
        area[i] = 0;
    uintptr_t low = (uintptr_t)area;
    require(
        gc__fixed_init(&fixed, (struct range){low, low + bytes}, CELL_BYTES),
        "the area holds no cell");
}

static char name_of(uintptr_t cell)
{
    return (char)('A' + (cell - fixed.cells) / fixed.cell_bytes);
}

static bool is_taken(size_t index)
{
    return fixed.taken[0] >> index & 1;
}

static void draw(const char *what)
{
    cells_start();
    for (size_t i = 0; i < fixed.count; i++)
        cells_add(is_taken(i) ? (char)('A' + i) : ' ');
    cells_end(what);

    printf("    fresh = %zu, stack:", fixed.fresh);
    for (size_t i = 0; i < fixed.free; i++)
        printf(" %c", name_of(fixed.free_cells[i]));
    printf("%s\n\n", fixed.free == 0 ? " empty" : "");
}

static void take_and_show(void)
{
    void *cell = gc__fixed_alloc(&fixed);
    char what[32];
    snprintf(what, sizeof what, "takes %c", name_of((uintptr_t)cell));
    draw(what);
}

static void give_and_show(void *cell)
{
    char what[32];
    bool is_freed = gc__fixed_free(&fixed, cell);
    snprintf(what, sizeof what, is_freed ? "gives %c back" : "%c is refused",
             name_of((uintptr_t)cell));
    draw(what);
}

/* A step is a pop off the stack, or `fresh` going on to the next cell. */
static size_t steps_to_fill(size_t count)
{
    start(count);
    size_t steps = 0;
    for (size_t i = 0; i < count; i++) {
        struct fixed before = fixed;
        require(gc__fixed_alloc(&fixed) != NULL, "a cell is missing");
        steps += before.free - fixed.free + fixed.fresh - before.fresh;
    }
    return steps;
}

void page_3_fixed(void)
{
    printf("The same cells; but now a stack has pointers to those that were "
           "given back, its\ntop on the right, and `fresh` says where those "
           "begin that were never taken.\nTaking a cell pops, giving one back "
           "pushes.\n\n");
    start(CELLS_SHOWN);
    draw("");
    void *cells[4];
    for (size_t i = 0; i < 4; i++)
        cells[i] = gc__fixed_alloc(&fixed);
    draw("takes A, B, C, D");
    give_and_show(cells[1]);
    give_and_show(cells[3]);
    take_and_show();
    take_and_show();
    take_and_show();
    give_and_show(cells[0]);
    printf("A bit for each cell says whether it is taken, so a second time is "
           "noticed:\n\n");
    give_and_show(cells[0]);

    printf("No search, however many there are:\n\n");
    cells_print_costs(steps_to_fill);
    printf("\nO(1) both ways.  The collector keeps its records of added roots "
           "so.\n");
}
