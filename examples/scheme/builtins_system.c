/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "builtins.h"
#include "printer.h"

/* Output, the clock, the collector. */

static value print_out(value v, enum print_style style)
{
    struct text text = {0};
    print(&text, v, style);
    if (text.length > 0)
        fwrite(text.bytes, 1, text.length, stdout);
    return UNSPECIFIED;
}

static value display(struct machine *machine, struct arguments given)
{
    (void)machine;
    return print_out(given.at[0], PRINT_DISPLAY);
}

static value write_out(struct machine *machine, struct arguments given)
{
    (void)machine;
    return print_out(given.at[0], PRINT_WRITE);
}

static value newline(struct machine *machine, struct arguments given)
{
    (void)machine, (void)given;
    putchar('\n');
    return UNSPECIFIED;
}

/* #t is 0, #f is 1. */
static value exit_with(struct machine *machine, struct arguments given)
{
    if (given.count == 0 || same(given.at[0], TRUE))
        exit(EXIT_SUCCESS);
    if (same(given.at[0], FALSE))
        exit(EXIT_FAILURE);
    exit((int)need_index(machine, given.at[0], 255));
}

/* Seconds of processor time. */
static value runtime(struct machine *machine, struct arguments given)
{
    (void)machine, (void)given;
    return make_real((double)clock() / CLOCKS_PER_SEC);
}

static value collect(struct machine *machine, struct arguments given)
{
    (void)machine, (void)given;
    GC_collect();
    return UNSPECIFIED;
}

static value entry(struct machine *machine, const char *name, size_t number)
{
    return cons(machine_symbol(machine, name), integer((int64_t)number));
}

/* An association list; sizes are in bytes. */
static value gc_statistics(struct machine *machine, struct arguments given)
{
    (void)given;
    struct gc_stats stats;
    gc_stats(&stats, sizeof stats);
    value list = NIL;
    list = cons(entry(machine, "allocated", stats.allocated_bytes), list);
    list = cons(entry(machine, "objects", stats.object_bytes), list);
    list = cons(entry(machine, "live", stats.live_bytes), list);
    list = cons(entry(machine, "heap", stats.heap_bytes), list);
    return cons(entry(machine, "collections", stats.collections), list);
}

void builtins_add_system(struct machine *machine)
{
    static const struct builtin table[] = {
        FUNCTION("display", 1, 1, display),
        FUNCTION("write", 1, 1, write_out),
        FUNCTION("newline", 0, 0, newline),
        FUNCTION("exit", 0, 1, exit_with),
        FUNCTION("runtime", 0, 0, runtime),
        FUNCTION("gc", 0, 0, collect),
        FUNCTION("gc-stats", 0, 0, gc_statistics),
    };
    builtins_define(machine, table, sizeof table / sizeof *table);
}
