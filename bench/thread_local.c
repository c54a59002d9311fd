/* SPDX-License-Identifier: MIT */

/* Objects whose only pointers are in a thread-local variable of the main
 * thread: how many live through a collection and the reuse of what it freed?
 *
 *     thread_local */

#include "bench/common.h"
#include "bench/peer.h"

enum { HELD = 1000, REUSED = 200 * 1000, WORDS = 6 };

static __thread uint64_t *held[HELD];

__attribute__((noinline)) static void hold(void)
{
    for (uint64_t i = 0; i < HELD; i++) {
        held[i] = bench_new_scanned(WORDS * sizeof(uint64_t));
        for (size_t word = 0; word < WORDS; word++)
            held[i][word] = i + 1;
    }
}

/* Takes what was wrongly freed and writes over it. */
__attribute__((noinline)) static void reuse(void)
{
    for (size_t i = 0; i < REUSED; i++) {
        uint64_t *object = bench_new_scanned(WORDS * sizeof(uint64_t));
        for (size_t word = 0; word < WORDS; word++)
            object[word] = UINT64_MAX;
        bench_free(object);
    }
}

static bool is_intact(uint64_t index)
{
    for (size_t word = 0; word < WORDS; word++)
        if (held[index][word] != index + 1)
            return false;
    return true;
}

int main(void)
{
    bench_init();
    uint64_t start_ns = clock_ns();

    hold();
    clear_dead_stack();
    bench_collect();
    reuse();
    uint64_t survived = 0;
    for (uint64_t i = 0; i < HELD; i++)
        survived += is_intact(i);

    report("held", HELD);
    report("survived", survived);
    report_end(start_ns, HELD);
    return 0;
}
