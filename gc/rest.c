/* SPDX-License-Identifier: MIT */
/* Why a resting thread is as good as stopped.
 *
 * It has written down its roots before it says that it rests (release), and who
 * stops the world reads them after that (acquire).  While it rests it runs code
 * that uses no object but through those roots, or none at all.
 *
 * Going on is the matter of two words.  Who stops the world makes the number odd,
 * and then reads `rest`; the thread clears `rest`, and then reads the number; a
 * full barrier lies between the two in each.  So at least one of them sees what
 * the other has written:
 *
 * - The thread reads the even number that it read before.  Then a stop that is yet
 *   to come sees that it does not rest, and asks it like any other.
 * - The thread reads another number.  A stop may have begun, and may have seen it
 *   resting; or not, and then it waits for an answer.  So the thread says again
 *   that it rests, with the same roots, and counts as an answer; whichever way it
 *   was seen, it has not moved.  Then it waits until the number is even.
 *
 * How a thread stands in a stop is decided once: count_missing() in gc/world.c
 * notes what it has seen of `rest`, and nothing looks there again.
 *
 * The handler of the stop signal must not run meanwhile, since it would write
 * down other roots and sleep in between.  In a blocking section the thread is
 * busy, so the handler only notes that a stop is due; when it is not busy any
 * more it stops by itself if that is so still (thread_end_busy).  Whoever waits
 * for the lock blocks all signals.
 *
 * A thread may also be told to pause, by another one with the heap's lock: it rests
 * until it is let go.  `is_to_pause` is a word like the number: set, with a full
 * barrier, before `rest` is read, and read after `rest` is cleared.  Who finds that
 * the thread does not rest sends it the stop signal, and it comes to rest in the
 * handler.  If it is busy there, it does so when it is done; and if it has the
 * heap's lock, or is about to, or lists what is loaded with the loader's lock, when
 * it gives the heap's lock back after that.
 *
 * Who waits for the lock looks for it for a moment before it rests.  It may stop in
 * that time, like at any other place.
 *
 * Who gets the lock needs not wait: nobody else stops the world then.  Its `rest`
 * is cleared before it gives the lock back, and so before the next stop. */

#include "gc/rest.h"

#include "platform/fake_stack.h"
#include "platform/futex.h"
#include "platform/signal_mask.h"

void gc__rest_begin(struct world *world, struct thread *thread, enum rest rest)
{
    AO_int_store_full(&thread->rest, rest);
    if (AO_int_load(&world->number) % 2 == 1)
        gc__world_count_answer(world);
}

static unsigned await_even_number(struct world *world)
{
    for (;;) {
        unsigned number = AO_int_load_acquire(&world->number);
        if (number % 2 == 0)
            return number;
        gc__world_await_end(world, number);
    }
}

static void await_end_of_pause(struct thread *thread)
{
    while (AO_int_load_acquire(&thread->is_to_pause))
        gc__futex_wait(&thread->is_to_pause, true, 0);
}

void gc__rest_end(struct world *world, struct thread *thread)
{
    enum rest rest = AO_int_load(&thread->rest);
    for (;;) {
        await_end_of_pause(thread);
        unsigned number = await_even_number(world);
        AO_int_store_full(&thread->rest, NO_REST);
        if (AO_int_load_acquire(&world->number) == number &&
            !AO_int_load(&thread->is_to_pause))
            return;
        gc__rest_begin(world, thread, rest);
    }
}

__attribute__((noinline)) void gc__rest_to_pause(struct world *world,
                                                 struct thread *thread)
{
    uint64_t before = gc__signals_shut_out();
    gc__registers_spill(&thread->registers);
    thread->fake_stack = gc__fake_stack_now(thread->fake_stack);
    gc__rest_begin(world, thread, REST_SPILLED);
    gc__rest_end(world, thread);
    gc__signals_let_in(before);
    NOT_A_TAIL_CALL();
}

__attribute__((noinline)) static void
await_lock(struct world *world, struct thread *thread, struct lock *lock)
{
    uint64_t before = gc__signals_shut_out();
    gc__registers_spill(&thread->registers);
    thread->fake_stack = gc__fake_stack_now(thread->fake_stack);
    gc__rest_begin(world, thread, REST_SPILLED);
    gc__lock_await(lock);
    AO_int_store(&thread->rest, NO_REST);
    gc__signals_let_in(before);
    NOT_A_TAIL_CALL();
}

/* As gc__lock_take_soon, but stops where a stop comes in between. */
static bool take_lock_soon(struct thread *thread, struct lock *lock)
{
    for (unsigned look = 0; look < LOCK_LOOKS; look++) {
        if (AO_int_load(&lock->state) == LOCK_FREE && lock_try(lock))
            return true;
        if (thread->stop_is_due)
            gc__world_stop_here(thread);
        AO_nop_full();
    }
    return false;
}

void gc__rest_for_lock(struct world *world, struct thread *thread,
                       struct lock *lock)
{
    if (thread == NULL)
        lock_take(lock);
    else if (!lock_try(lock) && !take_lock_soon(thread, lock))
        await_lock(world, thread, lock);
    NOT_A_TAIL_CALL();
}
