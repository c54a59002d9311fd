/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_STRESS_MODEL_H
#define TIDEMARK_TESTS_STRESS_MODEL_H

/* The shadow model: what the collected heap must hold, kept outside of it.
 *
 * Each object has a shadow with the complement of its address, its size, kind
 * and edges.  An edge is a word of the object that points to another one, to
 * any byte of it; all other bytes are filled with a pattern.  Roots are words
 * outside of the heap, slots, of which the model knows the same.  Objects of
 * kinds that the program adds have edges as scanned ones do.
 *
 * An object must be alive if it can be reached from a slot or an uncollectable
 * object by edges.  gc_ functions are called by the operations alone; the model
 * reads and writes memory. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/tidemark.h"
#include "tests/random.h"

enum {
    EDGES = 4,
    SLOTS_MOST = 4096,
    SHADOWS_MOST = 1 << 16,
};

#define NO_SHADOW UINT32_MAX

/* A word that leads to an object, or to none. */
struct link {
    uint32_t target; /* number of a shadow, or NO_SHADOW */
    size_t offset;   /* into the target */
};

struct shadow {
    uintptr_t hidden; /* complement of the address */
    size_t bytes;     /* that were asked for */
    enum gc_kind kind;
    unsigned filling;
    unsigned edge_count; /* words that may be edges */
    struct link edges[EDGES];
    uint32_t references; /* links that lead here, of dead objects too */
    bool is_used;
    bool is_reached;
};

struct root_word {
    void **place;
    struct link link;
};

struct model {
    struct shadow *shadows;
    uint32_t *free_numbers; /* of shadows that are not used */
    uint32_t *waiting;      /* while reaching */
    size_t free_count;
    struct root_word slots[SLOTS_MOST];
    size_t slot_count;
    size_t skew; /* bytes from the start of an object to its first edge */
    struct random random;
    size_t operation; /* number of the current one, for messages */
    size_t reached;   /* objects, at the last check */
};

extern struct model model;

void model_init(uint64_t seed, size_t skew);

/* Ends the process with a message that tells the operation. */
__attribute__((format(printf, 1, 2), noreturn)) void
model_fail(const char *format, ...);

static inline size_t pick(size_t limit)
{
    return (size_t)random_below(&model.random, limit);
}

static inline struct shadow *shadow_of(uint32_t number)
{
    return &model.shadows[number];
}

static inline unsigned char *address_of(const struct shadow *shadow)
{
    return (unsigned char *)~shadow->hidden;
}

static inline bool is_scanned(const struct shadow *shadow)
{
    return shadow->kind != TIDEMARK_ATOMIC &&
           shadow->kind != TIDEMARK_ATOMIC_UNCOLLECTABLE;
}

static inline bool is_uncollectable(const struct shadow *shadow)
{
    return shadow->kind == TIDEMARK_UNCOLLECTABLE ||
           shadow->kind == TIDEMARK_ATOMIC_UNCOLLECTABLE;
}

/* A shadow for a new object, which has no links and is filled. */
uint32_t model_new(void *object, size_t bytes, enum gc_kind kind);

/* The object has been freed: nothing leads to it any more. */
void model_forget(uint32_t number);

/* The object now has this address and size; its edges that are left and its
 * pattern are written anew. */
void model_move(uint32_t number, void *object, size_t bytes);

/* Where a walk arrived: a link, its word, and what it leads to. */
struct spot {
    struct link *link;
    unsigned char *word;
};

/* A filled link, found by a walk over some edges from a random slot; false if
 * none was found. */
bool model_walk(struct spot *place);

/* A link that may be written: of a slot, or of an object that can be reached;
 * false if none was found. */
bool model_pick_place(struct spot *place);

/* Lets the link lead to the target, or to nothing. */
void model_point(struct spot place, uint32_t target, size_t offset);

/* Slots for `count` words, which must be zero. */
void model_add_slots(void **words, size_t count);
void model_remove_slots(void **words, size_t count);

/* Checks the contents of an object. */
void model_check_object(uint32_t number);

/* Checks the contents of every object that can be reached, and forgets the
 * others. */
void model_check_all(void);

#endif
