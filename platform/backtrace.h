/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_BACKTRACE_H
#define TIDEMARK_PLATFORM_BACKTRACE_H

/* Backtrace: which functions are running, and which part of the stack is whose.
 *
 * libunwind is loaded at the first call, for itself alone: were it a library
 * that ours needs, its _Unwind_* functions would take the place of libgcc's in
 * the whole program and make C++ exceptions slow.  Where it is not installed,
 * only the innermost function is known.
 *
 * For reports.  Loads a library and reads files, and libc may allocate: never
 * while the world is stopped, never in a signal handler.  Prints nothing. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/word.h"
#include "platform/registers.h"
#include "platform/symbols.h"

struct frame {
    uintptr_t pc; /* where it goes on: in general after a call */
    /* From its stack pointer to its caller's.  Empty, and at the stack pointer,
     * where no caller is known. */
    struct range stack;
    bool was_interrupted; /* by a signal, not by a call: `pc` comes next */
};

/* The function that spilled `registers`, its caller, and so on: at most
 * `capacity` frames, and at least one.  That function must not have returned;
 * this may run on another stack than it.
 *
 * Survives a damaged stack: what cannot be read or goes round in circles is
 * where it ends.
 *
 * Returns how many frames it filled in. */
size_t gc__backtrace(const struct registers *registers, struct frame *frames,
                     size_t capacity);

/* A value that a function keeps in a register. */
struct held_register {
    uintptr_t address; /* where it stands: among the words of the registers, or
                          in the frame of a function that needed the register
                          and saved it first */
    const char *name;
    size_t frame; /* of the function that keeps it, as gc__backtrace counts: the
                     outermost, where several have the same value in it */
};

/* The registers that calls preserve, as each of the innermost `frames`
 * functions has them: at most `capacity`, each place once.
 *
 * Returns how many it filled in; 0 without libunwind. */
size_t gc__backtrace_registers(const struct registers *registers, size_t frames,
                               struct held_register *held, size_t capacity);

/* False where libunwind cannot be loaded. */
bool gc__backtrace_is_complete(void);

/* The function that the frame is of: see gc__symbol_find(). */
enum symbol_answer gc__frame_function(const struct frame *frame,
                                      struct symbol *symbol);

/* For tests: another file name to load instead of libunwind's, or NULL. */
void gc__backtrace_use_library(const char *file_name);

#endif
