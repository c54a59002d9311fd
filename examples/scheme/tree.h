/* SPDX-License-Identifier: MIT */
#ifndef SCHEME_TREE_H
#define SCHEME_TREE_H

/* What the compiler makes of a program: a tree in which every variable is
 * resolved, either to a slot in a rib that is a known number of ribs outwards,
 * or to a symbol. */

#include "value.h"

enum node_kind {
    NODE_CONSTANT,
    NODE_LOCAL,
    NODE_GLOBAL,
    NODE_LAMBDA,     /* parts: the body */
    NODE_SET_LOCAL,  /* parts: the new value */
    NODE_SET_GLOBAL, /* parts: the new value */
    NODE_DEFINE,     /* parts: the value */
    NODE_IF,         /* parts: test, then, else */
    NODE_OR,         /* parts: first, second */
    NODE_SEQUENCE,   /* parts: at least one expression */
    NODE_LET,        /* parts: the body, then the values of the first slots */
    NODE_CALL,       /* parts: the procedure, then its arguments */
    NODE_GUARD,      /* parts: the body, the clauses */

    /* Only in the frames of handlers, see control.c. */
    NODE_RESTORE_HANDLERS,
    NODE_NO_RETURN
};

/* A tree is simple if it consists of constants, variables, lambdas, if, or, and
 * calls whose procedure is a constant or a global variable.  As long as these
 * procedures are builtins, its value takes no frame: see machine.c.  These
 * limits keep that short on machine stack. */
enum { SIMPLE_ARGUMENTS = 4, SIMPLE_HEIGHT = 60 };

struct node {
    enum node_kind kind;
    uint8_t simple_height; /* 0: the tree is not simple */
    struct place at;
    union {
        value constant;
        struct symbol *global; /* also of NODE_SET_GLOBAL, NODE_DEFINE */
        struct {
            uint32_t depth; /* ribs outwards */
            uint32_t index; /* slot in that rib */
        } local;            /* also of NODE_SET_LOCAL */
        struct {
            uint32_t slots; /* of the rib; the parameters come first */
            uint32_t required;
            bool has_rest;
            struct symbol *name; /* or NULL */
        } lambda;                /* of NODE_LET: the slots only */
    } of;
    size_t count;
    const struct node *parts[];
};

/* For the caller to fill in; then node_finish() notes whether it is simple. */
struct node *node_new(enum node_kind kind, struct place at, size_t count);
const struct node *node_finish(struct node *node);

const struct node *node_constant(struct place at, value constant);
const struct node *node_local(struct place at, uint32_t depth, uint32_t index);
const struct node *node_set_local(struct place at, uint32_t depth,
                                  uint32_t index, const struct node *part);

/* `part` is NULL for NODE_GLOBAL. */
const struct node *node_global(enum node_kind kind, struct place at,
                               struct symbol *symbol, const struct node *part);
const struct node *node_if(struct place at, const struct node *test,
                           const struct node *yes, const struct node *no);
const struct node *node_or(struct place at, const struct node *first,
                           const struct node *second);

/* With two arguments, one, or none: the others are NULL. */
const struct node *node_call(struct place at, const struct node *callee,
                             const struct node *first,
                             const struct node *second);

#endif
