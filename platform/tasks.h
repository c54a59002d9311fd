/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_TASKS_H
#define TIDEMARK_PLATFORM_TASKS_H

/* The threads of the process as the kernel knows them, by number.  All is
 * async-signal-safe, allocates nothing and leaves errno as it was. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The calling thread's number. */
int gc__task_self(void);

/* Visits the threads of the process until the visitor returns false.
 *
 * Whoever starts or ends meanwhile may be visited or not, and when one ends,
 * another one may be left out: visit again until none is new.  Returns false if
 * the system will not say: /proc is missing, or no file can be opened. */
bool gc__tasks(bool (*visit)(int tid, void *context), void *context);

/* How many there are; 0 if the system will not say.  One system call. */
size_t gc__tasks_count(void);

/* Where the stack of a thread ends that waits in a system call at this moment.
 * False if it runs, or if the system will not say.  Opens a file. */
bool gc__task_stack_pointer(int tid, uintptr_t *stack_pointer);

/* Whether the thread is one of this process and still runs.  A main thread that
 * has ended before the others keeps its number, but takes no signal. */
bool gc__task_is_alive(int tid);

/* Whether the thread runs, or waits for a processor, or for what no signal ends: a
 * page of a file, or a child of vfork(2) to use another memory.  False also if
 * the system will not say.  Opens a file. */
bool gc__task_runs(int tid);

/* Whether the thread blocks the signal, and by its own choice: libc blocks all
 * signals for a moment, those of its own too, where a thread starts, ends, forks
 * or starts another.  False also if the system will not say, and under valgrind,
 * which blocks signals without telling the system.  Opens a file. */
bool gc__task_blocks(int tid, int signal);

#endif
