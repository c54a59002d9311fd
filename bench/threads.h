/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_BENCH_THREADS_H
#define TIDEMARK_BENCH_THREADS_H

/* The same work in several threads.  The calling thread is the first of them,
 * so that a program with one thread creates none: it is measured against what
 * it would be alone. */

#include <pthread.h>

#include "bench/peer.h"

typedef void team_work(size_t index, void *context);

struct member {
    pthread_t thread;
    size_t index;
    team_work *work;
    void *context;
};

static void *run_member(void *argument)
{
    struct member *member = argument;
    member->work(member->index, member->context);
    return NULL;
}

/* Through peer.h: what its header makes of pthread_create() is what a user of
 * the peer gets. */
static inline void start_member(struct member *member)
{
    if (pthread_create(&member->thread, NULL, run_member, member) != 0)
        give_up("no thread");
}

static inline struct member *form_team(size_t threads, team_work *work,
                                       void *context)
{
    struct member *team = helper_memory((threads + 1) * sizeof *team);
    for (size_t i = 0; i < threads; i++)
        team[i] = (struct member){.index = i, .work = work, .context = context};
    return team;
}

static inline void join_members(struct member *team, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        if (pthread_join(team[i].thread, NULL) != 0)
            give_up("a thread cannot be joined");
}

/* Calls work(index, context) with each index below `threads`, in a thread of
 * its own, and returns when all have. */
static inline void run_in_threads(size_t threads, team_work *work,
                                  void *context)
{
    struct member *team = form_team(threads, work, context);
    for (size_t i = 1; i < threads; i++)
        start_member(&team[i]);
    work(0, context);
    join_members(team, 1, threads);
}

#endif
