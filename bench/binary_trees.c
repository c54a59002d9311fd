/* SPDX-License-Identifier: MIT */

/* Binary trees: many short-lived trees of different depths are built and
 * dropped while one large tree lives.  The shape is that of the Computer
 * Language Benchmarks Game.
 *
 *     binary_trees [depth] [threads]
 *
 * Each thread does all of it, with trees of its own: twice the threads are
 * twice the work, on twice the live memory. */

#include "bench/common.h"
#include "bench/threads.h"

struct tree {
    struct tree *left;
    struct tree *right;
};

enum { SHALLOWEST = 4 };

/* What the threads share; each writes its own element. */
struct forest {
    size_t deepest;
    struct harvest {
        uint64_t checksum;
        size_t nodes;
        char apart[48];
    } * harvests;
};

static struct tree *grow(size_t depth)
{
    struct tree *left = depth == 0 ? NULL : grow(depth - 1);
    struct tree *right = depth == 0 ? NULL : grow(depth - 1);
    struct tree *tree = bench_new_filled(sizeof *tree);
    tree->left = left;
    tree->right = right;
    return tree;
}

static size_t count_nodes(const struct tree *tree)
{
    if (tree->left == NULL)
        return 1;
    return 1 + count_nodes(tree->left) + count_nodes(tree->right);
}

static void fell(struct tree *tree)
{
    if (tree->left != NULL) {
        fell(tree->left);
        fell(tree->right);
    }
    bench_free(tree);
}

static size_t grow_and_count(size_t depth)
{
    struct tree *tree = grow(depth);
    size_t nodes = count_nodes(tree);
    if (BENCH_FREES)
        fell(tree);
    return nodes;
}

static void take_in(struct harvest *harvest, size_t nodes)
{
    harvest->checksum = mix(harvest->checksum, nodes);
    harvest->nodes += nodes;
}

static void cultivate(size_t index, void *context)
{
    struct forest *forest = context;
    size_t deepest = forest->deepest;
    struct harvest harvest = {0};

    take_in(&harvest, grow_and_count(deepest + 1));
    struct tree *long_lived = grow(deepest);
    for (size_t depth = SHALLOWEST; depth <= deepest; depth += 2) {
        size_t trees = (size_t)1 << (deepest - depth + SHALLOWEST);
        size_t nodes = 0;
        for (size_t i = 0; i < trees; i++)
            nodes += grow_and_count(depth);
        take_in(&harvest, nodes);
    }
    take_in(&harvest, count_nodes(long_lived));
    if (BENCH_FREES)
        fell(long_lived);
    forest->harvests[index] = harvest;
}

int main(int argc, char **argv)
{
    size_t deepest = argument(argc, argv, 1, 20);
    size_t threads = argument(argc, argv, 2, 1);
    bench_init();
    struct forest forest = {deepest,
                            helper_memory(threads * sizeof *forest.harvests)};
    uint64_t start_ns = clock_ns();
    run_in_threads(threads, cultivate, &forest);
    uint64_t taken_ns = clock_ns() - start_ns;

    uint64_t checksum = 0;
    size_t nodes = 0;
    for (size_t i = 0; i < threads; i++) {
        checksum += forest.harvests[i].checksum;
        nodes += forest.harvests[i].nodes;
    }
    report_real("nodes_a_us", 1e3 * (double)nodes / (double)taken_ns);
    report_end(start_ns, checksum);
    return 0;
}
