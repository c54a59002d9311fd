/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_FINALIZE_H
#define TIDEMARK_GC_FINALIZE_H

/* Finalizers: functions of the program that are called with an object when nothing
 * leads to it any more.
 *
 * A collection (gc/dying.h) moves those whose objects died from `waiting` to
 * `ready`, and revives the objects for the call.  From there they are taken and
 * called without any lock: see gc/api/finalize.c.
 *
 * There is always room in `ready` for all that waits, so a collection needs no
 * memory for it.
 *
 * Roots: the data of all finalizers, and the objects of the ready ones. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc/variable.h"
#include "base/atomics.h"
#include "gc/table.h"

/* When an object counts as dead, as seen from others that died at the same time.
 * In the order of the public enum gc_order. */
enum finalizer_order {
    FINALIZE_NO_ORDER,    /* whatever leads to it from other dead objects */
    FINALIZE_IGNORE_SELF, /* if no other one with a finalizer leads to it, but
                             for one with no order */
    FINALIZE_ORDERED,     /* the same, and it does not lead to itself */
    FINALIZE_UNREACHABLE, /* if no other one at all leads to it */
    FINALIZER_ORDERS,
};

typedef void finalizer_function(void *object, void *data);

struct finalizer {
    finalizer_function *run; /* NULL: none */
    void *data;
    enum finalizer_order order;
};

/* A record of both tables. */
struct finalizer_record {
    struct keyed object; /* its note: enum finalizer_order */
    finalizer_function *run;
    void *data;
};

struct finalizers {
    struct table waiting;
    size_t of_order[FINALIZER_ORDERS]; /* of those that wait */
    struct table ready;
    size_t next;       /* the ready one that is taken next */
    AO_t ready_count;  /* atomic: the same as ready.count, for a quick look */
    size_t registered; /* since the last collection */

    /* Of the last collection: how many ordered ones are never called since their
     * objects lead to themselves, and one such object, as its complement. */
    size_t cycles;
    uintptr_t in_cycle;
};

void gc__finalizers_init(struct finalizers *finalizers);
void gc__finalizers_finish(struct finalizers *finalizers);

/* All that follow are called with the heap's lock. */

enum finalizer_answer {
    FINALIZER_IS_SET,
    FINALIZER_HAS_NO_MEMORY, /* nothing was changed */
};

/* Makes *wanted the finalizer of the object in `cell`, of which there is at most
 * one; none if `run` is NULL.  *old becomes the one that there was, or none.  The
 * object must be one (gc__variable_is_object). */
enum finalizer_answer gc__finalizer_set(struct finalizers *finalizers,
                                        struct variable *heap, struct cell cell,
                                        const struct finalizer *wanted,
                                        struct finalizer *old);

/* What there is for the object in `cell`. */
struct finalizer gc__finalizer_of(const struct finalizers *finalizers,
                                  const struct variable *heap,
                                  struct cell cell);

/* Takes a ready one.  Returns false if there is none.  From here on the object and
 * the data live by what the caller holds. */
struct finalizer_call {
    finalizer_function *run;
    void *object;
    void *data;
};
bool gc__finalizer_take(struct finalizers *finalizers,
                        struct finalizer_call *call);

/* Makes a waiting one ready.  Another record of `waiting` is in its place now. */
void gc__finalizer_make_ready(struct finalizers *finalizers,
                              struct finalizer_record *record);

/* Makes all of them ready, whether their objects live or not. */
void gc__finalizers_make_all_ready(struct finalizers *finalizers);

/* Drops the finalizers of an object that is freed, at `object`. */
void gc__finalizers_forget(struct finalizers *finalizers, uintptr_t object);

/* Gives back room that is not needed. */
void gc__finalizers_trim(struct finalizers *finalizers);

static inline struct finalizer_record *finalizer_at(const struct table *table,
                                                    size_t index)
{
    return table_at(table, index);
}

static inline enum finalizer_order
finalizer_order_of(const struct finalizer_record *record)
{
    return (enum finalizer_order)record->object.note;
}

static inline size_t finalizers_ready(const struct finalizers *finalizers)
{
    return AO_load(&finalizers->ready_count);
}

size_t gc__finalizers_memory_bytes(const struct finalizers *finalizers);

/* The first thing that does not hold, or NULL. */
const char *gc__finalizers_verify(const struct finalizers *finalizers);

#endif
