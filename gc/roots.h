/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_ROOTS_H
#define TIDEMARK_GC_ROOTS_H

/* Roots: the memory outside the heap that is looked at for pointers.
 *
 * What is loaded is listed anew for each collection, before the world stops,
 * since listing takes the loader's lock.  The list stands in an arena of its
 * own; it grows when a program loads more.  Several threads may be listing at
 * once, so there are two lists to take turns, and more for a while if need be.
 * If something was loaded or unloaded between the listing and the stop, which
 * the stamp shows, the collection begins again. */

#include <stdbool.h>
#include <stddef.h>

#include "alloc/fixed.h"
#include "alloc/linear.h"
#include "base/word.h"
#include "platform/data_roots.h"
#include "platform/thread_locals.h"
#include "platform/thread_values.h"

/* In the order of the public enum gc_origin. */
enum origin {
    FROM_REGISTERS,
    FROM_STACK,
    FROM_STATIC,
    FROM_THREAD_LOCAL,
    FROM_RANGE,
    FROM_OBJECT,
    FROM_FINALIZER,
};

struct root {
    struct range range;
    enum origin origin;
};

/* A range that the program added or excluded; a record in `records`. */
struct added_range {
    struct range range;
    struct added_range *next;
};

/* A list stands at the start of the memory that it is for. */
struct root_list {
    struct linear entries; /* of struct root, one after the other */
    struct range memory;
    struct loaded_stamp loaded; /* what it was made from */
    struct thread_local_modules modules;
    struct range modules_memory;
    size_t fixed_modules;   /* with variables in each thread's first block */
    bool has_other_modules; /* with variables that a thread allocates later */
    bool is_short;          /* while listing: did not fit */
};

struct roots {
    struct range own;       /* the collector's own data: never looked at */
    struct root_list *list; /* of the last collection */
    struct root_list *spare;
    struct range unused_memory; /* for these two, before they are there */
    bool has_looked_for_layout; /* of other threads' variables */
    bool knows_layout;
    bool is_inherited; /* the list is one of a parent process */
    bool is_frozen;    /* for ever, since a library was just being loaded */
    struct thread_local_layout layout;
    bool has_looked_for_values; /* of pthread_setspecific() */
    bool knows_values;
    struct thread_value_layout values;

    /* Whether a segment of loaded data is listed; NULL: every one is. */
    bool (*takes_segment)(const char *library, uintptr_t low, size_t bytes);

    struct added_range *added;
    struct added_range *excluded;
    struct fixed records;
    struct range records_memory;
};

/* Returns false if there is no memory for the list. */
bool gc__roots_init(struct roots *roots, struct range own);
void gc__roots_finish(struct roots *roots);

/* Takes a list that nobody uses; NULL if there is no memory.  (The first three
 * are called with the heap's lock held.) */
struct root_list *gc__roots_take(struct roots *roots);
void gc__roots_give(struct roots *roots, struct root_list *list);

/* Lists the added ranges too, and makes this the list.  Returns false if there is
 * no memory for that. */
bool gc__roots_use(struct roots *roots, struct root_list *list);

/* Lists static data, and thread-local variables of the calling thread.  The list
 * may be another one afterwards.  Returns false if it has to grow and there is no
 * memory.  Call it without any lock: it takes the loader's, and who holds that
 * one may be in the middle of an allocation. */
bool gc__roots_list(const struct roots *roots, struct root_list **list);

/* True if all of the list is mapped still.  In a stop. */
static inline bool gc__roots_are_current(const struct roots *roots)
{
    if (roots->is_frozen)
        return true;
    return gc__data_roots_are_current(&roots->list->loaded) &&
           (!roots->knows_layout || gc__thread_local_modules_are_current(
                                        &roots->layout, &roots->list->modules));
}

size_t gc__roots_memory_bytes(const struct roots *roots);

/* In a child process after fork.  Another thread may have had the loader's lock,
 * which stays taken then, so as long as nothing else is loaded the last list is
 * used, instead of one from gc__roots_list. */
void gc__roots_inherit(struct roots *roots);

/* Makes the list what it was before it was completed; instead of gc__roots_use. */
bool gc__roots_reuse(struct roots *roots);

/* Looks how the variables of other threads are to be found.  Without any lock, but
 * once. */
void gc__roots_learn_layout(struct roots *roots);

/* Looks how the values of pthread_setspecific() are to be found.  Like that. */
void gc__roots_learn_values(struct roots *roots);

/* In a stop: adds those of a thread, the calling one too, by its pthread_self().
 * False if there is no memory. */
bool gc__roots_list_values(struct roots *roots, uintptr_t self);

/* In a stop: adds the thread-local variables of a thread, by its pthread_self().
 * False if the thread changes them at this moment, or there is no memory: let it
 * go on, and stop it again. */
bool gc__roots_list_thread(struct roots *roots, uintptr_t self);

/* In a stop: adds a range.  False if there is no memory. */
bool gc__roots_list_range(struct roots *roots, struct range range);

/* The `index`-th root of the list, or NULL past the last. */
const struct root *gc__roots_at(const struct roots *roots, size_t index);

/* See gc_add_roots() and gc_remove_roots(). */
bool gc__roots_add(struct roots *roots, struct range range);
bool gc__roots_remove(struct roots *roots, struct range range);

/* Removes the added ranges that lie inside of `range` as a whole, and leaves all
 * others as they are. */
void gc__roots_remove_within(struct roots *roots, struct range range);

/* From now on nothing in `range` is listed, whatever it is a part of, but stacks
 * and thread-local variables.  False if there is no memory to note it.  The other
 * one takes everything back that was excluded. */
bool gc__roots_exclude(struct roots *roots, struct range range);
void gc__roots_include_all(struct roots *roots);

#endif
