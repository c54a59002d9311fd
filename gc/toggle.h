/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_TOGGLE_H
#define TIDEMARK_GC_TOGGLE_H

/* Toggle references: references from outside of the heap, strong or weak, of which
 * a function of the program says at each collection which they are.  A language
 * whose objects stand for reference-counted ones of another language holds them so:
 * strongly as long as the other side counts more than its own reference.
 *
 * A weak one ends when its object goes. */

#include <stdbool.h>
#include <stdint.h>

#include "alloc/variable.h"
#include "gc/table.h"

/* In the order of the public enum gc_toggle. */
enum toggle {
    TOGGLE_DROP, /* the reference ends now */
    TOGGLE_STRONG,
    TOGGLE_WEAK,
};

/* Called in the stop, with the heap's lock. */
typedef enum toggle toggle_function(void *object, void *context);

struct toggles {
    struct table table; /* of struct keyed, by the object; note: enum toggle */
    toggle_function *decide; /* NULL: each stays as it is */
    void *context;
};

void gc__toggles_init(struct toggles *toggles);
void gc__toggles_finish(struct toggles *toggles);

/* All with the heap's lock.  The object in `cell` must be one; it has one reference
 * at most.  Returns false if there is no memory. */
bool gc__toggle_add(struct toggles *toggles, struct variable *heap,
                    struct cell cell, enum toggle toggle);

/* Of an object that is freed. */
void gc__toggles_forget(struct toggles *toggles, uintptr_t object);

/* Asks for each what it is from now on, and drops those that end. */
void gc__toggles_decide(struct toggles *toggles);

static inline struct keyed *toggle_at(const struct toggles *toggles,
                                      size_t index)
{
    return table_at(&toggles->table, index);
}

#endif
