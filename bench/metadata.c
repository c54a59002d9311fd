/* SPDX-License-Identifier: MIT */

/* What the allocator needs for itself: a list of 16-byte objects is built, and
 * all memory that became writable meanwhile is compared with what the allocator
 * calls its heap, and with the sum of the requests.
 *
 *     metadata [MiB] */

#include "bench/common.h"
#include "bench/peer.h"

struct cell {
    struct cell *next;
    uint64_t number;
};

static struct cell *list;

/* The sum of all private writable mappings; the kernel's own count, so that
 * nobody has to be believed. */
static size_t writable_bytes(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    if (maps == NULL)
        give_up("/proc/self/maps cannot be read");
    char line[4096];
    size_t bytes = 0;
    while (fgets(line, sizeof line, maps) != NULL) {
        uintptr_t low;
        uintptr_t high;
        char access[5];
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &low, &high,
                   access) == 3 &&
            strcmp(access, "rw-p") == 0)
            bytes += high - low;
    }
    fclose(maps);
    return bytes;
}

int main(int argc, char **argv)
{
    size_t requested = argument(argc, argv, 1, 1024) << 20;
    size_t writable_before = writable_bytes();
    bench_init();
    uint64_t start_ns = clock_ns();

    uint64_t checksum = 0;
    for (uint64_t i = 0; i < requested / sizeof(struct cell); i++) {
        struct cell *cell = bench_new_filled(sizeof *cell);
        *cell = (struct cell){list, i};
        list = cell;
        checksum = mix(checksum, i);
    }

    size_t writable = writable_bytes() - writable_before;
    size_t heap = bench_heap_bytes();
    report("requested_bytes", requested);
    report("writable_bytes", writable);
    report_real("resident_over_requested",
                (double)resident_bytes() / (double)requested);
    if (BENCH_COLLECTS) {
        report("heap_bytes", heap);
        report_real("metadata_percent",
                    100 * ((double)writable - (double)heap) / (double)heap);
    }
    report_end(start_ns, checksum);
    return 0;
}
