/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_KEPT_REGISTERS_H
#define TIDEMARK_PLATFORM_KEPT_REGISTERS_H

/* The registers that a function must keep for its caller, as they are when it
 * is called.  A function in C cannot know them: its own first instructions may
 * have put them away, into a frame that is gone when it returns.
 *
 * DEFINE_ENTRY(name, function) defines, at the level of a file, the exported
 *
 *     void name(void *argument);
 *
 * which calls, in the same library,
 *
 *     void function(void *argument, const uintptr_t *kept);
 *
 * with KEPT_REGISTERS words on the stack.  All that lies above them is its
 * caller's.
 *
 * DEFINE_CALL_ENTRY(name, function) does so for
 *
 *     void *name(void *(*argument)(void *), void *context);
 *     void *function(void *(*argument)(void *), void *context,
 *                    const uintptr_t *kept); */

#define ENTRY_HEAD(name)                 \
    "    .text\n"                        \
    "    .globl  " #name "\n"            \
    "    .type   " #name ", %function\n" \
    "    .balign 16\n" #name ":\n"       \
    "    .cfi_startproc\n"

#define ENTRY_TAIL(name) \
    "    .cfi_endproc\n" \
    "    .size   " #name ", . - " #name "\n"

#if defined(__x86_64__)

enum { KEPT_REGISTERS = 6 };

#define DEFINE_ENTRY(name, function)      ENTRY(name, function, "%rsi")
#define DEFINE_CALL_ENTRY(name, function) ENTRY(name, function, "%rdx")

#define ENTRY(name, function, kept)                             \
    __asm__(ENTRY_HEAD(name) "    endbr64\n"                    \
                             "    pushq   %rbp\n"               \
                             "    pushq   %rbx\n"               \
                             "    pushq   %r12\n"               \
                             "    pushq   %r13\n"               \
                             "    pushq   %r14\n"               \
                             "    pushq   %r15\n"               \
                             "    movq    %rsp, " kept "\n"     \
                             "    subq    $8, %rsp\n"           \
                             "    .cfi_adjust_cfa_offset 56\n"  \
                             "    call    " #function "\n"      \
                             "    addq    $56, %rsp\n"          \
                             "    .cfi_adjust_cfa_offset -56\n" \
                             "    ret\n" ENTRY_TAIL(name))

#elif defined(__aarch64__)

/* The low halves of eight vector registers among them: compilers put words
 * there when they run out of others. */
enum { KEPT_REGISTERS = 20 };

#define DEFINE_ENTRY(name, function)      ENTRY(name, function, "x1")
#define DEFINE_CALL_ENTRY(name, function) ENTRY(name, function, "x2")

#define ENTRY(name, function, kept)                                 \
    __asm__(ENTRY_HEAD(name) "    stp     x29, x30, [sp, #-160]!\n" \
                             "    .cfi_def_cfa_offset 160\n"        \
                             "    .cfi_offset x29, -160\n"          \
                             "    .cfi_offset x30, -152\n"          \
                             "    stp     x19, x20, [sp, #16]\n"    \
                             "    stp     x21, x22, [sp, #32]\n"    \
                             "    stp     x23, x24, [sp, #48]\n"    \
                             "    stp     x25, x26, [sp, #64]\n"    \
                             "    stp     x27, x28, [sp, #80]\n"    \
                             "    stp     d8, d9, [sp, #96]\n"      \
                             "    stp     d10, d11, [sp, #112]\n"   \
                             "    stp     d12, d13, [sp, #128]\n"   \
                             "    stp     d14, d15, [sp, #144]\n"   \
                             "    mov     " kept ", sp\n"           \
                             "    bl      " #function "\n"          \
                             "    ldp     x29, x30, [sp], #160\n"   \
                             "    .cfi_def_cfa_offset 0\n"          \
                             "    ret\n" ENTRY_TAIL(name))

#else
#error "platform/kept_registers.h: which registers does this processor keep?"
#endif

#endif
