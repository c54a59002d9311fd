/* SPDX-License-Identifier: MIT */
#include "examples/tour/cells.h"

#include <stdio.h>

void cells_start(void)
{
    printf("    ");
}

void cells_add(char sign)
{
    printf("[%c]", sign);
}

void cells_end(const char *remark)
{
    printf("%s%s\n", remark[0] == '\0' ? "" : "  ", remark);
}

void cells_print_costs(size_t (*steps_to_fill)(size_t cells))
{
    printf("    %8s %16s %16s\n", "cells", "steps for all", "steps a cell");
    for (size_t count = 10; count <= 10000; count *= 10) {
        size_t steps = steps_to_fill(count);
        size_t tenths = steps * 10 / count;
        printf("    %8zu %16zu %14zu.%zu\n", count, steps, tenths / 10,
               tenths % 10);
    }
}
