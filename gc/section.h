/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_SECTION_H
#define TIDEMARK_GC_SECTION_H

/* Blocking sections: calls during which a thread rests, see gc/rest.h, and in
 * which it may be active again for a while, and so on.
 *
 *     stack, from its end down            looked at
 *     frames before gc_call_blocking()    yes
 *     of the blocking function            no
 *     of gc_call_active() in it           yes, while they are there
 *     ...
 *
 * So what is looked at are pieces.  The records of the sections are not on the
 * stack, since it may be unwound under them. */

#include "gc/world.h"

struct section {
    /* The registers as it began, on the stack: what is from here up is looked at,
     * until the place where the section around this one is active. */
    uintptr_t low;
    /* The thread is active again below here; 0: it is not. */
    uintptr_t active_high;
};

/* The calling thread begins a section, and ends its innermost one.  It must have
 * nothing of the heap in hand: it is in no other call of the library.  Returns
 * false if there is no memory for the record; then it has not begun. */
bool gc__section_begin(struct world *world, struct thread *thread,
                       const uintptr_t *kept);
void gc__section_end(struct world *world, struct thread *thread);

/* The thread, in a section, is active again below `high`; and rests again. */
void gc__section_activate(struct world *world, struct thread *thread,
                          uintptr_t high);
void gc__section_rest(struct world *world, struct thread *thread);

/* Ends those sections of the calling thread that it has left without returning:
 * by an exception or longjmp(), as the stack pointer says, or since the thread is
 * at its end, UINTPTR_MAX.  Afterwards it does not rest if there was one. */
void gc__section_end_left(struct world *world, struct thread *thread,
                          uintptr_t stack_pointer);

/* Forgets the sections of a thread that is no more. */
void gc__section_forget_all(struct thread *thread);

static inline struct section *section_at(const struct thread *thread,
                                         size_t index)
{
    return growing_at(&thread->sections, index);
}

#endif
