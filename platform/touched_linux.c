/* SPDX-License-Identifier: MIT */
/* Source: the kernel's Documentation/admin-guide/mm/pagemap.rst: a word for
 * each page, of which any process may read these bits of its own.
 *
 * A page of a file or of shared memory may be in memory without being in the
 * process's page table, after a fork for instance; so there the bits say
 * nothing. */

#define _GNU_SOURCE /* pread */

#include "platform/touched.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { ENTRIES = 512 };

static const uint64_t PRESENT = (uint64_t)1 << 63;
static const uint64_t SWAPPED = (uint64_t)1 << 62;
static const uint64_t SHARED = (uint64_t)1 << 61; /* or of a file */

static uintptr_t find(int file, struct range range)
{
    uint64_t entries[ENTRIES];
    uintptr_t page = round_down(range.low, PAGE_BYTES);
    while (page < range.high) {
        ssize_t got = pread(file, entries, sizeof entries,
                            (off_t)(page / PAGE_BYTES * sizeof *entries));
        if (got < (ssize_t)sizeof *entries)
            return range.low;
        size_t count = (size_t)got / sizeof *entries;
        for (size_t i = 0; i < count && page < range.high; i++) {
            if ((entries[i] & (PRESENT | SWAPPED)) != 0)
                return (entries[i] & SHARED) != 0 ? range.low
                                                  : larger(page, range.low);
            page += PAGE_BYTES;
        }
    }
    return range.low;
}

uintptr_t gc__first_touched(struct range range)
{
    int saved_errno = errno;
    int file = open("/proc/thread-self/pagemap", O_RDONLY | O_CLOEXEC);
    uintptr_t first = range.low;
    if (file >= 0) {
        first = find(file, range);
        close(file);
    }
    errno = saved_errno;
    return first;
}
