/* SPDX-License-Identifier: MIT */
/* The threads of the helpers, and how many there are.
 *
 * They are started and joined with the heap's lock held, since a stop by another
 * thread must find their number right.  That takes locks of libc's: of its cached
 * stacks, of malloc, and of the loader's list of thread-local variables.  There
 * would be a deadlock if somebody had one of them and waited for the heap's.  But
 * under none of them does libc call anybody else's code, with two exceptions:
 *
 * - A malloc that the program has put in place of libc's is called under the
 *   loader's.  If it allocated from the heap, this would be such a case; so a
 *   malloc of a whole process must not.  (tidemark_malloc.h replaces calls in
 *   single files of C, which the loader never comes by.)
 * - Handlers of fork(2) run with libc's own list of them locked.  Ours takes the
 *   heap's lock there, and nothing that is done for a thread takes that list's.
 *
 * The lock that is held while constructors run, and those may well allocate, is
 * another one of the loader's, which starting a thread does not take.  Nobody is
 * stopped meanwhile, so whoever has one of these locks goes on and gives it back.
 * What starts a thread is the function behind our wrapper of pthread_create, which
 * would wait for the heap's lock. */

#include "gc/markers.h"

#include "gc/mark_stack.h"
#include "platform/futex.h"

static const uint64_t IDLE_NS = UINT64_C(5) * 1000 * 1000 * 1000;

static void join(struct worker *worker)
{
    gc__own_thread_join(&worker->thread);
    gc__mark_stack_return(&worker->own);
    AO_int_store(&worker->id, 0);
    AO_int_store(&worker->state, WORKER_NONE);
}

/* Joins it if it has ended, and keeps it if not; true if it exists. */
static bool hold(struct worker *worker)
{
    AO_int_compare_and_swap_full(&worker->state, WORKER_RUNNING, WORKER_HELD);
    if (AO_int_load_acquire(&worker->state) == WORKER_ENDED)
        join(worker);
    return AO_int_load(&worker->state) != WORKER_NONE;
}

static bool start(struct worker *worker)
{
    AO_int_store(&worker->call, NOT_CALLED);
    AO_int_store_release(&worker->state, WORKER_HELD);
    if (gc__own_thread_start(&worker->thread, gc__markers_help, worker))
        return true;
    AO_int_store(&worker->state, WORKER_NONE);
    return false;
}

static void wait_for_id(struct worker *worker)
{
    while (AO_int_load_acquire(&worker->id) == 0)
        gc__futex_wait(&worker->id, 0, 0);
}

static void start_some(struct markers *team, unsigned count)
{
    for (unsigned i = 1; i < team->count && count > 0; i++) {
        struct worker *worker = &team->workers[i];
        if (AO_int_load(&worker->state) != WORKER_NONE)
            continue;
        if (!start(worker))
            return;
        wait_for_id(worker);
        count--;
    }
}

void gc__markers_prepare(struct marker *marker)
{
    struct markers *team = markers_team(marker);
    if (team == NULL)
        return;
    unsigned there = 0;
    for (unsigned i = 1; i < team->count; i++)
        there += hold(&team->workers[i]);
    if (team->is_worthwhile)
        start_some(team, there + 1);
}

static void end_all(struct markers *team)
{
    AO_int_store_release(&team->is_ending, true);
    for (unsigned i = 1; i < team->count; i++)
        gc__markers_call(&team->workers[i]);
    for (unsigned i = 1; i < team->count; i++)
        if (AO_int_load_acquire(&team->workers[i].state) != WORKER_NONE)
            join(&team->workers[i]);
}

/* --------------------------------------------------------------- the number */

static void finish(struct marker *marker)
{
    struct markers *team = markers_team(marker);
    marker->worker = NULL;
    if (team == NULL)
        return;
    end_all(team);
    for (unsigned i = 1; i < team->count; i++)
        gc__mark_stack_return(&team->workers[i].own);
    gc__pages_unmap(team->memory);
}

/* Fresh memory is zero, and a page of it is touched when it is needed. */
static void init(struct markers *team, struct marker *marker)
{
    for (unsigned i = 0; i < team->count; i++) {
        struct worker *worker = &team->workers[i];
        worker->team = team;
        worker->index = i;
        worker->marker = i == 0 ? marker : &worker->own;
        gc__marker_init(&worker->own, marker->heap);
        worker->own.worker = worker;
    }
    marker->worker = &team->workers[0];
}

bool gc__markers_set(struct marker *marker, unsigned count)
{
    count = (unsigned)smaller(larger(count, 1), MARKERS_MAX);
    if (count == gc__markers_count(marker))
        return true;
    finish(marker);
    if (count == 1)
        return true;

    struct range memory;
    if (!gc__pages_map(sizeof(struct markers) + count * sizeof(struct worker),
                       &memory))
        return false;
    struct markers *team = (struct markers *)memory.low;
    team->count = count;
    team->idle_ns = IDLE_NS;
    team->memory = memory;
    init(team, marker);
    return true;
}

unsigned gc__markers_count(const struct marker *marker)
{
    const struct markers *team = markers_team(marker);
    return team == NULL ? 1 : team->count;
}

bool gc__markers_is_own(const struct marker *marker, unsigned id)
{
    const struct markers *team = markers_team(marker);
    for (unsigned i = 1; team != NULL && i < team->count; i++)
        if (AO_int_load_acquire(&team->workers[i].id) == id)
            return true;
    return false;
}

unsigned gc__markers_threads(const struct marker *marker)
{
    const struct markers *team = markers_team(marker);
    unsigned threads = 0;
    for (unsigned i = 1; team != NULL && i < team->count; i++) {
        unsigned state = AO_int_load_acquire(&team->workers[i].state);
        threads += state == WORKER_RUNNING || state == WORKER_HELD;
    }
    return threads;
}

size_t gc__markers_memory_bytes(const struct marker *marker)
{
    const struct markers *team = markers_team(marker);
    size_t bytes = range_size(marker->stack_memory);
    if (team == NULL)
        return bytes;
    bytes += range_size(team->memory);
    for (unsigned i = 1; i < team->count; i++)
        bytes += range_size(team->workers[i].own.stack_memory);
    return bytes;
}

void gc__markers_forget(struct marker *marker)
{
    struct markers *team = markers_team(marker);
    if (team == NULL)
        return;
    AO_store(&team->busy, 0);
    AO_store(&team->hungry, 0);
    for (unsigned i = 0; i < team->count; i++) {
        struct worker *worker = &team->workers[i];
        gc__steal_clear(&worker->greys);
        AO_int_store(&worker->call, NOT_CALLED);
        AO_int_store(&worker->id, 0);
        AO_int_store(&worker->state, WORKER_NONE);
        worker->own.base = worker->own.depth = 0;
        worker->own.has_missed = false;
    }
}
