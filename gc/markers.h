/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_MARKERS_H
#define TIDEMARK_GC_MARKERS_H

/* Several markers at work on one heap: the collecting thread and helpers,
 * threads of the library's own.
 *
 * Each has a marker with a stack of its own.  One that has plenty while another
 * has nothing puts half of its stack, the oldest part, into its public queue
 * (gc/steal.h) and calls a hungry one.  The hungry sleep.  A marker that is
 * alone at work goes the way of a single one, without atomic operations: so a
 * list, or a small heap, is marked as if there were no others.
 *
 * The helpers are started between two collections, after one that had work for
 * them, one at first and twice as many each time; they end when they have not
 * been called for some seconds.  If marking was not faster with them than
 * without, some markings are done by one marker.  What they find wrong, no thread to be had, no
 * memory, makes the marking slower and nothing else.
 *
 * All functions are for the collecting thread, one at a time, which may be
 * another each time. */

#include <stdbool.h>
#include <stddef.h>

#include "gc/mark.h"
#include "gc/steal.h"
#include "platform/own_thread.h"

enum { MARKERS_MAX = 64 };

enum worker_state {
    WORKER_NONE,
    WORKER_RUNNING,
    WORKER_HELD,  /* running, and may not end */
    WORKER_ENDED, /* to be joined */
};

/* Whether somebody has work for it. */
enum call { NOT_CALLED, CALLED, ASLEEP };

/* A marker's place; the collecting thread's is the first. */
struct worker {
    struct steal_queue greys;

    _Alignas(NEIGHBOUR_BYTES) unsigned call; /* atomic: full; enum call */
    unsigned id;    /* of the thread, or 0; atomic: release, acquire */
    unsigned state; /* atomic: release, acquire; enum worker_state */
    unsigned index;
    struct markers *team;
    struct marker *marker;
    struct own_thread thread;

    _Alignas(NEIGHBOUR_BYTES) struct marker own; /* of a helper */
};

struct work_time {
    uint64_t ns;
    size_t work;
};

/* One bit for each worker. */
struct markers {
    /* Those that have grey objects, or are just taking some.  atomic: release
     * when a bit is cleared, acquire when one is set or tested. */
    _Alignas(NEIGHBOUR_BYTES) AO_t busy;
    /* Those that wait for some.  atomic: full when changed. */
    _Alignas(NEIGHBOUR_BYTES) AO_t hungry;

    _Alignas(NEIGHBOUR_BYTES) unsigned count;
    unsigned is_short;  /* more could have been used; atomic: no order */
    unsigned is_ending; /* atomic: release, acquire */
    bool is_worthwhile; /* to start helpers, as the last marking has shown */

    /* Whether it is worthwhile to share: see judge() in gc/markers.c. */
    struct work_time alone; /* the last marking without help */
    uint64_t cpu_ns;        /* this marking, of the collecting thread */
    uint64_t wall_ns;
    bool is_resting; /* this marking is done by one */
    unsigned rest;   /* markings still to be done by one */
    unsigned last_rest;
    unsigned shared; /* markings that were shared, since one was not */

    uint64_t idle_ns; /* after which a helper ends */
    struct range memory;
    struct worker workers[];
};

/* --------------------------------------------------------- for the collector */

/* Sets how many markers there may be, 1 to MARKERS_MAX, the collecting thread
 * counted.  At the beginning it is 1.  Returns false if there is no memory for
 * more than one; then it is 1.  Not while others are stopped. */
bool gc__markers_set(struct marker *marker, unsigned count);
unsigned gc__markers_count(const struct marker *marker);

/* Starts helpers if there was work for them.  Call it before other threads are
 * stopped, since they may hold locks that it takes: of libc, and of malloc.
 * From then until gc__marker_end, gc__markers_is_own tells the truth. */
void gc__markers_prepare(struct marker *marker);

/* True if `id` is that of a helper thread: not to be stopped, nor looked at for
 * roots. */
bool gc__markers_is_own(const struct marker *marker, unsigned id);

/* Helper threads there are. */
unsigned gc__markers_threads(const struct marker *marker);

/* Memory of the markers, and of their stacks. */
size_t gc__markers_memory_bytes(const struct marker *marker);

/* In a child after fork, where the helpers do not exist. */
void gc__markers_forget(struct marker *marker);

/* ---------------------------------------- for gc/mark.c and marker_threads.c */

/* All of these, but for share and is_alone, do nothing when there is one. */
void gc__markers_begin(struct marker *marker);
void gc__markers_drain(struct marker *marker);
void gc__markers_end(struct marker *marker);
void gc__markers_trim(struct marker *marker, size_t capacity);

/* Gives half of the stack to whoever is hungry, if enough of `work` has been
 * done since the last time.  True if something has been given. */
bool gc__markers_share(struct marker *marker, size_t work);

/* Calls a worker: somebody has work for it, or it is to look why. */
void gc__markers_call(struct worker *worker);

/* What a helper's thread does. */
void *gc__markers_help(void *worker);

static inline struct markers *markers_team(const struct marker *marker)
{
    return marker->worker == NULL ? NULL : marker->worker->team;
}

static inline bool markers_are_resting(const struct marker *marker)
{
    return marker->worker->team->is_resting;
}

static inline bool markers_are_hungry(const struct marker *marker)
{
    return AO_load(&marker->worker->team->hungry) != 0;
}

/* True if no other is at work, nor will be until this one gives something. */
static inline bool marker_is_alone(const struct marker *marker)
{
    const struct worker *worker = marker->worker;
    /* In this order: who has taken the last entry was busy before. */
    return steal_is_empty(&worker->greys) &&
           AO_load_acquire(&worker->team->busy) == (AO_t)1 << worker->index;
}

#endif
