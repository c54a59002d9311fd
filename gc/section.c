/* SPDX-License-Identifier: MIT */
/* The thread is busy while it is in a section and not active, and on its way in
 * and out, so that the stop signal leaves it alone; and its record is replaced by
 * the one of nobody, who has no cells in hand: a stop takes back what the thread
 * has, so it must not use it.  A call of the library, by the blocking function or
 * by a signal handler, finds that and is refused.
 *
 * A stop finds the thread active in a section, or resting in it, or just in
 * between: not resting yet or any more, and not active, as active_high says.  In
 * that case it has been stopped like any other, from its stack pointer on, and
 * the section is taken for one that is not there.  So active_high is 0 in records
 * that are not in use. */

#include "gc/section.h"

#include "gc/rest.h"
#include "platform/fake_stack.h"

static struct section *innermost(const struct thread *thread)
{
    return section_at(thread, thread->sections.count - 1);
}

static void go_to_rest(struct world *world, struct thread *thread)
{
    thread_begin_busy(thread);
    gc__blocked = thread;
    gc__thread = &gc__nobody;
    thread->fake_stack = gc__fake_stack_now(thread->fake_stack);
    thread->section_low = innermost(thread)->low;
    gc__rest_begin(world, thread, REST_IN_SECTION);
}

static void come_back(struct world *world, struct thread *thread)
{
    gc__rest_end(world, thread);
    gc__thread = thread;
    gc__blocked = NULL;
    thread_end_busy(thread);
}

bool gc__section_begin(struct world *world, struct thread *thread,
                       const uintptr_t *kept)
{
    if (thread->sections.entry_bytes == 0)
        gc__growing_init(&thread->sections, sizeof(struct section));
    struct section *section = gc__growing_append(&thread->sections);
    if (section == NULL)
        return false;
    section->low = (uintptr_t)kept;
    go_to_rest(world, thread);
    return true;
}

static void forget_innermost(struct thread *thread)
{
    innermost(thread)->active_high = 0;
    AO_compiler_barrier();
    thread->sections.count--;
}

void gc__section_end(struct world *world, struct thread *thread)
{
    come_back(world, thread);
    forget_innermost(thread);
}

void gc__section_activate(struct world *world, struct thread *thread,
                          uintptr_t high)
{
    innermost(thread)->active_high = high;
    come_back(world, thread);
}

void gc__section_rest(struct world *world, struct thread *thread)
{
    go_to_rest(world, thread);
    innermost(thread)->active_high = 0;
}

static bool is_left(const struct thread *thread, uintptr_t stack_pointer)
{
    return thread->sections.count > 0 && innermost(thread)->low < stack_pointer;
}

void gc__section_end_left(struct world *world, struct thread *thread,
                          uintptr_t stack_pointer)
{
    if (!is_left(thread, stack_pointer))
        return;
    if (gc__blocked == thread)
        come_back(world, thread);
    while (is_left(thread, stack_pointer))
        forget_innermost(thread);
}

void gc__section_forget_all(struct thread *thread)
{
    while (thread->sections.count > 0)
        forget_innermost(thread);
}
