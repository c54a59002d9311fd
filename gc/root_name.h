/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_ROOT_NAME_H
#define TIDEMARK_GC_ROOT_NAME_H

/* Names for roots, in the words of the program's source where it can be:
 *
 *     register rbx of main
 *     stack of parse_list +24
 *     stack of thread 4711 +512           of another one than the calling one
 *     stack of coroutine 0x7f0012340000 +16    by its low end, while none runs
 *     register of thread 4711                                        on it
 *     global table +16 (wordcount)
 *     thread-local cache (libparser.so)
 *     static data +1168 (wordcount)        in no variable that has a name
 *     range 0x7f0012340000 +512
 *     uncollectable
 *
 * On the stack the number counts from the function's stack pointer.  A value
 * that a function keeps in a register may stand in the frame of one that it
 * called; it goes by the name of the register all the same.
 *
 * Looks into files: not while the world is stopped. */

#include <stddef.h>

#include "base/word.h"
#include "gc/graph.h"
#include "platform/backtrace.h"

enum {
    NAMED_FRAMES = 128,    /* the functions further out have no names */
    NAMED_REGISTERS = 256, /* places in which they keep registers */
    MOST_LOOKUPS = 2000,   /* of symbols, each of which reads a file */
};

struct root_name {
    char text[SYMBOL_NAME_BYTES + 32]; /* without offset and module */
    char module[SYMBOL_MODULE_BYTES];  /* or "" */
    struct range extent;               /* of what has this name */
    size_t offset;                     /* of the word in it */
    bool has_offset;
};

struct root_namer {
    const struct registers *registers;
    bool has_frames;
    size_t frame_count;
    size_t held_count;
    size_t lookups;
    struct root_name last;
    const struct frame *last_frame; /* whose function this is: */
    struct symbol last_function;
    enum symbol_answer last_answer;
    struct frame frames[NAMED_FRAMES];
    struct held_register held[NAMED_REGISTERS];
};

/* The function that spilled the registers must not return meanwhile. */
void gc__root_namer_init(struct root_namer *namer,
                         const struct registers *registers);

/* The name of a root of the graph.  Valid until the next call. */
const struct root_name *gc__root_name(struct root_namer *namer,
                                      const struct graph_root *root);

#endif
