/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/hidden.h"
#include "tests/random.h"
#include "tests/suite.h"

enum { MEGA = 1 << 20, BLOCK = 1 << 16, MOST = 4 * BLOCK };

static const size_t sizes[] = {
    1,         15,
    16,        17,
    20,        32,
    33,        100,
    256,       257,
    500,       4096,
    32767,     32768,
    32769,     40000,
    65535,     BLOCK,
    BLOCK + 1, 100000,
    100001,    2 * BLOCK - 1,
    2 * BLOCK, 3 * BLOCK + 5,
    MOST,
};
enum { SIZES = sizeof sizes / sizeof *sizes };

typedef void *allocator(size_t bytes);
static allocator *const allocators[] = {
    gc_malloc,
    gc_malloc_atomic,
    gc_malloc_uncollectable,
    gc_malloc_atomic_uncollectable,
};

static enum gc_kind kind_of(const void *object)
{
    struct gc_object_header header;
    ck_assert(gc_object_header_of(object, &header));
    return header.kind;
}

static bool holds(const void *memory, int byte, size_t bytes)
{
    const unsigned char *at = memory;
    for (size_t i = 0; i < bytes; i++)
        if (at[i] != (unsigned char)byte)
            return false;
    return true;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void resize_from_to(size_t from, size_t to, unsigned kind)
{
    char *object = allocators[kind](from);
    ck_assert_ptr_nonnull(object);
    memset(object, 0xab, from);
    char *resized = gc_realloc(object, to);
    if (resized == NULL || gc_size(resized) < to ||
        gc_base(resized) != resized || kind_of(resized) != kind ||
        !holds(resized, 0xab, smaller(from, to)))
        ck_abort_msg("from %zu to %zu bytes, kind %u", from, to, kind);
    if (resized != object && gc_base(object) == object)
        ck_abort_msg("from %zu to %zu bytes: the old place is not free", from,
                     to);
    bool is_scanned =
        kind == TIDEMARK_SCANNED || kind == TIDEMARK_UNCOLLECTABLE;
    if (is_scanned && to > from && !holds(resized + from, 0, to - from))
        ck_abort_msg("from %zu to %zu bytes: not zeroed", from, to);
    gc_free(resized);
}

START_TEST(an_object_keeps_its_contents_and_its_kind_from_any_size_to_any)
{
    for (size_t from = 0; from < SIZES; from++)
        for (size_t to = 0; to < SIZES; to++)
            for (unsigned kind = 0; kind < 4; kind++)
                resize_from_to(sizes[from], sizes[to], kind);
}
END_TEST

/* What was cut off must not come back when the object grows again. */
static void shrink_and_grow(size_t bytes, size_t shrunk, size_t grown)
{
    char *object = gc_malloc(bytes);
    memset(object, 0xff, bytes);
    object = gc_realloc(object, shrunk);
    object = gc_realloc(object, grown);
    if (!holds(object, 0xff, shrunk))
        ck_abort_msg("%zu, %zu, %zu bytes: changed", bytes, shrunk, grown);
    if (!holds(object + shrunk, 0, grown - shrunk))
        ck_abort_msg("%zu, %zu, %zu bytes: not zeroed", bytes, shrunk, grown);
    gc_free(object);
}

START_TEST(what_an_object_grows_by_is_zeroed_after_it_shrank_too)
{
    for (size_t i = 0; i < SIZES; i++)
        for (size_t less = 1; less < sizes[i]; less = less * 3 + 1) {
            shrink_and_grow(sizes[i], sizes[i] - less, sizes[i]);
            shrink_and_grow(sizes[i], sizes[i] - less, sizes[i] + 3);
            shrink_and_grow(sizes[i], sizes[i] - less, sizes[i] + BLOCK);
        }
}
END_TEST

START_TEST(an_object_stays_where_it_is_while_its_cell_is_large_enough)
{
    char *object = gc_malloc(65);
    for (size_t bytes = 65; bytes <= 80; bytes++)
        ck_assert_ptr_eq(gc_realloc(object, bytes), object);
    ck_assert_ptr_eq(gc_realloc(object, 66), object);
    ck_assert_ptr_ne(gc_realloc(object, 81), NULL);
}
END_TEST

START_TEST(a_large_object_grows_where_it_is_into_free_blocks)
{
    char *object = gc_malloc(20 * BLOCK);
    memset(object, 0xff, 20 * BLOCK);
    ck_assert_ptr_eq(gc_realloc(object, 2 * BLOCK), object);
    object = gc_realloc(object, 10 * BLOCK);
    ck_assert(holds(object, 0xff, 2 * BLOCK));
    ck_assert(holds(object + 2 * BLOCK, 0, 8 * BLOCK));
    ck_assert_ptr_eq(gc_base(object + 10 * BLOCK - 1), object);
    ck_assert_ptr_null(gc_base(object + 10 * BLOCK));
    uintptr_t place = hide(object);
    object = gc_realloc(object, 20 * BLOCK);
    ck_assert_ptr_eq(object, reveal(place));
}
END_TEST

START_TEST(a_large_object_shrinks_where_it_is)
{
    char *object = gc_malloc(10 * BLOCK);
    ck_assert_ptr_eq(gc_realloc(object, BLOCK + 1), object);
    ck_assert_ptr_null(gc_base(object + 2 * BLOCK));
    ck_assert_ptr_eq(gc_base(object + BLOCK), object);
}
END_TEST

/* An object of one block right behind one of two. */
static char *build_wall(const char *object)
{
    for (int tries = 0; tries < 1000; tries++) {
        char *wall = gc_malloc(BLOCK);
        if ((uintptr_t)wall - (uintptr_t)object == 2 * BLOCK)
            return wall;
    }
    ck_abort_msg("no object can be had behind another");
    return NULL;
}

START_TEST(an_object_that_is_in_the_way_makes_it_move)
{
    char *object = gc_malloc(2 * BLOCK);
    char *wall = build_wall(object);
    memset(object, 1, 2 * BLOCK);
    memset(wall, 2, BLOCK);
    uintptr_t old = hide(object);
    object = gc_realloc(object, 3 * BLOCK);
    ck_assert_ptr_ne(object, reveal(old));
    ck_assert_ptr_null(gc_base(reveal(old)));
    ck_assert(holds(object, 1, 2 * BLOCK));
    ck_assert(holds(object + 2 * BLOCK, 0, BLOCK));
    ck_assert(holds(wall, 2, BLOCK));
}
END_TEST

START_TEST(resizing_nothing_allocates)
{
    char *object = gc_realloc(NULL, 100);
    ck_assert_ptr_nonnull(object);
    ck_assert_int_eq(kind_of(object), TIDEMARK_SCANNED);
    ck_assert(holds(object, 0, 100));
    ck_assert_ptr_nonnull(gc_realloc(NULL, 0));
}
END_TEST

START_TEST(resizing_to_nothing_leaves_a_smallest_object)
{
    for (unsigned kind = 0; kind < 4; kind++) {
        void *object = gc_realloc(allocators[kind](1000), 0);
        ck_assert_ptr_nonnull(object);
        ck_assert_ptr_eq(gc_base(object), object);
        ck_assert_int_eq(kind_of(object), (enum gc_kind)kind);
        ck_assert_uint_le(gc_size(object), 16);
    }
}
END_TEST

START_TEST(an_object_that_cannot_grow_is_unchanged)
{
    static const volatile size_t huge[] = {SIZE_MAX, SIZE_MAX - 20,
                                           (size_t)1 << 62, (size_t)1 << 47};
    static const size_t from[] = {10, 5000, 100000};
    for (size_t i = 0; i < 3; i++)
        for (size_t h = 0; h < sizeof huge / sizeof *huge; h++) {
            char *object = gc_malloc(from[i]);
            memset(object, 3, from[i]);
            errno = 0;
            ck_assert_ptr_null(gc_realloc(object, huge[h]));
            ck_assert_int_eq(errno, ENOMEM);
            ck_assert_ptr_eq(gc_base(object), object);
            ck_assert(holds(object, 3, from[i]));
        }
}
END_TEST

/* As a program that appends to a buffer does. */
START_TEST(a_buffer_grows_step_by_step_through_collections)
{
    static char *buffer;
    size_t bytes = 0;
    while (bytes < 8 * MEGA) {
        size_t more = 1 + bytes / 3;
        buffer = gc_realloc(buffer, bytes + more);
        ck_assert(holds(buffer + bytes, 0, more));
        memset(buffer + bytes, 0x31, more);
        bytes += more;
        GC_collect();
    }
    ck_assert(holds(buffer, 0x31, bytes));
    buffer = NULL;
}
END_TEST

START_TEST(random_resizing_changes_no_contents)
{
    enum { COUNT = 200, STEPS = 20000 };
    static struct {
        unsigned char *at;
        size_t bytes;
    } objects[COUNT];
    struct random random = {11};
    for (size_t step = 0; step < STEPS; step++) {
        size_t i = random_below(&random, COUNT);
        size_t most = random_below(&random, 20) == 0 ? 200000 : 1000;
        size_t bytes = 1 + random_below(&random, most);
        size_t had = objects[i].bytes;
        objects[i].at = gc_realloc(objects[i].at, bytes);
        if (!holds(objects[i].at, (int)i, smaller(had, bytes)))
            ck_abort_msg("step %zu: object %zu has changed", step, i);
        if (bytes > had && !holds(objects[i].at + had, 0, bytes - had))
            ck_abort_msg("step %zu: object %zu is not zeroed", step, i);
        memset(objects[i].at, (int)i, bytes);
        objects[i].bytes = bytes;
    }
    memset(objects, 0, sizeof objects);
}
END_TEST

SUITE("realloc", an_object_keeps_its_contents_and_its_kind_from_any_size_to_any,
      what_an_object_grows_by_is_zeroed_after_it_shrank_too,
      an_object_stays_where_it_is_while_its_cell_is_large_enough,
      a_large_object_grows_where_it_is_into_free_blocks,
      a_large_object_shrinks_where_it_is,
      an_object_that_is_in_the_way_makes_it_move, resizing_nothing_allocates,
      resizing_to_nothing_leaves_a_smallest_object,
      an_object_that_cannot_grow_is_unchanged,
      a_buffer_grows_step_by_step_through_collections,
      random_resizing_changes_no_contents)
