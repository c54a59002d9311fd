/* SPDX-License-Identifier: MIT */

/* Allocation alone: objects of one size, the first word of each written, each
 * dropped 64 objects later.  Malloc peers free it there; a collector's time
 * includes its collections.
 *
 *     allocate [bytes] [objects]
 *
 * Three times the same: on the fresh heap of a new process, on the heap that
 * has been touched by then, and with the peer's zeroed allocation, which for a
 * collector is no different. */

#include "bench/common.h"
#include "bench/peer.h"

enum { LIVE = 64 };

static uint64_t *live[LIVE];

__attribute__((always_inline)) static inline uint64_t
allocate(size_t bytes, size_t objects, bool zeroed)
{
    uint64_t start_ns = phase_ns();
    for (size_t i = 0; i < objects; i++) {
        uint64_t *object =
            zeroed ? bench_new_scanned(bytes) : bench_new_filled(bytes);
        bench_free(live[i % LIVE]);
        *object = i;
        live[i % LIVE] = object;
    }
    return phase_ns() - start_ns;
}

__attribute__((noinline)) static uint64_t allocate_filled(size_t bytes,
                                                          size_t objects)
{
    return allocate(bytes, objects, false);
}

__attribute__((noinline)) static uint64_t allocate_zeroed(size_t bytes,
                                                          size_t objects)
{
    return allocate(bytes, objects, true);
}

int main(int argc, char **argv)
{
    size_t bytes = argument(argc, argv, 1, 16);
    size_t objects = argument(argc, argv, 2, 20000000);
    bench_init();
    uint64_t start_ns = clock_ns();

    double fresh_ns = (double)allocate_filled(bytes, objects);
    double touched_ns = (double)allocate_filled(bytes, objects);
    double zeroed_ns = (double)allocate_zeroed(bytes, objects);

    uint64_t checksum = 0;
    for (size_t i = 0; i < LIVE; i++)
        checksum = mix(checksum, live[i] == NULL ? 0 : *live[i]);
    report_real("fresh_ns", fresh_ns / (double)objects);
    report_real("touched_ns", touched_ns / (double)objects);
    report_real("zeroed_ns", zeroed_ns / (double)objects);
    report_end(start_ns, checksum);
    return 0;
}
