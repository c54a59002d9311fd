/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_KINDS_H
#define TIDEMARK_GC_KINDS_H

/* Looking at objects of custom kinds.
 *
 * A kind is added with gc__kinds_add (alloc/kinds.h), which answers its number,
 * to be used like an enum kind.  If its objects are LOOK_BY_PROCEDURE, that is
 * called with each one that is reached, and tells the visit it is given what the
 * object refers to.  There is one procedure for whoever wants to know: the
 * marker, the verifier, the graph.
 *
 * A procedure runs with the world stopped and the heap's lock held, on any thread
 * that marks and so on several at once, on a stack of some 100 KiB.  It takes no
 * lock that the program holds elsewhere, libc's included.  It sees only objects:
 * no cell that is not handed out yet or was freed.  But an object may just have
 * been handed out, and is then all zero, or whatever was there if the kind does
 * not clear.  It may see one object more than once.  How much it tells is up to
 * it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc/kinds.h"
#include "alloc/variable.h"

struct marker;

/* Whom a procedure tells. */
struct gc_visit {
    struct marker *marker; /* marks; or NULL, and then ... */
    /* ... sees each word; false: it has seen enough. */
    bool (*show)(struct gc_visit *visit, uintptr_t address, uintptr_t word);
    bool is_among_others; /* of the marker: see gc/shade.h */
    bool is_over;         /* `show` has said false */
    size_t step;          /* of the window */
    struct range object;  /* that is looked at */
};

/* The object refers to whatever `word` points into, if that is an object, by the
 * rules for words in the heap.  `place` is where the word lies, in the object or
 * elsewhere; NULL if that is not known. */
void gc__visit_word(struct gc_visit *visit, uintptr_t word, const void *place);

/* The same for all the words in a range, of the object or elsewhere. */
void gc__visit_words(struct gc_visit *visit, struct range words);

/* Shows the visit what an object refers to, of whatever kind. */
void gc__look_at(const struct variable *heap, struct cell cell,
                 struct gc_visit *visit);

#endif
