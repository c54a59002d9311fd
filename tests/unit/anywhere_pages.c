/* SPDX-License-Identifier: MIT */
/* platform/pages.h for programs under the race detector, which ends a program
 * that maps memory where it does not allow any.  Here the place is wherever the
 * system likes, and small. */

#define _GNU_SOURCE /* MAP_ANONYMOUS */

#include <stdint.h>
#include <sys/mman.h>

#include "base/atomics.h"
#include "platform/pages.h"

static const size_t place_bytes = (size_t)4 << 30;

static AO_t calls_until_failure; /* atomic: no order */

void gc__pages_fail_from(size_t call)
{
    AO_store(&calls_until_failure, call);
}

static bool must_fail(void)
{
    for (;;) {
        AO_t calls = AO_load(&calls_until_failure);
        if (calls <= 1)
            return calls == 1;
        if (AO_compare_and_swap(&calls_until_failure, calls, calls - 1))
            return false;
    }
}

static bool map(size_t bytes, int protection, struct range *pages)
{
    void *at = must_fail()
                   ? MAP_FAILED
                   : mmap(NULL, bytes, protection,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        return false;
    *pages = (struct range){(uintptr_t)at, (uintptr_t)at + bytes};
    return true;
}

bool gc__pages_map(size_t bytes, struct range *pages)
{
    return map(round_up(bytes, PAGE_BYTES), PROT_READ | PROT_WRITE, pages);
}

void gc__pages_unmap(struct range pages)
{
    if (range_size(pages) > 0)
        munmap((void *)pages.low, range_size(pages));
}

bool gc__pages_find_place(size_t least_bytes, struct place *place)
{
    place->is_set_aside = true;
    return least_bytes <= place_bytes &&
           map(place_bytes, PROT_NONE, &place->space);
}

bool gc__pages_commit(const struct place *place, struct range pages)
{
    return range_contains(place->space, pages.low) &&
           mprotect((void *)pages.low, range_size(pages),
                    PROT_READ | PROT_WRITE) == 0;
}

void gc__pages_populate(struct range pages)
{
    madvise((void *)pages.low, range_size(pages), MADV_WILLNEED);
}

void gc__pages_leave_place(const struct place *place, const struct range *used,
                           size_t count)
{
    if (used != NULL && count > 0)
        gc__pages_unmap(place->space);
}

bool gc__pages_return(struct range pages)
{
    return madvise((void *)pages.low, range_size(pages), MADV_DONTNEED) == 0;
}

size_t gc__pages_resident(struct range pages)
{
    return range_size(pages) / PAGE_BYTES;
}
