/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_PAGES_H
#define TIDEMARK_PLATFORM_PAGES_H

/* Memory from the system, in whole pages.
 *
 * Every function reports failure by its result and leaves things as they were;
 * none sets out to be async-signal-safe, and none allocates.  Fresh memory
 * reads as zero. */

#include <stdbool.h>
#include <stddef.h>

#include "base/word.h"

/* Maps `bytes`, rounded up to pages, anywhere, readable and writable. */
bool gc__pages_map(size_t bytes, struct range *pages);

/* Gives pages of gc__pages_map back, as a whole or a part. */
void gc__pages_unmap(struct range pages);

/* A stretch of address space of which one part after the other is made usable:
 * either nobody maps anything there (and nothing is charged to the program's
 * address space limit before it is used), or it is set aside as inaccessible
 * memory because no such stretch was to be had. */
struct place {
    struct range space;
    bool is_set_aside;
};

/* Finds a place of at least `least_bytes` and as much more as there is.
 * The address is random, as far as the system's own layout is. */
bool gc__pages_find_place(size_t least_bytes, struct place *place);

/* Makes pages inside the place readable and writable.  They get small pages
 * when they are touched. */
bool gc__pages_commit(const struct place *place, struct range pages);

enum { HUGE_PAGE_BYTES = 2 << 20 };

/* Puts memory behind pages of a place now, which costs a third of what touching
 * them one by one does: as huge pages where `pages` has whole ones and the
 * system some to give.  Nothing is lost if it fails.
 *
 * The pages stay small ones in the eyes of the kernel's daemon that makes small
 * pages huge, so that what is returned later stays returned. */
void gc__pages_populate(struct range pages);

/* Gives the whole place back. `used` are the parts that were committed. */
void gc__pages_leave_place(const struct place *place, const struct range *used,
                           size_t count);

/* Returns the memory behind the pages to the system, keeping the addresses;
 * the pages read as zero afterwards. */
bool gc__pages_return(struct range pages);

/* How many of the pages have memory behind them, or 0 if the system will not
 * say.  For tests and statistics. */
size_t gc__pages_resident(struct range pages);

/* Test double: the n-th call from now on that asks the system for memory fails,
 * and so do all after it until this is called with 0. */
void gc__pages_fail_from(size_t call);

#endif
