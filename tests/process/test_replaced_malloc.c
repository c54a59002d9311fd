/* SPDX-License-Identifier: MIT */

/* A file compiled with `-include tidemark_malloc.h`, and linked so that calls
 * of libc's free() and realloc() come by here first (ld --wrap). */

#define _GNU_SOURCE

#include <check.h>
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tidemark.h>

#include "tests/suite.h"

enum { ODD_ALIGNMENT = 24, PAGE = 4096 };

/* More than any heap holds; not constant, or the compiler would warn. */
static volatile size_t huge = SIZE_MAX / 2;

static size_t libc_frees;
static size_t libc_reallocs;

void __real_free(void *pointer);
void *__real_realloc(void *pointer, size_t bytes);
void __wrap_free(void *pointer);
void *__wrap_realloc(void *pointer, size_t bytes);

void __wrap_free(void *pointer)
{
    libc_frees++;
    __real_free(pointer);
}

void *__wrap_realloc(void *pointer, size_t bytes)
{
    libc_reallocs++;
    return __real_realloc(pointer, bytes);
}

/* How often free(pointer) calls libc's; Check calls it for itself, too. */
static size_t libc_frees_for(void *pointer)
{
    size_t before = libc_frees;
    free(pointer);
    return libc_frees - before;
}

static size_t libc_reallocs_for(void **pointer, size_t bytes)
{
    size_t before = libc_reallocs;
    *pointer = realloc(*pointer, bytes);
    return libc_reallocs - before;
}

static bool is_collected(const void *pointer)
{
    return pointer != NULL && gc_base(pointer) == pointer;
}

static enum gc_kind kind_of(const void *pointer)
{
    struct gc_object_header header;
    ck_assert(gc_object_header_of(pointer, &header));
    return header.kind;
}

static bool is_zero(const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static char *string_of_libc(const char *text)
{
    char *string;
    ck_assert_int_ge(asprintf(&string, "%s", text), 0);
    ck_assert(!is_collected(string));
    return string;
}

START_TEST(malloc_and_calloc_return_zeroed_scanned_objects)
{
    void *objects[] = {malloc(100), calloc(10, 10), realloc(NULL, 100),
                       reallocarray(NULL, 10, 10)};
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        ck_assert(is_collected(objects[i]));
        ck_assert_int_eq(kind_of(objects[i]), TIDEMARK_SCANNED);
        ck_assert(is_zero(objects[i], 100));
    }
}
END_TEST

START_TEST(no_bytes_are_an_object_unlike_any_other)
{
    void *one = malloc(0);
    void *other = malloc(0);
    ck_assert(is_collected(one));
    ck_assert(is_collected(other));
    ck_assert_ptr_ne(one, other);
}
END_TEST

START_TEST(copies_of_strings_are_pointer_free)
{
    char *whole = strdup("whole");
    char *part = strndup("partial", 4);
    ck_assert_str_eq(whole, "whole");
    ck_assert_str_eq(part, "part");
    ck_assert_int_eq(kind_of(whole), TIDEMARK_ATOMIC);
    ck_assert_int_eq(kind_of(part), TIDEMARK_ATOMIC);
}
END_TEST

START_TEST(free_of_our_memory_does_nothing)
{
    char *object = malloc(20);
    strcpy(object, "still here");
    errno = EDOM;
    ck_assert_uint_eq(libc_frees_for(object), 0);
    ck_assert_uint_eq(libc_frees_for(object), 0);
    ck_assert_uint_eq(libc_frees_for(object + 5), 0);
    ck_assert_int_eq(errno, EDOM);
    GC_collect();
    ck_assert_str_eq(object, "still here");
}
END_TEST

START_TEST(free_of_the_memory_of_libc_is_left_to_libc)
{
    ck_assert_uint_eq(libc_frees_for(string_of_libc("text")), 1);

    char *line = NULL;
    size_t capacity = 0;
    FILE *file = fmemopen("one line\n", 9, "r");
    ck_assert_int_eq(getline(&line, &capacity, file), 9);
    fclose(file);
    ck_assert_uint_eq(libc_frees_for(line), 1);
}
END_TEST

START_TEST(free_of_nothing_is_left_to_nobody)
{
    ck_assert_uint_eq(libc_frees_for(NULL), 0);
}
END_TEST

START_TEST(what_nothing_points_to_is_collected)
{
    enum { COUNT = 10000, BYTES = 1000 };
    struct gc_stats before, after;
    gc_stats(&before, sizeof before);
    for (int i = 0; i < COUNT; i++)
        ck_assert_ptr_nonnull(malloc(BYTES));
    GC_collect();
    gc_stats(&after, sizeof after);
    ck_assert_uint_ge(after.swept_objects - before.swept_objects,
                      COUNT / 100 * 95);
}
END_TEST

START_TEST(realloc_moves_the_contents_and_leaves_the_old_object_as_it_is)
{
    char *old = malloc(16);
    strcpy(old, "contents");
    void *result = old;
    ck_assert_uint_eq(libc_reallocs_for(&result, 100000), 0);
    char *moved = result;
    ck_assert_ptr_ne(moved, old);
    ck_assert_str_eq(moved, "contents");
    ck_assert(is_zero((unsigned char *)moved + 16, 100000 - 16));

    strcpy(moved, "changed");
    ck_assert_str_eq(old, "contents");
}
END_TEST

START_TEST(realloc_to_a_little_less_stays_in_place_and_to_much_less_moves)
{
    char *object = malloc(1000);
    strcpy(object, "contents");
    ck_assert_ptr_eq(realloc(object, 900), object);

    char *small = realloc(object, 10);
    ck_assert_ptr_ne(small, object);
    ck_assert_str_eq(small, "contents");
    ck_assert_uint_lt(malloc_usable_size(small), 100);
}
END_TEST

START_TEST(realloc_to_no_bytes_makes_a_small_object)
{
    char *object = malloc(100);
    ck_assert(is_collected(realloc(object, 0)));
    ck_assert(is_collected(object));
}
END_TEST

START_TEST(an_array_that_grows_byte_by_byte_moves_seldom)
{
    enum { BYTES = 200 * 1000 };
    unsigned char *array = NULL;
    size_t moves = 0;
    for (size_t i = 0; i < BYTES; i++) {
        unsigned char *grown = realloc(array, i + 1);
        moves += grown != array;
        array = grown;
        array[i] = (unsigned char)i;
    }
    for (size_t i = 0; i < BYTES; i++)
        ck_assert_uint_eq(array[i], (unsigned char)i);
    ck_assert_uint_lt(moves, 150);
}
END_TEST

START_TEST(realloc_of_the_memory_of_libc_stays_with_libc)
{
    void *result = string_of_libc("text");
    ck_assert_uint_eq(libc_reallocs_for(&result, 10000), 1);
    char *string = reallocarray(result, 100, 200);
    ck_assert(!is_collected(string));
    ck_assert_str_eq(string, "text");
    ck_assert_uint_ge(malloc_usable_size(string), 20000);
    free(string);
}
END_TEST

START_TEST(sizes_that_no_heap_can_hold_fail)
{
    char *object = malloc(10);
    strcpy(object, "contents");

    errno = 0;
    ck_assert_ptr_null(malloc(huge));
    ck_assert_int_eq(errno, ENOMEM);
    errno = 0;
    ck_assert_ptr_null(realloc(object, huge));
    ck_assert_int_eq(errno, ENOMEM);
    ck_assert_ptr_null(realloc(object, 2 * huge + 1));
    ck_assert_str_eq(object, "contents");
}
END_TEST

START_TEST(products_that_overflow_fail)
{
    char *object = malloc(10);
    errno = 0;
    ck_assert_ptr_null(calloc(huge + 2, 2));
    ck_assert_int_eq(errno, ENOMEM);
    errno = 0;
    ck_assert_ptr_null(reallocarray(object, huge + 2, 2));
    ck_assert_int_eq(errno, ENOMEM);
    ck_assert(is_collected(object));
}
END_TEST

START_TEST(aligned_memory_is_aligned)
{
    for (size_t alignment = 8; alignment <= 65536; alignment *= 2) {
        void *objects[] = {aligned_alloc(alignment, 100),
                           memalign(alignment, 100), NULL};
        ck_assert_int_eq(posix_memalign(&objects[2], alignment, 100), 0);
        for (int i = 0; i < 3; i++) {
            ck_assert_uint_eq((uintptr_t)objects[i] % alignment, 0);
            ck_assert_ptr_nonnull(gc_base(objects[i]));
            ck_assert_uint_ge(malloc_usable_size(objects[i]), 100);
        }
    }
}
END_TEST

START_TEST(valloc_and_pvalloc_return_pages)
{
    void *objects[] = {valloc(10), valloc(10), pvalloc(10), pvalloc(PAGE + 1)};
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
        ck_assert_uint_eq((uintptr_t)objects[i] % PAGE, 0);
    ck_assert_uint_ge(malloc_usable_size(objects[2]), PAGE);
    ck_assert_uint_ge(malloc_usable_size(objects[3]), 2 * PAGE);
}
END_TEST

START_TEST(alignments_that_are_none_are_refused)
{
    void *result = &libc_frees;
    ck_assert_int_eq(posix_memalign(&result, ODD_ALIGNMENT, 10), EINVAL);
    ck_assert_int_eq(posix_memalign(&result, 4, 10), EINVAL);
    ck_assert_int_eq(posix_memalign(&result, 0, 10), EINVAL);
    ck_assert_int_eq(posix_memalign(&result, 16, huge), ENOMEM);
    ck_assert_ptr_eq(result, &libc_frees);

    errno = 0;
    ck_assert_ptr_null(aligned_alloc(ODD_ALIGNMENT, 10));
    ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(usable_size_is_told_for_all_memory)
{
    char *string = string_of_libc("text");
    ck_assert_uint_ge(malloc_usable_size(string), 5);
    ck_assert_uint_ge(malloc_usable_size(malloc(100)), 100);
    ck_assert_uint_eq(malloc_usable_size(NULL), 0);
    free(string);
}
END_TEST

struct allocator {
    void *(*malloc)(size_t bytes);
    void (*free)(void *pointer);
};

static size_t free_cells(size_t free)
{
    return free;
}

START_TEST(members_variables_and_callbacks_have_the_names_too)
{
    struct allocator allocator = {.malloc = malloc, .free = &free};
    struct allocator *pointer = &allocator;
    char *object = pointer->malloc(free_cells(20));
    strcpy(object, "still here");
    pointer->free(object);
    allocator.free(string_of_libc("text"));
    ck_assert_str_eq(object, "still here");
    ck_assert(is_collected((malloc)(20)));
}
END_TEST

SUITE("replaced malloc", malloc_and_calloc_return_zeroed_scanned_objects,
      no_bytes_are_an_object_unlike_any_other,
      copies_of_strings_are_pointer_free, free_of_our_memory_does_nothing,
      free_of_the_memory_of_libc_is_left_to_libc,
      free_of_nothing_is_left_to_nobody, what_nothing_points_to_is_collected,
      realloc_moves_the_contents_and_leaves_the_old_object_as_it_is,
      realloc_to_a_little_less_stays_in_place_and_to_much_less_moves,
      realloc_to_no_bytes_makes_a_small_object,
      an_array_that_grows_byte_by_byte_moves_seldom,
      realloc_of_the_memory_of_libc_stays_with_libc,
      sizes_that_no_heap_can_hold_fail, products_that_overflow_fail,
      aligned_memory_is_aligned, valloc_and_pvalloc_return_pages,
      alignments_that_are_none_are_refused, usable_size_is_told_for_all_memory,
      members_variables_and_callbacks_have_the_names_too)
