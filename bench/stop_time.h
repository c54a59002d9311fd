/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_BENCH_STOP_TIME_H
#define TIDEMARK_BENCH_STOP_TIME_H

/* How long a collection that the calling thread asked for took to stop the
 * others, by the collector's own account: from the first thing it does to stop
 * them until the last one has answered.
 *
 *   stop_time_prepare   once, after bench_init()
 *   collect_timed       a full collection, and its times; for malloc peers all
 *                       are 0
 *
 * Only one thread of the program may use it. */

#include "bench/peer.h"

struct stop_times {
    double list_us; /* finding roots and threads before the stop; 0 where the
                        peer does not tell */
    double stop_us;
    double pause_us; /* all in which the threads stood still */
};

#if defined(PEER_TIDEMARK)

static int trace_file, usual_stderr;

static inline void stop_time_prepare(void)
{
    trace_file = memfd_create("trace", MFD_CLOEXEC);
    usual_stderr = dup(STDERR_FILENO);
    if (trace_file < 0 || usual_stderr < 0)
        give_up("no file for the trace");
}

/* The trace goes to standard error, so that is a file in memory meanwhile. */
static inline void switch_trace(bool on)
{
    if (dup2(on ? trace_file : usual_stderr, STDERR_FILENO) < 0 ||
        !gc_set(TIDEMARK_TRACE, on))
        give_up("the trace cannot be switched");
}

__attribute__((noreturn)) static inline void give_up_trace(const char *trace)
{
    fprintf(stderr, "%s\n", trace);
    give_up("the trace does not tell of the collection");
}

static inline double trace_us(const char *line, const char *key)
{
    const char *value = strstr(line, key);
    if (value == NULL)
        give_up_trace(line);
    return 1e3 * strtod(value + strlen(key), NULL);
}

/* The last collection that was called for, and not triggered by an allocation
 * of another thread. */
static inline const char *last_called_for(const char *trace)
{
    const char *found = NULL;
    for (const char *at = trace; (at = strstr(at, "cause=call")) != NULL; at++)
        found = at;
    if (found == NULL)
        give_up_trace(trace);
    return found;
}

static inline struct stop_times collect_timed(void)
{
    char trace[8192];
    if (ftruncate(trace_file, 0) != 0 || lseek(trace_file, 0, SEEK_SET) != 0)
        give_up("the trace cannot be emptied");
    switch_trace(true);
    bench_collect();
    switch_trace(false);
    ssize_t length = pread(trace_file, trace, sizeof trace - 1, 0);
    trace[length < 0 ? 0 : length] = '\0';
    const char *line = last_called_for(trace);
    return (struct stop_times){trace_us(line, " list_ms="),
                               trace_us(line, " stop_ms="),
                               trace_us(line, " pause_ms=")};
}

#elif defined(PEER_BDWGC)

static pid_t collecting_thread;
static uint64_t stop_begins_ns, stop_ends_ns, start_ends_ns;

/* Runs in the thread that collects; collections of other threads, which an
 * allocation triggered, are not counted. */
static void GC_CALLBACK take_time(GC_EventType event)
{
    if (gettid() != collecting_thread)
        return;
    if (event == GC_EVENT_PRE_STOP_WORLD)
        stop_begins_ns = clock_ns();
    else if (event == GC_EVENT_POST_STOP_WORLD)
        stop_ends_ns = clock_ns();
    else if (event == GC_EVENT_POST_START_WORLD)
        start_ends_ns = clock_ns();
}

static inline void stop_time_prepare(void)
{
    collecting_thread = gettid();
    GC_set_on_collection_event(take_time);
}

static inline struct stop_times collect_timed(void)
{
    bench_collect();
    return (struct stop_times){
        .stop_us = (double)(stop_ends_ns - stop_begins_ns) / 1e3,
        .pause_us = (double)(start_ends_ns - stop_begins_ns) / 1e3};
}

#else

static inline void stop_time_prepare(void)
{
}

static inline struct stop_times collect_timed(void)
{
    bench_collect();
    return (struct stop_times){0};
}

#endif

#endif
