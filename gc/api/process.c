/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* gettid */

#include "gc/api/process.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gc/api/pictures.h"
#include "platform/fake_stack.h"
#include "platform/stack_bounds.h"
#include "platform/tasks.h"

struct process gc__process;

/* Its value is the thread's record; its destructor lets the thread leave. */
static pthread_key_t leaving;

/* -------------------------------------------------------------------- leave */

static void leave(struct thread *thread)
{
    struct heap *heap = &gc__process.heap;
    heap_lock(heap, thread);
    gc__local_retire(&heap->variable, &thread->local);
    gc__world_remove(&heap->world, thread);
    heap->holder = NULL; /* the record may be another's as soon as it can */
    gc__thread = &gc__nobody;
    heap_unlock(heap);
}

/* Runs as the thread ends.  Another library's destructor may call us later, and
 * then the thread joins and leaves again. */
static void leave_at_end(void *record)
{
    if (record == gc__thread)
        leave(record);
}

/* --------------------------------------------------------------------- join */

static void report_unwilling(int task)
{
    gc__error(TIDEMARK_ERROR_THREAD, NULL,
              "thread %d did not stop within %zu ms, since it blocks signal %d "
              "or does not run; nothing was collected",
              task, gc_get(TIDEMARK_STOP_TIMEOUT),
              gc__process.heap.world.signal);
}

static void set_bounds(struct thread *thread, const struct stack_bounds *bounds)
{
    thread->stack_base = bounds->stack.high;
    thread->stack_low = bounds->stack.low;
    thread->stack_grows = bounds->grows;
}

/* ------------------------------------------------------------------ fork */

/* While the copy is made nobody is in anything that the lock protects.  In the
 * child there is one thread: what the others had in hand goes back, since they
 * will never go on with it, and the library's own threads are forgotten. */
static bool fork_has_lock;

static void before_fork(void)
{
    struct heap *heap = &gc__process.heap;
    if (gc__thread != &gc__nobody && heap_is_held_by(heap, gc__thread))
        return;
    heap_lock(heap, gc__thread);
    fork_has_lock = true;
}

static void after_fork_in_parent(void)
{
    if (!fork_has_lock)
        return;
    fork_has_lock = false;
    heap_unlock(&gc__process.heap);
}

static void after_fork_in_child(void)
{
    struct heap *heap = &gc__process.heap;
    struct thread *next;
    for (struct thread *at = heap->world.threads; at != NULL; at = next) {
        next = at->next;
        if (at == gc__thread)
            continue;
        gc__local_retire(&heap->variable, &at->local);
        gc__world_remove(&heap->world, at);
    }
    if (gc__thread != &gc__nobody)
        gc__thread->task = gc__task_self();
    gc__markers_forget(&heap->marker);
    after_fork_in_parent();
}

static bool prepare(void)
{
    struct process *process = &gc__process;
    uintptr_t low = (uintptr_t)process;
    struct range own = {low, low + sizeof *process};
    struct thread *first = &process->first;
    struct stack_bounds bounds;
    if (!gc__stack_bounds(&bounds) ||
        pthread_key_create(&leaving, leave_at_end) != 0)
        return false;
    if (!gc__heap_init(&process->heap, own)) {
        pthread_key_delete(leaving);
        return false;
    }
    process->heap.on_unwilling = report_unwilling;
    first->task = gc__task_self();
    first->self = (uintptr_t)pthread_self();
    first->fake_stack = gc__fake_stack(); /* its first call takes memory */
    set_bounds(first, &bounds);
    gc__world_add(&process->heap.world, first);
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    gc__thread = first;
    gc__settings_read();
    return true;
}

static struct thread *join_again(void)
{
    struct heap *heap = &gc__process.heap;
    struct stack_bounds bounds;
    if (!gc__stack_bounds(&bounds))
        return NULL;
    heap_lock(heap, NULL);
    struct thread *thread = gc__world_join(&heap->world, bounds.stack.high);
    if (thread != NULL) {
        set_bounds(thread, &bounds);
        gc__thread = thread;
    }
    heap_unlock(heap);
    return thread;
}

static struct thread *join_first(void)
{
    struct process *process = &gc__process;
    lock_take(&process->preparing);
    bool is_first = process->is_ready == 0;
    if (is_first && prepare())
        AO_store_release(&process->is_ready, 1);
    lock_give_back(&process->preparing);
    if (AO_load_acquire(&process->is_ready) == 0)
        return NULL;
    return is_first ? gc__thread : join_again();
}

struct thread *gc__join(void)
{
    int saved_errno = errno;
    int cancel_state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    struct thread *thread =
        AO_load_acquire(&gc__process.is_ready) ? join_again() : join_first();
    pthread_setcancelstate(cancel_state, NULL);
    if (thread == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    pthread_setspecific(leaving, thread);
    errno = saved_errno;
    return thread;
}

bool gc_init(void)
{
    return gc__enter() != NULL;
}

bool gc_register_thread(void)
{
    struct thread *thread = gc__enter();
    if (thread == NULL)
        return false;
    thread->registrations++;
    return true;
}

void gc_unregister_thread(void)
{
    struct thread *thread = gc__thread;
    if (thread != &gc__nobody && thread->registrations > 0 &&
        --thread->registrations == 0)
        leave(thread);
}

/* ------------------------------------------------------------------ refusal */

/* Nothing that the interrupted thread may be in the middle of is used here. */
void gc__refuse(void)
{
    static const char message[] =
        "tidemark: called by a visitor or a signal handler, in the middle of "
        "another call; refused\n";
    ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)written;
    errno = EDEADLK;
}

/* --------------------------------------------------------------------- exit */

static void exit_handler(void)
{
    if (gc__process.stats_at_exit)
        GC_dump_stats(NULL);
    if (gc__process.pictures[0] != '\0')
        gc__write_pictures(gc__process.pictures);
}

void gc__at_exit(void)
{
    if (!gc__process.has_exit_handler && atexit(exit_handler) == 0)
        gc__process.has_exit_handler = true;
}
