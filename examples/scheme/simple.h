/* SPDX-License-Identifier: MIT */
#ifndef SCHEME_SIMPLE_H
#define SCHEME_SIMPLE_H

/* The part of the machine that works without frames: simple trees, such as
 *
 *     (if (pair? x) (+ 1 (car x)) 0)
 *
 * are evaluated by plain recursion in C, as long as all procedures they call
 * are builtins.  That is looked up for the whole tree before any of it is
 * evaluated, and no builtin can redefine a variable meanwhile. */

#include "machine.h"

/* Evaluates `node` if it is such a tree.
 * Returns: false if it is not; then nothing has happened. */
bool simple_try(struct machine *machine, const struct node *node,
                struct rib *env, value *result);

/* Fails if the variable is unbound. */
value simple_global(struct machine *machine, const struct node *node);
struct rib *simple_rib(struct rib *env, uint32_t depth);

#endif
