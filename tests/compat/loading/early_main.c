/* SPDX-License-Identifier: MIT */
/* libgc.so.1 and libgccpp come before the library that allocates in its
 * constructor, so that this runs before theirs. */

#include <gc.h>
#include <stdlib.h>

int early_numbers(void);

int main(void)
{
    GC_gcollect();
    GC_gcollect();
    return early_numbers() == 49 && GC_get_gc_no() >= 2 ? EXIT_SUCCESS
                                                        : EXIT_FAILURE;
}
