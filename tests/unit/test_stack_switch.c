/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <dlfcn.h>
#include <stdlib.h>

#include "platform/pages.h"
#include "platform/stack_switch.h"
#include "tests/suite.h"

enum { STACK_BYTES = 256 << 10, DEPTH = 3 };

static struct range stacks[DEPTH];

static void setup(void)
{
    for (int i = 0; i < DEPTH; i++)
        ck_assert(gc__pages_map(STACK_BYTES, &stacks[i]));
}

static void teardown(void)
{
    for (int i = 0; i < DEPTH; i++)
        gc__pages_unmap(stacks[i]);
}

struct visit {
    int depth;
    int calls;
    uintptr_t frame;
    bool is_unwound;
};

static void note_frame(void *argument)
{
    struct visit *visit = argument;
    visit->frame = (uintptr_t)__builtin_frame_address(0);
    visit->calls++;
}

START_TEST(the_function_runs_once_on_the_other_stack)
{
    struct visit visit = {0};
    gc__call_on_stack(note_frame, &visit, stacks[0].high);
    ck_assert_int_eq(visit.calls, 1);
    ck_assert(range_contains(stacks[0], visit.frame));
    ck_assert_uint_ge(visit.frame, stacks[0].high - 4096);
}
END_TEST

START_TEST(the_stack_is_aligned_as_functions_expect)
{
    struct visit visit = {0};
    for (uintptr_t top = stacks[0].high; top > stacks[0].high - 256;
         top -= 16) {
        gc__call_on_stack(note_frame, &visit, top);
        ck_assert_uint_eq(visit.frame % 16, 0);
    }
}
END_TEST

static void use_deep_stack(void *argument)
{
    volatile char room[STACK_BYTES / 2];
    for (size_t i = 0; i < sizeof room; i += 512)
        room[i] = (char)i;
    *(size_t *)argument = sizeof room;
}

START_TEST(what_the_caller_has_in_registers_is_there_afterwards)
{
    volatile long seed = (long)(uintptr_t)&seed;
    long a = seed, b = seed * 3, c = seed * 5, d = seed * 7, e = seed * 11,
         f = seed * 13, g = seed * 17;
    double x = (double)seed;
    size_t used = 0;
    gc__call_on_stack(use_deep_stack, &used, stacks[0].high);
    ck_assert_uint_eq(used, STACK_BYTES / 2);
    ck_assert(a == seed && b == seed * 3 && c == seed * 5 && d == seed * 7);
    ck_assert(e == seed * 11 && f == seed * 13 && g == seed * 17);
    ck_assert(x == (double)seed);
}
END_TEST

static void go_deeper(void *argument)
{
    struct visit *visit = argument;
    int depth = visit->depth;
    ck_assert(range_contains(stacks[depth], (uintptr_t)&depth));
    visit->depth++;
    visit->calls++;
    if (visit->depth < DEPTH)
        gc__call_on_stack(go_deeper, visit, stacks[visit->depth].high);
    visit->depth--;
    ck_assert_int_eq(visit->depth, depth);
}

START_TEST(switches_may_be_nested)
{
    struct visit visit = {0};
    gc__call_on_stack(go_deeper, &visit, stacks[0].high);
    ck_assert_int_eq(visit.calls, DEPTH);
    ck_assert_int_eq(visit.depth, 0);
}
END_TEST

static void unwind_from_there(void *argument);

__attribute__((noinline)) static void switch_to_unwind(struct visit *visit)
{
    gc__call_on_stack(unwind_from_there, visit, stacks[0].high);
    visit->calls++;
}

/* By name, since libunwind.a, which is linked here, has one too. */
static int libc_backtrace(void **frames, int capacity)
{
    int (*function)(void **, int);
    void *libc = dlopen("libc.so.6", RTLD_LAZY);
    ck_assert_ptr_nonnull(libc);
    *(void **)&function = dlsym(libc, "backtrace");
    ck_assert_ptr_nonnull(*(void **)&function);
    return function(frames, capacity);
}

static void unwind_from_there(void *argument)
{
    enum { SHORT_FUNCTION_BYTES = 256 };
    struct visit *visit = argument;
    void *frames[64];
    int count = libc_backtrace(frames, 64);
    for (int i = 0; i < count; i++)
        visit->is_unwound |=
            (uintptr_t)frames[i] - (uintptr_t)switch_to_unwind <
            SHORT_FUNCTION_BYTES;
}

START_TEST(an_unwinder_finds_its_way_back_across)
{
    struct visit visit = {0};
    switch_to_unwind(&visit);
    ck_assert(visit.is_unwound);
    ck_assert_int_eq(visit.calls, 1);
}
END_TEST

FIXTURE_SUITE("stack_switch", setup, teardown,
              the_function_runs_once_on_the_other_stack,
              the_stack_is_aligned_as_functions_expect,
              what_the_caller_has_in_registers_is_there_afterwards,
              switches_may_be_nested, an_unwinder_finds_its_way_back_across)
