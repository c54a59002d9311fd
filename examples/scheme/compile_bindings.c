/* SPDX-License-Identifier: MIT */
#include "compiler.h"

/* The keywords that bind variables: let, let*, letrec, do, delay, guard. */

/* A part of (name value). */
static struct syntax binding_part(struct compiler *compiler,
                                  struct syntax binding, size_t n)
{
    syntax_expect(compiler, binding, 2, 2,
                  "a binding must be (variable value)");
    return syntax_nth(compiler, binding, n);
}

static size_t count_bindings(struct compiler *compiler, struct syntax bindings)
{
    return syntax_expect(compiler, bindings, 0, SIZE_MAX,
                         "the bindings must be a list");
}

/* Declares the variables of a list of bindings. */
static void declare_bindings(struct compiler *compiler, struct syntax bindings,
                             struct scope *scope)
{
    for (; is_pair(bindings.datum); bindings = syntax_rest(bindings)) {
        struct syntax binding = syntax_first(compiler, bindings);
        scope_declare(compiler, scope, binding_part(compiler, binding, 0));
    }
}

/* Compiles their values into parts[1] and so on. */
static void compile_values(struct compiler *compiler, struct syntax bindings,
                           struct scope *scope, struct node *node)
{
    for (size_t i = 1; is_pair(bindings.datum); i++) {
        struct syntax binding = syntax_first(compiler, bindings);
        node->parts[i] =
            compile(compiler, binding_part(compiler, binding, 1), scope);
        bindings = syntax_rest(bindings);
    }
}

static const struct node *compile_bindings(struct compiler *compiler,
                                           struct syntax bindings,
                                           struct syntax body,
                                           struct scope *outer)
{
    size_t count = count_bindings(compiler, bindings);
    struct scope *scope = scope_new(outer);
    struct node *node = node_new(NODE_LET, body.at, count + 1);
    compile_values(compiler, bindings, outer, node);
    declare_bindings(compiler, bindings, scope);
    node->parts[0] = compile_body(compiler, body, scope);
    node->of.lambda.slots = scope->count;
    return node_finish(node);
}

/* A procedure that sees itself, in the only slot of a rib of its own. */
static const struct node *node_recursive(struct place at,
                                         const struct node *lambda)
{
    struct node *body = node_new(NODE_SEQUENCE, at, 2);
    body->parts[0] = node_set_local(at, 0, 0, lambda);
    body->parts[1] = node_local(at, 0, 0);
    struct node *node = node_new(NODE_LET, at, 1);
    node->parts[0] = node_finish(body);
    node->of.lambda.slots = 1;
    return node_finish(node);
}

/* (let name ((variable value) ...) body ...) */
static const struct node *compile_named_let(struct compiler *compiler,
                                            struct syntax form,
                                            struct scope *outer)
{
    syntax_expect(compiler, form, 4, SIZE_MAX,
                  "usage: (let name ((variable value) ...) body ...)");
    struct syntax name = syntax_nth(compiler, form, 1);
    struct syntax bindings = syntax_nth(compiler, form, 2);
    struct syntax body = syntax_rest(syntax_rest(syntax_rest(form)));
    size_t count = count_bindings(compiler, bindings);

    struct scope *own = scope_new(outer);
    scope_declare(compiler, own, name);
    struct scope *inner = scope_new(own);
    declare_bindings(compiler, bindings, inner);
    const struct node *lambda =
        compile_procedure(compiler, body, inner, false, symbol_of(name.datum));

    struct node *call = node_new(NODE_CALL, form.at, count + 1);
    call->parts[0] = node_recursive(form.at, lambda);
    compile_values(compiler, bindings, outer, call);
    return node_finish(call);
}

static const struct node *compile_let(struct compiler *compiler,
                                      struct syntax form, struct scope *scope)
{
    syntax_expect(compiler, form, 3, SIZE_MAX,
                  "usage: (let ((variable value) ...) body ...)");
    struct syntax rest = syntax_rest(form);
    struct syntax bindings = syntax_first(compiler, rest);
    if (is_symbol(bindings.datum))
        return compile_named_let(compiler, form, scope);
    return compile_bindings(compiler, bindings, syntax_rest(rest), scope);
}

/* let*: a rib for each variable, so that its value sees those before it. */
static const struct node *compile_nested(struct compiler *compiler,
                                         struct syntax bindings,
                                         struct syntax body,
                                         struct scope *outer)
{
    if (list_length(bindings.datum) <= 1)
        return compile_bindings(compiler, bindings, body, outer);

    compiler_enter(compiler, bindings);
    struct syntax binding = syntax_first(compiler, bindings);
    struct scope *scope = scope_new(outer);
    struct node *node = node_new(NODE_LET, body.at, 2);
    node->parts[1] =
        compile(compiler, binding_part(compiler, binding, 1), outer);
    scope_declare(compiler, scope, binding_part(compiler, binding, 0));
    node->parts[0] =
        compile_nested(compiler, syntax_rest(bindings), body, scope);
    node->of.lambda.slots = scope->count;
    compiler_leave(compiler);
    return node_finish(node);
}

static const struct node *compile_let_star(struct compiler *compiler,
                                           struct syntax form,
                                           struct scope *scope)
{
    syntax_expect(compiler, form, 3, SIZE_MAX,
                  "usage: (let* ((variable value) ...) body ...)");
    struct syntax rest = syntax_rest(form);
    struct syntax bindings = syntax_first(compiler, rest);
    count_bindings(compiler, bindings);
    return compile_nested(compiler, bindings, syntax_rest(rest), scope);
}

static const struct node *compile_letrec(struct compiler *compiler,
                                         struct syntax form,
                                         struct scope *outer)
{
    syntax_expect(compiler, form, 3, SIZE_MAX,
                  "usage: (letrec ((variable value) ...) body ...)");
    struct syntax rest = syntax_rest(form);
    struct syntax bindings = syntax_first(compiler, rest);
    size_t count = count_bindings(compiler, bindings);
    struct scope *scope = scope_new(outer);
    declare_bindings(compiler, bindings, scope);

    /* parts[0] is where compile_values() leaves room for what comes first. */
    struct node *body = node_new(NODE_SEQUENCE, form.at, count + 2);
    compile_values(compiler, bindings, scope, body);
    for (uint32_t i = 0; i < count; i++)
        body->parts[i + 1] = node_set_local(form.at, 0, i, body->parts[i + 1]);
    body->parts[0] = node_constant(form.at, UNSPECIFIED);
    body->parts[count + 1] = compile_body(compiler, syntax_rest(rest), scope);

    struct node *node = node_new(NODE_LET, form.at, 1);
    node->parts[0] = node_finish(body);
    node->of.lambda.slots = scope->count;
    return node_finish(node);
}

/* do */

/* The next round: a call of the loop, which is the variable around `scope`. */
static const struct node *compile_steps(struct compiler *compiler,
                                        struct syntax variables, size_t count,
                                        struct scope *scope)
{
    struct node *call = node_new(NODE_CALL, variables.at, count + 1);
    call->parts[0] = node_local(variables.at, 1, 0);
    for (uint32_t i = 0; i < count; i++) {
        struct syntax variable = syntax_first(compiler, variables);
        call->parts[i + 1] =
            is_pair(cdr(cdr(variable.datum)))
                ? compile(compiler, syntax_nth(compiler, variable, 2), scope)
                : node_local(variable.at, 0, i);
        variables = syntax_rest(variables);
    }
    return node_finish(call);
}

static const struct node *compile_round(struct compiler *compiler,
                                        struct syntax form, size_t count,
                                        struct scope *scope)
{
    struct syntax exit = syntax_nth(compiler, form, 2);
    struct syntax body = syntax_rest(syntax_rest(syntax_rest(form)));
    const struct node *test =
        compile(compiler, syntax_first(compiler, exit), scope);
    const struct node *result =
        is_pair(cdr(exit.datum))
            ? compile_sequence(compiler, syntax_rest(exit), scope)
            : node_constant(exit.at, UNSPECIFIED);
    const struct node *again =
        compile_steps(compiler, syntax_nth(compiler, form, 1), count, scope);
    if (!is_pair(body.datum))
        return node_if(form.at, test, result, again);

    struct node *round = node_new(NODE_SEQUENCE, form.at, 2);
    round->parts[0] = compile_sequence(compiler, body, scope);
    round->parts[1] = again;
    return node_if(form.at, test, result, node_finish(round));
}

static void check_do(struct compiler *compiler, struct syntax form)
{
    static const char usage[] =
        "usage: (do ((variable value step) ...) (test result ...) body ...)";
    syntax_expect(compiler, form, 3, SIZE_MAX, usage);
    syntax_expect(compiler, syntax_nth(compiler, form, 2), 1, SIZE_MAX, usage);
    struct syntax variables = syntax_nth(compiler, form, 1);
    syntax_expect(compiler, variables, 0, SIZE_MAX, usage);
    for (; is_pair(variables.datum); variables = syntax_rest(variables))
        syntax_expect(compiler, syntax_first(compiler, variables), 2, 3, usage);
}

/* Declares the variables in `scope`; their first values go to the call. */
static void compile_variables(struct compiler *compiler,
                              struct syntax variables, struct scope *scope,
                              struct scope *outer, struct node *call)
{
    for (size_t i = 1; is_pair(variables.datum); i++) {
        struct syntax variable = syntax_first(compiler, variables);
        call->parts[i] =
            compile(compiler, syntax_nth(compiler, variable, 1), outer);
        scope_declare(compiler, scope, syntax_first(compiler, variable));
        variables = syntax_rest(variables);
    }
}

static const struct node *compile_do(struct compiler *compiler,
                                     struct syntax form, struct scope *outer)
{
    check_do(compiler, form);
    struct syntax variables = syntax_nth(compiler, form, 1);
    size_t count = (size_t)list_length(variables.datum);
    struct scope *own = scope_new(outer);
    scope_add(own, NOTHING);
    struct scope *scope = scope_new(own);
    struct node *call = node_new(NODE_CALL, form.at, count + 1);
    compile_variables(compiler, variables, scope, outer, call);

    struct node *lambda = node_new(NODE_LAMBDA, form.at, 1);
    lambda->parts[0] = compile_round(compiler, form, count, scope);
    lambda->of.lambda.required = scope->count;
    lambda->of.lambda.slots = scope->count;
    call->parts[0] = node_recursive(form.at, node_finish(lambda));
    return node_finish(call);
}

/* (delay x) is (make-promise (lambda () x)). */
static const struct node *compile_delay(struct compiler *compiler,
                                        struct syntax form, struct scope *scope)
{
    syntax_expect(compiler, form, 2, 2, "usage: (delay expression)");
    const struct node *thunk = compile_procedure(compiler, syntax_rest(form),
                                                 scope_new(scope), false, NULL);
    const struct node *callee =
        node_constant(form.at, compiler->machine->primitives.make_promise);
    return node_call(form.at, callee, thunk, NULL);
}

/* (guard (variable clause ...) body ...): an error that no clause takes is
 * raised again. */
static const struct node *compile_guard(struct compiler *compiler,
                                        struct syntax form, struct scope *outer)
{
    static const char usage[] = "usage: (guard (variable clause ...) body ...)";
    syntax_expect(compiler, form, 3, SIZE_MAX, usage);
    struct syntax clauses = syntax_nth(compiler, form, 1);
    syntax_expect(compiler, clauses, 1, SIZE_MAX, usage);

    struct scope *scope = scope_new(outer);
    struct syntax variable = syntax_first(compiler, clauses);
    scope_declare(compiler, scope, variable);
    struct syntax raise_again = {
        cons(compiler->machine->primitives.raise_again,
             cons(variable.datum, NIL)),
        form.at,
    };

    struct node *node = node_new(NODE_GUARD, form.at, 2);
    node->parts[0] = compile_bindings(compiler, (struct syntax){NIL, form.at},
                                      syntax_rest(syntax_rest(form)), outer);
    node->parts[1] =
        compile_clauses(compiler, syntax_rest(clauses), scope, raise_again);
    return node_finish(node);
}

void compiler_add_bindings(struct machine *machine)
{
    static const struct form forms[] = {
        {"let", compile_let},       {"let*", compile_let_star},
        {"letrec", compile_letrec}, {"letrec*", compile_letrec},
        {"do", compile_do},         {"delay", compile_delay},
        {"guard", compile_guard},
    };
    compiler_add_forms(machine, forms, sizeof forms / sizeof *forms);
}
