/* SPDX-License-Identifier: MIT */
#ifndef SCHEME_MACHINE_H
#define SCHEME_MACHINE_H

/* The machine that evaluates trees.
 *
 * It has a few registers and no stack: an evaluation that must wait for the
 * value of a part is written down in a frame, and frames are collected objects,
 * linked from the innermost outwards.  So recursion in a program costs no
 * machine stack, a tail call pushes nothing and leaves nothing behind, and to
 * capture a continuation is to keep a pointer.
 *
 * A frame does not change between push and pop, but the operands that it
 * collects do.  Where a continuation may return to a frame more than once, the frame is
 * marked as shared and works on a copy of them. */

#include <setjmp.h>

#include "tables.h"
#include "tree.h"
#include "value.h"

struct frame {
    struct frame *next;
    const struct node *node; /* waits for the value of one of its parts: */
    uint32_t index;          /* this one */
    uint32_t depth;          /* the number of frames from here outwards */
    struct rib *env;
    struct rib *operands; /* NODE_CALL, NODE_LET: the values so far */
    value callee;         /* NODE_CALL */
    struct handler *handlers;
    bool is_shared;
};

/* Who is asked about an error: a procedure or a guard. */
struct handler {
    struct handler *outer;
    value procedure;
    const struct node *guard; /* NULL: the procedure */
    struct rib *env;          /* of the guard */
    struct frame *frame;      /* where the value of a guard goes */
};

/* Symbols that the reader and the compiler look for. */
struct names {
    value quote, quasiquote, unquote, unquote_splicing;
    value define, begin, lambda, otherwise, arrow;
};

/* Procedures that the compiler calls, whatever a program makes of their names.
 */
struct primitives {
    value cons, append, list_to_vector, memv, raise_again, make_promise;
};

struct machine {
    const struct node *node; /* to be evaluated; NULL: the result is there */
    struct rib *env;
    value result;
    struct frame *frame; /* waits for the result; NULL: the program does */
    struct handler *handlers;

    const struct node *call;       /* the program's last one */
    const struct builtin *running; /* NULL: none */
    value raised;
    struct place raised_at;
    bool is_raising;  /* a failure that no handler has been asked about */
    bool is_uncaught; /* no handler took what was raised */
    jmp_buf *on_failure;

    uint32_t depth_limit; /* of frames */
    struct symbol_table symbols;
    struct names names;
    struct primitives primitives;
};

struct arguments {
    const value *at;
    size_t count;
};

typedef value builtin_function(struct machine *machine, struct arguments given);

/* Of a builtin that sets the machine's registers itself. */
typedef void builtin_control(struct machine *machine, struct arguments given);

enum { ANY_NUMBER = 255 };

struct builtin {
    struct object header;
    uint8_t least, most; /* arguments */
    const char *name;
    builtin_function *function;
    builtin_control *control; /* where function is NULL */
};

/* Prepares a machine that knows all keywords, builtins and the prelude. */
void machine_init(struct machine *machine, uint32_t depth_limit);
value machine_symbol(struct machine *machine, const char *name);

/* Evaluates a tree at top level; the result is in machine->result.
 *
 * Returns: false if there was an error that nothing in the program handled;
 *          it is in machine->raised. */
bool machine_run(struct machine *machine, const struct node *node);

/* Calls work(context), which may fail: for reading and compiling.
 *
 * Returns: false if it did; the error is in machine->raised. */
bool machine_try(struct machine *machine, void (*work)(void *context),
                 void *context);

/* Where the program is. */
struct place machine_place(const struct machine *machine);

/* Before a call.  Errors are shown at a call of the program, not at one in the
 * prelude; a builtin that cannot take so many arguments fails. */
void machine_note_call(struct machine *machine, const struct node *call);
void machine_enter_builtin(struct machine *machine,
                           const struct builtin *builtin, size_t count);

/* What the machine does next; for builtins of the control kind. */

void machine_return(struct machine *machine, value result);
void machine_evaluate(struct machine *machine, const struct node *node,
                      struct rib *env);
void machine_apply(struct machine *machine, value callee,
                   struct arguments given);
void machine_push(struct machine *machine, struct frame frame);

/* Sets a handler until the frame that is innermost now gets its result.  Only
 * `procedure`, or `guard` and `env`, need be filled in. */
void machine_add_handler(struct machine *machine, struct handler handler);

/* Asks the innermost handler about an error; none: the machine stops. */
void machine_raise(struct machine *machine, value raised, bool is_continuable);

/* Errors.  None of these returns: an error is one longjmp(), since nothing on
 * the way has anything to free. */

/* "file:1:2: NAME: COMPLAINT: culprit", with the name of the running builtin;
 * without the culprit if that is NOTHING. */
_Noreturn void fail(struct machine *machine, const char *complaint,
                    value culprit);

/* "file:1:2: MESSAGE: irritants" */
_Noreturn void fail_at(struct machine *machine, struct place at,
                       const char *message, value irritants);

/* "file:1:2: NAME: expects N arguments, got COUNT" */
_Noreturn void fail_count(struct machine *machine, const char *name,
                          size_t least, bool or_more, size_t count);

_Noreturn void fail_with(struct machine *machine, value raised);

#endif
