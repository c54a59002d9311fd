/* SPDX-License-Identifier: MIT */
/* Stopping the world, and why it is right.
 *
 * Who stops it, the collecting thread, holds the heap's lock: so no other thread
 * is inside of anything that the lock protects, and no thread joins or leaves.
 * The number of the stop is made odd; each thread is sent a signal; its handler
 * writes down where the thread's roots are, answers by setting `answered` to that
 * number, and sleeps until the number is another.  All that a thread wrote before
 * its answer (release) is seen by who reads the answer (acquire), and all that
 * the collecting thread wrote before it changes the number is seen by the threads
 * that go on.
 *
 * Without the lock, a thread does three things with cells:
 *
 * - It hands out the next one of a run: reads `next`, writes `next`.  Stopped in
 *   between, it will write what it has read plus one cell.  So a stop may lower
 *   the limit of the run, but leaves the cell at `next` to the thread, and leaves
 *   `next` alone (gc__local_retire_stopped).  Whether or not the thread was in
 *   between, what it does next is right.
 * - It claims a run in a block of its own, and prepares it: gets memory for it, and
 *   zeroes it.  Then it is busy: the handler does not stop it but notes that a stop
 *   is due, and the thread stops by itself when it is done (thread_end_busy).  It
 *   takes no lock in between, so it gets there.  See alloc/run.c.
 * - It frees, resizes and reuses cells of its freed lists, busy too; the rest of
 *   that argument is in alloc/free.c.
 *
 * A thread that sleeps until it gets the lock, or is in a blocking section, rests:
 * it is as good as stopped, and is asked for nothing.  That argument is in
 * gc/rest.c.
 *
 * A thread that allocates comes there often.  So who stops it notes for it that a
 * stop is due, and gives it a moment before it is sent the signal.  The number is
 * made odd before that note is written, and the thread takes the note away before
 * it looks at the number: so either it sees the stop, or it leaves the note, or
 * the note was of an earlier stop and the signal will be sent.
 *
 * Who waits for the stop to be over counts itself as a sleeper before it looks at
 * the number for the last time, and who ends the stop changes the number before it
 * looks whether there are sleepers: so none is forgotten.
 *
 * A signal may arrive late, after the stop was given up: the handler compares
 * numbers and does nothing.  It may arrive while the thread is on its way out of
 * the handler of the stop before: signals are blocked in there, so it is
 * delivered afterwards, and `answered` is not the new number yet.  It may even
 * arrive when the thread is the one that stops the others by then: so that one
 * counts as having answered from the start.
 *
 * Threads that have never called the library, strangers, hold no cells, but may
 * hold pointers.  They are looked for among the tasks of the process when the
 * others stand still, again and again until none is new: who could have made
 * another one stands still by then.  A stranger that blocks the signal, as some
 * libraries' own threads do, is not waited for: its stack is looked at as it is
 * in the system call that it waits in.
 *
 * The list only changes under the lock, but the handler of a stranger looks for
 * its record while the collecting thread may put another in front: it reads
 * the first link once, and links behind it are not changed in a stop. */

#include "gc/world.h"

#include <limits.h>
#include <pthread.h>

#include "base/check.h"
#include "gc/members.h"
#include "gc/rest.h"
#include "gc/strangers.h"
#include "platform/clock.h"
#include "platform/fake_stack.h"
#include "platform/futex.h"
#include "platform/processors.h"
#include "platform/signal_mask.h"
#include "platform/stop_signal.h"
#include "platform/tasks.h"

enum {
    DEFAULT_TIMEOUT_MS = 10 * 1000,
    AGAIN_NS = 1000 * 1000,          /* until a signal is sent again */
    LONG_NS = 10 * 1000 * 1000,      /* for a thread to answer */
    STRANGER_NS = 200 * 1000 * 1000, /* a stranger that does not run is waited
                                        for so long */
    NS_PER_MS = 1000 * 1000,
    LOOKS = 1500,       /* 20 to 70 us, as long as a sleep takes */
    PASSER_LOOKS = 300, /* 4 to 14 us: who allocates comes by within one */
};

struct thread gc__nobody;
_Thread_local struct thread *gc__thread
    __attribute__((tls_model("initial-exec"))) = &gc__nobody;
_Thread_local struct thread *gc__blocked
    __attribute__((tls_model("initial-exec")));

/* What the signal handler works on. */
static struct world *stopped_world;

void gc__world_init(struct world *world)
{
    *world = (struct world){
        .timeout_ns = (uint64_t)DEFAULT_TIMEOUT_MS * NS_PER_MS,
    };
}

/* ----------------------------------------------------------- in the handler */

void gc__world_count_answer(struct world *world)
{
    unsigned answers = AO_int_fetch_and_add_full(&world->answers, 1) + 1;
    if (answers >= AO_int_load(&world->wanted))
        gc__futex_wake(&world->answers, 1);
}

static void answer(struct world *world, struct thread *thread, unsigned number)
{
    AO_int_store_release(&thread->answered, number);
    gc__world_count_answer(world);
}

void gc__world_await_end(struct world *world, unsigned number)
{
    AO_int_fetch_and_add_full(&world->sleepers, 1);
    while (AO_int_load_acquire(&world->number) == number)
        gc__futex_wait(&world->number, number, 0);
    AO_int_fetch_and_add_full(&world->sleepers, -1U);
}

/* Most stops are shorter than it takes to fall asleep and be woken; but who waits
 * awake may keep those from the processor who are to end the stop. */
static bool is_over_soon(const struct world *world, unsigned number)
{
    if (world->count > world->processors)
        return false;
    for (unsigned look = 0; look < LOOKS; look++) {
        if (AO_int_load_acquire(&world->number) != number)
            return true;
        AO_nop_full();
    }
    return false;
}

static bool is_to_stop(const struct world *world, const struct thread *thread,
                       unsigned number)
{
    (void)world;
    return number % 2 == 1 && AO_int_load(&thread->answered) != number;
}

/* Others need what a thread has in there. */
static bool is_to_pause(const struct thread *thread)
{
    return AO_int_load(&thread->is_to_pause) && !thread->is_inside &&
           !thread->is_listing;
}

static void note_interrupted(struct thread *thread,
                             const struct interrupted *interrupted)
{
    thread->stop_is_due = false;
    thread->is_interrupted = true;
    thread->saved[0] = interrupted->registers[0];
    thread->saved[1] = interrupted->registers[1];
    thread->stack_pointer = interrupted->stack_pointer;
    thread->self = (uintptr_t)pthread_self();
    thread->fake_stack = gc__fake_stack_now(thread->fake_stack);
}

static void on_stop(const struct interrupted *interrupted)
{
    struct world *world = stopped_world;
    struct thread *thread = thread_self();
    unsigned number = AO_int_load_acquire(&world->number);
    if (thread == &gc__nobody)
        thread = gc__members_find(world, gc__task_self());
    if (thread == NULL)
        return;
    bool stops = is_to_stop(world, thread, number);
    bool pauses = is_to_pause(thread);
    bool has_answered = number % 2 == 1 && !stops; /* with other roots */
    if (has_answered || (!stops && !pauses))
        return;
    if (thread->is_busy) {
        thread->stop_is_due = true;
        return;
    }
    note_interrupted(thread, interrupted);
    if (stops) {
        answer(world, thread, number);
        gc__world_await_end(world, number);
    }
    if (pauses) {
        gc__rest_begin(world, thread, REST_INTERRUPTED);
        gc__rest_end(world, thread);
    }
}

/* A handler of the program's could change what has been looked at, or is about to
 * be. */
__attribute__((noinline)) static void
stop_without_handlers(struct world *world, struct thread *thread)
{
    uint64_t mask = gc__signals_shut_out();
    unsigned number = AO_int_load_acquire(&world->number);
    if (is_to_stop(world, thread, number)) {
        gc__registers_spill(&thread->registers);
        thread->fake_stack = gc__fake_stack_now(thread->fake_stack);
        thread->is_interrupted = false;
        answer(world, thread, number);
        if (!is_over_soon(world, number))
            gc__world_await_end(world, number);
    }
    gc__signals_let_in(mask);
    NOT_A_TAIL_CALL();
}

__attribute__((noinline)) void gc__world_stop_here(struct thread *thread)
{
    struct world *world = stopped_world;
    thread->stop_is_due = false;
    if (is_to_stop(world, thread, AO_int_load_acquire(&world->number)))
        stop_without_handlers(world, thread);
    if (is_to_pause(thread))
        gc__rest_to_pause(world, thread);
    NOT_A_TAIL_CALL();
}

/* --------------------------------------------------------------------- stop */

static void ask(const struct world *world, struct thread *thread)
{
    switch (gc__stop_signal_send(thread->task, world->signal)) {
    case SEND_DONE:
        thread->state = THREAD_ASKED;
        break;
    case SEND_NO_THREAD:
        thread->state = THREAD_GONE;
        break;
    case SEND_NOT_NOW:
        break;
    }
}

static bool may_answer(const struct thread *thread)
{
    return thread->state == THREAD_RUNS || thread->state == THREAD_ASKED;
}

static bool is_missing(const struct thread *thread, unsigned number)
{
    return may_answer(thread) &&
           AO_int_load_acquire(&thread->answered) != number;
}

static void note_resting(struct thread *thread)
{
    if (!may_answer(thread))
        return;
    unsigned rest = AO_int_load_acquire(&thread->rest);
    if (rest == NO_REST)
        return;
    thread->state = THREAD_STOPPED;
    thread->is_interrupted = rest == REST_INTERRUPTED;
    thread->is_in_section = rest == REST_IN_SECTION;
}

/* How the threads stand: who is missing is asked, if it was not yet. */
static size_t count_missing(const struct world *world,
                            const struct thread *self, bool *asks_again)
{
    size_t missing = 0;
    for (struct thread *at = world->threads; at != NULL; at = at->next) {
        if (at == self)
            continue;
        note_resting(at);
        if (!is_missing(at, world->number)) {
            if (may_answer(at))
                at->state = THREAD_STOPPED;
            continue;
        }
        if (at->state == THREAD_RUNS)
            ask(world, at);
        *asks_again |= at->state == THREAD_RUNS;
        missing += may_answer(at);
    }
    return missing;
}

/* Returns false when the time is over. */
static bool sleep_until_wanted(const struct world *world, uint64_t timeout_ns)
{
    for (;;) {
        unsigned answers = AO_int_load(&world->answers);
        if (answers >= AO_int_load(&world->wanted))
            return true;
        if (!gc__futex_wait(&world->answers, answers, timeout_ns))
            return false;
    }
}

/* A thread that was on its way to its end has taken the signal with it.  The main
 * thread is known to the system even then, and only a file says that it ended. */
static void forget_ended(const struct world *world, const struct thread *self,
                         bool looks_at_files)
{
    for (struct thread *at = world->threads; at != NULL; at = at->next)
        if (at != self && is_missing(at, world->number) &&
            (gc__stop_signal_send(at->task, 0) == SEND_NO_THREAD ||
             (looks_at_files && !gc__task_is_alive(at->task))))
            at->state = THREAD_GONE;
}

/* A thread that libc is just starting has all signals blocked, and its argument
 * stands where only the thread can tell.  On a machine that is busy it may take
 * long to get a processor.  One that waits for a page may have any pointer in its
 * registers, and nowhere else. */
static bool may_still_answer(const struct world *world,
                             const struct thread *stranger)
{
    return gc__task_runs(stranger->task) &&
           !gc__task_blocks(stranger->task, world->signal);
}

/* True if those that are missing are strangers, which are not waited for any
 * longer. */
static bool leave_strangers(const struct world *world,
                            const struct thread *self, bool is_time_over)
{
    bool are_left = true;
    for (struct thread *at = world->threads; at != NULL; at = at->next)
        if (at != self && is_missing(at, world->number)) {
            bool is_left = at->is_stranger &&
                           (is_time_over || !may_still_answer(world, at));
            if (is_left)
                at->state = THREAD_UNWILLING;
            are_left &= is_left;
        }
    return are_left;
}

static bool one_needs_lock(const struct world *world)
{
    const struct thread *at = world->threads;
    while (at != NULL && !(at->is_busy && at->needs_lock))
        at = at->next;
    return at != NULL;
}

void gc__world_wake(struct world *world)
{
    AO_int_store(&world->wanted, 0);
    gc__futex_wake(&world->answers, 1);
}

static bool await(struct world *world, const struct thread *self)
{
    uint64_t start_ns = gc__clock_ns();
    uint64_t patience_ns = AGAIN_NS;
    for (;;) {
        bool asks_again = false;
        unsigned answers = AO_int_load(&world->answers);
        size_t missing = count_missing(world, self, &asks_again);
        if (missing == 0)
            return true;
        world->is_called_off = one_needs_lock(world);
        if (world->is_called_off)
            return false;
        uint64_t waited_ns = gc__clock_ns() - start_ns;
        bool is_time_over = waited_ns >= world->timeout_ns;
        if ((is_time_over || waited_ns >= STRANGER_NS) &&
            leave_strangers(world, self, is_time_over))
            return true;
        if (is_time_over)
            return false;
        AO_int_store(&world->wanted, answers + (unsigned)missing);
        uint64_t left_ns = world->timeout_ns - waited_ns;
        if (sleep_until_wanted(
                world, smaller(left_ns, asks_again ? AGAIN_NS : patience_ns)))
            continue;
        forget_ended(world, self, patience_ns >= LONG_NS);
        patience_ns = smaller(2 * patience_ns, STRANGER_NS);
    }
}

/* Gives those that are sure to come by soon the time to stop by themselves, which
 * costs less than a signal. */
static void wait_for_passers(const struct world *world,
                             const struct thread *self)
{
    unsigned expected = 0;
    for (struct thread *at = world->threads; at != NULL; at = at->next) {
        bool is_near = at->comes_by || at->is_inside;
        at->comes_by = false;
        if (at == self || !is_near || AO_int_load_acquire(&at->rest) != NO_REST)
            continue;
        at->stop_is_due = true;
        expected++;
    }
    for (unsigned look = 0; look < PASSER_LOOKS; look++) {
        if (AO_int_load(&world->answers) >= expected)
            return;
        AO_nop_full();
    }
}

bool gc__world_choose_signal(struct world *world)
{
    stopped_world = world;
    if (world->signal == 0)
        world->signal = gc__stop_signal_install(world->wanted_signal, on_stop);
    if (world->processors == 0)
        world->processors = gc__processors("");
    return world->signal != 0;
}

/* ----------------------------------------------------------------- together */

bool gc__world_has_others(const struct world *world)
{
    return world->count > 1 ||
           (!world->leaves_strangers &&
            gc__tasks_count() > 1 + gc__markers_threads(world->marker));
}

static void give_up(struct world *world, const struct thread *self)
{
    for (const struct thread *at = world->threads; at != NULL; at = at->next)
        if (at != self && is_missing(at, world->number) &&
            !world->is_called_off)
            world->unwilling = at->task;
    gc__world_resume(world);
}

/* One that has stopped before is asked, since it may still be in the handler of the
 * last stop, where all signals are blocked. */
static void prepare_threads(struct world *world, const struct thread *self)
{
    for (struct thread *at = world->threads; at != NULL; at = at->next) {
        if (at == self)
            AO_int_store(&at->answered, world->number + 1);
        bool is_in_doubt = at->state == THREAD_UNWILLING;
        at->is_in_section = false;
        at->state = is_in_doubt && gc__task_blocks(at->task, world->signal)
                        ? THREAD_UNWILLING
                        : THREAD_RUNS;
    }
}

static void tell_of_threads(struct world *world, bool is_stopped)
{
    const struct thread *at;
    for (at = world->threads; at != NULL; at = at->next)
        if (world->on_thread != NULL && at != world->stopper &&
            at->state == THREAD_STOPPED)
            world->on_thread(is_stopped, at->self);
    world->has_told = is_stopped;
}

bool gc__world_stop(struct world *world, const struct thread *self)
{
    world->stopper = self;
    world->unwilling = 0;
    world->is_called_off = false;
    if (world->leaves_strangers)
        gc__strangers_forget(world);
    prepare_threads(world, self);
    AO_int_store(&world->answers, 0);
    AO_int_store(&world->wanted, (unsigned)world->count);
    AO_int_store_full(&world->number, world->number + 1);
    if (!gc__world_has_others(world))
        return true;
    bool is_stopped = gc__world_choose_signal(world);
    if (is_stopped)
        wait_for_passers(world, self);
    do
        is_stopped = is_stopped && await(world, self);
    while (is_stopped && gc__strangers_find(world));
    if (!is_stopped) {
        give_up(world, self);
        return false;
    }
    gc__strangers_look(world);
    if (world->on_thread != NULL)
        tell_of_threads(world, true);
    return true;
}

void gc__world_resume(struct world *world)
{
    if (world->has_told)
        tell_of_threads(world, false);
    AO_int_store_full(&world->number, world->number + 1);
    if (AO_int_load(&world->sleepers) > 0)
        gc__futex_wake(&world->number, INT_MAX);
}

bool gc__world_nudge(struct world *world, const struct thread *thread)
{
    return gc__world_choose_signal(world) &&
           gc__stop_signal_send(thread->task, world->signal) == SEND_DONE;
}
