/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TOUR_FREE_BLOCKS_H
#define TIDEMARK_TOUR_FREE_BLOCKS_H

#include "alloc/variable.h"

/* The free lists of blocks, as " 3 blocks at 0, 1 block at 9". */
void print_free_blocks(const struct variable *heap);

#endif
