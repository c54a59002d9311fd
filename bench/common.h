/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_BENCH_COMMON_H
#define TIDEMARK_BENCH_COMMON_H

/* What all benchmark programs share: arguments, a clock, a random sequence that
 * is the same for every peer, helper memory that no allocator under test
 * manages, and the report: key=value lines on standard output. */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

__attribute__((noreturn)) static inline void give_up(const char *reason)
{
    fprintf(stderr, "%s\n", reason);
    exit(2);
}

/* The index-th argument as a number, or what to take where it is not given. */
static inline size_t argument(int argc, char **argv, int index,
                              size_t otherwise)
{
    if (index >= argc)
        return otherwise;
    char *end;
    unsigned long long value = strtoull(argv[index], &end, 10);
    if (end == argv[index] || *end != '\0')
        give_up("an argument is not a number");
    return value;
}

static inline uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline bool wants_cpu_time(void)
{
    const char *clock = getenv("BENCH_CLOCK");
    return clock != NULL && strcmp(clock, "cpu") == 0;
}

/* The same for whole phases; time on the processor where BENCH_CLOCK=cpu is in
 * the environment, for a machine that is busy.  Too slow for single requests. */
static inline uint64_t phase_ns(void)
{
    if (!wants_cpu_time())
        return clock_ns();
    struct timespec spent;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return (uint64_t)spent.tv_sec * 1000000000u + (uint64_t)spent.tv_nsec;
}

/* splitmix64, by Steele, Lea and Flood (2014): a counter, well mixed. */
struct random {
    uint64_t state;
};

static inline uint64_t random_bits(struct random *random)
{
    uint64_t bits = random->state += 0x9e3779b97f4a7c15u;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
    return bits ^ bits >> 31;
}

/* Uniform in [0, bound); `bound` is below 2^32. */
static inline size_t random_below(struct random *random, size_t bound)
{
    return (random_bits(random) >> 32) * bound >> 32;
}

/* Helper memory: zero, and outside of every allocator, so that it is neither
 * scanned nor counted as an allocation. */
static inline void *helper_memory(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        give_up("no helper memory");
    return memory;
}

/* Overwrites what returned functions have left on the stack, so that no
 * collector is blamed for a pointer that the program itself forgot there. */
__attribute__((noinline, unused)) static void clear_dead_stack(void)
{
    volatile char leftovers[64 * 1024];
    memset((void *)leftovers, 0, sizeof leftovers);
}

static inline uint64_t mix(uint64_t checksum, uint64_t value)
{
    return (checksum ^ value) * 0x100000001b3u;
}

static inline void report(const char *key, uint64_t value)
{
    printf("%s=%" PRIu64 "\n", key, value);
    fflush(stdout);
}

static inline void report_real(const char *key, double value)
{
    printf("%s=%.6g\n", key, value);
    fflush(stdout);
}

/* A line of /proc/self/status, such as "VmRSS:", in bytes. */
static inline size_t status_bytes(const char *name)
{
    FILE *status = fopen("/proc/self/status", "r");
    if (status == NULL)
        give_up("/proc/self/status cannot be read");
    char line[256];
    size_t kilobytes = 0;
    while (fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            kilobytes = strtoull(line + strlen(name), NULL, 10);
    fclose(status);
    return kilobytes * 1024;
}

static inline size_t resident_bytes(void)
{
    return status_bytes("VmRSS:");
}

#endif
