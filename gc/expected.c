/* SPDX-License-Identifier: MIT */
#include "gc/expected.h"

#include "gc/members.h"
#include "platform/tasks.h"

struct thread *gc__world_expect(struct world *world, struct start start)
{
    struct thread *thread = gc__members_new_record(world);
    if (thread == NULL)
        return NULL;
    thread->start = start;
    thread->next = world->expected;
    world->expected = thread;
    return thread;
}

static void unlink_expected(struct world *world, struct thread *thread)
{
    struct thread **link = &world->expected;
    while (*link != thread)
        link = &(*link)->next;
    *link = thread->next;
    thread->start = (struct start){0, 0};
}

static void give(struct world *world, struct thread *thread)
{
    thread->next = world->unused;
    world->unused = thread;
}

void gc__world_expect_no_more(struct world *world, struct thread *thread)
{
    unlink_expected(world, thread);
    give(world, thread);
}

void gc__world_join_expected(struct world *world, struct thread *thread,
                             uintptr_t stack_base)
{
    int task = gc__task_self();
    struct thread *stranger = gc__members_find(world, task);
    if (stranger != NULL)
        gc__members_remove(world, stranger);
    unlink_expected(world, thread);
    thread->task = task;
    gc__members_add(world, thread);
    gc__members_join(world, stack_base);
}

void gc__world_expect_nobody(struct world *world)
{
    while (world->expected != NULL)
        gc__world_expect_no_more(world, world->expected);
}
