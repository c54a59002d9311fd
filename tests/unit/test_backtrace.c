/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* MAP_ANONYMOUS */

#include <check.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "platform/backtrace.h"
#include "tests/suite.h"

enum { CAPACITY = 400, DEPTH = 100 };

static struct frame frames[CAPACITY];
static size_t count;
static uintptr_t local_addresses[DEPTH + 1];
static struct held_register held[CAPACITY];
static size_t held_count;

static void teardown(void)
{
    gc__backtrace_use_library(NULL);
}

/* Keeps a call from becoming a jump. */
#define NOT_A_TAIL_CALL() __asm__ volatile("" : : : "memory")

__attribute__((noinline)) static void innermost_function(void)
{
    struct registers registers;
    gc__registers_spill(&registers);
    count = gc__backtrace(&registers, frames, CAPACITY);
    NOT_A_TAIL_CALL();
}

__attribute__((noinline)) static void descend(int depth)
{
    volatile int local = depth;
    local_addresses[depth] = (uintptr_t)&local;
    if (depth > 0)
        descend(depth - 1);
    else
        innermost_function();
    NOT_A_TAIL_CALL();
}

static void expect_function(const struct frame *frame, const char *name)
{
    struct symbol symbol;
    ck_assert_int_eq(gc__frame_function(frame, &symbol), SYMBOL_FOUND);
    ck_assert_str_eq(symbol.name, name);
}

START_TEST(the_functions_that_run_are_named_from_the_innermost_outwards)
{
    descend(3);
    ck_assert_uint_gt(count, 5);
    expect_function(&frames[0], "innermost_function");
    for (size_t i = 1; i <= 4; i++)
        expect_function(&frames[i], "descend");
}
END_TEST

static const struct frame *function_called_main(void)
{
    struct symbol symbol;
    for (size_t i = 0; i < count; i++)
        if (gc__frame_function(&frames[i], &symbol) == SYMBOL_FOUND &&
            strcmp(symbol.name, "main") == 0)
            return &frames[i];
    return NULL;
}

START_TEST(the_backtrace_reaches_main)
{
    descend(DEPTH);
    ck_assert_uint_lt(count, CAPACITY);
    ck_assert_ptr_nonnull(function_called_main());
}
END_TEST

START_TEST(the_frames_share_out_the_stack_without_a_gap)
{
    descend(DEPTH);
    ck_assert_uint_gt(count, DEPTH + 2);
    for (size_t i = 0; i + 1 < count; i++) {
        ck_assert_uint_lt(frames[i].stack.low, frames[i].stack.high);
        ck_assert_uint_eq(frames[i].stack.high, frames[i + 1].stack.low);
    }
}
END_TEST

START_TEST(a_local_variable_lies_in_the_frame_of_its_function)
{
    descend(DEPTH);
    for (size_t i = 0; i <= DEPTH; i++)
        ck_assert(range_contains(frames[1 + i].stack, local_addresses[i]));
}
END_TEST

START_TEST(only_as_many_frames_as_asked_for_are_filled_in)
{
    struct registers registers;
    gc__registers_spill(&registers);
    memset(frames, 0, sizeof frames);
    ck_assert_uint_eq(gc__backtrace(&registers, frames, 1), 1);
    ck_assert_uint_lt(frames[0].stack.low, frames[0].stack.high);
    ck_assert_uint_eq(frames[1].pc, 0);
    ck_assert_uint_eq(gc__backtrace(&registers, frames, 2), 2);
    ck_assert_uint_eq(frames[1].stack.low, frames[0].stack.high);
    ck_assert_uint_eq(frames[2].pc, 0);
}
END_TEST

static void expect_the_innermost_alone(const char *file_name)
{
    gc__backtrace_use_library(file_name);
    innermost_function();
    ck_assert(!gc__backtrace_is_complete());
    ck_assert_uint_eq(count, 1);
    expect_function(&frames[0], "innermost_function");
    ck_assert_uint_eq(range_size(frames[0].stack), 0);
    ck_assert_uint_lt(frames[0].stack.low, (uintptr_t)&file_name);

    struct registers registers;
    gc__registers_spill(&registers);
    ck_assert_uint_eq(gc__backtrace_registers(&registers, 9, held, 9), 0);
}

START_TEST(without_libunwind_the_innermost_function_is_known)
{
    expect_the_innermost_alone("libtidemark-absent.so.0");
    expect_the_innermost_alone("libc.so.6"); /* lacks the functions */
    gc__backtrace_use_library(NULL);
    ck_assert(gc__backtrace_is_complete());
}
END_TEST

static void handle_signal(int number)
{
    (void)number;
    innermost_function();
    NOT_A_TAIL_CALL();
}

static size_t interrupted_index(void)
{
    for (size_t i = 0; i < count; i++)
        if (frames[i].was_interrupted)
            return i;
    ck_abort_msg("no frame was interrupted by the signal");
    return 0;
}

START_TEST(a_function_that_a_signal_interrupted_is_found_too)
{
    struct sigaction action = {.sa_handler = handle_signal}, before;
    ck_assert_int_eq(sigaction(SIGUSR1, &action, &before), 0);
    ck_assert_int_eq(raise(SIGUSR1), 0);
    ck_assert_int_eq(sigaction(SIGUSR1, &before, NULL), 0);

    expect_function(&frames[1], "handle_signal");
    ck_assert_uint_ge(interrupted_index(), 2);
    ck_assert_ptr_nonnull(function_called_main());
}
END_TEST

/* ------------------------------------------------------------------------
 * Registers of the functions further out */

#if defined(__x86_64__)

static void expect_held(uintptr_t word, const char *name, const char *function,
                        size_t places)
{
    size_t found = 0;
    for (size_t i = 0; i < held_count; i++)
        if (*(const uintptr_t *)held[i].address == word) {
            ck_assert_str_eq(held[i].name, name);
            expect_function(&frames[held[i].frame], function);
            found++;
        }
    ck_assert_uint_eq(found, places);
}

#define RBX_WORD UINT64_C(0x1122334455667701)
#define R14_WORD UINT64_C(0x1122334455667702)

__attribute__((noinline)) static void look_at_registers(size_t rbx_places)
{
    struct registers registers;
    gc__registers_spill(&registers);
    count = gc__backtrace(&registers, frames, CAPACITY);
    held_count = gc__backtrace_registers(&registers, count, held, CAPACITY);
    expect_held(RBX_WORD, "rbx", "keep_rbx", rbx_places);
    expect_held(R14_WORD, "r14", "keep_r14", 1);
    NOT_A_TAIL_CALL();
}

/* Its prologue saves rbx, and it leaves r14 alone. */
__attribute__((noinline)) static void need_rbx(void)
{
    __asm__ volatile("xor %%ebx, %%ebx" : : : "rbx");
    look_at_registers(1);
    NOT_A_TAIL_CALL();
}

/* Saves rbx too, but has not changed it yet. */
__attribute__((noinline)) static void save_rbx(void)
{
    __asm__ volatile("" : : : "rbx");
    look_at_registers(2);
    NOT_A_TAIL_CALL();
}

static void (*callee_of_keep_rbx)(void);

/* Each word is in its register and nowhere else. */
#define CALL_WITH(register_name, word, function)                  \
    do {                                                          \
        register uintptr_t kept __asm__(register_name) = ~(word); \
        __asm__ volatile("not %0" : "+r"(kept));                  \
        function();                                               \
        __asm__ volatile("" : "+r"(kept));                        \
    } while (false)

__attribute__((noinline)) static void keep_rbx(void)
{
    CALL_WITH("rbx", RBX_WORD, callee_of_keep_rbx);
}

__attribute__((noinline)) static void keep_r14(void)
{
    CALL_WITH("r14", R14_WORD, keep_rbx);
}

START_TEST(a_register_is_found_where_a_callee_saved_it)
{
    callee_of_keep_rbx = need_rbx;
    keep_r14();
}
END_TEST

START_TEST(a_function_that_only_saved_a_register_keeps_nothing_in_it)
{
    callee_of_keep_rbx = save_rbx;
    keep_r14();
}
END_TEST

#endif

START_TEST(places_of_registers_are_different_ones_and_in_order)
{
    struct registers registers;
    gc__registers_spill(&registers);
    held_count = gc__backtrace_registers(&registers, CAPACITY, held, CAPACITY);
    ck_assert_uint_ge(held_count, 6);
    for (size_t i = 0; i < held_count; i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_uint_ne(held[i].address, held[k].address);

    struct held_register few[3];
    memset(few, 0, sizeof few);
    ck_assert_uint_eq(gc__backtrace_registers(&registers, CAPACITY, few, 2), 2);
    ck_assert_ptr_null(few[2].name);
}
END_TEST

/* ------------------------------------------------------------------------
 * Damage */

static void *unreadable_page(void)
{
    void *page =
        mmap(NULL, PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(page, MAP_FAILED);
    return page;
}

static void try_with(const struct registers *registers)
{
    size_t filled = gc__backtrace(registers, frames, CAPACITY);
    ck_assert_uint_ge(filled, 1);
    ck_assert_uint_le(filled, CAPACITY);
    for (size_t i = 0; i + 1 < filled; i++)
        ck_assert_uint_lt(frames[i].stack.low, frames[i + 1].stack.low);
    ck_assert_uint_le(
        gc__backtrace_registers(registers, CAPACITY, held, CAPACITY), CAPACITY);
}

START_TEST(a_register_of_any_value_is_survived)
{
    void *page = unreadable_page();
    const uintptr_t values[] = {
        0,
        1,
        WORD_BYTES,
        (uintptr_t)page,
        (uintptr_t)page - 1,
        (uintptr_t)page + PAGE_BYTES - WORD_BYTES,
        (uintptr_t)frames,
        (uintptr_t)innermost_function,
        UINTPTR_MAX,
        UINTPTR_MAX - 7,
        (uintptr_t)1 << 47,
        (uintptr_t)1 << 63,
    };
    struct registers good;
    gc__registers_spill(&good);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        size_t words = range_size(gc__registers_words(&good)) / WORD_BYTES;
        for (size_t word = 0; word < words; word++) {
            struct registers bad = good;
            ((uintptr_t *)gc__registers_words(&bad).low)[word] = values[i];
            try_with(&bad);
        }
    }
    munmap(page, PAGE_BYTES);
}
END_TEST

/* The frames above are real ones, of a stack that has been written over. */
START_TEST(an_overwritten_stack_is_survived)
{
    descend(3);
    struct frame whole[16];
    size_t filled = smaller(count, 16);
    memcpy(whole, frames, filled * sizeof *whole);
    static uintptr_t stack[512];
    struct registers registers;
    gc__registers_spill(&registers);
    struct range words = gc__registers_words(&registers);

    for (uintptr_t filler = 0; filler < 64; filler++) {
        for (size_t i = 0; i < 512; i++)
            stack[i] = (i + filler) % 3 == 0 ? whole[filler % filled].pc
                       : (i + filler) % 3 == 1
                           ? (uintptr_t)&stack[(i * 7 + filler) % 512]
                           : filler * 0x0101010101010101;
        struct registers bad = registers;
        uintptr_t *bad_words = (uintptr_t *)gc__registers_words(&bad).low;
        for (size_t i = 0; i < range_size(words) / WORD_BYTES; i++)
            bad_words[i] = (uintptr_t)&stack[64 + i];
        for (uintptr_t at = words.low; at < words.high; at += WORD_BYTES)
            if (*(uintptr_t *)at == gc__registers_pc(&registers))
                bad_words[(at - words.low) / WORD_BYTES] =
                    whole[filler % filled].pc;
        try_with(&bad);
    }
}
END_TEST

#if defined(__x86_64__)
#define TESTS_OF_REGISTERS                                         \
    a_register_is_found_where_a_callee_saved_it,                   \
        a_function_that_only_saved_a_register_keeps_nothing_in_it, \
        places_of_registers_are_different_ones_and_in_order
#else
#define TESTS_OF_REGISTERS places_of_registers_are_different_ones_and_in_order
#endif

FIXTURE_SUITE("backtrace", NULL, teardown,
              the_functions_that_run_are_named_from_the_innermost_outwards,
              the_backtrace_reaches_main,
              the_frames_share_out_the_stack_without_a_gap,
              a_local_variable_lies_in_the_frame_of_its_function,
              only_as_many_frames_as_asked_for_are_filled_in,
              without_libunwind_the_innermost_function_is_known,
              a_function_that_a_signal_interrupted_is_found_too,
              TESTS_OF_REGISTERS, a_register_of_any_value_is_survived,
              an_overwritten_stack_is_survived)
