/* SPDX-License-Identifier: MIT */
#include "compiler.h"

/* The keywords that choose: and, or, when, unless, cond, case. */

static const char clause_usage[] = "a clause must be (test expression ...)";

static const struct node *compile_and_items(struct compiler *compiler,
                                            struct syntax items,
                                            struct scope *scope)
{
    compiler_enter(compiler, items);
    const struct node *node =
        compile(compiler, syntax_first(compiler, items), scope);
    struct syntax rest = syntax_rest(items);
    if (is_pair(rest.datum))
        node = node_if(node->at, node, compile_and_items(compiler, rest, scope),
                       node_constant(node->at, FALSE));
    compiler_leave(compiler);
    return node;
}

static const struct node *compile_and(struct compiler *compiler,
                                      struct syntax form, struct scope *scope)
{
    syntax_expect(compiler, form, 1, SIZE_MAX, "usage: (and expression ...)");
    struct syntax items = syntax_rest(form);
    if (is_nil(items.datum))
        return node_constant(form.at, TRUE);
    return compile_and_items(compiler, items, scope);
}

static const struct node *compile_or_items(struct compiler *compiler,
                                           struct syntax items,
                                           struct scope *scope)
{
    compiler_enter(compiler, items);
    const struct node *node =
        compile(compiler, syntax_first(compiler, items), scope);
    struct syntax rest = syntax_rest(items);
    if (is_pair(rest.datum))
        node = node_or(node->at, node, compile_or_items(compiler, rest, scope));
    compiler_leave(compiler);
    return node;
}

static const struct node *compile_or(struct compiler *compiler,
                                     struct syntax form, struct scope *scope)
{
    syntax_expect(compiler, form, 1, SIZE_MAX, "usage: (or expression ...)");
    struct syntax items = syntax_rest(form);
    if (is_nil(items.datum))
        return node_constant(form.at, FALSE);
    return compile_or_items(compiler, items, scope);
}

static const struct node *compile_when(struct compiler *compiler,
                                       struct syntax form, struct scope *scope)
{
    syntax_expect(compiler, form, 3, SIZE_MAX,
                  "usage: (when test expression ...)");
    struct syntax rest = syntax_rest(form);
    const struct node *test =
        compile(compiler, syntax_first(compiler, rest), scope);
    const struct node *body =
        compile_sequence(compiler, syntax_rest(rest), scope);
    return node_if(form.at, test, body, node_constant(form.at, UNSPECIFIED));
}

static const struct node *compile_unless(struct compiler *compiler,
                                         struct syntax form,
                                         struct scope *scope)
{
    syntax_expect(compiler, form, 3, SIZE_MAX,
                  "usage: (unless test expression ...)");
    struct syntax rest = syntax_rest(form);
    const struct node *test =
        compile(compiler, syntax_first(compiler, rest), scope);
    const struct node *body =
        compile_sequence(compiler, syntax_rest(rest), scope);
    return node_if(form.at, test, node_constant(form.at, UNSPECIFIED), body);
}

/* cond */

static bool is_else(const struct compiler *compiler, struct syntax clause,
                    const struct scope *scope)
{
    return is_form(scope, clause.datum, compiler->machine->names.otherwise);
}

/* Evaluates `first` into a variable without a name; `body` sees it. */
static const struct node *node_let_hidden(struct place at,
                                          const struct node *first,
                                          const struct node *body)
{
    struct node *node = node_new(NODE_LET, at, 2);
    node->parts[0] = body;
    node->parts[1] = first;
    node->of.lambda.slots = 1;
    return node_finish(node);
}

static struct scope *scope_new_hidden(struct scope *outer)
{
    struct scope *scope = scope_new(outer);
    scope_add(scope, NOTHING);
    return scope;
}

/* (test => receiver) */
static const struct node *compile_arrow(struct compiler *compiler,
                                        struct syntax clause,
                                        struct syntax rest, struct scope *outer,
                                        struct syntax otherwise)
{
    syntax_expect(compiler, clause, 3, 3, "usage: (test => procedure)");
    struct scope *scope = scope_new_hidden(outer);
    const struct node *test =
        compile(compiler, syntax_first(compiler, clause), outer);
    const struct node *receiver =
        compile(compiler, syntax_nth(compiler, clause, 2), scope);
    const struct node *held = node_local(clause.at, 0, 0);
    const struct node *body =
        node_if(clause.at, held, node_call(clause.at, receiver, held, NULL),
                compile_clauses(compiler, rest, scope, otherwise));
    return node_let_hidden(clause.at, test, body);
}

static const struct node *
compile_clause(struct compiler *compiler, struct syntax clause,
               struct syntax rest, struct scope *scope, struct syntax otherwise)
{
    size_t length = syntax_expect(compiler, clause, 1, SIZE_MAX, clause_usage);
    struct syntax body = syntax_rest(clause);
    if (is_else(compiler, clause, scope)) {
        if (is_pair(rest.datum))
            syntax_fail(compiler, clause, "else must come last");
        return compile_sequence(compiler, body, scope);
    }
    if (is_form(scope, body.datum, compiler->machine->names.arrow))
        return compile_arrow(compiler, clause, rest, scope, otherwise);

    const struct node *test =
        compile(compiler, syntax_first(compiler, clause), scope);
    if (length == 1)
        return node_or(clause.at, test,
                       compile_clauses(compiler, rest, scope, otherwise));
    const struct node *yes = compile_sequence(compiler, body, scope);
    return node_if(clause.at, test, yes,
                   compile_clauses(compiler, rest, scope, otherwise));
}

const struct node *compile_clauses(struct compiler *compiler,
                                   struct syntax clauses, struct scope *scope,
                                   struct syntax otherwise)
{
    if (!is_pair(clauses.datum))
        return compile(compiler, otherwise, scope);
    compiler_enter(compiler, clauses);
    const struct node *node =
        compile_clause(compiler, syntax_first(compiler, clauses),
                       syntax_rest(clauses), scope, otherwise);
    compiler_leave(compiler);
    return node;
}

static const struct node *compile_cond(struct compiler *compiler,
                                       struct syntax form, struct scope *scope)
{
    syntax_expect(compiler, form, 2, SIZE_MAX,
                  "usage: (cond (test expression ...) ...)");
    return compile_clauses(compiler, syntax_rest(form), scope,
                           (struct syntax){UNSPECIFIED, form.at});
}

/* case: the key is in the variable without a name, and memv looks for it. */

static const struct node *compile_case_clauses(struct compiler *compiler,
                                               struct syntax clauses,
                                               struct scope *scope)
{
    static const char usage[] = "a clause must be ((datum ...) expression ...)";
    if (!is_pair(clauses.datum))
        return node_constant(clauses.at, UNSPECIFIED);

    struct syntax clause = syntax_first(compiler, clauses);
    syntax_expect(compiler, clause, 2, SIZE_MAX, usage);
    struct syntax data = syntax_first(compiler, clause);
    const struct node *body =
        compile_sequence(compiler, syntax_rest(clause), scope);
    if (is_else(compiler, clause, scope))
        return body;

    syntax_expect(compiler, data, 0, SIZE_MAX, usage);
    compiler_enter(compiler, clause);
    const struct node *memv =
        node_constant(clause.at, compiler->machine->primitives.memv);
    const struct node *test =
        node_call(clause.at, memv, node_local(clause.at, 0, 0),
                  node_constant(clause.at, data.datum));
    const struct node *rest =
        compile_case_clauses(compiler, syntax_rest(clauses), scope);
    compiler_leave(compiler);
    return node_if(clause.at, test, body, rest);
}

static const struct node *compile_case(struct compiler *compiler,
                                       struct syntax form, struct scope *scope)
{
    syntax_expect(compiler, form, 3, SIZE_MAX,
                  "usage: (case key ((datum ...) expression ...) ...)");
    struct syntax rest = syntax_rest(form);
    const struct node *key =
        compile(compiler, syntax_first(compiler, rest), scope);
    const struct node *body = compile_case_clauses(compiler, syntax_rest(rest),
                                                   scope_new_hidden(scope));
    return node_let_hidden(form.at, key, body);
}

void compiler_add_conditionals(struct machine *machine)
{
    static const struct form forms[] = {
        {"and", compile_and},   {"or", compile_or},
        {"when", compile_when}, {"unless", compile_unless},
        {"cond", compile_cond}, {"case", compile_case},
    };
    compiler_add_forms(machine, forms, sizeof forms / sizeof *forms);
}
