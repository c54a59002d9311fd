/* SPDX-License-Identifier: MIT */
/* Registers by libunwind's unw_getcontext: on x86-64 a function, of which the
 * build takes the object file out of libunwind.a; on aarch64 a macro. */

#define _GNU_SOURCE /* REG_R8 */

#include "platform/registers.h"

#include "base/check.h"

#if defined(__x86_64__)

/* In the order of the words in the context. */
static const char *const names[] = {
    "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15", "rdi",
    "rsi", "rbp", "rbx", "rdx", "rax", "rcx", "rsp", "rip",
};

enum { STACK_POINTER = REG_RSP, PROGRAM_COUNTER = REG_RIP };

static uintptr_t first_word(const struct registers *registers)
{
    return (uintptr_t)registers->context.uc_mcontext.gregs;
}

/* unw_getcontext leaves r10 and r11 out, since no call preserves them: what was
 * in memory there before is no pointer of the caller's.  And its fnstenv masks
 * the x87 exceptions, which a program may have unmasked by feenableexcept(). */
void gc__registers_before(struct registers *registers)
{
    greg_t *general = registers->context.uc_mcontext.gregs;
    general[REG_R10] = 0;
    general[REG_R11] = 0;
    __asm__ volatile("fnstcw %0" : "=m"(registers->x87_control));
}

/* What a call need not preserve is left over from somebody's computation. */
void gc__registers_after(struct registers *registers)
{
    static const int changed_by_calls[] = {REG_RAX, REG_RCX, REG_RDX, REG_RSI,
                                           REG_RDI, REG_R8,  REG_R9};
    greg_t *general = registers->context.uc_mcontext.gregs;
    for (size_t i = 0; i < sizeof changed_by_calls / sizeof(int); i++)
        general[changed_by_calls[i]] = 0;
    __asm__ volatile("fldcw %0" : : "m"(registers->x87_control));
}

#elif defined(__aarch64__)

static const char *const names[] = {
    "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",  "x10",
    "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
    "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30", "sp",  "pc",
};

enum { STACK_POINTER = 31, PROGRAM_COUNTER = 32 };

static uintptr_t first_word(const struct registers *registers)
{
    return (uintptr_t)registers->context.uc_mcontext.regs;
}

void gc__registers_before(struct registers *registers)
{
    registers->x87_control = 0;
}

/* What a call need not preserve is left over from somebody's computation. */
void gc__registers_after(struct registers *registers)
{
    for (unsigned i = 0; i <= 18; i++)
        registers->context.uc_mcontext.regs[i] = 0;
}

#else
#error "platform/registers_libunwind.c: which registers has this processor?"
#endif

enum { NAMES = sizeof names / sizeof *names };

static uintptr_t word_at(const struct registers *registers, size_t index)
{
    const uintptr_t *words = (const uintptr_t *)first_word(registers);
    return words[index];
}

uintptr_t gc__registers_stack_pointer(const struct registers *registers)
{
    return word_at(registers, STACK_POINTER);
}

uintptr_t gc__registers_pc(const struct registers *registers)
{
    return word_at(registers, PROGRAM_COUNTER);
}

struct range gc__registers_words(const struct registers *registers)
{
    uintptr_t low = first_word(registers);
    return (struct range){low, low + NAMES * sizeof(uintptr_t)};
}

const char *gc__register_name(const struct registers *registers,
                              uintptr_t address)
{
    size_t index = (address - first_word(registers)) / sizeof(uintptr_t);
    CHECK(index < NAMES);
    return names[index];
}
