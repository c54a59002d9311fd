/* SPDX-License-Identifier: MIT */
/* Structures that would overflow the machine stack of a collector that follows
 * them by recursion.  They are built while collecting is disabled, however
 * often the test run wants it. */

#include <check.h>

#include "include/tidemark.h"
#include "tests/suite.h"

enum { MILLION = 1000 * 1000 };

struct node {
    struct node *left;
    struct node *right;
};

static struct node *root;

static struct node *new_node(struct node *left, struct node *right)
{
    struct node *node = gc_malloc(sizeof *node);
    if (node == NULL)
        ck_abort_msg("no memory");
    node->left = left;
    node->right = right;
    return node;
}

static size_t length_of(const struct node *list)
{
    size_t length = 0;
    for (; list != NULL; list = list->left)
        length++;
    return length;
}

START_TEST(a_list_of_ten_million_nodes_survives)
{
    enum { LENGTH = 10 * MILLION };
    gc_disable();
    for (size_t i = 0; i < LENGTH; i++)
        root = new_node(root, NULL);
    gc_enable();
    for (int round = 0; round < 3; round++)
        GC_collect();
    ck_assert_uint_eq(length_of(root), LENGTH);
    root = NULL;
    GC_collect();
}
END_TEST

/* To the left, to the right, and both in turn, with a leaf at each node. */
static struct node *new_tree(size_t depth, int shape)
{
    struct node *tree = NULL;
    for (size_t i = 0; i < depth; i++) {
        struct node *leaf = new_node(NULL, NULL);
        bool is_left = shape == 0 || (shape == 2 && i % 2 == 0);
        tree = is_left ? new_node(tree, leaf) : new_node(leaf, tree);
    }
    return tree;
}

static size_t depth_of(const struct node *tree, int shape)
{
    size_t depth = 0;
    for (; tree != NULL; depth++) {
        bool is_left = shape == 0 || (shape == 2 && depth % 2 == 1);
        const struct node *leaf = is_left ? tree->right : tree->left;
        if (leaf->left != NULL || leaf->right != NULL)
            ck_abort_msg("a leaf at depth %zu has changed", depth);
        tree = is_left ? tree->left : tree->right;
    }
    return depth;
}

START_TEST(a_tree_a_million_deep_survives)
{
    for (int shape = 0; shape < 3; shape++) {
        gc_disable();
        root = new_tree(MILLION, shape);
        gc_enable();
        GC_collect();
        ck_assert_uint_eq(depth_of(root, shape), MILLION);
        root = NULL;
        GC_collect();
    }
}
END_TEST

START_TEST(a_node_with_a_million_children_survives_with_them)
{
    static struct node **children;
    gc_disable();
    children = gc_malloc(MILLION * sizeof *children);
    for (size_t i = 0; i < MILLION; i++)
        children[i] = new_node(new_node(NULL, NULL), NULL);
    gc_enable();
    GC_collect();
    for (size_t i = 0; i < MILLION; i++)
        if (gc_base(children[i]->left) != children[i]->left)
            ck_abort_msg("child %zu is lost", i);
    children = NULL;
    GC_collect();
}
END_TEST

SUITE("deep", a_list_of_ten_million_nodes_survives,
      a_tree_a_million_deep_survives,
      a_node_with_a_million_children_survives_with_them)
