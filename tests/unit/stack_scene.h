/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_UNIT_STACK_SCENE_H
#define TIDEMARK_TESTS_UNIT_STACK_SCENE_H

/* A thread whose stack pointer lies wherever a test puts it.  Its own stack, and
 * another one, are mappings of the test's.  Needs _GNU_SOURCE. */

#include <sys/mman.h>
#include <sys/resource.h>

#include "gc/section.h"
#include "platform/mapping.h"
#include "platform/stack_bounds.h"
#include "tests/suite.h"
#include "tests/unit/whole.h"

enum { PAGES = 64, STACKS = 10000, SEEN_MAX = 16 };

static const size_t BYTES = (size_t)PAGES * PAGE_BYTES;

/* ---------------------------------------------------------------- the scene */

/* A mapping with a page below and one above that cannot be read. */
struct area {
    uintptr_t low;
    uintptr_t high;
};

static struct area own, other;

static inline struct area map(size_t bytes)
{
    uintptr_t at =
        (uintptr_t)mmap(NULL, bytes + 2 * PAGE_BYTES, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ck_assert_ptr_ne((void *)at, MAP_FAILED);
    struct area area = {at + PAGE_BYTES, at + PAGE_BYTES + bytes};
    ck_assert_int_eq(mprotect((void *)area.low, bytes, PROT_READ | PROT_WRITE),
                     0);
    return area;
}

static inline void unmap(struct area area)
{
    munmap((void *)(area.low - PAGE_BYTES),
           area.high - area.low + 2 * PAGE_BYTES);
}

static inline void touch(uintptr_t address)
{
    *(volatile char *)address = 1;
}

static inline void put_stack_pointer(uintptr_t address)
{
    *register_word("rsp", "sp") = address;
}

static inline void setup(void)
{
    whole_setup();
    own = map(BYTES);
    other = map(BYTES);
    thread.stack_low = own.low;
    thread.stack_base = own.high;
    touch(own.high - 5 * PAGE_BYTES);
    touch(own.high - 1);
    put_stack_pointer(own.high - 64);
}

static inline void teardown(void)
{
    unmap(own);
    unmap(other);
    gc__growing_finish(&thread.sections);
    whole_teardown();
}

static struct stack_part seen[SEEN_MAX];
static size_t seen_count, seen_wanted;

static inline bool see(const struct stack_part *part, void *context)
{
    ck_assert_ptr_eq(context, &seen_count);
    ck_assert_uint_lt(seen_count, SEEN_MAX);
    seen[seen_count++] = *part;
    return seen_count < seen_wanted;
}

static inline bool see_parts(size_t wanted)
{
    seen_count = 0;
    seen_wanted = wanted;
    return gc__stacks_visit(&heap, see, &seen_count);
}

/* Puts the stack pointer there, and looks. */
static inline void look_from(uintptr_t stack_pointer)
{
    put_stack_pointer(stack_pointer);
    ck_assert(see_parts(SIZE_MAX));
}

static inline void expect_count(size_t count)
{
    ck_assert_uint_eq(seen_count, count);
}

static inline void expect_words(size_t index, uintptr_t low, uintptr_t high)
{
    ck_assert_uint_lt(index, seen_count);
    ck_assert_uint_eq(seen[index].words.low, low);
    ck_assert_uint_eq(seen[index].words.high, high);
}

/* All of the thread's own stack that was touched. */
static inline void expect_own_in_use(size_t index)
{
    expect_words(index, own.high - 5 * PAGE_BYTES, own.high);
    ck_assert_ptr_eq(seen[index].thread, &thread);
}

static inline struct gc_stack *add(uintptr_t low, uintptr_t high)
{
    struct gc_stack *stack =
        gc__stacks_add(&heap.stacks, (struct range){low, high});
    ck_assert_ptr_nonnull(stack);
    return stack;
}

/* As if the thread called gc_stack_switch(to), its stack pointer being
 * there. */
static inline void switch_at(uintptr_t stack_pointer, struct gc_stack *to)
{
    uintptr_t *kept = (uintptr_t *)stack_pointer - KEPT_REGISTERS;
    for (size_t i = 0; i < KEPT_REGISTERS; i++)
        kept[i] = stack_pointer + i;
    gc__stacks_switch(&heap, &thread, to, kept);
}

static inline void expect_kept(size_t index, uintptr_t stack_pointer)
{
    ck_assert_uint_lt(index, seen_count);
    ck_assert(seen[index].is_kept_registers);
    ck_assert_uint_eq(range_size(seen[index].words),
                      KEPT_REGISTERS * WORD_BYTES);
    const uintptr_t *kept = (const uintptr_t *)seen[index].words.low;
    for (size_t i = 0; i < KEPT_REGISTERS; i++)
        ck_assert_uint_eq(kept[i], stack_pointer + i);
}

#endif
