/* SPDX-License-Identifier: MIT */

/* Allocation alone, in several threads at once: objects of one size, the first
 * word of each written, each dropped 64 later by the thread that allocated it.
 * Malloc peers free it there.
 *
 *     allocate_threads scanned|atomic [bytes] [objects] [threads]
 *
 * `objects` are those of each thread.  A first pass touches the heap; the
 * second is timed, from the moment the first thread starts until the last one
 * is through. */

#include "bench/common.h"
#include "bench/threads.h"

enum { LIVE = 64 };

struct task {
    bool atomic;
    size_t bytes;
    size_t objects;
    pthread_barrier_t touched;
    struct outcome {
        uint64_t start_ns;
        uint64_t end_ns;
        uint64_t checksum;
        char apart[40];
    } * outcomes;
};

/* `live` is on the thread's stack: every collector looks there. */
__attribute__((always_inline)) static inline void
allocate(uint64_t **live, const struct task *task, bool atomic)
{
    for (size_t i = 0; i < task->objects; i++) {
        uint64_t *object = atomic ? bench_new_atomic(task->bytes)
                                  : bench_new_filled(task->bytes);
        bench_free(live[i % LIVE]);
        *object = i;
        live[i % LIVE] = object;
    }
}

__attribute__((noinline)) static void allocate_scanned(uint64_t **live,
                                                       const struct task *task)
{
    allocate(live, task, false);
}

__attribute__((noinline)) static void allocate_atomic(uint64_t **live,
                                                      const struct task *task)
{
    allocate(live, task, true);
}

static void pass(uint64_t **live, const struct task *task)
{
    if (task->atomic)
        allocate_atomic(live, task);
    else
        allocate_scanned(live, task);
}

static void work(size_t index, void *context)
{
    struct task *task = context;
    struct outcome outcome = {0};
    uint64_t *live[LIVE] = {0};

    pass(live, task);
    pthread_barrier_wait(&task->touched);
    outcome.start_ns = clock_ns();
    pass(live, task);
    outcome.end_ns = clock_ns();
    for (size_t i = 0; i < LIVE; i++) {
        outcome.checksum =
            mix(outcome.checksum, live[i] == NULL ? 0 : *live[i]);
        bench_free(live[i]);
    }
    task->outcomes[index] = outcome;
}

int main(int argc, char **argv)
{
    bool atomic = argc > 1 && strcmp(argv[1], "atomic") == 0;
    if (!atomic && (argc < 2 || strcmp(argv[1], "scanned") != 0))
        give_up("usage: allocate_threads scanned|atomic [bytes] [objects] "
                "[threads]");
    size_t threads = argument(argc, argv, 4, 2);
    struct task task = {
        .atomic = atomic,
        .bytes = argument(argc, argv, 2, 48),
        .objects = argument(argc, argv, 3, 20000000),
        .outcomes = helper_memory(threads * sizeof *task.outcomes),
    };
    pthread_barrier_init(&task.touched, NULL, (unsigned)threads);
    bench_init();
    uint64_t start_ns = clock_ns();
    run_in_threads(threads, work, &task);

    struct outcome all = {.start_ns = UINT64_MAX};
    for (size_t i = 0; i < threads; i++) {
        const struct outcome *one = &task.outcomes[i];
        if (one->start_ns < all.start_ns)
            all.start_ns = one->start_ns;
        if (one->end_ns > all.end_ns)
            all.end_ns = one->end_ns;
        all.checksum += one->checksum;
    }
    double taken_ns = (double)(all.end_ns - all.start_ns);
    report_real("touched_ns", taken_ns / (double)task.objects);
    report_real("objects_a_us",
                1e3 * (double)(task.objects * threads) / taken_ns);
    report_end(start_ns, all.checksum);
    return 0;
}
