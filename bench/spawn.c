/* SPDX-License-Identifier: MIT */

/* Starts programs and waits for them, in turns, and reports how long one takes
 * from posix_spawn to its end: the median, and the median of its difference to
 * the first program in the same turn.  Where BENCH_CLOCK=cpu is in the
 * environment, it is the processor's time of the child instead.
 *
 *     spawn turns program... */

#include "bench/common.h"

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

static double cpu_us(const struct rusage *usage)
{
    return 1e6 * (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

static double run_us(char *program)
{
    char *arguments[] = {program, NULL};
    pid_t process;
    uint64_t start_ns = clock_ns();
    if (posix_spawn(&process, program, NULL, NULL, arguments, environ) != 0)
        give_up("a program cannot be started");
    int status;
    struct rusage usage;
    if (wait4(process, &status, 0, &usage) != process || status != 0)
        give_up("a program has failed");
    if (wants_cpu_time())
        return cpu_us(&usage);
    return (double)(clock_ns() - start_ns) / 1000;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

int main(int argc, char **argv)
{
    size_t turns = argument(argc, argv, 1, 400);
    size_t programs = argc > 2 ? (size_t)argc - 2 : 0;
    if (turns == 0 || programs == 0)
        give_up("usage: spawn turns program...");
    double *taken = helper_memory(turns * programs * sizeof *taken);
    for (size_t turn = 0; turn < turns; turn++)
        for (size_t i = 0; i < programs; i++)
            taken[i * turns + turn] = run_us(argv[i + 2]);

    double *over_first = helper_memory(turns * sizeof *over_first);
    for (size_t i = programs; i-- > 0;) {
        for (size_t turn = 0; turn < turns; turn++)
            over_first[turn] = taken[i * turns + turn] - taken[turn];
        printf("%s.over_first_us=%.6g\n", base_name(argv[i + 2]),
               median(over_first, turns));
        printf("%s.median_us=%.6g\n", base_name(argv[i + 2]),
               median(taken + i * turns, turns));
    }
    return 0;
}
