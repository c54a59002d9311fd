/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gc/window.h"
#include "platform/resident.h"
#include "platform/stack_bounds.h"
#include "tests/suite.h"

enum { MEGA = 1 << 20 };

extern char **environ;

static void *check_own_base(void *least)
{
    struct stack_bounds bounds = {{0, 0}, false};
    int local;
    ck_assert(gc__stack_bounds(&bounds));
    uintptr_t base = bounds.stack.high;
    ck_assert_uint_gt(base, (uintptr_t)&local);
    ck_assert_uint_lt(bounds.stack.low, base);
    ck_assert(bounds.grows || range_contains(bounds.stack, (uintptr_t)&local));
    ck_assert_uint_gt(base, (uintptr_t)least);
    ck_assert_uint_lt(base - (uintptr_t)&local, 64 * (size_t)MEGA);
    return (void *)base;
}

START_TEST(the_main_threads_stack_ends_above_the_frame_of_main)
{
    /* The test runs below main(), and main() below what called it. */
    check_own_base(__builtin_frame_address(0));
}
END_TEST

START_TEST(all_of_the_stack_up_to_its_base_can_be_read)
{
    uintptr_t base = (uintptr_t)check_own_base(NULL);
    uintptr_t sum = 0, address, word;
    struct window window =
        window_over((struct range){(uintptr_t)&base, base}, WORD_BYTES);
    while (window_next(&window, &address, &word))
        sum += word;
    __asm__ volatile("" : : "r"(sum));
}
END_TEST

START_TEST(another_thread_has_a_base_of_its_own)
{
    pthread_t thread;
    void *others = NULL;
    ck_assert_int_eq(pthread_create(&thread, NULL, check_own_base, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, &others), 0);
    ck_assert_ptr_ne(others, check_own_base(NULL));
}
END_TEST

START_TEST(resident_bytes_grow_with_what_is_touched)
{
    size_t before = gc__resident_bytes();
    char *memory = malloc(64 * MEGA);
    memset(memory, 1, 64 * MEGA);
    __asm__ volatile("" : : "r"(memory) : "memory");
    ck_assert_uint_ge(gc__resident_bytes(), before + 60 * MEGA);
    ck_assert_uint_gt(before, 0);
    free(memory);
}
END_TEST

SUITE("stack_bounds", the_main_threads_stack_ends_above_the_frame_of_main,
      all_of_the_stack_up_to_its_base_can_be_read,
      another_thread_has_a_base_of_its_own,
      resident_bytes_grow_with_what_is_touched)
