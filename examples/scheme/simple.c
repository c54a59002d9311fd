/* SPDX-License-Identifier: MIT */
#include "simple.h"

/* Variables. */

struct rib *simple_rib(struct rib *env, uint32_t depth)
{
    while (depth-- > 0)
        env = env->outer;
    return env;
}

static value local_value(struct machine *machine, const struct node *node,
                         struct rib *env)
{
    value held =
        simple_rib(env, node->of.local.depth)->slots[node->of.local.index];
    if (same(held, NOTHING))
        fail_at(machine, node->at, "this variable has no value yet", NIL);
    return held;
}

value simple_global(struct machine *machine, const struct node *node)
{
    struct symbol *symbol = node->of.global;
    if (same(symbol->global, NOTHING))
        fail_at(machine, node->at, "unbound variable",
                cons(object_value(symbol), NIL));
    return symbol->global;
}

static value make_closure(const struct node *lambda, struct rib *env)
{
    struct closure *closure = allocate(sizeof *closure);
    closure->header.type = TYPE_CLOSURE;
    closure->lambda = lambda;
    closure->env = env;
    return object_value(closure);
}

/* Whether the procedures that a simple tree calls are builtins. */
static bool calls_function(const struct node *callee)
{
    value procedure = callee->kind == NODE_GLOBAL ? callee->of.global->global
                                                  : callee->of.constant;
    return has_type(procedure, TYPE_BUILTIN) &&
           ((struct builtin *)object_of(procedure))->function != NULL;
}

static bool is_ready(const struct node *node)
{
    if (node->simple_height == 1)
        return true;
    if (node->kind == NODE_CALL && !calls_function(node->parts[0]))
        return false;
    for (size_t i = 0; i < node->count; i++)
        if (!is_ready(node->parts[i]))
            return false;
    return true;
}

static value evaluate_simple(struct machine *machine, const struct node *node,
                             struct rib *env);

static value call_simple(struct machine *machine, const struct node *node,
                         struct rib *env)
{
    value arguments[SIMPLE_ARGUMENTS];
    size_t count = node->count - 1;
    const struct builtin *builtin =
        object_of(evaluate_simple(machine, node->parts[0], env));
    for (size_t i = 0; i < count; i++)
        arguments[i] = evaluate_simple(machine, node->parts[i + 1], env);
    machine_note_call(machine, node);
    machine_enter_builtin(machine, builtin, count);
    return builtin->function(machine, (struct arguments){arguments, count});
}

static value evaluate_simple(struct machine *machine, const struct node *node,
                             struct rib *env)
{
    value first;
    switch (node->kind) {
    case NODE_CONSTANT:
        return node->of.constant;
    case NODE_LOCAL:
        return local_value(machine, node, env);
    case NODE_GLOBAL:
        return simple_global(machine, node);
    case NODE_LAMBDA:
        return make_closure(node, env);
    case NODE_IF:
        first = evaluate_simple(machine, node->parts[0], env);
        return evaluate_simple(machine, node->parts[is_true(first) ? 1 : 2],
                               env);
    case NODE_OR:
        first = evaluate_simple(machine, node->parts[0], env);
        return is_true(first) ? first
                              : evaluate_simple(machine, node->parts[1], env);
    default:
        return call_simple(machine, node, env);
    }
}

bool simple_try(struct machine *machine, const struct node *node,
                struct rib *env, value *result)
{
    if (node->simple_height == 0 || !is_ready(node))
        return false;
    *result = evaluate_simple(machine, node, env);
    return true;
}
