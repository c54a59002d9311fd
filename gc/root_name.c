/* SPDX-License-Identifier: MIT */
#include "gc/root_name.h"

#include <stdio.h>
#include <string.h>

void gc__root_namer_init(struct root_namer *namer,
                         const struct registers *registers)
{
    namer->registers = registers;
    namer->has_frames = false;
    namer->frame_count = 0;
    namer->held_count = 0;
    namer->lookups = 0;
    namer->last_frame = NULL;
    namer->last = (struct root_name){.text = ""};
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static void set_module(struct root_name *name, const char *path)
{
    snprintf(name->module, sizeof name->module, "%s", base_name(path));
}

/* ----------------------------------------------------- registers and stack */

static void find_frames(struct root_namer *namer)
{
    if (namer->has_frames)
        return;
    namer->has_frames = true;
    namer->frame_count =
        gc__backtrace(namer->registers, namer->frames, NAMED_FRAMES);
    namer->held_count = gc__backtrace_registers(
        namer->registers, namer->frame_count, namer->held, NAMED_REGISTERS);
}

static const struct held_register *held_at(const struct root_namer *namer,
                                           uintptr_t address)
{
    for (size_t i = 0; i < namer->held_count; i++)
        if (namer->held[i].address == address)
            return &namer->held[i];
    return NULL;
}

static const struct frame *frame_around(const struct root_namer *namer,
                                        uintptr_t address)
{
    for (size_t i = 0; i < namer->frame_count; i++)
        if (range_contains(namer->frames[i].stack, address))
            return &namer->frames[i];
    return NULL;
}

static void find_function(struct root_namer *namer, const struct frame *frame)
{
    if (frame == namer->last_frame)
        return;
    namer->last_frame = frame;
    namer->last_answer = namer->lookups++ < MOST_LOOKUPS
                             ? gc__frame_function(frame, &namer->last_function)
                             : SYMBOL_UNKNOWN;
}

static void append_function(struct root_namer *namer, const struct frame *frame,
                            struct root_name *name)
{
    find_function(namer, frame);
    bool is_named = namer->last_answer == SYMBOL_FOUND;
    size_t used = strlen(name->text);
    snprintf(name->text + used, sizeof name->text - used, " of %s",
             is_named ? namer->last_function.name : "???");
    if (namer->last_answer == SYMBOL_MODULE_ONLY)
        set_module(name, namer->last_function.module);
}

static void name_held(struct root_namer *namer,
                      const struct held_register *held, struct root_name *name)
{
    snprintf(name->text, sizeof name->text, "register %s", held->name);
    if (held->frame < namer->frame_count)
        append_function(namer, &namer->frames[held->frame], name);
    name->extent = (struct range){held->address, held->address + WORD_BYTES};
}

static void name_in_registers(struct root_namer *namer, uintptr_t address,
                              struct root_name *name)
{
    const struct held_register *held = held_at(namer, address);
    if (held != NULL) {
        name_held(namer, held, name);
        return;
    }
    snprintf(name->text, sizeof name->text, "register %s",
             gc__register_name(namer->registers, address));
    name->extent = (struct range){address, address + WORD_BYTES};
}

static void name_on_stack(struct root_namer *namer, uintptr_t holder,
                          uintptr_t address, struct root_name *name)
{
    const struct held_register *held = held_at(namer, address);
    if (held != NULL) {
        name_held(namer, held, name);
        return;
    }
    const struct frame *frame = frame_around(namer, address);
    snprintf(name->text, sizeof name->text, "stack");
    name->extent = (struct range){holder, address + WORD_BYTES};
    name->has_offset = true;
    if (frame == NULL)
        return;
    name->extent = frame->stack;
    append_function(namer, frame, name);
}

/* -------------------------------------------------------------------- data */

static void name_data(struct root_namer *namer, enum origin origin,
                      uintptr_t holder, uintptr_t address,
                      struct root_name *name)
{
    bool is_thread_local = origin == FROM_THREAD_LOCAL;
    struct symbol symbol;
    enum symbol_answer answer = namer->lookups++ < MOST_LOOKUPS
                                    ? gc__symbol_find(address, &symbol)
                                    : SYMBOL_UNKNOWN;
    name->has_offset = true;
    if (answer != SYMBOL_UNKNOWN)
        set_module(name, symbol.module);
    if (answer == SYMBOL_FOUND) {
        snprintf(name->text, sizeof name->text, "%s %s",
                 is_thread_local ? "thread-local" : "global", symbol.name);
        name->extent =
            (struct range){symbol.start, symbol.start + symbol.bytes};
        return;
    }
    snprintf(name->text, sizeof name->text, "%s data",
             is_thread_local ? "thread-local" : "static");
    name->extent = (struct range){holder, address + WORD_BYTES};
}

static void name_range(uintptr_t holder, uintptr_t address,
                       struct root_name *name)
{
    snprintf(name->text, sizeof name->text, "range 0x%zx", (size_t)holder);
    name->extent = (struct range){holder, address + WORD_BYTES};
    name->has_offset = true;
}

/* ----------------------------------------------------- of others and of all */

/* The stack or a register of another thread, or of a coroutine. */
static void name_of_other(const char *what, const struct graph_root *root,
                          struct root_name *name)
{
    size_t low = (size_t)-root->owner;
    if (root->owner > 0)
        snprintf(name->text, sizeof name->text, "%s of thread %d", what,
                 (int)root->owner);
    else
        snprintf(name->text, sizeof name->text, "%s of coroutine 0x%zx", what,
                 low);
    name->extent = (struct range){root->holder, root->address + WORD_BYTES};
}

static void name_register(struct root_namer *namer,
                          const struct graph_root *root, struct root_name *name)
{
    if (root->owner != OWNER_CALLING) {
        name_of_other("register", root, name);
        return;
    }
    find_frames(namer);
    name_in_registers(namer, root->address, name);
}

static void name_stack(struct root_namer *namer, const struct graph_root *root,
                       struct root_name *name)
{
    if (root->owner != OWNER_CALLING) {
        name_of_other("stack", root, name);
        name->has_offset = true;
        return;
    }
    find_frames(namer);
    name_on_stack(namer, root->holder, root->address, name);
}

static void make_name(struct root_namer *namer, const struct graph_root *root,
                      struct root_name *name)
{
    switch (root->origin) {
    case FROM_REGISTERS:
        name_register(namer, root, name);
        return;
    case FROM_STACK:
        name_stack(namer, root, name);
        return;
    case FROM_STATIC:
    case FROM_THREAD_LOCAL:
        name_data(namer, root->origin, root->holder, root->address, name);
        return;
    case FROM_RANGE:
        name_range(root->holder, root->address, name);
        return;
    case FROM_OBJECT:
        snprintf(name->text, sizeof name->text, "uncollectable");
        name->extent = (struct range){0, UINTPTR_MAX};
        return;
    case FROM_FINALIZER:
        snprintf(name->text, sizeof name->text, "finalizer");
        name->extent = (struct range){0, UINTPTR_MAX};
        return;
    }
}

/* A variable's name serves for all of its words.  A frame's does not: registers
 * lie between its own. */
static bool has_name_of_last(const struct root_namer *namer,
                             const struct graph_root *root)
{
    return (root->origin == FROM_STATIC || root->origin == FROM_THREAD_LOCAL) &&
           range_contains(namer->last.extent, root->address);
}

const struct root_name *gc__root_name(struct root_namer *namer,
                                      const struct graph_root *root)
{
    struct root_name *name = &namer->last;
    if (!has_name_of_last(namer, root)) {
        *name = (struct root_name){.text = ""};
        make_name(namer, root, name);
    }
    name->offset = name->has_offset ? root->address - name->extent.low : 0;
    return name;
}
