/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* MAP_ANONYMOUS */

#include <check.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "platform/pages.h"
#include "platform/touched.h"
#include "tests/suite.h"

enum { PAGES = 3000 }; /* more than fit into one read */

static uintptr_t memory;

static struct range map(int flags)
{
    void *pages = mmap(NULL, (size_t)PAGES * PAGE_BYTES, PROT_READ | PROT_WRITE,
                       flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ck_assert_ptr_ne(pages, MAP_FAILED);
    ck_assert_int_eq(
        madvise(pages, (size_t)PAGES * PAGE_BYTES, MADV_NOHUGEPAGE), 0);
    memory = (uintptr_t)pages;
    return (struct range){memory, memory + (size_t)PAGES * PAGE_BYTES};
}

static void teardown(void)
{
    munmap((void *)memory, (size_t)PAGES * PAGE_BYTES);
}

static uintptr_t page(size_t index)
{
    return memory + index * PAGE_BYTES;
}

static void touch(size_t index)
{
    *(volatile char *)(page(index) + 100) = 1;
}

START_TEST(the_lowest_page_that_was_written_is_found)
{
    static const size_t pages[] = {PAGES - 1, 2000, 1024, 512, 511, 1, 0};
    struct range range = map(MAP_PRIVATE);
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        touch(pages[i]);
        ck_assert_uint_eq(gc__first_touched(range), page(pages[i]));
    }
}
END_TEST

START_TEST(a_range_may_begin_and_end_within_a_page)
{
    map(MAP_PRIVATE);
    touch(7);
    ck_assert_uint_eq(gc__first_touched((struct range){page(2) + 8, page(9)}),
                      page(7));
    ck_assert_uint_eq(
        gc__first_touched((struct range){page(7) + 40, page(7) + 48}),
        page(7) + 40);
    ck_assert_uint_eq(
        gc__first_touched((struct range){page(5) + 40, page(7) + 1}), page(7));
}
END_TEST

START_TEST(asking_touches_nothing)
{
    struct range range = map(MAP_PRIVATE);
    touch(PAGES - 1);
    gc__first_touched(range);
    ck_assert_uint_eq(gc__pages_resident(range), 1);
}
END_TEST

START_TEST(where_nothing_is_known_all_counts)
{
    struct range range = map(MAP_PRIVATE);
    ck_assert_uint_eq(gc__first_touched(range), range.low);
    range.high = range.low;
    ck_assert_uint_eq(gc__first_touched(range), range.low);
}
END_TEST

START_TEST(of_shared_memory_all_counts)
{
    struct range range = map(MAP_SHARED);
    touch(9);
    ck_assert_uint_eq(gc__first_touched(range), range.low);
}
END_TEST

START_TEST(without_a_file_all_counts)
{
    struct range range = map(MAP_PRIVATE);
    struct rlimit old, none;
    touch(9);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
    none = (struct rlimit){0, old.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    errno = ENOTTY;
    uintptr_t first = gc__first_touched(range);
    int error = errno;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
    ck_assert_uint_eq(first, range.low);
    ck_assert_int_eq(error, ENOTTY);
}
END_TEST

FIXTURE_SUITE("touched", NULL, teardown,
              the_lowest_page_that_was_written_is_found,
              a_range_may_begin_and_end_within_a_page, asking_touches_nothing,
              where_nothing_is_known_all_counts, of_shared_memory_all_counts,
              without_a_file_all_counts)
