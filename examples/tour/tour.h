/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TOUR_H
#define TIDEMARK_TOUR_H

/* A tour through the inside of a garbage collector, from the simplest allocator
 * to the sweep.  Each page is a file of its own that works with the library's
 * own structures, which programs do not see, and draws them as they are. */

void page_1_linear(void);
void page_2_searching(void);
void page_3_fixed(void);
void page_4_variable(void);
void page_5_window(void);
void page_6_graph(void);
void page_7_reached(void);
void page_8_sweep(void);

#endif
