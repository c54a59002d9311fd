/* SPDX-License-Identifier: MIT */
/* What allocations return, of every kind and size. */

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/hidden.h"
#include "tests/suite.h"

enum { MEGA = 1 << 20, BLOCK = 1 << 16 };

/* Volatile, or the compiler would warn of what is tried on purpose. */
static const volatile size_t huge_sizes[] = {
    SIZE_MAX,        SIZE_MAX - 1,     SIZE_MAX - 15,    SIZE_MAX - 16,
    SIZE_MAX - 4096, SIZE_MAX - 65536, SIZE_MAX / 2 + 1, (size_t)1 << 62,
    (size_t)1 << 47, (size_t)1 << 46,
};
enum { HUGE_SIZES = sizeof huge_sizes / sizeof *huge_sizes };

typedef void *allocator(size_t bytes);

static void *calloc_bytes(size_t bytes)
{
    return gc_calloc(1, bytes);
}

static void *aligned_bytes(size_t bytes)
{
    return gc_aligned_alloc(64, bytes);
}

static const struct {
    allocator *alloc;
    enum gc_kind kind;
    bool is_zeroed;
} allocators[] = {
    {gc_malloc, TIDEMARK_SCANNED, true},
    {gc_malloc_atomic, TIDEMARK_ATOMIC, false},
    {gc_malloc_uncollectable, TIDEMARK_UNCOLLECTABLE, true},
    {gc_malloc_atomic_uncollectable, TIDEMARK_ATOMIC_UNCOLLECTABLE, false},
    {calloc_bytes, TIDEMARK_SCANNED, true},
    {aligned_bytes, TIDEMARK_SCANNED, true},
};
enum { ALLOCATORS = sizeof allocators / sizeof *allocators };

static bool holds(const void *memory, int byte, size_t bytes)
{
    const unsigned char *at = memory;
    for (size_t i = 0; i < bytes; i++)
        if (at[i] != (unsigned char)byte)
            return false;
    return true;
}

/* Leaves dirty cells and blocks of every size behind. */
static void leave_dirt(void)
{
    for (size_t bytes = 1; bytes < 4 * BLOCK; bytes += 1 + bytes / 8)
        for (unsigned i = 0; i < ALLOCATORS; i++) {
            void *object = allocators[i].alloc(bytes);
            ck_assert_ptr_nonnull(object);
            gc_free(memset(object, 0xff, bytes));
        }
}

static void check_new_object(unsigned which, size_t bytes)
{
    char *object = allocators[which].alloc(bytes);
    struct gc_object_header header;
    if (object == NULL || (uintptr_t)object % 16 != 0 ||
        gc_size(object) < bytes || gc_base(object) != object ||
        !gc_object_header_of(object, &header) ||
        header.kind != allocators[which].kind || !header.allocated ||
        header.base != object || header.bytes != gc_size(object))
        ck_abort_msg("%zu bytes by allocator %u", bytes, which);
    if (allocators[which].is_zeroed && !holds(object, 0, gc_size(object)))
        ck_abort_msg("%zu bytes by allocator %u not zeroed", bytes, which);
    memset(object, 0x5a, bytes);
    if (which >= 2)
        gc_free(object);
}

START_TEST(an_object_of_every_size_and_kind_is_aligned_zeroed_and_known)
{
    leave_dirt();
    for (size_t bytes = 0; bytes < 5 * BLOCK; bytes += 1 + bytes / 32)
        for (unsigned i = 0; i < ALLOCATORS; i++)
            check_new_object(i, bytes);
}
END_TEST

START_TEST(no_bytes_are_an_object_of_their_own)
{
    for (unsigned i = 0; i < ALLOCATORS; i++) {
        void *first = allocators[i].alloc(0);
        void *second = allocators[i].alloc(0);
        ck_assert_ptr_nonnull(first);
        ck_assert_ptr_nonnull(second);
        ck_assert_ptr_ne(first, second);
        ck_assert_uint_ge(gc_size(first), 1);
        gc_free(first);
        gc_free(second);
    }
    ck_assert_ptr_nonnull(gc_calloc(0, 100));
    ck_assert_ptr_nonnull(gc_calloc(100, 0));
}
END_TEST

START_TEST(a_size_that_no_heap_can_hold_fails)
{
    for (unsigned i = 0; i < ALLOCATORS; i++)
        for (unsigned size = 0; size < HUGE_SIZES; size++) {
            errno = 0;
            ck_assert_ptr_null(allocators[i].alloc(huge_sizes[size]));
            ck_assert_int_eq(errno, ENOMEM);
        }
    ck_assert_ptr_nonnull(gc_malloc(100));
}
END_TEST

START_TEST(calloc_fails_where_the_product_overflows)
{
    static const volatile size_t factors[][2] = {
        {SIZE_MAX, 2},
        {2, SIZE_MAX},
        {SIZE_MAX, SIZE_MAX},
        {(size_t)1 << 32, (size_t)1 << 32},
        {((size_t)1 << 32) + 1, (size_t)1 << 32},
        {SIZE_MAX / 16 + 2, 16},
    };
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        errno = 0;
        ck_assert_ptr_null(gc_calloc(factors[i][0], factors[i][1]));
        ck_assert_int_eq(errno, ENOMEM);
    }
}
END_TEST

START_TEST(calloc_has_room_for_all)
{
    char *object = gc_calloc(1000, 33);
    ck_assert_ptr_nonnull(object);
    ck_assert_uint_ge(gc_size(object), 33000);
    ck_assert(holds(object, 0, 33000));
}
END_TEST

/* ---------------------------------------------------------------- alignment */

START_TEST(an_object_stands_at_a_multiple_of_each_power_of_two)
{
    for (size_t alignment = 1; alignment <= MEGA; alignment *= 2)
        for (size_t bytes = 0; bytes < 200000; bytes += 1 + bytes * 2) {
            char *object = gc_aligned_alloc(alignment, bytes);
            ck_assert_ptr_nonnull(object);
            ck_assert_uint_eq((uintptr_t)object % alignment, 0);
            ck_assert_uint_eq((uintptr_t)object % 16, 0);
            ck_assert_uint_ge(gc_size(object), bytes);
            ck_assert_ptr_eq(gc_base(object), object);
            ck_assert(holds(object, 0, bytes));
            memset(object, 0xff, bytes);
            gc_free(object);
        }
}
END_TEST

START_TEST(an_object_stands_at_a_multiple_of_a_gigabyte)
{
    char *object = gc_aligned_alloc((size_t)1 << 30, 100);
    ck_assert_ptr_nonnull(object);
    ck_assert_uint_eq((uintptr_t)object % ((size_t)1 << 30), 0);
    object[99] = 1;
    gc_free(object);
}
END_TEST

START_TEST(what_is_no_power_of_two_or_too_large_is_no_alignment)
{
    static const volatile size_t wrong[] = {
        0,
        3,
        5,
        6,
        7,
        12,
        24,
        48,
        100,
        4095,
        (1 << 30) + 1,
        (size_t)1 << 31,
        (size_t)1 << 63,
        SIZE_MAX,
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        errno = 0;
        ck_assert_ptr_null(gc_aligned_alloc(wrong[i], 16));
        ck_assert_int_eq(errno, EINVAL);
    }
}
END_TEST

START_TEST(an_aligned_object_of_a_size_that_no_heap_can_hold_fails)
{
    for (size_t alignment = 16; alignment <= (size_t)1 << 30; alignment *= 64)
        for (unsigned size = 0; size < HUGE_SIZES; size++) {
            errno = 0;
            ck_assert_ptr_null(gc_aligned_alloc(alignment, huge_sizes[size]));
            ck_assert_int_eq(errno, ENOMEM);
        }
}
END_TEST

START_TEST(aligned_objects_are_kept_and_collected_like_others)
{
    static void *kept;
    for (size_t i = 0; i < HIDDEN / 10; i++) {
        kept = gc_aligned_alloc((size_t)16 << i % 14, 1 + i);
        hidden[i] = hide(kept);
    }
    GC_collect();
    ck_assert_ptr_eq(gc_base(kept), kept);
    expect_gone(HIDDEN / 10);
    kept = NULL;
}
END_TEST

/* ------------------------------------------------------------------ strings */

START_TEST(a_copied_string_is_a_pointer_free_object)
{
    static char text[100000];
    for (size_t length = 0; length < sizeof text; length += 1 + length / 2) {
        memset(text, 'a', length);
        text[length] = '\0';
        char *copy = gc_strdup(text);
        struct gc_object_header header;
        ck_assert_ptr_nonnull(copy);
        ck_assert_str_eq(copy, text);
        ck_assert(gc_object_header_of(copy, &header));
        ck_assert_int_eq(header.kind, TIDEMARK_ATOMIC);
    }
}
END_TEST

START_TEST(a_part_of_a_string_is_copied_and_terminated)
{
    const char open_end[4] = {'o', 'p', 'e', 'n'};
    ck_assert_str_eq(gc_strndup("collector", 7), "collect");
    ck_assert_str_eq(gc_strndup("collector", 9), "collector");
    ck_assert_str_eq(gc_strndup("collector", 100), "collector");
    ck_assert_str_eq(gc_strndup("collector", SIZE_MAX), "collector");
    ck_assert_str_eq(gc_strndup("collector", 0), "");
    ck_assert_str_eq(gc_strndup(open_end, 4), "open");
}
END_TEST

/* ------------------------------------------------------------------- asking */

static void expect_header(const char *pointer, const char *base,
                          enum gc_kind kind)
{
    struct gc_object_header header;
    ck_assert(gc_object_header_of(pointer, &header));
    ck_assert_ptr_eq(header.base, base);
    ck_assert_int_eq(header.kind, kind);
    ck_assert(header.allocated);
    ck_assert(header.marked);
    ck_assert_uint_eq(header.bytes, gc_size(base));
}

START_TEST(a_pointer_to_any_byte_of_an_object_leads_to_its_header)
{
    char *small = gc_malloc(100);
    char *large = gc_malloc_atomic(100000);
    for (size_t i = 0; i < 100; i++)
        expect_header(small + i, small, TIDEMARK_SCANNED);
    for (size_t i = 0; i < 100000; i += 777)
        expect_header(large + i, large, TIDEMARK_ATOMIC);
    ck_assert_ptr_eq(gc_base(small + 99), small);
    ck_assert_uint_eq(gc_size(large + 99999), gc_size(large));
    ck_assert_uint_ge(gc_size(small), 100);
    ck_assert_uint_le(gc_size(small), 112);
}
END_TEST

START_TEST(a_freed_cell_has_a_header_that_says_so)
{
    void *object = gc_malloc(100);
    void *neighbour = gc_malloc(100);
    struct gc_object_header header;
    gc_free(object);
    ck_assert_ptr_null(gc_base(object));
    ck_assert_uint_eq(gc_size(object), 0);
    ck_assert(gc_object_header_of(object, &header));
    ck_assert(!header.allocated);
    ck_assert(!header.marked);
    ck_assert_ptr_eq(header.base, object);
    gc_keep_alive(neighbour);
}
END_TEST

START_TEST(what_is_no_cell_has_no_header)
{
    int local;
    static int global;
    void *of_libc = malloc(16);
    void *large = gc_malloc(200000);
    gc_free(large);
    const void *const pointers[] = {
        NULL, &local, &global, of_libc, "text", (void *)UINTPTR_MAX, (void *)1,
    };
    for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++) {
        struct gc_object_header header = {.bytes = 77};
        ck_assert_ptr_null(gc_base(pointers[i]));
        ck_assert_uint_eq(gc_size(pointers[i]), 0);
        ck_assert(!gc_object_header_of(pointers[i], &header));
        ck_assert_uint_eq(header.bytes, 77);
    }
    ck_assert_ptr_null(gc_base(large));
    free(of_libc);
}
END_TEST

SUITE("allocate", an_object_of_every_size_and_kind_is_aligned_zeroed_and_known,
      no_bytes_are_an_object_of_their_own, a_size_that_no_heap_can_hold_fails,
      calloc_fails_where_the_product_overflows, calloc_has_room_for_all,
      an_object_stands_at_a_multiple_of_each_power_of_two,
      an_object_stands_at_a_multiple_of_a_gigabyte,
      what_is_no_power_of_two_or_too_large_is_no_alignment,
      an_aligned_object_of_a_size_that_no_heap_can_hold_fails,
      aligned_objects_are_kept_and_collected_like_others,
      a_copied_string_is_a_pointer_free_object,
      a_part_of_a_string_is_copied_and_terminated,
      a_pointer_to_any_byte_of_an_object_leads_to_its_header,
      a_freed_cell_has_a_header_that_says_so, what_is_no_cell_has_no_header)
