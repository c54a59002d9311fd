/* SPDX-License-Identifier: MIT */

/* What a thread costs that has allocated once and then sleeps: resident memory
 * for each of many.
 *
 *     idle_threads [threads] [objects]
 *
 * With 0 objects the threads allocate nothing: that much a thread needs without
 * an allocator, most of it its stack. */

#include "bench/common.h"
#include "bench/threads.h"

enum { OBJECT_BYTES = 48 };

struct hall {
    size_t objects;
    size_t asleep;
    bool is_over;
    uint64_t sum;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

/* Calls nothing that allocates: one thread more or less is all that differs. */
static void sleep_until_over(struct hall *hall)
{
    pthread_mutex_lock(&hall->lock);
    hall->asleep++;
    pthread_cond_broadcast(&hall->changed);
    while (!hall->is_over)
        pthread_cond_wait(&hall->changed, &hall->lock);
    pthread_mutex_unlock(&hall->lock);
}

static void add_up(struct hall *hall, uint64_t value)
{
    pthread_mutex_lock(&hall->lock);
    hall->sum += value;
    pthread_mutex_unlock(&hall->lock);
}

static void stay(size_t index, void *context)
{
    struct hall *hall = context;
    if (hall->objects == 0) {
        sleep_until_over(hall);
        return;
    }
    uint64_t *object = NULL;
    for (size_t i = 0; i < hall->objects; i++) {
        bench_free(object);
        object = bench_new_scanned(OBJECT_BYTES);
        *object = index;
    }
    sleep_until_over(hall);
    add_up(hall, *object);
    bench_free(object);
}

static void start_all(struct hall *hall, struct member *team, size_t threads)
{
    for (size_t i = 0; i < threads; i++)
        start_member(&team[i]);
    pthread_mutex_lock(&hall->lock);
    while (hall->asleep < threads)
        pthread_cond_wait(&hall->changed, &hall->lock);
    pthread_mutex_unlock(&hall->lock);
}

static void end_all(struct hall *hall, struct member *team, size_t threads)
{
    pthread_mutex_lock(&hall->lock);
    hall->is_over = true;
    pthread_cond_broadcast(&hall->changed);
    pthread_mutex_unlock(&hall->lock);
    join_members(team, 0, threads);
}

static double kib_a_thread(size_t before_bytes, size_t threads)
{
    return ((double)resident_bytes() - (double)before_bytes) / 1024 /
           (double)threads;
}

int main(int argc, char **argv)
{
    size_t threads = argument(argc, argv, 1, 1000);
    struct hall hall = {.objects = argument(argc, argv, 2, 1),
                        .lock = PTHREAD_MUTEX_INITIALIZER,
                        .changed = PTHREAD_COND_INITIALIZER};
    bench_init();
    uint64_t start_ns = clock_ns();
    uint64_t *first = bench_new_scanned(OBJECT_BYTES);
    *first = 1;
    bench_collect();

    struct member *team = form_team(threads, stay, &hall);
    size_t before_bytes = resident_bytes();
    start_all(&hall, team, threads);
    double started = kib_a_thread(before_bytes, threads);
    bench_collect();
    double collected = kib_a_thread(before_bytes, threads);
    end_all(&hall, team, threads);

    report_real("kib_a_thread", started);
    report_real("collected_kib_a_thread", collected);
    report_end(start_ns, mix(hall.sum, *first));
    bench_free(first);
    return 0;
}
