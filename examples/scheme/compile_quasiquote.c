/* SPDX-License-Identifier: MIT */
#include "compiler.h"

/* `(a ,b ,@c d) becomes (cons 'a (cons b (append c '(d)))).  Each quasiquote
 * inside another goes a level deeper and each unquote one out; only those that
 * arrive at level 0 are evaluated. */

static const struct node *compile_template(struct compiler *compiler,
                                           struct syntax form,
                                           struct scope *scope, unsigned level);

/* Whether `form` is (name x). */
static bool is_marked(value form, value name)
{
    return is_pair(form) && same(car(form), name) && list_length(form) == 2;
}

static bool is_constant(const struct node *node)
{
    return node->kind == NODE_CONSTANT;
}

static const struct node *join(struct compiler *compiler, struct place at,
                               const struct node *first,
                               const struct node *rest)
{
    if (is_constant(first) && is_constant(rest))
        return node_constant(at, cons(first->of.constant, rest->of.constant));
    const struct node *callee =
        node_constant(at, compiler->machine->primitives.cons);
    return node_call(at, callee, first, rest);
}

static const struct node *join_spliced(struct compiler *compiler,
                                       struct place at,
                                       const struct node *spliced,
                                       const struct node *rest)
{
    const struct node *callee =
        node_constant(at, compiler->machine->primitives.append);
    return node_call(at, callee, spliced, rest);
}

/* (name x) inside a template, with x at another level. */
static const struct node *compile_nested_mark(struct compiler *compiler,
                                              struct syntax form,
                                              struct scope *scope,
                                              unsigned level)
{
    const struct node *name = node_constant(form.at, car(form.datum));
    const struct node *inner =
        compile_template(compiler, syntax_nth(compiler, form, 1), scope, level);
    const struct node *end = node_constant(form.at, NIL);
    return join(compiler, form.at, name, join(compiler, form.at, inner, end));
}

static const struct node *compile_element(struct compiler *compiler,
                                          struct syntax element,
                                          const struct node *rest,
                                          struct scope *scope, unsigned level)
{
    const struct names *names = &compiler->machine->names;
    bool is_splice = is_marked(element.datum, names->unquote_splicing);
    if (is_splice && level == 1) {
        struct syntax spliced = syntax_nth(compiler, element, 1);
        return join_spliced(compiler, element.at,
                            compile(compiler, spliced, scope), rest);
    }
    const struct node *first =
        is_splice ? compile_nested_mark(compiler, element, scope, level - 1)
                  : compile_template(compiler, element, scope, level);
    return join(compiler, element.at, first, rest);
}

static const struct node *compile_template_list(struct compiler *compiler,
                                                struct syntax form,
                                                struct scope *scope,
                                                unsigned level)
{
    /* `(a . ,b) is read as (quasiquote (a unquote b)). */
    const struct names *names = &compiler->machine->names;
    if (!is_pair(form.datum) || is_marked(form.datum, names->unquote))
        return compile_template(compiler, form, scope, level);

    compiler_enter(compiler, form);
    const struct node *rest =
        compile_template_list(compiler, syntax_rest(form), scope, level);
    compiler_leave(compiler);
    return compile_element(compiler, syntax_first(compiler, form), rest, scope,
                           level);
}

static const struct node *compile_template_vector(struct compiler *compiler,
                                                  struct syntax form,
                                                  struct scope *scope,
                                                  unsigned level)
{
    const struct vector *vector = vector_of(form.datum);
    value list = NIL;
    for (size_t i = vector->length; i > 0; i--)
        list = cons(vector->items[i - 1], list);
    const struct node *items = compile_template_list(
        compiler, (struct syntax){list, form.at}, scope, level);
    if (is_constant(items))
        return node_constant(form.at, form.datum);
    const struct node *callee =
        node_constant(form.at, compiler->machine->primitives.list_to_vector);
    return node_call(form.at, callee, items, NULL);
}

static const struct node *compile_template(struct compiler *compiler,
                                           struct syntax form,
                                           struct scope *scope, unsigned level)
{
    const struct names *names = &compiler->machine->names;
    if (has_type(form.datum, TYPE_VECTOR))
        return compile_template_vector(compiler, form, scope, level);
    if (!is_pair(form.datum))
        return node_constant(form.at, form.datum);
    if (is_marked(form.datum, names->quasiquote))
        return compile_nested_mark(compiler, form, scope, level + 1);
    if (is_marked(form.datum, names->unquote_splicing) && level == 1)
        syntax_fail(compiler, form, ",@ must stand in a list");
    if (!is_marked(form.datum, names->unquote))
        return compile_template_list(compiler, form, scope, level);
    if (level > 1)
        return compile_nested_mark(compiler, form, scope, level - 1);
    return compile(compiler, syntax_nth(compiler, form, 1), scope);
}

static const struct node *compile_quasiquote(struct compiler *compiler,
                                             struct syntax form,
                                             struct scope *scope)
{
    syntax_expect(compiler, form, 2, 2, "usage: `template");
    return compile_template(compiler, syntax_nth(compiler, form, 1), scope, 1);
}

void compiler_add_quasiquote(struct machine *machine)
{
    static const struct form forms[] = {{"quasiquote", compile_quasiquote}};
    compiler_add_forms(machine, forms, sizeof forms / sizeof *forms);
}
