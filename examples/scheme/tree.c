/* SPDX-License-Identifier: MIT */
#include "tree.h"

struct node *node_new(enum node_kind kind, struct place at, size_t count)
{
    struct node *node =
        allocate(sizeof *node + count * sizeof(const struct node *));
    node->kind = kind;
    node->at = at;
    node->count = count;
    return node;
}

static bool may_be_simple(const struct node *node)
{
    switch (node->kind) {
    case NODE_CONSTANT:
    case NODE_LOCAL:
    case NODE_GLOBAL:
    case NODE_IF:
    case NODE_OR:
        return true;
    case NODE_CALL:
        return node->count <= 1 + SIMPLE_ARGUMENTS &&
               (node->parts[0]->kind == NODE_GLOBAL ||
                node->parts[0]->kind == NODE_CONSTANT);
    default:
        return false;
    }
}

/* The height of a simple tree; 0 if it is not simple. */
static unsigned simple_height(const struct node *node)
{
    if (!may_be_simple(node))
        return 0;
    unsigned highest = 0;
    for (size_t i = 0; i < node->count; i++) {
        unsigned height = node->parts[i]->simple_height;
        if (height == 0)
            return 0;
        if (height > highest)
            highest = height;
    }
    return highest < SIMPLE_HEIGHT ? highest + 1 : 0;
}

const struct node *node_finish(struct node *node)
{
    if (node->kind == NODE_LAMBDA)
        node->simple_height = 1;
    else
        node->simple_height = (uint8_t)simple_height(node);
    return node;
}

const struct node *node_constant(struct place at, value constant)
{
    struct node *node = node_new(NODE_CONSTANT, at, 0);
    node->of.constant = constant;
    return node_finish(node);
}

const struct node *node_local(struct place at, uint32_t depth, uint32_t index)
{
    struct node *node = node_new(NODE_LOCAL, at, 0);
    node->of.local.depth = depth;
    node->of.local.index = index;
    return node_finish(node);
}

const struct node *node_set_local(struct place at, uint32_t depth,
                                  uint32_t index, const struct node *part)
{
    struct node *node = node_new(NODE_SET_LOCAL, at, 1);
    node->of.local.depth = depth;
    node->of.local.index = index;
    node->parts[0] = part;
    return node_finish(node);
}

const struct node *node_global(enum node_kind kind, struct place at,
                               struct symbol *symbol, const struct node *part)
{
    struct node *node = node_new(kind, at, part != NULL);
    node->of.global = symbol;
    if (part != NULL)
        node->parts[0] = part;
    return node_finish(node);
}

const struct node *node_if(struct place at, const struct node *test,
                           const struct node *yes, const struct node *no)
{
    struct node *node = node_new(NODE_IF, at, 3);
    node->parts[0] = test;
    node->parts[1] = yes;
    node->parts[2] = no;
    return node_finish(node);
}

const struct node *node_or(struct place at, const struct node *first,
                           const struct node *second)
{
    struct node *node = node_new(NODE_OR, at, 2);
    node->parts[0] = first;
    node->parts[1] = second;
    return node_finish(node);
}

const struct node *node_call(struct place at, const struct node *callee,
                             const struct node *first,
                             const struct node *second)
{
    struct node *node =
        node_new(NODE_CALL, at, 1 + (first != NULL) + (second != NULL));
    node->parts[0] = callee;
    if (first != NULL)
        node->parts[1] = first;
    if (second != NULL)
        node->parts[2] = second;
    return node_finish(node);
}
