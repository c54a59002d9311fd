/* SPDX-License-Identifier: MIT */

/* The shape of GCBench (Ellis, Kovac, Boehm): stretch the heap with one tree,
 * keep a tree and a large array of numbers, then build trees of growing depth,
 * as many as fill the same memory each time, half of them from the root down
 * (stores into old nodes) and half from the leaves up.
 *
 *     gcbench [deepest tree] [length of the array] */

#include "bench/common.h"
#include "bench/peer.h"

struct node {
    struct node *left;
    struct node *right;
    int i;
    int j;
};

enum { SHALLOWEST = 4 };

static size_t tree_nodes(size_t depth)
{
    return ((size_t)2 << depth) - 1;
}

static struct node *new_node(struct node *left, struct node *right)
{
    struct node *node = bench_new_filled(sizeof *node);
    *node = (struct node){.left = left, .right = right};
    return node;
}

static void extend_down(struct node *node, size_t depth)
{
    if (depth == 0)
        return;
    node->left = new_node(NULL, NULL);
    node->right = new_node(NULL, NULL);
    extend_down(node->left, depth - 1);
    extend_down(node->right, depth - 1);
}

static struct node *build_down(size_t depth)
{
    struct node *root = new_node(NULL, NULL);
    extend_down(root, depth);
    return root;
}

static struct node *build_up(size_t depth)
{
    if (depth == 0)
        return new_node(NULL, NULL);
    struct node *left = build_up(depth - 1);
    struct node *right = build_up(depth - 1);
    return new_node(left, right);
}

static size_t count_nodes(const struct node *node)
{
    if (node == NULL)
        return 0;
    return 1 + count_nodes(node->left) + count_nodes(node->right);
}

static void drop(struct node *node)
{
    if (!BENCH_FREES || node == NULL)
        return;
    drop(node->left);
    drop(node->right);
    bench_free(node);
}

static double *new_numbers(size_t length)
{
    double *numbers = bench_new_atomic(length * sizeof *numbers);
    for (size_t i = 0; i < length; i++)
        numbers[i] = 1.0 / (double)(i + 1);
    return numbers;
}

/* Trees of one depth, both ways; returns the count of all their left-most
 * paths so that none of the work can be left out. */
static size_t build_trees(size_t depth, size_t trees)
{
    size_t seen = 0;
    for (size_t i = 0; i < trees; i++) {
        struct node *tree = build_down(depth);
        for (struct node *node = tree; node != NULL; node = node->left)
            seen++;
        drop(tree);
    }
    for (size_t i = 0; i < trees; i++) {
        struct node *tree = build_up(depth);
        for (struct node *node = tree; node != NULL; node = node->right)
            seen++;
        drop(tree);
    }
    return seen;
}

int main(int argc, char **argv)
{
    size_t deepest = argument(argc, argv, 1, 18);
    size_t length = argument(argc, argv, 2, 2000000);
    bench_init();
    uint64_t start_ns = clock_ns();

    struct node *stretch = build_up(deepest + 2);
    uint64_t checksum = mix(0, count_nodes(stretch));
    drop(stretch);
    stretch = NULL;

    struct node *long_lived = build_down(deepest);
    double *numbers = new_numbers(length);
    for (size_t depth = SHALLOWEST; depth <= deepest; depth += 2) {
        size_t trees = 2 * tree_nodes(deepest + 2) / tree_nodes(depth);
        checksum = mix(checksum, build_trees(depth, trees));
    }
    checksum = mix(checksum, count_nodes(long_lived));
    checksum = mix(checksum, (uint64_t)(1.0 / numbers[length / 2]));
    drop(long_lived);
    bench_free(numbers);

    report_end(start_ns, checksum);
    return 0;
}
