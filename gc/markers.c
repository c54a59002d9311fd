/* SPDX-License-Identifier: MIT */
/* Why the markers lose nothing, and end.
 *
 * Where grey objects are.  Each is in one of: the stack of a marker (the queue
 * of those being fetched counts as part of it), a public queue, or on its way
 * from a public queue to a stack.  A worker's bit in `busy` is set
 *
 *     (1) while its stack is not empty,
 *     (2) while its public queue is not empty: only the owner puts entries
 *         there, and it leaves only after it has found the queue empty, and
 *     (3) while it takes entries from any queue: it enters before.
 *
 * The end.  So if busy is 0, there is no grey object anywhere.  And then it
 * stays 0: enter() sets a bit only while another is set.  Whoever clears the
 * last bit tells the collecting thread, if that is not itself.
 *
 * Marks.  Two markers may find the same object white; the compare-and-swap on
 * the word of its mark lets one of them have it.  A marker that finds its own
 * public queue empty, and then no bit of `busy` but its own, is alone: by (2)
 * all queues are empty, so nobody can take anything until it puts something
 * into its own.  Bits that were cleared, were so with release, and it reads
 * them with acquire: so it sees all marks.  It goes on without atomic
 * operations; who takes what it puts, sees those marks (release of the queue's
 * tail, acquire).
 *
 * Sleep.  A marker without work sets its bit in `hungry`, looks into all queues
 * for some microseconds, and then sleeps on its word `call`.  Whoever has
 * something clears the bit of one and sets its word to CALLED.  A call that
 * comes while the marker is still looking keeps it from going to sleep, since
 * the word no longer is NOT_CALLED.  Every change of the word is a
 * compare-and-swap, so no call is overwritten unseen, and who reads a call sees
 * what happened before it: in particular busy as 0, at the end.  A call too many
 * costs a look.
 *
 * A marker that puts something just when another goes to sleep may not see its
 * bit yet.  Then nobody is called, until it looks again some objects later; and
 * if it never does, it takes the entries back itself.  So calls decide how fast
 * it goes, and never whether it ends.
 *
 * What is counted (live objects, missed ones) lies in each marker, is written
 * while its worker is busy, and read by the collecting thread after busy was 0.
 *
 * Threads.  The state of a helper moves from RUNNING to ENDED by its own hand,
 * by compare-and-swap, and to HELD and back by the collecting thread's.  A held
 * one does not end, so the numbers of the threads are right as long as others
 * are stopped by them.  A helper waits the same way during a marking and between
 * two: without a bit of busy it has nothing to take.  After fork there is none
 * in the child, and nothing here is a lock. */

#include "gc/markers.h"

#include "gc/drain.h"
#include "gc/mark_stack.h"
#include "platform/clock.h"
#include "platform/futex.h"

enum {
    STOLEN_MAX = 256,          /* entries taken at once */
    LOOKS = 600,               /* into queues, before going to sleep: 3 us */
    REST_MAX = 63,             /* markings without help, after one in vain */
    SHARED_MAX = 31,           /* markings with help, before one without */
    WORTH_WORK = 50 * 1000,    /* for a measurement to count */
    WORTH_NS = 2000 * 1000,    /* of one marker, to be shared */
    HELPER_CAPACITY = 1 << 13, /* of its stack, that stays: 64 KiB ... */
};

static AO_t bit_of(const struct worker *worker)
{
    return (AO_t)1 << worker->index;
}

static bool is_collector(const struct worker *worker)
{
    return worker->index == 0;
}

static const double MOST_OF_ONE = 0.95; /* of the time of one, to be of use */

/* ------------------------------------------------------------------- calls */

void gc__markers_call(struct worker *worker)
{
    unsigned before;
    do
        before = AO_int_load(&worker->call);
    while (!AO_int_compare_and_swap_full(&worker->call, before, CALLED));
    if (before == ASLEEP)
        gc__futex_wake(&worker->call, 1);
}

static bool take_call(struct worker *worker)
{
    return AO_int_compare_and_swap_full(&worker->call, CALLED, NOT_CALLED);
}

/* False if `timeout_ns` have passed; 0 stands for ever. */
static bool sleep_until_called(struct worker *worker, uint64_t timeout_ns)
{
    if (!AO_int_compare_and_swap_full(&worker->call, NOT_CALLED, ASLEEP))
        return true;
    bool in_time = gc__futex_wait(&worker->call, ASLEEP, timeout_ns);
    return !AO_int_compare_and_swap_full(&worker->call, ASLEEP, NOT_CALLED) ||
           in_time;
}

static void become_hungry(struct worker *worker)
{
    AO_or_full(&worker->team->hungry, bit_of(worker));
}

/* Clears a bit; false if it is not set. */
static bool clear_hungry(struct markers *team, AO_t bit)
{
    for (;;) {
        AO_t hungry = AO_load(&team->hungry);
        if ((hungry & bit) == 0)
            return false;
        if (AO_compare_and_swap_full(&team->hungry, hungry, hungry & ~bit))
            return true;
    }
}

static void call_one(struct markers *team)
{
    AO_t hungry;
    while ((hungry = AO_load(&team->hungry)) != 0) {
        unsigned index = lowest_bit(hungry);
        if (clear_hungry(team, (AO_t)1 << index)) {
            gc__markers_call(&team->workers[index]);
            return;
        }
    }
}

/* -------------------------------------------------------------------- work */

/* False if nobody is busy: then all is done. */
static bool enter(struct worker *worker)
{
    struct markers *team = worker->team;
    for (;;) {
        AO_t busy = AO_load(&team->busy);
        if (busy == 0)
            return false;
        if (AO_compare_and_swap_full(&team->busy, busy, busy | bit_of(worker)))
            return true;
    }
}

static void leave(struct worker *worker)
{
    struct markers *team = worker->team;
    AO_t busy = AO_fetch_and_add_full(&team->busy, -bit_of(worker));
    if (busy == bit_of(worker) && !is_collector(worker))
        gc__markers_call(&team->workers[0]);
}

/* The worker is busy, and its stack empty. */
static bool take(struct worker *worker, struct worker *from)
{
    struct marker *marker = worker->marker;
    size_t most = smaller(marker->capacity, STOLEN_MAX);
    marker->depth = gc__steal_take(&from->greys, marker->stack, most);
    return marker->depth > 0;
}

static bool steal_from(struct worker *worker, struct worker *from)
{
    if (steal_is_empty(&from->greys) || !enter(worker))
        return false;
    if (!take(worker, from)) {
        leave(worker);
        return false;
    }
    if (steal_count(&from->greys) >= WIDE)
        call_one(worker->team);
    return true;
}

static bool steal(struct worker *worker)
{
    struct markers *team = worker->team;
    for (unsigned i = 1; i < team->count; i++)
        if (steal_from(worker,
                       &team->workers[(worker->index + i) % team->count]))
            return true;
    return false;
}

static bool is_over(const struct worker *worker)
{
    const struct markers *team = worker->team;
    return is_collector(worker) ? AO_load_acquire(&team->busy) == 0
                                : AO_int_load_acquire(&team->is_ending) != 0;
}

/* True if the helper has been idle for long enough to end, and may. */
static bool may_end(struct worker *worker)
{
    if (!clear_hungry(worker->team, bit_of(worker)))
        return false;
    if (AO_int_compare_and_swap_full(&worker->state, WORKER_RUNNING,
                                     WORKER_ENDED))
        return true;
    become_hungry(worker);
    return false;
}

/* Waits until the worker has got some grey objects, and is busy.  False if it
 * will get none: the marking is over, or the helper is to end. */
static bool wait_for_work(struct worker *worker)
{
    struct markers *team = worker->team;
    uint64_t patience_ns = is_collector(worker) ? 0 : team->idle_ns;
    unsigned looks = 0;
    become_hungry(worker);
    for (;;) {
        bool has_work = steal(worker);
        if (has_work || is_over(worker)) {
            clear_hungry(team, bit_of(worker));
            return has_work;
        }
        if (take_call(worker)) {
            become_hungry(worker);
            looks = 0;
        } else if (looks++ * team->count >= LOOKS &&
                   !sleep_until_called(worker, patience_ns) && may_end(worker))
            return false;
    }
}

/* The same for one that was busy until now. */
static bool find_work(struct worker *worker)
{
    if (take(worker, worker))
        return true;
    leave(worker);
    return wait_for_work(worker);
}

static void give_half(struct worker *worker)
{
    struct marker *marker = worker->marker;
    marker->base += gc__steal_put(&worker->greys, marker->stack + marker->base,
                                  mark_stack_height(marker) / 2);
}

bool gc__markers_share(struct marker *marker, size_t work)
{
    struct worker *worker = marker->worker;
    if (work - marker->shared_at < WORK_BETWEEN)
        return false;
    marker->shared_at = work;
    if (!markers_are_hungry(marker)) {
        AO_int_store(&worker->team->is_short, true);
        return false;
    }
    if (steal_is_empty(&worker->greys) && mark_stack_height(marker) > WIDE)
        give_half(worker);
    if (steal_is_empty(&worker->greys))
        return false;
    call_one(worker->team);
    return true;
}

/* ------------------------------------------------------------------ marking */

void gc__markers_begin(struct marker *marker)
{
    struct markers *team = markers_team(marker);
    if (team == NULL)
        return;
    AO_int_store(&team->is_short, false);
    team->is_resting = team->rest > 0;
    team->rest -= team->is_resting;
    team->cpu_ns = team->wall_ns = 0;
    for (unsigned i = 1; i < team->count; i++) {
        struct marker *helper = &team->workers[i].own;
        helper->step = marker->step;
        helper->recognition = marker->recognition;
        helper->most = marker->most;
        helper->live_bytes = 0;
        helper->live_atomic_bytes = 0;
        helper->live_objects = 0;
        helper->work = 0;
        helper->shared_at = 0;
    }
}

static void take_missed(struct marker *marker, struct marker *helper)
{
    if (!helper->has_missed)
        return;
    if (!marker->has_missed)
        marker->missed = helper->missed;
    marker->missed.low = smaller(marker->missed.low, helper->missed.low);
    marker->missed.high = larger(marker->missed.high, helper->missed.high);
    marker->has_missed = true;
    helper->has_missed = false;
}

void gc__markers_drain(struct marker *marker)
{
    struct worker *worker = marker->worker;
    struct markers *team = worker->team;
    if (mark_stack_height(marker) == 0)
        return;
    uint64_t cpu_start_ns = gc__own_thread_cpu_ns();
    uint64_t wall_start_ns = gc__clock_ns();
    AO_store_release(&team->busy, bit_of(worker));
    do
        gc__drain(marker);
    while (find_work(worker));
    team->cpu_ns += gc__own_thread_cpu_ns() - cpu_start_ns;
    team->wall_ns += gc__clock_ns() - wall_start_ns;
    for (unsigned i = 1; i < team->count; i++)
        take_missed(marker, &team->workers[i].own);
}

static void add(struct marker *marker, struct marker *helper)
{
    marker->live_bytes += helper->live_bytes;
    marker->live_atomic_bytes += helper->live_atomic_bytes;
    marker->live_objects += helper->live_objects;
    marker->work += helper->work;
    marker->overflows += helper->overflows;
    helper->overflows = 0;
}

static void begin_rest(struct markers *team, unsigned markings)
{
    team->last_rest = team->rest = (unsigned)smaller(markings, REST_MAX);
}

/* Marks lie close together.  In a small graph whose edges lead anywhere, markers
 * spend more time on taking the same cache lines away from each other than they
 * save; in a tree they hardly meet; and on a machine that is busy with something
 * else a helper is no help.  That is not known beforehand, so it is measured:
 * the time by the clock of a marking that was shared, against the time on the
 * processor of the last one that was not.  If it was in vain, the next ones are
 * not shared, more of them each time. */
static void judge(struct markers *team, size_t all_work, size_t helpers_work)
{
    if (helpers_work == 0 && all_work >= WORTH_WORK) {
        team->alone = (struct work_time){team->cpu_ns, all_work};
        team->shared = 0;
    }
    if (helpers_work < WORTH_WORK / 4 || team->alone.work == 0)
        return;
    double of_one =
        (double)team->alone.ns / (double)team->alone.work * (double)all_work;
    if ((double)team->wall_ns > of_one * MOST_OF_ONE || of_one < WORTH_NS) {
        begin_rest(team, 2 * team->last_rest + 1);
        return;
    }
    team->last_rest = 0;
    team->rest = ++team->shared > SHARED_MAX;
}

void gc__markers_end(struct marker *marker)
{
    struct markers *team = markers_team(marker);
    if (team == NULL)
        return;
    size_t own_work = marker->work;
    for (unsigned i = 1; i < team->count; i++) {
        struct worker *worker = &team->workers[i];
        add(marker, &worker->own);
        AO_int_compare_and_swap_full(&worker->state, WORKER_HELD,
                                     WORKER_RUNNING);
    }
    judge(team, marker->work, marker->work - own_work);
    team->is_worthwhile =
        AO_int_load(&team->is_short) && team->cpu_ns >= WORTH_NS;
}

static void trim(struct marker *marker, size_t capacity)
{
    if (marker->capacity > capacity)
        gc__mark_stack_return(marker);
}

void gc__markers_trim(struct marker *marker, size_t capacity)
{
    struct markers *team = markers_team(marker);
    trim(marker, capacity);
    if (team == NULL)
        return;
    size_t part = larger(HELPER_CAPACITY, capacity / team->count);
    for (unsigned i = 1; i < team->count; i++)
        trim(&team->workers[i].own, part);
}

/* ------------------------------------------------------------------- helper */

void *gc__markers_help(void *argument)
{
    struct worker *worker = argument;
    AO_int_store_release(&worker->id, gc__own_thread_id());
    gc__futex_wake(&worker->id, 1);
    bool has_work = wait_for_work(worker);
    while (has_work) {
        gc__drain(worker->marker);
        has_work = find_work(worker);
    }
    return NULL;
}
