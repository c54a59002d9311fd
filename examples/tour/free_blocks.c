/* SPDX-License-Identifier: MIT */
#include "examples/tour/free_blocks.h"

#include <stdio.h>

void print_free_blocks(const struct variable *heap)
{
    const struct block *blocks = heap->map.blocks;
    const char *separator = "";
    for (size_t bin = 0; bin < BIN_COUNT; bin++) {
        uint32_t first = heap->free_runs.bins[bin].first;
        for (; first != NO_BLOCK; first = blocks[first].next) {
            uint32_t count = blocks[first].run_blocks;
            printf("%s %u block%s at %u", separator, count,
                   count == 1 ? "" : "s", first);
            separator = ",";
        }
    }
    printf("%s\n", separator[0] == '\0' ? " none" : "");
}
