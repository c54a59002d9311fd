/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_MARK_H
#define TIDEMARK_GC_MARK_H

/* Marking: from a set of words that may be pointers, to the marked bit of every
 * object reachable from them.
 *
 * An object is white (unmarked), grey (marked, its words not yet looked at) or
 * black (marked and looked at).  Grey objects wait on an explicit stack, so
 * depth costs no machine stack.  The stack grows as long as the system gives
 * memory; an object that finds it full stays grey in the heap, and a walk over
 * the heap finds it again when the stack has run dry.
 *
 * Between the stack and the reading of an object lies a short queue: an object
 * is prefetched when it enters the queue and read when it leaves, some sixteen
 * objects later.  Source: C.-Y. Cher, A. Hosking, T. Vijaykumar, "Software
 * prefetching for mark-sweep garbage collection", ASPLOS 2004.
 *
 * One thread marks alone, unless gc__markers_set (gc/markers.h) says that others
 * are to help it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc/variable.h"
#include "base/word.h"
#include "gc/hooks.h"
#include "gc/recognition.h"

enum {
    QUEUE_LENGTH = 32,
    SPARE_STACK_LENGTH = 64,
};

struct worker;

/* A marker is used by one thread at a time. */
struct marker {
    const struct variable *heap;
    struct worker *worker; /* its place among several markers, or NULL */
    size_t step;           /* of the window */
    const struct recognition *recognition; /* by default one of its own: any
                                              byte, and the end */

    uintptr_t spare_stack[SPARE_STACK_LENGTH]; /* for want of another */
    struct range stack_memory;
    uintptr_t *stack; /* grey objects; see grey_small() */
    size_t base;      /* those below have been given to other markers */
    size_t depth;
    size_t capacity;
    size_t most; /* the stack may not grow beyond so many; for tests */

    gc__question *gives_up; /* asked meanwhile, if it is not NULL: then one
                               thread marks alone */
    bool is_given_up;       /* the answer; then nothing more is looked at */
    bool has_unseen;        /* gc__mark_unseen has marked something */
    bool has_missed;        /* some grey objects are not on the stack ... */
    struct range missed;    /* ... and lie here */

    /* Since gc__marker_start. */
    size_t live_bytes;
    size_t live_atomic_bytes; /* of them, in objects that hold no pointers */
    size_t live_objects;
    size_t work;      /* objects looked at, or as much in slices */
    size_t ask_at;    /* gc__drain_alone comes back when so much is done */
    size_t shared_at; /* the work done when it last gave some away */
    size_t overflows; /* since the start of the program */
    size_t overflows_at_start;
};

/* Several markers: how much work there must be before other threads are called
 * for it, since that takes some microseconds.  An object takes 50 ns. */
enum {
    WIDE = 64,           /* grey objects on the stack */
    WORK_BETWEEN = 1024, /* objects looked at between two calls */
};

enum { WORK_BETWEEN_QUESTIONS = 4096 }; /* some 0.2 ms */

void gc__marker_init(struct marker *marker, const struct variable *heap);
void gc__marker_finish(struct marker *marker);

/* Begins a marking: all objects are white, but for the uncollectable ones,
 * which become grey. */
void gc__marker_start(struct marker *marker, size_t step);

/* From now on nobody is asked whether to give up.  False if somebody was, and said
 * so: then there is only the next one to be called, which has all objects be white
 * again, and gc__marker_end. */
bool gc__mark_to_the_end(struct marker *marker);
void gc__mark_undo_all(struct marker *marker);

/* Shades grey whatever the words of `range` may point into, by the rules for
 * listed roots: see gc/recognition.h.  Helpers do not work meanwhile. */
void gc__mark_range(struct marker *marker, struct range range);

/* The same by the rules for registers and stacks, where a pointer may be to any
 * byte, and one past the end of an object may be the only one left: a word that
 * points to the start of a cell also keeps the cell that ends there. */
void gc__mark_ambiguous_range(struct marker *marker, struct range range);

/* Takes a grey object off the stack, to be looked at by the caller; false if there
 * is none.  Not while helpers are at work. */
bool gc__mark_take(struct marker *marker, struct cell *cell);

/* Blackens grey objects until none is left.  Call it after each range. */
void gc__mark_drain(struct marker *marker);

/* These three are for roots that a program lists itself, between the two
 * functions above; what is no object is left alone.
 *
 * Has the object that `address` points into marked, if it is white, but not
 * looked at: what it refers to lives only if something else says so. */
void gc__mark_unseen(struct marker *marker, uintptr_t address);

/* The other way.  An object that is reached later is looked at again. */
void gc__mark_undo(struct marker *marker, uintptr_t address);

bool gc__mark_is_set(const struct marker *marker, uintptr_t address);

/* Marks what objects refer to that nothing has reached, if they are of a kind that
 * keeps_for_dead.  Call it when all else is marked. */
void gc__mark_for_dead(struct marker *marker);

/* Adds up what the markers have counted, and returns the memory of stacks that
 * have grown large. */
void gc__marker_end(struct marker *marker);

#endif
