/* SPDX-License-Identifier: MIT */
#ifndef SCHEME_COMPILER_H
#define SCHEME_COMPILER_H

/* From data to trees.
 *
 * A form is compiled in a scope: the names of the variables of the rib that
 * will be there when it runs, and of those around it.  No scope is the top
 * level, where all variables are global. */

#include "machine.h"
#include "reader.h"
#include "tree.h"

struct scope {
    struct scope *outer;
    value *names; /* symbols; NOTHING is a variable that no program can name */
    uint32_t count;
    uint32_t capacity;
};

struct compiler {
    struct machine *machine;
    const struct place_table *places;
    unsigned nesting;
};

typedef const struct node *form_compiler(struct compiler *compiler,
                                         struct syntax form,
                                         struct scope *scope);

/* A keyword. */
struct form {
    const char *name;
    form_compiler *compile;
};

/* For the machine. */

/* Fails at the place of a mistake. */
const struct node *compile_top_level(struct machine *machine,
                                     const struct place_table *places,
                                     struct syntax form);

/* Tells the symbols of the machine that they are keywords. */
void compiler_add_keywords(struct machine *machine);

/* For the files of the compiler, each of which has some of the keywords. */

void compiler_add_basics(struct machine *machine);
void compiler_add_bindings(struct machine *machine);
void compiler_add_conditionals(struct machine *machine);
void compiler_add_quasiquote(struct machine *machine);
void compiler_add_forms(struct machine *machine, const struct form *forms,
                        size_t count);

/* Syntax: lists whose elements know their places. */

_Noreturn void syntax_fail(struct compiler *compiler, struct syntax culprit,
                           const char *message);
struct syntax syntax_first(struct compiler *compiler, struct syntax list);
struct syntax syntax_rest(struct syntax list);
struct syntax syntax_nth(struct compiler *compiler, struct syntax list,
                         size_t n);

/* Returns: how many elements the list has; fails, with `usage`, if it is no
 *          list or has fewer than `least` or more than `most`. */
size_t syntax_expect(struct compiler *compiler, struct syntax list,
                     size_t least, size_t most, const char *usage);

/* Around all that recurses over the nesting of a form: fails at the limit. */
void compiler_enter(struct compiler *compiler, struct syntax form);
void compiler_leave(struct compiler *compiler);

/* Scopes. */

struct scope *scope_new(struct scope *outer);
uint32_t scope_add(struct scope *scope, value name);

/* Adds a variable of the program.  Fails if there is one of this name. */
uint32_t scope_declare(struct compiler *compiler, struct scope *scope,
                       struct syntax name);

/* Whether `form` is a list that starts with `keyword`, which no variable of
 * `scope` hides. */
bool is_form(const struct scope *scope, value form, value keyword);

/* Compiling. */

const struct node *compile(struct compiler *compiler, struct syntax form,
                           struct scope *scope);

/* One or more expressions in turn. */
const struct node *compile_sequence(struct compiler *compiler,
                                    struct syntax items, struct scope *scope);

/* The same, with definitions among them: `scope` grows by these. */
const struct node *compile_body(struct compiler *compiler, struct syntax body,
                                struct scope *scope);

/* `scope` holds the parameters, the last of which takes the rest if `has_rest`.
 */
const struct node *compile_procedure(struct compiler *compiler,
                                     struct syntax body, struct scope *scope,
                                     bool has_rest, struct symbol *name);

/* The clauses of a cond; `otherwise` is an expression for after the last. */
const struct node *compile_clauses(struct compiler *compiler,
                                   struct syntax clauses, struct scope *scope,
                                   struct syntax otherwise);

#endif
