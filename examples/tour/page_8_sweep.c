/* SPDX-License-Identifier: MIT */
/* The sweep, with the bits of the blocks and the free lists before and after. */

#include <stdio.h>

#include "alloc/bit_run.h"
#include "examples/tour/free_blocks.h"
#include "examples/tour/heap.h"
#include "examples/tour/require.h"
#include "examples/tour/tour.h"
#include "gc/sweep.h"

static struct tour_heap tour;

static const struct heap_map *map(void)
{
    return &tour.heap.variable.map;
}

/* ------------------------------------------------------------------ blocks */

static void print_bits(const char *what, uint64_t bits, unsigned cells)
{
    printf("      %-10s", what);
    for (unsigned i = 0; i < cells; i++)
        printf(" %c", bits >> i & 1 ? '1' : '.');
    putchar('\n');
}

static void print_names(uint32_t index, const struct block *block)
{
    printf("    block %-6u", index);
    for (unsigned i = 0; i < block->cells; i++) {
        struct cell cell = {index, i};
        printf(" %c", cell_is_allocated(map(), cell)
                          ? tour_heap_name(&tour, cell_address(map(), cell))
                          : '-');
    }
    printf("   cells of %u bytes\n", block->cell_bytes);
}

static void print_block(uint32_t index)
{
    const struct block *block = &map()->blocks[index];
    if (block->state == BLOCK_FREE) {
        printf("    block %-6u  free\n", index);
        return;
    }
    const struct bit_pair *bits = block_bits(map(), index);
    print_names(index, block);
    print_bits("allocated", bits->allocated, block->cells);
    print_bits("marked", bits->marked, block->cells);
}

/* -------------------------------------------------------------- free lists */

static void print_runs(uint32_t index)
{
    const struct block *block = &map()->blocks[index];
    const struct bit_pair *bits = block_bits(map(), index);
    printf(" block %u", index);
    unsigned first = bit_run_free(bits, 0, block->cells);
    while (first < block->cells) {
        unsigned end = bit_run_taken(bits, first, block->cells);
        printf(" (%u at %u)", end - first, first);
        first = bit_run_free(bits, end, block->cells);
    }
}

static bool print_list(const char *name, struct block_list list, bool with_runs)
{
    if (list.first == NO_BLOCK)
        return false;
    printf(" %s:", name);
    for (uint32_t i = list.first; i != NO_BLOCK; i = map()->blocks[i].next) {
        if (with_runs)
            print_runs(i);
        else
            printf(" block %u", i);
    }
    return true;
}

static void print_class(size_t bytes)
{
    const struct class_blocks *class =
        &tour.heap.variable.classes[KIND_SCANNED][size_class_of(bytes)];
    printf("    %5zu bytes ", bytes);
    bool is_any = print_list("available", class->available, true);
    is_any |= print_list("full", class->full, false);
    is_any |= print_list("unswept", class->unswept[0], false);
    is_any |= print_list("unswept", class->unswept[1], false);
    printf("%s\n", is_any ? "" : " -");
}

static void print_free_lists(void)
{
    printf("\n    free cells, as runs in the blocks that have some:\n");
    print_class(OBJECT_BYTES);
    print_class(LARGER_OBJECT_BYTES);
    printf("    free blocks:");
    print_free_blocks(&tour.heap.variable);
    putchar('\n');
}

static void draw(const char *title)
{
    printf("%s\n\n", title);
    for (uint32_t i = 0; i < heap_map_blocks(map()); i++)
        print_block(i);
    print_free_lists();
}

/* -------------------------------------------------------------------- page */

static void take_again(char name, char before)
{
    uintptr_t old = tour.objects[before - 'A'];
    uintptr_t start = tour_heap_new(&tour, name, OBJECT_BYTES);
    require(start == old, "the cell was not handed out again");
    tour.objects[before - 'A'] = 0;
    printf("    %c starts where %c did\n", name, before);
}

void page_8_sweep(void)
{
    tour_heap_start(&tour);
    tour_heap_mark(&tour);
    draw("Before the sweep: the objects that can be reached have a mark.");

    gc__sweep_begin(&tour.heap.variable);
    draw("The sweep begins: no bit has changed yet, but all blocks are unswept "
         "now.  Each\nis swept when somebody needs a cell of its size, so the "
         "program need not wait.");

    gc__sweep_rest(&tour.heap.variable);
    draw("After the sweep: what was marked is what is allocated.  The block "
         "without a mark\nis free as a whole, and may serve any size.");

    printf("The next objects get the cells of orphans:\n\n");
    take_again('J', 'C');
    take_again('K', 'E');
    take_again('L', 'G');
    gc__heap_settle(&tour.heap, &tour.thread);
    putchar('\n');
    draw("And so memory frees itself.");
    tour_heap_finish(&tour);
}
