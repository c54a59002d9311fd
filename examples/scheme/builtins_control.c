/* SPDX-License-Identifier: MIT */
#include "builtins.h"
#include "compiler.h"
#include "printer.h"

/* Procedures that set the registers of the machine: what they leave there is
 * what happens next. */

/* (apply f 1 2 '(3 4)) */
static void apply(struct machine *machine, struct arguments given)
{
    size_t leading = given.count - 2;
    value rest = given.at[given.count - 1];
    size_t count = leading + need_list(machine, rest);
    value *arguments = allocate((count + 1) * sizeof *arguments);
    for (size_t i = 0; i < leading; i++)
        arguments[i] = given.at[i + 1];
    for (size_t i = leading; i < count; i++) {
        arguments[i] = car(rest);
        rest = cdr(rest);
    }
    machine_apply(machine, given.at[0], (struct arguments){arguments, count});
}

/* A continuation is the frames and the handlers of the moment.  The frames
 * outwards of a shared one are shared already. */
static void call_cc(struct machine *machine, struct arguments given)
{
    struct frame *frame = machine->frame;
    for (; frame != NULL && !frame->is_shared; frame = frame->next)
        frame->is_shared = true;

    struct continuation *continuation = allocate(sizeof *continuation);
    continuation->header.type = TYPE_CONTINUATION;
    continuation->frame = machine->frame;
    continuation->handlers = machine->handlers;
    value argument = object_value(continuation);
    machine_apply(machine, given.at[0], (struct arguments){&argument, 1});
}

/* Evaluates data as a form at top level. */
static void eval(struct machine *machine, struct arguments given)
{
    static const struct place_table none;
    struct syntax form = {given.at[0], machine_place(machine)};
    machine_evaluate(machine, compile_top_level(machine, &none, form), NULL);
}

/* Errors. */

static void raise(struct machine *machine, struct arguments given)
{
    machine->raised_at = machine_place(machine);
    machine_raise(machine, given.at[0], false);
}

static void raise_continuable(struct machine *machine, struct arguments given)
{
    machine->raised_at = machine_place(machine);
    machine_raise(machine, given.at[0], true);
}

/* What a guard does with an error that no clause takes: it stays where it was.
 */
static void raise_again(struct machine *machine, struct arguments given)
{
    machine_raise(machine, given.at[0], true);
}

/* (error "message" irritant ...); a message that is no string is shown as
 * `write` shows it. */
static void error(struct machine *machine, struct arguments given)
{
    struct text text = {0};
    bool is_string = has_type(given.at[0], TYPE_STRING);
    print(&text, given.at[0], is_string ? PRINT_DISPLAY : PRINT_WRITE);
    text_add(&text, "", 1);
    value irritants = NIL;
    for (size_t i = given.count; i > 1; i--)
        irritants = cons(given.at[i - 1], irritants);
    fail_at(machine, machine_place(machine), text.bytes, irritants);
}

/* (with-exception-handler handler thunk) */
static void with_exception_handler(struct machine *machine,
                                   struct arguments given)
{
    machine_add_handler(machine, (struct handler){.procedure = given.at[0]});
    machine_apply(machine, given.at[1], (struct arguments){NULL, 0});
}

static value error_message(struct machine *machine, struct arguments given)
{
    return need_condition(machine, given.at[0])->message;
}

static value error_irritants(struct machine *machine, struct arguments given)
{
    return need_condition(machine, given.at[0])->irritants;
}

/* What would be printed if nobody took it, without the place. */
static value error_text(struct machine *machine, struct arguments given)
{
    struct text text = {0};
    need_condition(machine, given.at[0]);
    print_error(&text, given.at[0]);
    return string_from(text.bytes, text.length);
}

void builtins_add_control(struct machine *machine)
{
    static const struct builtin table[] = {
        CONTROL("apply", 2, ANY_NUMBER, apply),
        CONTROL("call/cc", 1, 1, call_cc),
        CONTROL("call-with-current-continuation", 1, 1, call_cc),
        CONTROL("eval", 1, 1, eval),
        CONTROL("raise", 1, 1, raise),
        CONTROL("raise-continuable", 1, 1, raise_continuable),
        CONTROL("raise-again", 1, 1, raise_again),
        CONTROL("error", 1, ANY_NUMBER, error),
        CONTROL("with-exception-handler", 2, 2, with_exception_handler),
        FUNCTION("error-object-message", 1, 1, error_message),
        FUNCTION("error-object-irritants", 1, 1, error_irritants),
        FUNCTION("error-object->string", 1, 1, error_text),
    };
    builtins_define(machine, table, sizeof table / sizeof *table);
}
