/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_REGISTERS_H
#define TIDEMARK_PLATFORM_REGISTERS_H

/* Registers: the words of the calling function that are in no memory yet.
 * setjmp() is not enough, since glibc disguises some of them. */

#define UNW_LOCAL_ONLY

#include <libunwind.h>
#include <stddef.h>
#include <stdint.h>

#include "base/word.h"

struct registers {
    unw_context_t context;
    uint16_t x87_control; /* of the program; 0 where there is no x87 */
};

/* Writes down the calling function's registers, its stack pointer among them.
 * All that its callers keep in registers is now either here or above that
 * stack pointer; use both only while that function has not returned.
 *
 * A macro, since a function would spill its own caller's registers into its own
 * frame, which is gone when it returns. */
#define gc__registers_spill(registers)                         \
    __extension__(gc__registers_before(registers),             \
                  (void)unw_getcontext(&(registers)->context), \
                  gc__registers_after(registers))

/* After the last call of a function that has spilled its registers, or that is to
 * be seen in a backtrace: keeps its frame until that call returns. */
#define NOT_A_TAIL_CALL() __asm__ volatile("" : : : "memory")

/* Parts of the spill: the calling function holds nothing across them in the
 * registers that they may change. */
void gc__registers_before(struct registers *registers);
void gc__registers_after(struct registers *registers);

/* The stack pointer of the function that spilled: scan the stack from here. */
uintptr_t gc__registers_stack_pointer(const struct registers *registers);

/* An address in that function's code. */
uintptr_t gc__registers_pc(const struct registers *registers);

/* The general registers as words in memory, each as pointers are aligned. */
struct range gc__registers_words(const struct registers *registers);

/* "rbx", for instance: the register whose word is at `address`, which
 * gc__registers_words() contains. */
const char *gc__register_name(const struct registers *registers,
                              uintptr_t address);

#endif
