/* SPDX-License-Identifier: MIT */
/* The frame pointer stays on the old stack, so that debuggers and unwinders
 * find their way across. */

#if defined(__x86_64__)

        .text
        .globl  gc__call_on_stack
        .hidden gc__call_on_stack
        .type   gc__call_on_stack, @function
gc__call_on_stack:
        .cfi_startproc
        endbr64
        pushq   %rbp
        .cfi_def_cfa_offset 16
        .cfi_offset %rbp, -16
        movq    %rsp, %rbp
        .cfi_def_cfa_register %rbp
        movq    %rdx, %rsp
        movq    %rdi, %rax
        movq    %rsi, %rdi
        callq   *%rax
        movq    %rbp, %rsp
        popq    %rbp
        .cfi_def_cfa %rsp, 8
        ret
        .cfi_endproc
        .size   gc__call_on_stack, . - gc__call_on_stack

#elif defined(__aarch64__)

        .text
        .globl  gc__call_on_stack
        .hidden gc__call_on_stack
        .type   gc__call_on_stack, %function
gc__call_on_stack:
        .cfi_startproc
        stp     x29, x30, [sp, #-16]!
        .cfi_def_cfa_offset 16
        .cfi_offset x29, -16
        .cfi_offset x30, -8
        mov     x29, sp
        .cfi_def_cfa_register x29
        mov     sp, x2
        mov     x9, x0
        mov     x0, x1
        blr     x9
        mov     sp, x29
        .cfi_def_cfa_register sp
        ldp     x29, x30, [sp], #16
        .cfi_def_cfa_offset 0
        ret
        .cfi_endproc
        .size   gc__call_on_stack, . - gc__call_on_stack

#else
#error "a stack switch for this processor"
#endif

        .section .note.GNU-stack, "", %progbits
