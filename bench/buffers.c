/* SPDX-License-Identifier: MIT */

/* Buffers of 6 to 60 KiB, as for files and network packets: pointer-free, some
 * live at a time, each new one takes the place of a random old one and is
 * written from end to end.
 *
 *     buffers [allocations] [live] */

#include "bench/common.h"
#include "bench/peer.h"

enum { SMALLEST = 6 * 1024, LARGEST = 60 * 1024 };

struct buffer {
    size_t bytes;
    uint64_t number;
};

static struct buffer **live;

static struct buffer *new_buffer(size_t bytes, uint64_t number)
{
    struct buffer *buffer = bench_new_atomic(bytes);
    memset(buffer, (int)(number & 0x7f), bytes);
    buffer->bytes = bytes;
    buffer->number = number;
    return buffer;
}

static uint64_t check(size_t slots)
{
    uint64_t checksum = 0;
    for (size_t i = 0; i < slots; i++) {
        struct buffer *buffer = live[i];
        if (buffer == NULL)
            continue;
        const char *last = (const char *)buffer + buffer->bytes - 1;
        if (*last != (char)(buffer->number & 0x7f))
            give_up("a buffer was overwritten");
        checksum = mix(checksum, buffer->number);
    }
    return checksum;
}

int main(int argc, char **argv)
{
    size_t allocations = argument(argc, argv, 1, 200000);
    size_t slots = argument(argc, argv, 2, 2000);
    bench_init();
    uint64_t start_ns = clock_ns();

    live = bench_new_scanned(slots * sizeof(void *));
    struct random random = {1};
    for (size_t i = 0; i < allocations; i++) {
        size_t index = random_below(&random, slots);
        size_t bytes = SMALLEST + random_below(&random, LARGEST - SMALLEST + 1);
        if (live[index] != NULL)
            bench_free(live[index]);
        live[index] = new_buffer(bytes, i);
    }

    report_end(start_ns, check(slots));
    return 0;
}
