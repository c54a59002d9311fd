/* SPDX-License-Identifier: MIT */

/* A key-value cache under load, and how long its requests take.  It is filled
 * to a given size; then each request replaces a random key's entry and value:
 * look up, build the new ones, write the value, link them in, drop the old.
 * Values are pointer-free, 128 to 896 bytes; entries are scanned.
 *
 *     kv_cache [MiB live] [requests]
 *
 * A request is timed from the end of the one before it, so that no pause falls
 * between two of them. */

#include "bench/common.h"
#include "bench/peer.h"

enum { SMALLEST = 128, LARGEST = 896 };

struct entry {
    struct entry *next;
    char *value;
    uint64_t key;
    size_t value_bytes;
    uint64_t version;
    uint64_t last_used;
};

struct cache {
    struct entry **bucket;
    size_t buckets; /* a power of two */
    size_t keys;
};

static struct cache cache;

/* Latencies are counted in buckets of about 1.5 %: 64 to each power of two. */
enum { STEPS = 64, STEP_BITS = 6, OCTAVES = 64 - STEP_BITS };

static uint64_t histogram[OCTAVES * STEPS];
static uint64_t longest_ns;

static size_t histogram_index(uint64_t ns)
{
    if (ns < STEPS)
        return ns;
    unsigned octave = 63 - STEP_BITS - (unsigned)__builtin_clzll(ns);
    return (octave + 1) * STEPS + ((ns >> octave) - STEPS);
}

static uint64_t histogram_ns(size_t index)
{
    if (index < STEPS)
        return index;
    unsigned octave = (unsigned)(index / STEPS) - 1;
    return (STEPS + index % STEPS) << octave;
}

static void record_latency(uint64_t ns)
{
    histogram[histogram_index(ns)]++;
    if (ns > longest_ns)
        longest_ns = ns;
}

/* What `share` of the requests took no longer than. */
static double percentile_us(size_t requests, double share)
{
    size_t rank = (size_t)((double)requests * share);
    size_t passed = 0;
    for (size_t i = 0; i < sizeof histogram / sizeof histogram[0]; i++) {
        passed += histogram[i];
        if (passed > rank)
            return (double)histogram_ns(i) / 1000;
    }
    return (double)longest_ns / 1000;
}

static struct entry **find(uint64_t key)
{
    uint64_t hash = key * 0x9e3779b97f4a7c15u >> 32;
    struct entry **link = &cache.bucket[hash & (cache.buckets - 1)];
    while (*link != NULL && (*link)->key != key)
        link = &(*link)->next;
    return link;
}

static char *new_value(size_t bytes, uint64_t version)
{
    char *value = bench_new_atomic(bytes);
    memset(value, (int)(version & 0x7f), bytes);
    return value;
}

/* One request. */
static void replace(uint64_t key, uint64_t version, struct random *random)
{
    size_t bytes = SMALLEST + random_below(random, LARGEST - SMALLEST + 1);
    struct entry **link = find(key);
    struct entry *old = *link;
    struct entry *entry = bench_new_filled(sizeof *entry);
    *entry = (struct entry){
        .next = old == NULL ? NULL : old->next,
        .key = key,
        .value_bytes = bytes,
        .version = version,
        .last_used = version,
    };
    entry->value = new_value(bytes, version);
    *link = entry;
    if (old != NULL) {
        bench_free(old->value);
        bench_free(old);
    }
}

static void fill(size_t live_bytes, struct random *random)
{
    size_t mean_bytes = sizeof(struct entry) + (SMALLEST + LARGEST) / 2;
    cache.keys = live_bytes / mean_bytes;
    cache.buckets = 1024;
    while (cache.buckets < cache.keys)
        cache.buckets *= 2;
    cache.bucket = bench_new_scanned(cache.buckets * sizeof(void *));
    for (uint64_t key = 0; key < cache.keys; key++)
        replace(key, 0, random);
}

static void serve(size_t requests, struct random *random)
{
    uint64_t before_ns = clock_ns();
    for (uint64_t request = 1; request <= requests; request++) {
        replace(random_below(random, cache.keys), request, random);
        uint64_t now_ns = clock_ns();
        record_latency(now_ns - before_ns);
        before_ns = now_ns;
    }
}

static uint64_t check(void)
{
    uint64_t checksum = 0;
    for (uint64_t key = 0; key < cache.keys; key++) {
        struct entry *entry = *find(key);
        if (entry == NULL)
            give_up("a key was lost");
        if (entry->value[entry->value_bytes - 1] !=
            (char)(entry->version & 0x7f))
            give_up("a value was overwritten");
        checksum = mix(checksum, entry->version);
    }
    return checksum;
}

int main(int argc, char **argv)
{
    size_t live_mib = argument(argc, argv, 1, 256);
    size_t requests = argument(argc, argv, 2, 2000000);
    bench_init();
    uint64_t start_ns = clock_ns();

    struct random random = {1};
    fill(live_mib << 20, &random);
    uint64_t serve_start_ns = clock_ns();
    serve(requests, &random);
    report_real("serve_seconds", (double)(clock_ns() - serve_start_ns) / 1e9);

    report("keys", cache.keys);
    report_real("median_us", percentile_us(requests, 0.5));
    report_real("p99_us", percentile_us(requests, 0.99));
    report_real("p99_9_us", percentile_us(requests, 0.999));
    report_real("max_us", (double)longest_ns / 1000);
    report_end(start_ns, check());
    return 0;
}
