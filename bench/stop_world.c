/* SPDX-License-Identifier: MIT */

/* How long it takes to stop the world of a program with a tiny heap and many
 * threads, against the least that signals to all of them can cost, measured in
 * turns in the same process.
 *
 *     stop_world [threads] [spinning] [rounds]
 *
 * `threads` are those beside the one that collects.  `spinning` of them compute
 * and allocate; the others sleep, half of them in a futex, half in poll().
 * While the bare stop is measured the spinning ones compute only, so that no
 * collection falls into it.  Before each measurement all have time to go back
 * to sleep. */

#include "bench/common.h"

#include <poll.h>

#include "bench/bare_stop.h"
#include "bench/stop_time.h"
#include "bench/threads.h"

enum { OBJECT_BYTES = 48, STEPS = 1000 };

struct world {
    size_t spinning;
    pid_t *ids;
    unsigned missing;      /* atomic: threads that have not begun; a futex */
    unsigned is_over;      /* atomic: a futex */
    unsigned may_allocate; /* atomic */
    int poll_ends[2];      /* the first becomes readable at the end */
};

static uint64_t compute(uint64_t value)
{
    for (size_t i = 0; i < STEPS; i++)
        value = mix(value, i);
    return value;
}

static void spin(struct world *world)
{
    uint64_t value = 0;
    while (!AO_int_load_acquire(&world->is_over)) {
        value = compute(value);
        if (!AO_int_load_acquire(&world->may_allocate))
            continue;
        uint64_t *object = bench_new_filled(OBJECT_BYTES);
        *object = value;
        bench_free(object);
    }
}

static void sleep_in_futex(struct world *world)
{
    while (!AO_int_load_acquire(&world->is_over))
        futex(&world->is_over, FUTEX_WAIT, 0);
}

static void sleep_in_poll(struct world *world)
{
    struct pollfd end = {.fd = world->poll_ends[0], .events = POLLIN};
    while (poll(&end, 1, -1) < 0 && errno == EINTR)
        continue;
}

static void live(size_t index, void *context)
{
    struct world *world = context;
    uint64_t *object = bench_new_filled(OBJECT_BYTES);
    *object = index;
    world->ids[index] = gettid();
    if (AO_int_fetch_and_sub1_full(&world->missing) == 1)
        futex(&world->missing, FUTEX_WAKE, 1);

    if (index < world->spinning)
        spin(world);
    else if (index % 2 == 0)
        sleep_in_futex(world);
    else
        sleep_in_poll(world);
    if (*object != index)
        give_up("an object of a thread was lost");
    bench_free(object);
}

static void begin(struct world *world, struct member *team, size_t threads)
{
    AO_int_store_full(&world->missing, (unsigned)threads);
    for (size_t i = 0; i < threads; i++)
        start_member(&team[i]);
    unsigned missing;
    while ((missing = AO_int_load_acquire(&world->missing)) != 0)
        futex(&world->missing, FUTEX_WAIT, missing);
}

static void end(struct world *world, struct member *team, size_t threads)
{
    AO_int_store_full(&world->is_over, 1);
    futex(&world->is_over, FUTEX_WAKE, INT32_MAX);
    if (write(world->poll_ends[1], "", 1) != 1)
        give_up("the sleeping threads cannot be told to end");
    join_members(team, 0, threads);
}

struct series {
    const char *name;
    double *values;
};

enum { LIST, STOP, PAUSE, BARE, BARE_HELD, BARE_SEND, SERIES };

static void settle(size_t threads)
{
    usleep((useconds_t)(1000 + 20 * threads));
}

static void measure(struct world *world, size_t threads, size_t round,
                    struct series *series)
{
    AO_int_store_full(&world->may_allocate, 1);
    settle(threads);
    struct stop_times times = collect_timed();
    series[LIST].values[round] = times.list_us;
    series[STOP].values[round] = times.stop_us;
    series[PAUSE].values[round] = times.pause_us;

    AO_int_store_full(&world->may_allocate, 0);
    settle(threads);
    series[BARE].values[round] = bare_stop(world->ids, threads, false).stop_us;
    settle(threads);
    struct bare_times held = bare_stop(world->ids, threads, true);
    series[BARE_HELD].values[round] = held.stop_us;
    series[BARE_SEND].values[round] = held.send_us;
}

static int compare(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

/* Sorts the values; the median. */
static double report_series(const struct series *series, size_t rounds)
{
    char key[64];
    qsort(series->values, rounds, sizeof(double), compare);
    double median = series->values[rounds / 2];
    snprintf(key, sizeof key, "%s_us", series->name);
    report_real(key, median);
    snprintf(key, sizeof key, "%s_p90_us", series->name);
    report_real(key, series->values[rounds * 9 / 10]);
    return median;
}

int main(int argc, char **argv)
{
    size_t threads = argument(argc, argv, 1, 64);
    size_t spinning = argument(argc, argv, 2, 1);
    size_t rounds = argument(argc, argv, 3, 100);
    if (rounds == 0)
        give_up("no rounds");
    struct world world = {.spinning = spinning,
                          .ids = helper_memory((threads + 1) * sizeof(pid_t))};
    if (pipe(world.poll_ends) != 0)
        give_up("no pipe");
    struct series series[SERIES] = {
        {"list", NULL}, {"stop", NULL},      {"pause", NULL},
        {"bare", NULL}, {"bare_held", NULL}, {"bare_held_send", NULL},
    };
    for (size_t i = 0; i < SERIES; i++)
        series[i].values = helper_memory(rounds * sizeof(double));
    bare_stop_prepare();
    bench_init();
    stop_time_prepare();
    uint64_t start_ns = clock_ns();

    struct member *team = form_team(threads, live, &world);
    begin(&world, team, threads);
    for (size_t round = 0; round < rounds; round++)
        measure(&world, threads, round, series);
    end(&world, team, threads);

    double median[SERIES];
    for (size_t i = 0; i < SERIES; i++)
        median[i] = report_series(&series[i], rounds);
    double least =
        median[BARE] < median[BARE_HELD] ? median[BARE] : median[BARE_HELD];
    if (BENCH_COLLECTS)
        report_real("stop_over_bare", median[STOP] / least);
    report_end(start_ns, mix(0, answers));
    return 0;
}
