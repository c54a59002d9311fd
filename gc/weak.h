/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_WEAK_H
#define TIDEMARK_GC_WEAK_H

/* Weak links: words, anywhere, that a collection sets to zero when the object dies
 * that the link is about.  A short link is cleared as soon as nothing leads to the
 * object, a long one not before its finalizer has let it go: see gc/dying.h.
 *
 * That the word is not looked at for pointers is the program's part: it lies in an
 * object without pointers, or outside of all roots, or is disguised.
 *
 * A link may lie in an object.  It goes with it.
 *
 * Records are found by the link, and by the object, whose links are a chain. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc/variable.h"
#include "gc/table.h"

struct link_record {
    struct keyed link;
    uintptr_t object;  /* the complement of its address */
    uint32_t next;     /* link to an object of the same hash: number plus one */
    uint32_t previous; /* 0: is the first of its bucket */
};

enum link_kind {
    SHORT_LINK,
    LONG_LINK,
    EPHEMERON_LINK, /* see gc/ephemeron.h */
    LINK_KINDS,
};

/* The links of one kind. */
struct links {
    struct table table;
    uint32_t *objects; /* buckets by object, as many as the table's */
    struct range pages;
};

void gc__links_init(struct links *links);
void gc__links_finish(struct links *links);

/* All that follow are called with the heap's lock. */

enum link_answer {
    LINK_DONE,
    LINK_EXISTS,    /* add: it is about `object` from now on.  move: the new one
                        is a link already; nothing was changed */
    LINK_NO_MEMORY, /* nothing was changed */
    LINK_UNKNOWN,   /* move: there is no such link */
    LINK_MISALIGNED, /* its address is no multiple of 8 */
};

/* Adds a link at `link`, about the object in `cell`, which must be one.  Neither
 * reads nor writes the word. */
enum link_answer gc__link_add(struct links *links, struct variable *heap,
                              uintptr_t link, struct cell object);

/* Returns false if there is none at `link`, which may be any number. */
bool gc__link_remove(struct links *links, uintptr_t link);

/* The link is at `to` from now on.  Neither word is read or written.  To where it
 * is already: is done. */
enum link_answer gc__link_move(struct links *links, struct variable *heap,
                               uintptr_t link, uintptr_t to);

/* The object that the link is about; 0 if there is none at `link`. */
uintptr_t gc__link_object(const struct links *links, uintptr_t link);

/* The links to an object: the first, and the one after `record`; NULL if there is
 * none. */
struct link_record *gc__link_first_to(const struct links *links,
                                      uintptr_t object);
struct link_record *gc__link_next_to(const struct links *links,
                                     const struct link_record *record);

/* Drops a link by its record: another one is in its place now. */
void gc__link_drop(struct links *links, struct link_record *record);

/* Sets the word of a link to zero. */
void gc__link_clear(const struct link_record *record);

/* An object is freed: drops the links that lie in these bytes of it, and clears
 * and drops those to `object`. */
void gc__links_forget_in(struct links *links, struct range bytes);
void gc__links_forget_to(struct links *links, uintptr_t object);

/* Gives back room that is not needed. */
void gc__links_trim(struct links *links);

static inline struct link_record *link_at(const struct links *links,
                                          size_t index)
{
    return table_at(&links->table, index);
}

static inline uintptr_t link_object_of(const struct link_record *record)
{
    return ~record->object;
}

size_t gc__links_memory_bytes(const struct links *links);

/* The first thing that does not hold, or NULL. */
const char *gc__links_verify(const struct links *links);

#endif
