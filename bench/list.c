/* SPDX-License-Identifier: MIT */

/* A long list is dropped, or retained, and then collected once: does the memory
 * come back, and does it stay away?  Nodes of 120 bytes; 4 000 000 are 480 MB.
 * A list is also the graph that leaves a marker nothing to do ahead of time.
 *
 *     list drop|retain [nodes] [seconds to wait] [collections] */

#include "bench/common.h"
#include "bench/peer.h"

struct node {
    struct node *next;
    uint64_t number;
    char rest[104];
};

_Static_assert(sizeof(struct node) == 120, "the size the figures are for");

static struct node *volatile list;

__attribute__((noinline)) static void build(size_t nodes)
{
    struct node *head = NULL;
    for (size_t i = 0; i < nodes; i++) {
        struct node *node = bench_new_scanned(sizeof *node);
        node->number = i;
        node->next = head;
        head = node;
    }
    list = head;
}

__attribute__((noinline)) static uint64_t sum_up(size_t nodes)
{
    uint64_t checksum = 0;
    size_t seen = 0;
    for (struct node *node = list; node != NULL; node = node->next) {
        checksum = mix(checksum, node->number);
        seen++;
    }
    if (seen != nodes)
        give_up("the list has lost nodes");
    return checksum;
}

__attribute__((noinline)) static void drop(void)
{
    struct node *node = BENCH_FREES ? list : NULL;
    while (node != NULL) {
        struct node *next = node->next;
        bench_free(node);
        node = next;
    }
    list = NULL;
}

int main(int argc, char **argv)
{
    bool retain = argc > 1 && strcmp(argv[1], "retain") == 0;
    if (!retain && (argc < 2 || strcmp(argv[1], "drop") != 0))
        give_up("usage: list drop|retain [nodes] [wait] [collections]");
    size_t nodes = argument(argc, argv, 2, 4000000);
    size_t wait_seconds = argument(argc, argv, 3, 0);
    size_t collections = argument(argc, argv, 4, 1);
    bench_init();
    report("resident_start_bytes", resident_bytes());
    uint64_t start_ns = clock_ns();

    build(nodes);
    uint64_t checksum = sum_up(nodes);
    report("resident_full_bytes", resident_bytes());

    if (!retain)
        drop();
    clear_dead_stack();
    uint64_t collect_start_ns = phase_ns();
    for (size_t i = 0; i < collections; i++)
        bench_collect();
    report_real("collect_seconds",
                (double)(phase_ns() - collect_start_ns) / 1e9);
    report("resident_after_bytes", resident_bytes());

    if (retain)
        checksum = sum_up(nodes);
    if (wait_seconds > 0) {
        sleep((unsigned)wait_seconds);
        report("resident_later_bytes", resident_bytes());
    }
    report_end(start_ns, checksum);
    return 0;
}
