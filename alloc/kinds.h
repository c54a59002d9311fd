/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_ALLOC_KINDS_H
#define TIDEMARK_ALLOC_KINDS_H

/* Custom kinds: those beyond the four that are built in.
 *
 * What the allocator asks a kind is whether cells are zeroed, and whether dead
 * objects are to be shown to somebody.  How objects are looked at for pointers
 * is kept here for the collector.
 *
 * A built-in kind has its lists of blocks in the heap and its slots in every
 * thread.  A custom kind gets lists when it is added, and slots in a thread when
 * that asks for its first object: so a kind costs nothing where it is not used.
 * Both come from tables of equal size, which are mapped some at a time.
 *
 * Threads: everything here is done under the heap's lock; what is said of a kind
 * never changes, so it is read without. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc/block.h"
#include "base/word.h"

struct variable;
struct local;
struct gc_visit; /* gc/kinds.h */

enum {
    KINDS_MAX = 254, /* all in all */
    CUSTOM_KINDS_MAX = KINDS_MAX - KIND_COUNT,
};

/* How objects of a kind are looked at for pointers. */
enum kind_look {
    LOOK_AT_WORDS,   /* any word may be one */
    LOOK_AT_NOTHING, /* they hold none */
    LOOK_BY_PROCEDURE,
};

/* Shows the visit what an object refers to: see gc/kinds.h. */
typedef void gc__look_procedure(void *object, size_t bytes,
                                struct gc_visit *visit, void *context);

/* Told of a dead object whose cell is about to be free.  True: it stays until the
 * next collection; what it refers to stays only if the kind keeps_for_dead.
 * Called by who sweeps, with the heap's lock, and once for an object that stays
 * dead.  What is freed is not shown. */
typedef bool gc__dead_procedure(void *object, size_t bytes, void *context);

struct kind_traits {
    const char *name;
    enum kind_look look;
    gc__look_procedure *procedure;
    void *context;
    gc__dead_procedure *on_dead; /* or NULL */
    void *dead_context;
    size_t tail_bytes;   /* at the end of each object, which are not for
                                    the program */
    bool is_cleared;     /* cells are zeroed */
    bool keeps_for_dead; /* what a dead object refers to is alive when that is
                            shown to on_dead */
};

struct class_blocks;
struct kind_table;
struct kind_chunk;

struct custom_kind {
    struct kind_traits traits;
    struct class_blocks *classes;
};

struct kinds {
    struct custom_kind of[CUSTOM_KINDS_MAX];
    struct kind_table *unused;
    struct kind_chunk *chunks;
};

/* Adds a kind and answers its number; 0 if there are KINDS_MAX, or no memory. */
unsigned gc__kinds_add(struct variable *heap, const struct kind_traits *traits);

/* Makes the thread's slots for the kind, which it does not have yet; false if
 * there is no memory. */
bool gc__kinds_add_slots(struct variable *heap, struct local *local,
                         unsigned kind);

/* Takes them all back from a thread that has been retired. */
void gc__kinds_take_slots(struct variable *heap, struct local *local);

size_t gc__kinds_memory_bytes(const struct variable *heap);
void gc__kinds_finish(struct variable *heap);

#endif
