/* SPDX-License-Identifier: MIT */
#include "machine.h"
#include "simple.h"

/* Registers and frames. */

void machine_return(struct machine *machine, value result)
{
    machine->result = result;
    machine->node = NULL;
}

void machine_evaluate(struct machine *machine, const struct node *node,
                      struct rib *env)
{
    machine->node = node;
    machine->env = env;
}

void machine_push(struct machine *machine, struct frame frame)
{
    frame.next = machine->frame;
    frame.depth = frame.next == NULL ? 1 : frame.next->depth + 1;
    if (frame.depth > machine->depth_limit)
        fail_at(machine, machine_place(machine), "recursion too deep", NIL);
    machine->frame = allocate(sizeof frame);
    *machine->frame = frame;
}

/* A frame that nobody can return to again is cut off: a stale word somewhere on
 * the machine stack then keeps that frame alive, and not all outwards of it. */
static const struct frame *pop(struct machine *machine)
{
    struct frame *frame = machine->frame;
    machine->frame = frame->next;
    if (!frame->is_shared)
        frame->next = NULL;
    return frame;
}

/* Evaluates a part; its value goes to the node again, see resume(). */
static void wait_for(struct machine *machine, const struct node *node,
                     uint32_t index, struct rib *env)
{
    machine_push(machine,
                 (struct frame){.node = node, .index = index, .env = env});
    machine_evaluate(machine, node->parts[index], env);
}

/* Calls. */

void machine_note_call(struct machine *machine, const struct node *call)
{
    if (call->at.file != NULL)
        machine->call = call;
}

void machine_enter_builtin(struct machine *machine,
                           const struct builtin *builtin, size_t count)
{
    machine->running = builtin;
    if (count < builtin->least)
        fail_count(machine, builtin->name, builtin->least,
                   builtin->most > builtin->least, count);
    if (count > builtin->most && builtin->most != ANY_NUMBER)
        fail_count(machine, builtin->name, builtin->most, false, count);
}

static size_t rib_slots(value callee, size_t count)
{
    if (!has_type(callee, TYPE_CLOSURE))
        return count;
    struct closure *closure = object_of(callee);
    size_t slots = closure->lambda->of.lambda.slots;
    return slots > count ? slots : count;
}

static void check_count(struct machine *machine, const struct node *lambda,
                        size_t count)
{
    size_t required = lambda->of.lambda.required;
    bool has_rest = lambda->of.lambda.has_rest;
    if (count == required || (count > required && has_rest))
        return;
    const struct symbol *name = lambda->of.lambda.name;
    fail_count(machine, name != NULL ? name->name : "procedure", required,
               has_rest, count);
}

static value list_of(const value *items, size_t count)
{
    value list = NIL;
    while (count > 0)
        list = cons(items[--count], list);
    return list;
}

/* The operands of the call become the variables of the activation. */
static void enter_closure(struct machine *machine,
                          const struct closure *closure, struct rib *operands,
                          size_t count)
{
    const struct node *lambda = closure->lambda;
    size_t required = lambda->of.lambda.required;
    check_count(machine, lambda, count);
    if (lambda->of.lambda.has_rest)
        operands->slots[required] =
            list_of(operands->slots + required, count - required);
    operands->outer = closure->env;
    machine_evaluate(machine, lambda->parts[0], operands);
}

static void enter_continuation(struct machine *machine,
                               const struct continuation *continuation,
                               const struct rib *operands, size_t count)
{
    if (count != 1)
        fail_count(machine, "continuation", 1, false, count);
    machine->frame = continuation->frame;
    machine->handlers = continuation->handlers;
    machine_return(machine, operands->slots[0]);
}

static void call_builtin(struct machine *machine, const struct builtin *builtin,
                         const struct rib *operands, size_t count)
{
    struct arguments given = {operands->slots, count};
    machine_enter_builtin(machine, builtin, count);
    if (builtin->function == NULL)
        builtin->control(machine, given);
    else
        machine_return(machine, builtin->function(machine, given));
}

static void apply(struct machine *machine, value callee, struct rib *operands,
                  size_t count)
{
    if (has_type(callee, TYPE_CLOSURE))
        enter_closure(machine, object_of(callee), operands, count);
    else if (has_type(callee, TYPE_BUILTIN))
        call_builtin(machine, object_of(callee), operands, count);
    else if (has_type(callee, TYPE_CONTINUATION))
        enter_continuation(machine, object_of(callee), operands, count);
    else
        fail_at(machine, machine_place(machine), "not a procedure",
                cons(callee, NIL));
}

void machine_apply(struct machine *machine, value callee,
                   struct arguments given)
{
    struct rib *operands = make_rib(NULL, rib_slots(callee, given.count));
    for (size_t i = 0; i < given.count; i++)
        operands->slots[i] = given.at[i];
    apply(machine, callee, operands, given.count);
}

/* The operands of a call or a let, from call->index on. */
static void collect(struct machine *machine, const struct frame *call)
{
    const struct node *node = call->node;
    for (uint32_t i = call->index; i < node->count; i++) {
        value *slot = &call->operands->slots[i - 1];
        if (simple_try(machine, node->parts[i], call->env, slot))
            continue;
        machine_push(machine, (struct frame){
                                  .node = node,
                                  .index = i,
                                  .env = call->env,
                                  .operands = call->operands,
                                  .callee = call->callee,
                              });
        machine_evaluate(machine, node->parts[i], call->env);
        return;
    }

    if (node->kind == NODE_LET) {
        machine_evaluate(machine, node->parts[0], call->operands);
        return;
    }
    machine_note_call(machine, node);
    apply(machine, call->callee, call->operands, node->count - 1);
}

static void begin_let(struct machine *machine, const struct node *node,
                      struct rib *env)
{
    collect(machine, &(struct frame){
                         .node = node,
                         .index = 1,
                         .env = env,
                         .operands = make_rib(env, node->of.lambda.slots),
                     });
}

static void begin_call(struct machine *machine, const struct node *node,
                       struct rib *env, value callee)
{
    size_t slots = rib_slots(callee, node->count - 1);
    collect(machine, &(struct frame){
                         .node = node,
                         .index = 1,
                         .env = env,
                         .operands = make_rib(NULL, slots),
                         .callee = callee,
                     });
}

static struct rib *copy_operands(const struct frame *frame)
{
    size_t slots = frame->node->kind == NODE_LET
                       ? frame->node->of.lambda.slots
                       : rib_slots(frame->callee, frame->node->count - 1);
    struct rib *copy = make_rib(frame->operands->outer, slots);
    for (size_t i = 0; i < slots; i++)
        copy->slots[i] = frame->operands->slots[i];
    return copy;
}

static void continue_operands(struct machine *machine,
                              const struct frame *frame)
{
    if (frame->index == 0) {
        begin_call(machine, frame->node, frame->env, machine->result);
        return;
    }
    struct frame call = *frame;
    if (frame->is_shared)
        call.operands = copy_operands(frame);
    call.operands->slots[call.index - 1] = machine->result;
    call.index++;
    collect(machine, &call);
}

/* The other nodes: each goes on as soon as a part has a value. */

static void choose(struct machine *machine, const struct node *node,
                   struct rib *env, value test)
{
    machine_evaluate(machine, node->parts[is_true(test) ? 1 : 2], env);
}

static void choose_or(struct machine *machine, const struct node *node,
                      struct rib *env, value first)
{
    if (is_true(first))
        machine_return(machine, first);
    else
        machine_evaluate(machine, node->parts[1], env);
}

static void run_sequence(struct machine *machine, const struct node *node,
                         uint32_t index, struct rib *env)
{
    value ignored;
    for (; index < node->count - 1; index++) {
        if (simple_try(machine, node->parts[index], env, &ignored))
            continue;
        wait_for(machine, node, index, env);
        return;
    }
    machine_evaluate(machine, node->parts[index], env);
}

static void store(struct machine *machine, const struct node *node,
                  struct rib *env, value held)
{
    if (node->kind == NODE_SET_LOCAL) {
        struct rib *rib = simple_rib(env, node->of.local.depth);
        rib->slots[node->of.local.index] = held;
    } else {
        if (node->kind == NODE_SET_GLOBAL)
            simple_global(machine, node); /* fails if there is none */
        node->of.global->global = held;
    }
    machine_return(machine, UNSPECIFIED);
}

/* `node` has the value of its part `index`. */
static void take(struct machine *machine, const struct node *node,
                 uint32_t index, struct rib *env, value part)
{
    switch (node->kind) {
    case NODE_IF:
        choose(machine, node, env, part);
        return;
    case NODE_OR:
        choose_or(machine, node, env, part);
        return;
    case NODE_SEQUENCE:
        run_sequence(machine, node, index + 1, env);
        return;
    case NODE_CALL:
        begin_call(machine, node, env, part);
        return;
    default:
        store(machine, node, env, part);
        return;
    }
}

static void begin_guard(struct machine *machine, const struct node *node,
                        struct rib *env)
{
    machine_add_handler(machine, (struct handler){.guard = node, .env = env});
    machine_evaluate(machine, node->parts[0], env);
}

static void evaluate(struct machine *machine)
{
    value first;
    const struct node *node = machine->node;
    struct rib *env = machine->env;
    if (simple_try(machine, node, env, &first))
        machine_return(machine, first);
    else if (node->kind == NODE_LET)
        begin_let(machine, node, env);
    else if (node->kind == NODE_GUARD)
        begin_guard(machine, node, env);
    else if (simple_try(machine, node->parts[0], env, &first))
        take(machine, node, 0, env, first);
    else
        wait_for(machine, node, 0, env);
}

static void resume(struct machine *machine)
{
    const struct frame *frame = pop(machine);
    switch (frame->node->kind) {
    case NODE_CALL:
    case NODE_LET:
        continue_operands(machine, frame);
        return;
    case NODE_RESTORE_HANDLERS:
        machine->handlers = frame->handlers;
        return;
    case NODE_NO_RETURN:
        fail_at(machine, machine_place(machine),
                "the handler of an error returned", NIL);
    default:
        take(machine, frame->node, frame->index, frame->env, machine->result);
    }
}

static void run(void *context)
{
    struct machine *machine = context;
    if (machine->is_raising) {
        machine->is_raising = false;
        machine_raise(machine, machine->raised, false);
    }
    while (!machine->is_uncaught) {
        if (machine->node != NULL)
            evaluate(machine);
        else if (machine->frame != NULL)
            resume(machine);
        else
            return;
    }
}

bool machine_run(struct machine *machine, const struct node *node)
{
    machine_evaluate(machine, node, NULL);
    machine->frame = NULL;
    machine->handlers = NULL;
    machine->is_raising = false;
    machine->is_uncaught = false;
    while (!machine_try(machine, run, machine))
        continue;
    return !machine->is_uncaught;
}
