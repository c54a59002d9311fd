/* SPDX-License-Identifier: MIT */
/* Pages on Linux.
 *
 * Where to find a place.  The kernel puts the program and brk low (at 0x55...
 * for a position-independent one), libraries and anonymous mappings below the
 * stack at the top, and nothing in between: tens of TiB.  A base is drawn there
 * at random.  Tools that live in the same address space have areas of their
 * own: AddressSanitizer's heap lies at 0x6000... to 0x6400..., and valgrind
 * grants a client nothing above 16 TiB; hence the two zones below, tried in
 * order.  ThreadSanitizer allows neither: there, and wherever else the kernel
 * refuses, the place is one inaccessible mapping, halved until it is granted.
 *
 * An address without MAP_FIXED is a hint, and nobody's mapping is replaced: the
 * kernel answers with another address if it is taken, and that is given back.
 * MAP_FIXED_NOREPLACE would save the giving back, but ThreadSanitizer sets the
 * address to 0 where it allows none, and a process with the right to map page 0
 * would be ended for having got it. */

#define _GNU_SOURCE

#include "platform/pages.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "base/atomics.h"
#include "base/bits.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

enum { TERA = 40, GIGA = 30, TRIES_IN_ZONE = 8 };

static AO_t calls_until_failure; /* atomic: no order */

void gc__pages_fail_from(size_t call)
{
    AO_store(&calls_until_failure, call);
}

static bool must_fail(void)
{
    AO_t calls = AO_load(&calls_until_failure);
    while (calls > 1 &&
           !AO_compare_and_swap(&calls_until_failure, calls, calls - 1))
        calls = AO_load(&calls_until_failure);
    return calls == 1;
}

static void *map(void *at, size_t bytes, int protection, int flags)
{
    if (must_fail())
        return MAP_FAILED;
    return mmap(at, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1,
                0);
}

bool gc__pages_map(size_t bytes, struct range *pages)
{
    if (bytes == 0 || bytes > SIZE_MAX - PAGE_BYTES)
        return false;
    bytes = round_up(bytes, PAGE_BYTES);
    void *at = map(NULL, bytes, PROT_READ | PROT_WRITE, 0);
    if (at == MAP_FAILED)
        return false;
    *pages = (struct range){(uintptr_t)at, (uintptr_t)at + bytes};
    return true;
}

void gc__pages_unmap(struct range pages)
{
    if (range_size(pages) > 0)
        munmap((void *)pages.low, range_size(pages));
}

static bool map_exactly(struct range pages, int protection)
{
    void *wanted = (void *)pages.low;
    void *at = map(wanted, range_size(pages), protection, 0);
    if (at == MAP_FAILED)
        return false;
    if (at == wanted)
        return true;
    munmap(at, range_size(pages));
    return false;
}

/* The kernel gives each program 16 random bytes; the address of a local
 * variable adds what the layout of the stack has. */
static uint64_t random_bits(unsigned draw)
{
    const void *given = (const void *)getauxval(AT_RANDOM);
    uint64_t bits = 0;
    if (given != NULL)
        memcpy(&bits, given, sizeof bits);
    bits ^= (uint64_t)(uintptr_t)&draw;
    bits += (draw + 1) * UINT64_C(0x9e3779b97f4a7c15);
    bits = (bits ^ (bits >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return bits ^ (bits >> 27);
}

/* True if the first and the last page of the range could be had now. */
static bool is_grantable(struct range space)
{
    struct range first = {space.low, space.low + PAGE_BYTES};
    if (!map_exactly(first, PROT_NONE))
        return false;
    gc__pages_unmap(first);
    return true;
}

static bool find_in_zone(struct range zone, size_t bytes, struct place *place)
{
    for (unsigned draw = 0; draw < TRIES_IN_ZONE; draw++) {
        size_t room = range_size(zone) - bytes;
        uintptr_t low = zone.low + round_down(random_bits(draw) % (room + 1),
                                              (size_t)1 << GIGA);
        struct range space = {low, low + bytes};
        if (is_grantable(space)) {
            *place = (struct place){.space = space};
            return true;
        }
    }
    return false;
}

static bool set_aside(size_t least_bytes, struct place *place)
{
    for (size_t bytes = (size_t)1 << TERA; bytes >= least_bytes; bytes /= 2) {
        void *at = map(NULL, bytes, PROT_NONE, MAP_NORESERVE);
        if (at == MAP_FAILED)
            continue;
        *place = (struct place){
            .space = {(uintptr_t)at, (uintptr_t)at + bytes},
            .is_set_aside = true,
        };
        return true;
    }
    return false;
}

bool gc__pages_find_place(size_t least_bytes, struct place *place)
{
    static const struct {
        struct range zone;
        size_t bytes;
    } zones[] = {
        {{UINT64_C(104) << TERA, UINT64_C(124) << TERA}, (size_t)8 << TERA},
        {{UINT64_C(2) << TERA, UINT64_C(12) << TERA}, (size_t)2 << TERA},
    };
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        if (least_bytes <= zones[i].bytes &&
            find_in_zone(zones[i].zone, zones[i].bytes, place))
            return true;
    return set_aside(least_bytes, place);
}

static bool make_writable(const struct place *place, struct range pages)
{
    if (!place->is_set_aside)
        return map_exactly(pages, PROT_READ | PROT_WRITE);
    return !must_fail() && mprotect((void *)pages.low, range_size(pages),
                                    PROT_READ | PROT_WRITE) == 0;
}

bool gc__pages_commit(const struct place *place, struct range pages)
{
    if (range_size(pages) == 0)
        return true;
    if (!make_writable(place, pages))
        return false;
    madvise((void *)pages.low, range_size(pages), MADV_NOHUGEPAGE);
    return true;
}

/* Neighbouring mappings with the same advice are one mapping, and their number
 * is limited: so the advice is taken back. */
void gc__pages_populate(struct range pages)
{
    void *low = (void *)pages.low;
    size_t bytes = range_size(pages);
    bool may_be_huge = bytes >= HUGE_PAGE_BYTES;
    int saved_errno = errno;
    if (may_be_huge)
        madvise(low, bytes, MADV_HUGEPAGE);
    madvise(low, bytes, MADV_POPULATE_WRITE);
    if (may_be_huge)
        madvise(low, bytes, MADV_NOHUGEPAGE);
    errno = saved_errno;
}

void gc__pages_leave_place(const struct place *place, const struct range *used,
                           size_t count)
{
    if (place->is_set_aside) {
        gc__pages_unmap(place->space);
        return;
    }
    for (size_t i = 0; i < count; i++)
        gc__pages_unmap(used[i]);
}

bool gc__pages_return(struct range pages)
{
    if (range_size(pages) == 0)
        return true;
    return madvise((void *)pages.low, range_size(pages), MADV_DONTNEED) == 0;
}

size_t gc__pages_resident(struct range pages)
{
    enum { PAGES_AT_ONCE = 1024 };
    unsigned char present[PAGES_AT_ONCE];
    size_t count = 0;
    for (uintptr_t at = pages.low; at < pages.high;) {
        size_t bytes =
            smaller(pages.high - at, (size_t)PAGES_AT_ONCE * PAGE_BYTES);
        if (mincore((void *)at, bytes, present) != 0)
            return 0;
        for (size_t i = 0; i < (bytes + PAGE_BYTES - 1) / PAGE_BYTES; i++)
            count += present[i] & 1;
        at += bytes;
    }
    return count;
}
