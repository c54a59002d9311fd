/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_BENCH_PEER_H
#define TIDEMARK_BENCH_PEER_H

/* A few neutral operations, mapped onto the allocator under test.  Each program
 * is one source, compiled once for each peer with one of -DPEER_TIDEMARK,
 * -DPEER_BDWGC, -DPEER_GLIBC, -DPEER_MIMALLOC, and calls the peer's shared
 * library the way a user would: no inlined fast paths, no settings.
 *
 *   bench_new_scanned   zeroed, may hold pointers
 *   bench_new_filled    the same, but the program fills it in at once: malloc
 *                       peers need not zero it
 *   bench_new_atomic    holds no pointers, not zeroed
 *   bench_realloc       as realloc; keeps the kind
 *   bench_free          for malloc peers.  Nothing for a collector, unless the
 *                       program is compiled with -DBENCH_FREES_EXPLICITLY=1
 *   bench_collect       a full collection; for malloc peers, what comes closest:
 *                       return free memory to the system
 *
 * A failed allocation is not checked for: every program touches what it
 * allocates, so it ends there. */

#include "bench/common.h"

#ifndef BENCH_FREES_EXPLICITLY
#define BENCH_FREES_EXPLICITLY 0
#endif

#if defined(PEER_TIDEMARK)

#include <tidemark.h>

enum { BENCH_COLLECTS = 1, BENCH_FREES = BENCH_FREES_EXPLICITLY };

static inline void bench_init(void)
{
    if (!gc_init())
        give_up("gc_init failed");
}

static inline void *bench_new_scanned(size_t bytes)
{
    return gc_malloc(bytes);
}

static inline void *bench_new_filled(size_t bytes)
{
    return gc_malloc(bytes);
}

static inline void *bench_new_atomic(size_t bytes)
{
    return gc_malloc_atomic(bytes);
}

static inline void *bench_realloc(void *object, size_t bytes)
{
    return gc_realloc(object, bytes);
}

static inline void bench_free(void *object)
{
    if (BENCH_FREES)
        gc_free(object);
}

static inline void bench_collect(void)
{
    GC_collect();
}

static inline size_t bench_collections(void)
{
    struct gc_stats stats;
    gc_stats(&stats, sizeof stats);
    return stats.collections;
}

#elif defined(PEER_BDWGC)

/* With this its header replaces pthread_create(), by which it knows a thread.
 * The others need nothing. */
#define GC_THREADS
#include <gc.h>

enum { BENCH_COLLECTS = 1, BENCH_FREES = BENCH_FREES_EXPLICITLY };

static inline void bench_init(void)
{
    GC_INIT();
}

static inline void *bench_new_scanned(size_t bytes)
{
    return GC_MALLOC(bytes);
}

static inline void *bench_new_filled(size_t bytes)
{
    return GC_MALLOC(bytes);
}

static inline void *bench_new_atomic(size_t bytes)
{
    return GC_MALLOC_ATOMIC(bytes);
}

static inline void *bench_realloc(void *object, size_t bytes)
{
    return GC_REALLOC(object, bytes);
}

static inline void bench_free(void *object)
{
    if (BENCH_FREES)
        GC_FREE(object);
}

static inline void bench_collect(void)
{
    GC_gcollect();
}

static inline size_t bench_collections(void)
{
    return GC_get_gc_no();
}

#elif defined(PEER_GLIBC)

#include <malloc.h>

enum { BENCH_COLLECTS = 0, BENCH_FREES = 1 };

static inline void bench_init(void)
{
}

static inline void *bench_new_scanned(size_t bytes)
{
    return calloc(1, bytes);
}

static inline void *bench_new_filled(size_t bytes)
{
    return malloc(bytes);
}

static inline void *bench_new_atomic(size_t bytes)
{
    return malloc(bytes);
}

static inline void *bench_realloc(void *object, size_t bytes)
{
    return realloc(object, bytes);
}

static inline void bench_free(void *object)
{
    free(object);
}

static inline void bench_collect(void)
{
    malloc_trim(0);
}

static inline size_t bench_collections(void)
{
    return 0;
}

#elif defined(PEER_MIMALLOC)

#include <mimalloc.h>

enum { BENCH_COLLECTS = 0, BENCH_FREES = 1 };

static inline void bench_init(void)
{
}

static inline void *bench_new_scanned(size_t bytes)
{
    return mi_zalloc(bytes);
}

static inline void *bench_new_filled(size_t bytes)
{
    return mi_malloc(bytes);
}

static inline void *bench_new_atomic(size_t bytes)
{
    return mi_malloc(bytes);
}

static inline void *bench_realloc(void *object, size_t bytes)
{
    return mi_realloc(object, bytes);
}

static inline void bench_free(void *object)
{
    mi_free(object);
}

static inline void bench_collect(void)
{
    mi_collect(true);
}

static inline size_t bench_collections(void)
{
    return 0;
}

#else
#error "define one of PEER_TIDEMARK, PEER_BDWGC, PEER_GLIBC, PEER_MIMALLOC"
#endif

/* The last lines of every program.  `checksum` depends on what the program
 * computed and must be the same for every peer.  The peak is read before the
 * statistics, which may sweep. */
static inline void report_end(uint64_t start_ns, uint64_t checksum)
{
    uint64_t end_ns = clock_ns();
    report_real("seconds", (double)(end_ns - start_ns) / 1e9);
    report("peak_resident_bytes", status_bytes("VmHWM:"));
    report("collections", bench_collections());
    report("checksum", checksum);
}

#endif
