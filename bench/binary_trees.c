/* SPDX-License-Identifier: MIT */

/* Binary trees: many short-lived trees of different depths are built and
 * dropped while one large tree lives.  The shape is that of the Computer
 * Language Benchmarks Game.
 *
 *     binary_trees [depth] */

#include "bench/common.h"
#include "bench/peer.h"

struct tree {
    struct tree *left;
    struct tree *right;
};

enum { SHALLOWEST = 4 };

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

int main(int argc, char **argv)
{
    size_t deepest = argument(argc, argv, 1, 20);
    bench_init();
    uint64_t start_ns = clock_ns();

    uint64_t checksum = mix(0, grow_and_count(deepest + 1));
    struct tree *long_lived = grow(deepest);
    for (size_t depth = SHALLOWEST; depth <= deepest; depth += 2) {
        size_t trees = (size_t)1 << (deepest - depth + SHALLOWEST);
        size_t nodes = 0;
        for (size_t i = 0; i < trees; i++)
            nodes += grow_and_count(depth);
        checksum = mix(checksum, nodes);
    }
    checksum = mix(checksum, count_nodes(long_lived));
    if (BENCH_FREES)
        fell(long_lived);

    report_end(start_ns, checksum);
    return 0;
}
