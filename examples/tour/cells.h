/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TOUR_CELLS_H
#define TIDEMARK_TOUR_CELLS_H

/* Pictures of equal cells, [A][B][ ][D], and a table of what taking them
 * costs. */

#include <stddef.h>

void cells_start(void);
void cells_add(char sign);
void cells_end(const char *remark);

/* For 10, 100, 1 000 and 10 000 cells. */
void cells_print_costs(size_t (*steps_to_fill)(size_t cells));

#endif
