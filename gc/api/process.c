/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* gettid */

#include "gc/api/process.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gc/api/pictures.h"
#include "gc/expected.h"
#include "gc/fork.h"
#include "gc/members.h"
#include "gc/section.h"
#include "platform/fake_stack.h"
#include "platform/futex.h"
#include "platform/signal_mask.h"
#include "platform/stack_bounds.h"
#include "platform/stop_signal.h"
#include "platform/tasks.h"

struct process gc__process;

/* Its value is the thread's record; its destructor lets the thread leave. */
static pthread_key_t leaving;

/* -------------------------------------------------------------------- leave */

static void leave(struct thread *thread)
{
    struct heap *heap = &gc__process.heap;
    heap_lock(heap, thread);
    gc__local_leave(&heap->variable, &thread->local);
    if (thread->signal_stack != NULL)
        gc__stacks_remove(&heap->stacks, thread->signal_stack);
    gc__members_remove(&heap->world, thread);
    heap->holder = NULL; /* the record may be another's as soon as it can */
    gc__thread = &gc__nobody;
    heap_unlock(heap);
}

/* Runs as the thread ends.  Another library's destructor may call us later, and
 * then the thread joins and leaves again. */
static void leave_at_end(void *record)
{
    if (record == thread_self())
        gc__section_end_left(&gc__process.heap.world, record, UINTPTR_MAX);
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

static bool prepare(void)
{
    struct process *process = &gc__process;
    uintptr_t low = (uintptr_t)process;
    struct range own = {low, low + sizeof *process};
    struct thread *first = &process->first;
    struct stack_bounds bounds;
    if (!gc__watch_forks() || !gc__stack_bounds(&bounds) ||
        pthread_key_create(&leaving, leave_at_end) != 0)
        return false;
    if (!gc__heap_init(&process->heap, own)) {
        pthread_key_delete(leaving);
        return false;
    }
    process->heap.on_unwilling = report_unwilling;
    if (process->hooks != NULL)
        gc__heap_set_hooks(&process->heap, process->hooks);
    first->task = gc__task_self();
    first->self = (uintptr_t)pthread_self();
    first->fake_stack = gc__fake_stack(); /* its first call takes memory */
    set_bounds(first, &bounds);
    gc__members_add(&process->heap.world, first);
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
    struct thread *thread = gc__members_join(&heap->world, bounds.stack.high);
    if (thread != NULL) {
        set_bounds(thread, &bounds);
        gc__thread = thread;
    }
    heap_unlock(heap);
    return thread;
}

static bool is_ready(void)
{
    return AO_load_acquire(&gc__process.is_ready) &&
           gc__heap_is_of_this_process(&gc__process.heap);
}

/* One thread prepares, and others wait.  A child process may find that somebody
 * was preparing in its parent, or was ready by a moment too late for the handlers
 * of fork to be called: then it begins anew.  The child has nothing of that
 * heap. */
static void begin_preparing(void)
{
    struct process *process = &gc__process;
    unsigned self = (unsigned)getpid();
    for (;;) {
        unsigned other = AO_int_load(&process->preparing);
        if (other == self)
            gc__futex_wait(&process->preparing, self, 0);
        else if (AO_int_compare_and_swap_full(&process->preparing, other, self))
            break;
    }
    if (!is_ready()) {
        AO_store(&process->is_ready, 0);
        memset(&process->heap, 0, sizeof process->heap);
        memset(&process->first, 0, sizeof process->first);
        AO_int_store(&process->typed_kind, 0);
    }
}

static void end_preparing(void)
{
    AO_int_store_release(&gc__process.preparing, 0);
    gc__futex_wake(&gc__process.preparing, INT_MAX);
}

static struct thread *join_first(void)
{
    begin_preparing();
    bool is_first = !is_ready();
    if (is_first && prepare())
        AO_store_release(&gc__process.is_ready, 1);
    end_preparing();
    if (!is_ready())
        return NULL;
    return is_first ? gc__thread : join_again();
}

/* In a blocking section, unless the thread has left it by an exception. */
static struct thread *come_back(void)
{
    struct thread *thread = gc__blocked;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    bool is_on_own_stack = here < thread->stack_base &&
                           (here >= thread->stack_low || thread->stack_grows);
    if (is_on_own_stack)
        gc__section_end_left(&gc__process.heap.world, thread, here);
    if (gc__thread == thread)
        return thread;
    gc__refuse();
    return NULL;
}

/* A handler of the program's that allocates would come in here again, and wait for
 * a lock that its own thread has.  Answers the mask that there was. */
static uint64_t shut_out_handlers(void)
{
    uint64_t before, mask = gc__signals_of_the_program();
    int stop = gc__process.heap.world.signal;
    if (stop != 0)
        mask &= ~signal_bit(stop);
    gc__signal_mask(SIG_BLOCK, &mask, &before);
    return before;
}

struct thread *gc__join(void)
{
    if (gc__blocked != NULL)
        return come_back();
    int saved_errno = errno;
    int cancel_state;
    uint64_t mask = shut_out_handlers();
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    struct thread *thread = is_ready() ? join_again() : join_first();
    pthread_setcancelstate(cancel_state, NULL);
    gc__signals_let_in(mask);
    if (thread == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    pthread_setspecific(leaving, thread);
    errno = saved_errno;
    return thread;
}

/* ----------------------------------------------------------------- expected */

/* A program blocks signals through libc, which leaves its own alone.  Who blocks
 * those too is the runtime of a sanitizer, for instance: the thread is not to be
 * stopped before it has begun there, where others may wait for it without being
 * stoppable. */
static bool is_called_by_a_runtime(void)
{
    uint64_t blocked;
    gc__signal_mask(SIG_BLOCK, NULL, &blocked);
    return (blocked & ~gc__signals_of_the_program()) != 0;
}

static bool may_expect(void)
{
    const struct heap *heap = &gc__process.heap;
    return is_ready() && !heap->world.leaves_strangers &&
           !is_called_by_a_runtime() &&
           (gc__thread == &gc__nobody || !heap_is_held_by(heap, gc__thread));
}

static struct thread *known_thread(void)
{
    return gc__thread == &gc__nobody ? NULL : gc__thread;
}

struct thread *gc__expect_thread(struct start start)
{
    struct heap *heap = &gc__process.heap;
    if (!may_expect())
        return NULL;
    int saved_errno = errno;
    heap_lock(heap, known_thread());
    struct thread *thread = gc__world_expect(&heap->world, start);
    gc__world_choose_signal(&heap->world);
    heap_unlock(heap);
    if (heap->world.signal != 0)
        gc__stop_signal_let_in(heap->world.signal);
    errno = saved_errno;
    return thread;
}

void gc__expect_no_thread(struct thread *thread)
{
    struct heap *heap = &gc__process.heap;
    heap_lock(heap, known_thread());
    gc__world_expect_no_more(&heap->world, thread);
    heap_unlock(heap);
}

/* If the system does not say where its stack is, it stays a stranger. */
static void join_expected(struct thread *thread)
{
    struct heap *heap = &gc__process.heap;
    struct stack_bounds bounds;
    bool has_bounds = gc__stack_bounds(&bounds);
    heap_lock(heap, NULL);
    if (has_bounds) {
        gc__world_join_expected(&heap->world, thread, bounds.stack.high);
        set_bounds(thread, &bounds);
        gc__thread = thread;
    } else {
        gc__world_expect_no_more(&heap->world, thread);
    }
    heap_unlock(heap);
    if (has_bounds)
        pthread_setspecific(leaving, thread);
}

/* The thread may have been given a mask of its own. */
struct start gc__begin_expected(struct thread *thread)
{
    struct start start = thread->start;
    int saved_errno = errno;
    int cancel_state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    join_expected(thread);
    if (gc__process.heap.world.signal != 0)
        gc__stop_signal_let_in(gc__process.heap.world.signal);
    pthread_setcancelstate(cancel_state, NULL);
    errno = saved_errno;
    return start;
}

/* --------------------------------------------------------------- registering */

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
    if (thread != &gc__nobody && thread->sections.count == 0 &&
        thread->registrations > 0 && --thread->registrations == 0)
        leave(thread);
}

/* ------------------------------------------------------------------ refusal */

/* Nothing that the interrupted thread may be in the middle of is used here. */
void gc__refuse(void)
{
    static const char message[] =
        "tidemark: called by a visitor, in a blocking section or by a signal "
        "handler in the middle of another call; refused\n";
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
