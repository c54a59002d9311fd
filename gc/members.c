/* SPDX-License-Identifier: MIT */
#include "gc/members.h"

#include <pthread.h>

#include "gc/section.h"
#include "platform/fake_stack.h"
#include "platform/pages.h"
#include "platform/tasks.h"

struct thread *gc__members_find(const struct world *world, int task)
{
    struct thread *at = world->threads;
    while (at != NULL && at->task != task)
        at = at->next;
    return at;
}

void gc__members_add(struct world *world, struct thread *thread)
{
    thread->next = world->threads;
    thread->local.next = world->threads == NULL ? NULL : &world->threads->local;
    world->threads = thread;
    world->count++;
}

struct thread *gc__members_new_record(struct world *world)
{
    struct thread *thread = world->unused;
    struct range memory;
    if (thread != NULL) {
        world->unused = thread->next;
        gc__section_forget_all(thread);
        struct growing sections = thread->sections; /* keeps its memory */
        *thread = (struct thread){.sections = sections};
        return thread;
    }
    if (!gc__pages_map(sizeof *thread, &memory))
        return NULL;
    return (struct thread *)memory.low;
}

struct thread *gc__members_join(struct world *world, uintptr_t stack_base)
{
    int task = gc__task_self();
    struct thread *thread = gc__members_find(world, task);
    if (thread == NULL) {
        thread = gc__members_new_record(world);
        if (thread == NULL)
            return NULL;
        thread->task = task;
        gc__members_add(world, thread);
    }
    thread->is_stranger = false;
    thread->state = THREAD_RUNS; /* a stranger may have been unwilling */
    thread->stack_base = stack_base;
    thread->self = (uintptr_t)pthread_self();
    thread->fake_stack = gc__fake_stack(); /* its first call takes memory */
    return thread;
}

static void link_locals(struct world *world)
{
    for (struct thread *at = world->threads; at != NULL; at = at->next)
        at->local.next = at->next == NULL ? NULL : &at->next->local;
}

void gc__members_remove(struct world *world, struct thread *thread)
{
    struct thread **link = &world->threads;
    while (*link != thread)
        link = &(*link)->next;
    *link = thread->next;
    link_locals(world);
    world->count--;
    thread->next = world->unused;
    world->unused = thread;
}

void gc__members_finish(struct world *world)
{
    while (world->unused != NULL) {
        uintptr_t low = (uintptr_t)world->unused;
        gc__growing_finish(&world->unused->sections);
        world->unused = world->unused->next;
        gc__pages_unmap((struct range){low, low + sizeof(struct thread)});
    }
    world->threads = NULL;
    world->count = 0;
}
