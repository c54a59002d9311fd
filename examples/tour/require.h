/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TOUR_REQUIRE_H
#define TIDEMARK_TOUR_REQUIRE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Ends the program where there is no memory, or a page does not show what it
 * says. */
static inline void require(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "tour: %s\n", what);
    exit(1);
}

#endif
