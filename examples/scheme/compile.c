/* SPDX-License-Identifier: MIT */
#include "compiler.h"

/* Syntax. */

_Noreturn void syntax_fail(struct compiler *compiler, struct syntax culprit,
                           const char *message)
{
    fail_at(compiler->machine, culprit.at, message, NIL);
}

struct syntax syntax_first(struct compiler *compiler, struct syntax list)
{
    const struct pair *pair = pair_of(list.datum);
    return (struct syntax){pair->car,
                           places_find(compiler->places, pair, list.at)};
}

struct syntax syntax_rest(struct syntax list)
{
    return (struct syntax){cdr(list.datum), list.at};
}

struct syntax syntax_nth(struct compiler *compiler, struct syntax list,
                         size_t n)
{
    while (n-- > 0)
        list = syntax_rest(list);
    return syntax_first(compiler, list);
}

size_t syntax_expect(struct compiler *compiler, struct syntax list,
                     size_t least, size_t most, const char *usage)
{
    ptrdiff_t length = list_length(list.datum);
    if (length < 0 || (size_t)length < least || (size_t)length > most)
        syntax_fail(compiler, list, usage);
    return (size_t)length;
}

void compiler_enter(struct compiler *compiler, struct syntax form)
{
    if (++compiler->nesting > NESTING_LIMIT)
        syntax_fail(compiler, form, "nested too deeply");
}

void compiler_leave(struct compiler *compiler)
{
    compiler->nesting--;
}

/* Scopes. */

struct scope *scope_new(struct scope *outer)
{
    struct scope *scope = allocate(sizeof *scope);
    scope->outer = outer;
    return scope;
}

static void grow_scope(struct scope *scope)
{
    const value *old = scope->names;
    scope->capacity = scope->capacity == 0 ? 4 : 2 * scope->capacity;
    scope->names = allocate(scope->capacity * sizeof *scope->names);
    for (uint32_t i = 0; i < scope->count; i++)
        scope->names[i] = old[i];
}

uint32_t scope_add(struct scope *scope, value name)
{
    if (scope->count == scope->capacity)
        grow_scope(scope);
    scope->names[scope->count] = name;
    return scope->count++;
}

static bool scope_find(const struct scope *scope, value name, uint32_t *index)
{
    for (uint32_t i = 0; i < scope->count; i++) {
        if (!same(scope->names[i], name))
            continue;
        *index = i;
        return true;
    }
    return false;
}

uint32_t scope_declare(struct compiler *compiler, struct scope *scope,
                       struct syntax name)
{
    uint32_t index;
    if (!is_symbol(name.datum))
        syntax_fail(compiler, name, "a variable must be a symbol");
    if (scope_find(scope, name.datum, &index))
        syntax_fail(compiler, name, "this variable is there already");
    return scope_add(scope, name.datum);
}

static bool is_hidden(const struct scope *scope, value name)
{
    uint32_t index;
    for (; scope != NULL; scope = scope->outer)
        if (scope_find(scope, name, &index))
            return true;
    return false;
}

bool is_form(const struct scope *scope, value form, value keyword)
{
    return is_pair(form) && same(car(form), keyword) &&
           !is_hidden(scope, keyword);
}

/* Expressions. */

/* A variable, or its new value in `part`.  A text without a file name is the
 * prelude: there a name stands for what it means now, whatever a program makes
 * of it later. */
static const struct node *resolve(struct syntax name, const struct scope *scope,
                                  const struct node *part)
{
    uint32_t index;
    for (uint32_t depth = 0; scope != NULL; scope = scope->outer, depth++) {
        if (!scope_find(scope, name.datum, &index))
            continue;
        return part == NULL ? node_local(name.at, depth, index)
                            : node_set_local(name.at, depth, index, part);
    }
    struct symbol *symbol = symbol_of(name.datum);
    if (part != NULL)
        return node_global(NODE_SET_GLOBAL, name.at, symbol, part);
    if (name.at.file == NULL && !same(symbol->global, NOTHING))
        return node_constant(name.at, symbol->global);
    return node_global(NODE_GLOBAL, name.at, symbol, NULL);
}

static const struct node *compile_variable(struct compiler *compiler,
                                           struct syntax name,
                                           const struct scope *scope)
{
    if (symbol_of(name.datum)->keyword != NULL && !is_hidden(scope, name.datum))
        syntax_fail(compiler, name, "a keyword is no expression");
    return resolve(name, scope, NULL);
}

static const struct node *compile_call(struct compiler *compiler,
                                       struct syntax form, struct scope *scope)
{
    size_t count = syntax_expect(compiler, form, 1, SIZE_MAX,
                                 "a call must be a proper list");
    struct node *node = node_new(NODE_CALL, form.at, count);
    for (size_t i = 0; i < count; i++) {
        node->parts[i] = compile(compiler, syntax_first(compiler, form), scope);
        form = syntax_rest(form);
    }
    return node_finish(node);
}

static const struct form *keyword_of(value form, const struct scope *scope)
{
    if (!is_symbol(car(form)) || is_hidden(scope, car(form)))
        return NULL;
    return symbol_of(car(form))->keyword;
}

static const struct node *compile_list(struct compiler *compiler,
                                       struct syntax form, struct scope *scope)
{
    compiler_enter(compiler, form);
    const struct form *keyword = keyword_of(form.datum, scope);
    const struct node *node = keyword != NULL
                                  ? keyword->compile(compiler, form, scope)
                                  : compile_call(compiler, form, scope);
    compiler_leave(compiler);
    return node;
}

const struct node *compile(struct compiler *compiler, struct syntax form,
                           struct scope *scope)
{
    if (is_symbol(form.datum))
        return compile_variable(compiler, form, scope);
    if (is_pair(form.datum))
        return compile_list(compiler, form, scope);
    if (is_nil(form.datum))
        syntax_fail(compiler, form, "() is no expression");
    return node_constant(form.at, form.datum);
}

const struct node *compile_sequence(struct compiler *compiler,
                                    struct syntax items, struct scope *scope)
{
    size_t count = syntax_expect(compiler, items, 1, SIZE_MAX,
                                 "there must be an expression here");
    if (count == 1)
        return compile(compiler, syntax_first(compiler, items), scope);
    struct node *node = node_new(NODE_SEQUENCE, items.at, count);
    for (size_t i = 0; i < count; i++) {
        node->parts[i] =
            compile(compiler, syntax_first(compiler, items), scope);
        items = syntax_rest(items);
    }
    return node_finish(node);
}

/* Procedures and definitions. */

static struct syntax defined_name(struct compiler *compiler,
                                  struct syntax definition)
{
    syntax_expect(compiler, definition, 2, SIZE_MAX,
                  "usage: (define name value) or (define (name ...) body ...)");
    struct syntax target = syntax_nth(compiler, definition, 1);
    if (is_pair(target.datum))
        target = syntax_first(compiler, target);
    if (!is_symbol(target.datum))
        syntax_fail(compiler, target, "a variable must be a symbol");
    if (symbol_of(target.datum)->keyword != NULL)
        syntax_fail(compiler, target, "a keyword cannot be defined");
    return target;
}

/* So that the procedures of a body see each other, its definitions are known
 * before any of it is compiled. */
static void declare_definitions(struct compiler *compiler, struct syntax body,
                                struct scope *scope)
{
    const struct names *names = &compiler->machine->names;
    if (list_length(body.datum) < 0)
        return;
    compiler_enter(compiler, body);
    for (; is_pair(body.datum); body = syntax_rest(body)) {
        struct syntax form = syntax_first(compiler, body);
        uint32_t index;
        if (is_form(scope, form.datum, names->begin))
            declare_definitions(compiler, syntax_rest(form), scope);
        if (!is_form(scope, form.datum, names->define))
            continue;
        struct syntax name = defined_name(compiler, form);
        if (!scope_find(scope, name.datum, &index))
            scope_add(scope, name.datum);
    }
    compiler_leave(compiler);
}

const struct node *compile_body(struct compiler *compiler, struct syntax body,
                                struct scope *scope)
{
    declare_definitions(compiler, body, scope);
    return compile_sequence(compiler, body, scope);
}

const struct node *compile_procedure(struct compiler *compiler,
                                     struct syntax body, struct scope *scope,
                                     bool has_rest, struct symbol *name)
{
    struct node *node = node_new(NODE_LAMBDA, body.at, 1);
    node->of.lambda.required = scope->count - has_rest;
    node->of.lambda.has_rest = has_rest;
    node->of.lambda.name = name;
    node->parts[0] = compile_body(compiler, body, scope);
    node->of.lambda.slots = scope->count;
    return node_finish(node);
}

/* (a b), (a b . rest) or rest. */
static const struct node *
compile_lambda_of(struct compiler *compiler, struct syntax parameters,
                  struct syntax body, struct scope *outer, struct symbol *name)
{
    struct scope *scope = scope_new(outer);
    for (; is_pair(parameters.datum); parameters = syntax_rest(parameters))
        scope_declare(compiler, scope, syntax_first(compiler, parameters));
    bool has_rest = !is_nil(parameters.datum);
    if (has_rest)
        scope_declare(compiler, scope, parameters);
    return compile_procedure(compiler, body, scope, has_rest, name);
}

static const struct node *compile_named_lambda(struct compiler *compiler,
                                               struct syntax form,
                                               struct scope *scope,
                                               struct symbol *name)
{
    syntax_expect(compiler, form, 3, SIZE_MAX,
                  "usage: (lambda (variable ...) body ...)");
    struct syntax rest = syntax_rest(form);
    return compile_lambda_of(compiler, syntax_first(compiler, rest),
                             syntax_rest(rest), scope, name);
}

static const struct node *compile_lambda(struct compiler *compiler,
                                         struct syntax form,
                                         struct scope *scope)
{
    return compile_named_lambda(compiler, form, scope, NULL);
}

static const struct node *compile_definition_value(struct compiler *compiler,
                                                   struct syntax form,
                                                   struct symbol *name,
                                                   struct scope *scope)
{
    struct syntax rest = syntax_rest(form);
    struct syntax target = syntax_first(compiler, rest);
    if (is_pair(target.datum))
        return compile_lambda_of(compiler, syntax_rest(target),
                                 syntax_rest(rest), scope, name);

    syntax_expect(compiler, form, 3, 3, "usage: (define name value)");
    struct syntax part = syntax_nth(compiler, rest, 1);
    if (is_form(scope, part.datum, compiler->machine->names.lambda))
        return compile_named_lambda(compiler, part, scope, name);
    return compile(compiler, part, scope);
}

static const struct node *compile_define(struct compiler *compiler,
                                         struct syntax form,
                                         struct scope *scope)
{
    uint32_t index;
    struct syntax name = defined_name(compiler, form);
    if (scope != NULL && !scope_find(scope, name.datum, &index))
        syntax_fail(compiler, form, "a definition must stand in a body");
    const struct node *part =
        compile_definition_value(compiler, form, symbol_of(name.datum), scope);
    if (scope != NULL)
        return resolve(name, scope, part);
    return node_global(NODE_DEFINE, form.at, symbol_of(name.datum), part);
}

/* The other keywords that no other can replace. */

static const struct node *compile_quote(struct compiler *compiler,
                                        struct syntax form, struct scope *scope)
{
    (void)scope;
    syntax_expect(compiler, form, 2, 2, "usage: (quote datum)");
    return node_constant(form.at, car(cdr(form.datum)));
}

static const struct node *compile_if(struct compiler *compiler,
                                     struct syntax form, struct scope *scope)
{
    size_t length = syntax_expect(compiler, form, 3, 4,
                                  "usage: (if test then) or (if test then "
                                  "else)");
    const struct node *test =
        compile(compiler, syntax_nth(compiler, form, 1), scope);
    const struct node *yes =
        compile(compiler, syntax_nth(compiler, form, 2), scope);
    const struct node *no =
        length == 4 ? compile(compiler, syntax_nth(compiler, form, 3), scope)
                    : node_constant(form.at, UNSPECIFIED);
    return node_if(form.at, test, yes, no);
}

static const struct node *compile_set(struct compiler *compiler,
                                      struct syntax form, struct scope *scope)
{
    syntax_expect(compiler, form, 3, 3, "usage: (set! variable value)");
    struct syntax name = syntax_nth(compiler, form, 1);
    if (!is_symbol(name.datum))
        syntax_fail(compiler, name, "a variable must be a symbol");
    return resolve(name, scope,
                   compile(compiler, syntax_nth(compiler, form, 2), scope));
}

static const struct node *compile_begin(struct compiler *compiler,
                                        struct syntax form, struct scope *scope)
{
    return compile_sequence(compiler, syntax_rest(form), scope);
}

void compiler_add_forms(struct machine *machine, const struct form *forms,
                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        symbol_of(machine_symbol(machine, forms[i].name))->keyword = &forms[i];
}

void compiler_add_basics(struct machine *machine)
{
    static const struct form forms[] = {
        {"quote", compile_quote},   {"if", compile_if},
        {"define", compile_define}, {"set!", compile_set},
        {"lambda", compile_lambda}, {"begin", compile_begin},
    };
    compiler_add_forms(machine, forms, sizeof forms / sizeof *forms);
}

void compiler_add_keywords(struct machine *machine)
{
    compiler_add_basics(machine);
    compiler_add_bindings(machine);
    compiler_add_conditionals(machine);
    compiler_add_quasiquote(machine);
}

const struct node *compile_top_level(struct machine *machine,
                                     const struct place_table *places,
                                     struct syntax form)
{
    struct compiler compiler = {.machine = machine, .places = places};
    return compile(&compiler, form, NULL);
}
