/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_CROWD_H
#define TIDEMARK_TESTS_CROWD_H

/* Address space that is scarce.  Needs _GNU_SOURCE. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/check.h"

/* A field of /proc/self/statm, from 1 on, in bytes. */
static inline size_t bytes_of_process(int field)
{
    size_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL);
    for (int i = 0; i < field; i++)
        CHECK(fscanf(file, "%zu", &pages) == 1);
    fclose(file);
    return pages * 4096;
}

/* The whole address space, and what RLIMIT_DATA counts of it. */
static inline size_t mapped_bytes(void)
{
    return bytes_of_process(1);
}

static inline size_t data_bytes(void)
{
    return bytes_of_process(6);
}

/* Allows so many bytes more than there are now.  Returns the old limit. */
static inline struct rlimit limit_address_space(size_t bytes_more)
{
    struct rlimit old;
    CHECK(getrlimit(RLIMIT_AS, &old) == 0);
    struct rlimit now = {mapped_bytes() + bytes_more, old.rlim_max};
    CHECK(setrlimit(RLIMIT_AS, &now) == 0);
    return old;
}

/* The addresses where a heap would be placed without being set aside, and
 * mappings over all of them that are free. */
enum { CROWD_MOST = 4096 };
static struct {
    void *at;
    size_t bytes;
} crowd[CROWD_MOST];
static size_t crowd_count;

/* Halves what is not free as a whole. */
static inline void crowd_range(uintptr_t low, size_t bytes)
{
    void *at =
        mmap((void *)low, bytes, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
             -1, 0);
    if (at != MAP_FAILED) {
        CHECK(crowd_count < CROWD_MOST);
        crowd[crowd_count].at = at;
        crowd[crowd_count++].bytes = bytes;
    } else if (bytes > (size_t)1 << 31) {
        crowd_range(low, bytes / 2);
        crowd_range(low + bytes / 2, bytes / 2);
    }
}

static inline void crowd_places(void)
{
    const uintptr_t tera = (uintptr_t)1 << 40;
    for (uintptr_t low = 104; low < 124; low++)
        crowd_range(low * tera, tera);
    for (uintptr_t low = 2; low < 12; low++)
        crowd_range(low * tera, tera);
}

static inline void uncrowd_places(void)
{
    while (crowd_count > 0) {
        crowd_count--;
        munmap(crowd[crowd_count].at, crowd[crowd_count].bytes);
    }
}

#endif
