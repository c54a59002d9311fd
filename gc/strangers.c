/* SPDX-License-Identifier: MIT */
#include "gc/strangers.h"

#include "gc/markers.h"
#include "gc/members.h"
#include "platform/tasks.h"

static size_t count_known(const struct world *world)
{
    size_t count = gc__markers_threads(world->marker);
    for (const struct thread *at = world->threads; at != NULL; at = at->next)
        count += at->state != THREAD_GONE;
    return count;
}

struct search {
    struct world *world;
    bool finds_one;
};

static bool look_at_task(int task, void *context)
{
    struct search *search = context;
    struct world *world = search->world;
    if (gc__members_find(world, task) != NULL ||
        gc__markers_is_own(world->marker, (unsigned)task) ||
        !gc__task_is_alive(task))
        return true;
    struct thread *thread = gc__members_new_record(world);
    if (thread == NULL)
        return false;
    thread->task = task;
    thread->is_stranger = true;
    if (gc__task_blocks(task, world->signal))
        thread->state = THREAD_UNWILLING;
    gc__members_add(world, thread);
    search->finds_one = true;
    return true;
}

bool gc__strangers_find(struct world *world)
{
    struct search search = {world, false};
    if (!world->leaves_strangers && gc__tasks_count() != count_known(world))
        gc__tasks(look_at_task, &search);
    return search.finds_one;
}

void gc__strangers_forget(struct world *world)
{
    struct thread *next;
    for (struct thread *at = world->threads; at != NULL; at = next) {
        next = at->next;
        if (at->is_stranger)
            gc__members_remove(world, at);
    }
}

static void look_at_unwilling(struct thread *thread)
{
    thread->is_interrupted = true;
    thread->saved[0] = thread->saved[1] = (struct range){0, 0};
    if (!gc__task_stack_pointer(thread->task, &thread->stack_pointer))
        thread->stack_pointer = 0;
}

void gc__strangers_look(struct world *world)
{
    world->unseen = 0;
    for (struct thread *at = world->threads; at != NULL; at = at->next)
        if (at->is_stranger && at->state == THREAD_UNWILLING) {
            world->unseen++;
            look_at_unwilling(at);
        }
}
