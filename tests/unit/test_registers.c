/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* feenableexcept */

#include <check.h>
#include <fenv.h>
#include <string.h>

#include "platform/registers.h"
#include "tests/suite.h"

static uintptr_t word_of(const struct registers *registers, const char *name)
{
    struct range words = gc__registers_words(registers);
    for (uintptr_t at = words.low; at < words.high; at += sizeof(uintptr_t))
        if (strcmp(gc__register_name(registers, at), name) == 0)
            return *(const uintptr_t *)at;
    ck_abort_msg("no register %s", name);
    return 0;
}

START_TEST(the_stack_pointer_is_that_of_the_function_that_spills)
{
    struct registers registers;
    gc__registers_spill(&registers);
    uintptr_t sp = gc__registers_stack_pointer(&registers);
    ck_assert_uint_le(sp, (uintptr_t)&registers);
    ck_assert_uint_lt((uintptr_t)&registers - sp, 4096 + sizeof registers);
    ck_assert_uint_le(sp, (uintptr_t)__builtin_frame_address(0));
}
END_TEST

static __attribute__((noinline)) void spill(struct registers *registers)
{
    gc__registers_spill(registers);
    __asm__ volatile("" : : : "memory");
}

START_TEST(the_pc_is_in_the_function_that_spills)
{
    struct registers registers;
    spill(&registers);
    uintptr_t pc = gc__registers_pc(&registers);
    ck_assert_uint_lt(pc - (uintptr_t)spill, 512);
}
END_TEST

#if defined(__x86_64__)

/* The word is in the register and nowhere else when the spill begins. */
#define SPILL_WITH(name, register_name, word)                     \
    do {                                                          \
        register uintptr_t held __asm__(register_name) = ~(word); \
        __asm__ volatile("not %0" : "+r"(held));                  \
        gc__registers_spill(&registers);                          \
        __asm__ volatile("" : "+r"(held));                        \
        ck_assert_uint_eq(word_of(&registers, name), word);       \
    } while (false)

START_TEST(a_word_in_a_preserved_register_is_found_under_its_name)
{
    struct registers registers;
    memset(&registers, 0, sizeof registers);
    SPILL_WITH("rbx", "rbx", 0x1122334455667701);
    SPILL_WITH("r12", "r12", 0x1122334455667702);
    SPILL_WITH("r13", "r13", 0x1122334455667703);
    SPILL_WITH("r14", "r14", 0x1122334455667704);
    SPILL_WITH("r15", "r15", 0x1122334455667705);
}
END_TEST

START_TEST(the_frame_pointer_is_not_disguised)
{
    struct registers registers;
    uintptr_t before;
    __asm__ volatile("mov %%rbp, %0" : "=r"(before));
    gc__registers_spill(&registers);
    ck_assert_uint_eq(word_of(&registers, "rbp"), before);
}
END_TEST

START_TEST(a_register_that_is_not_spilled_is_0_and_not_what_memory_held)
{
    struct registers registers;
    memset(&registers, 0x5b, sizeof registers);
    gc__registers_spill(&registers);
    ck_assert_uint_eq(word_of(&registers, "r10"), 0);
    ck_assert_uint_eq(word_of(&registers, "r11"), 0);
}
END_TEST

START_TEST(what_a_call_may_change_is_no_pointer_of_the_callers)
{
    static const char *const names[] = {"rax", "rcx", "rdx", "rsi",
                                        "rdi", "r8",  "r9"};
    struct registers registers;
    gc__registers_spill(&registers);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_uint_eq(word_of(&registers, names[i]), 0);
}
END_TEST

#endif

START_TEST(floating_point_exceptions_stay_as_the_program_set_them)
{
    struct registers registers;
    int before = fegetexcept();
    ck_assert_int_ne(feenableexcept(FE_DIVBYZERO | FE_INVALID), -1);
    gc__registers_spill(&registers);
    int after = fegetexcept();
    fedisableexcept(FE_ALL_EXCEPT);
    feenableexcept(before);
    ck_assert_int_eq(after, FE_DIVBYZERO | FE_INVALID);
}
END_TEST

#if defined(__x86_64__)
SUITE("registers", the_stack_pointer_is_that_of_the_function_that_spills,
      the_pc_is_in_the_function_that_spills,
      a_word_in_a_preserved_register_is_found_under_its_name,
      the_frame_pointer_is_not_disguised,
      a_register_that_is_not_spilled_is_0_and_not_what_memory_held,
      what_a_call_may_change_is_no_pointer_of_the_callers,
      floating_point_exceptions_stay_as_the_program_set_them)
#else
SUITE("registers", the_stack_pointer_is_that_of_the_function_that_spills,
      the_pc_is_in_the_function_that_spills,
      floating_point_exceptions_stay_as_the_program_set_them)
#endif
