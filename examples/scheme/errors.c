/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <stdio.h>
#include <string.h>

struct place machine_place(const struct machine *machine)
{
    static const struct place nowhere = {"scheme", 0, 0};
    return machine->call != NULL ? machine->call->at : nowhere;
}

_Noreturn void fail_with(struct machine *machine, value raised)
{
    machine->raised = raised;
    machine->is_raising = true;
    longjmp(*machine->on_failure, 1);
}

_Noreturn void fail_at(struct machine *machine, struct place at,
                       const char *message, value irritants)
{
    struct condition *condition = allocate(sizeof *condition);
    condition->header.type = TYPE_CONDITION;
    condition->at = at;
    condition->message = string_from(message, strlen(message));
    condition->irritants = irritants;
    fail_with(machine, object_value(condition));
}

_Noreturn void fail(struct machine *machine, const char *complaint,
                    value culprit)
{
    const char *name = machine->running->name;
    size_t bytes = strlen(name) + strlen(": ") + strlen(complaint) + 1;
    char *message = allocate_atomic(bytes);
    strcpy(message, name);
    strcat(message, ": ");
    strcat(message, complaint);
    value irritants = same(culprit, NOTHING) ? NIL : cons(culprit, NIL);
    fail_at(machine, machine_place(machine), message, irritants);
}

_Noreturn void fail_count(struct machine *machine, const char *name,
                          size_t least, bool or_more, size_t count)
{
    char message[200];
    snprintf(message, sizeof message,
             "%.100s: expects %s%zu argument%s, got %zu", name,
             or_more ? "at least " : "", least, least == 1 ? "" : "s", count);
    fail_at(machine, machine_place(machine), message, NIL);
}

bool machine_try(struct machine *machine, void (*work)(void *context),
                 void *context)
{
    jmp_buf here;
    jmp_buf *outer = machine->on_failure;
    machine->on_failure = &here;
    if (setjmp(here) == 0) {
        work(context);
        machine->on_failure = outer;
        return true;
    }
    machine->on_failure = outer;
    return false;
}

void machine_add_handler(struct machine *machine, struct handler handler)
{
    static const struct node restore = {.kind = NODE_RESTORE_HANDLERS};
    struct handler *added = allocate(sizeof *added);
    *added = handler;
    added->outer = machine->handlers;
    added->frame = machine->frame;
    machine_push(machine, (struct frame){.node = &restore,
                                         .handlers = machine->handlers});
    machine->handlers = added;
}

/* A guard is left, with the error in the variable of its clauses. */
static void enter_guard(struct machine *machine, const struct handler *handler,
                        value raised)
{
    struct rib *rib = make_rib(handler->env, 1);
    rib->slots[0] = raised;
    machine->frame = handler->frame;
    machine_evaluate(machine, handler->guard->parts[1], rib);
}

void machine_raise(struct machine *machine, value raised, bool is_continuable)
{
    static const struct node restore = {.kind = NODE_RESTORE_HANDLERS};
    static const struct node no_return = {.kind = NODE_NO_RETURN};
    struct handler *handler = machine->handlers;
    machine->raised = raised;
    if (handler == NULL) {
        machine->is_uncaught = true;
        return;
    }

    /* An error in a handler is for those outside of it. */
    machine->handlers = handler->outer;
    if (handler->guard != NULL) {
        enter_guard(machine, handler, raised);
        return;
    }
    machine_push(machine, (struct frame){
                              .node = is_continuable ? &restore : &no_return,
                              .handlers = handler,
                          });
    machine_apply(machine, handler->procedure, (struct arguments){&raised, 1});
}
