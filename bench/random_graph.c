/* SPDX-License-Identifier: MIT */

/* A random graph that does not fit the caches: how far is a full collection
 * from the time that the memory itself needs?
 *
 * Every node has four edges to random nodes.  The first edges together form one
 * random cycle, so a single global pointer reaches every node, and only through
 * edges: a table of all nodes, scanned in the order of addresses, would hand
 * the collector a sequential order that real graphs do not offer.
 *
 * The walk visits the same nodes in the same process, each once, in the order
 * of another random permutation, held as an array of indices into a table of
 * the nodes; it prefetches 16 nodes ahead and reads the four edges.  Looking an
 * index up in the table is a second random access, though to a smaller area.
 * So the same walk without it is reported beside: there the index, in units of
 * 16 bytes from the lowest node, is the address.  It reads nothing at random
 * but the nodes, which is less than a collector can do, that has to find out
 * for each of the four edges whether its node is marked.
 *
 * Helper arrays are outside the heap.  The best of the rounds is taken for
 * both, so neither is charged for what else the machine was doing.
 *
 *     random_graph [nodes] [rounds] */

#include "bench/common.h"
#include "bench/peer.h"

enum { EDGES = 4, AHEAD = 16, UNIT_BYTES = 16 };

struct node {
    struct node *edge[EDGES];
    uint64_t payload[4];
};

_Static_assert(sizeof(struct node) == 64, "one cache line of content");

static struct node *root;

/* All nodes, chained by their first edges, so that they live while they are
 * built: the table itself is not scanned. */
static void build_nodes(struct node **table, size_t nodes)
{
    for (size_t i = 0; i < nodes; i++) {
        struct node *node = bench_new_scanned(sizeof *node);
        node->edge[0] = root;
        node->payload[0] = i;
        table[i] = node;
        root = node;
    }
}

static void shuffle(uint32_t *order, size_t count, struct random *random)
{
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    for (size_t i = count - 1; i > 0; i--) {
        size_t j = random_below(random, i + 1);
        uint32_t swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
}

/* No allocation while the chain is taken apart. */
static void draw_edges(struct node **table, const uint32_t *cycle, size_t nodes,
                       struct random *random)
{
    for (size_t i = 0; i < nodes; i++) {
        struct node *node = table[cycle[i]];
        node->edge[0] = table[cycle[i + 1 < nodes ? i + 1 : 0]];
        for (size_t k = 1; k < EDGES; k++)
            node->edge[k] = table[random_below(random, nodes)];
    }
    root = table[cycle[0]];
}

static uintptr_t lowest_address(struct node **table, size_t nodes)
{
    uintptr_t lowest = UINTPTR_MAX;
    for (size_t i = 0; i < nodes; i++)
        if ((uintptr_t)table[i] < lowest)
            lowest = (uintptr_t)table[i];
    return lowest;
}

/* The indices of the walk; `place` has room for AHEAD more, which repeat the
 * last one, so that the loop needs no test for its end. */
static void lay_out_walk(uint32_t *place, const uint32_t *order,
                         struct node **table, uintptr_t lowest, size_t nodes)
{
    for (size_t i = 0; i < nodes; i++) {
        size_t unit = ((uintptr_t)table[order[i]] - lowest) / UNIT_BYTES;
        if (unit > UINT32_MAX)
            give_up("nodes are too far apart for 32-bit indices");
        place[i] = (uint32_t)unit;
    }
    for (size_t i = nodes; i < nodes + AHEAD; i++)
        place[i] = place[nodes - 1];
}

static uint64_t read_edges(const struct node *node)
{
    uint64_t sum = 0;
    for (size_t k = 0; k < EDGES; k++)
        sum += (uintptr_t)node->edge[k];
    return sum;
}

__attribute__((noinline)) static uint64_t
walk_direct(const uint32_t *place, const char *lowest, size_t nodes)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < nodes; i++) {
        __builtin_prefetch(lowest + (size_t)place[i + AHEAD] * UNIT_BYTES);
        sum +=
            read_edges((const void *)(lowest + (size_t)place[i] * UNIT_BYTES));
    }
    return sum;
}

__attribute__((noinline)) static uint64_t
walk(const uint32_t *order, struct node **table, size_t nodes)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < nodes; i++) {
        if (i + AHEAD < nodes)
            __builtin_prefetch(table[order[i + AHEAD]]);
        sum += read_edges(table[order[i]]);
    }
    return sum;
}

struct best {
    uint64_t collect_ns;
    uint64_t walk_ns;
    uint64_t walk_direct_ns;
};

static void keep_smaller(uint64_t *best, uint64_t since_ns)
{
    uint64_t taken = phase_ns() - since_ns;
    if (taken < *best)
        *best = taken;
}

/* Both walks must have read the same edges; what they sum up to depends on
 * where the nodes are, so it cannot be the checksum. */
static struct best measure(const uint32_t *place, const uint32_t *order,
                           struct node **table, uintptr_t lowest, size_t nodes,
                           size_t rounds)
{
    struct best best = {UINT64_MAX, UINT64_MAX, UINT64_MAX};
    for (size_t round = 0; round < rounds; round++) {
        uint64_t start_ns = phase_ns();
        bench_collect();
        keep_smaller(&best.collect_ns, start_ns);

        start_ns = phase_ns();
        uint64_t sum = walk(order, table, nodes);
        keep_smaller(&best.walk_ns, start_ns);

        start_ns = phase_ns();
        uint64_t direct_sum = walk_direct(place, (const char *)lowest, nodes);
        keep_smaller(&best.walk_direct_ns, start_ns);
        if (sum != direct_sum)
            give_up("the walks did not read the same edges");
    }
    return best;
}

/* Every node, once around the cycle: nothing may have been collected. */
static uint64_t check_cycle(const uint32_t *cycle, struct node **table,
                            size_t nodes)
{
    uint64_t checksum = 0;
    struct node *node = root;
    for (size_t i = 0; i < nodes; i++) {
        if (node != table[cycle[i]] || node->payload[0] != cycle[i])
            give_up("a node was lost");
        checksum = mix(checksum, node->payload[0]);
        node = node->edge[0];
    }
    return checksum;
}

int main(int argc, char **argv)
{
    size_t nodes = argument(argc, argv, 1, 4000000);
    size_t rounds = argument(argc, argv, 2, 5);
    bench_init();
    uint64_t start_ns = clock_ns();

    struct random random = {1};
    struct node **table = helper_memory(nodes * sizeof *table);
    uint32_t *cycle = helper_memory(nodes * sizeof *cycle);
    uint32_t *order = helper_memory(nodes * sizeof *order);
    uint32_t *place = helper_memory((nodes + AHEAD) * sizeof *place);
    build_nodes(table, nodes);
    shuffle(cycle, nodes, &random);
    draw_edges(table, cycle, nodes, &random);
    shuffle(order, nodes, &random);
    uintptr_t lowest = lowest_address(table, nodes);
    lay_out_walk(place, order, table, lowest, nodes);

    struct best best = measure(place, order, table, lowest, nodes, rounds);
    report_real("walk_ns", (double)best.walk_ns / (double)nodes);
    report_real("walk_direct_ns", (double)best.walk_direct_ns / (double)nodes);
    if (BENCH_COLLECTS) {
        report_real("collect_ns", (double)best.collect_ns / (double)nodes);
        report_real("collect_over_walk",
                    (double)best.collect_ns / (double)best.walk_ns);
    }
    report_end(start_ns, check_cycle(cycle, table, nodes));
    return 0;
}
