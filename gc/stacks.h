/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_STACKS_H
#define TIDEMARK_GC_STACKS_H

/* Stacks: which memory is looked at because some thread has it as a stack.
 *
 * A thread has one of its own.  It may run on another one: of a coroutine that
 * the program has registered, of one that it has not, or of a signal handler.
 * Where its stack pointer lies decides, and nothing that anybody has announced:
 * a thread may be stopped between the announcement of a switch and the switch.
 *
 *     stack pointer in        looked at
 *     its own stack           from there up to where the stack began
 *     a registered stack      the same; and its own, from where it was left
 *     anything else           up to the end of the object of our heap, or else
 *                             of the mapping, that it lies in; and of its own
 *                             all that was ever touched, for where it was left
 *                             is not known
 *     what is not mapped      nothing, and all of its own
 *
 * Where the program has told the end of a stack that is not the thread's own, and
 * the stack pointer lies below it in the same mapping, only what is between them
 * is looked at: the program looks after its other stacks.
 *
 * Of a thread with blocking sections, see gc/section.h, what they have pushed is
 * left out of the stack that it runs on.
 *
 * Registered stacks on which no thread runs are looked at from where they were
 * left, along with the registers that were to be kept. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/word.h"
#include "gc/growing.h"
#include "gc/thread.h"

struct heap;

enum {
    /* Of a stack that is not registered, no more than this much is looked at:
     * the mapping may hold all of libc's heap. */
    MOST_FOREIGN_BYTES = 256 << 20,
    /* Below the place where a switch was announced: what is pushed until it
     * happens. */
    SWITCH_BYTES = 512,
};

enum stack_state {
    STACK_FRESH, /* nobody has run on it yet */
    STACK_LEFT,
    STACK_ENTERED, /* or about to be */
};

/* A registered stack.  Its state, and what follows, is written by the thread
 * that switches, without a lock, and read while all threads stand still. */
struct gc_stack {
    struct range memory; /* empty: the record is not in use */
    struct gc_stack *next_unused;
    const struct thread *runner; /* for gc__stacks_visit: who is on it */
    enum stack_state state;
    struct stack_left left;
};

struct stacks {
    struct growing records;
    struct gc_stack *unused;
};

void gc__stacks_init(struct stacks *stacks);
void gc__stacks_finish(struct stacks *stacks);

/* Registers a stack.  Returns NULL if there is no memory.  With the heap's lock
 * held, like the next one. */
struct gc_stack *gc__stacks_add(struct stacks *stacks, struct range memory);

/* Forgets it.  One that is not registered is left alone. */
void gc__stacks_remove(struct stacks *stacks, struct gc_stack *stack);

/* Notes that the calling thread leaves the stack that it runs on for another
 * one, NULL for its own.  It runs down to just below the kept registers. */
void gc__stacks_switch(struct heap *heap, struct thread *thread,
                       struct gc_stack *to, const uintptr_t *kept);

/* Memory to be looked at. */
struct stack_part {
    struct range words;
    const struct thread *thread;  /* whose it is, or NULL: */
    const struct gc_stack *stack; /* a registered one that was left */
    bool is_kept_registers;       /* of that one, not its memory */
};

/* Answers false to end the visit, which then answers false too. */
typedef bool gc__stack_visitor(const struct stack_part *part, void *context);

/* Shows all parts of the stacks, but no registers of threads.  In a stop; the
 * calling thread has spilled its registers. */
bool gc__stacks_visit(const struct heap *heap, gc__stack_visitor *visit,
                      void *context);

#endif
