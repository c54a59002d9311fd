/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_KINDS_H
#define TIDEMARK_KINDS_H

/* Tidemark: kinds of objects, and types.  tidemark.h includes this; it is the ninth
 * part of the manual. */

#ifndef TIDEMARK_H
#error "include tidemark.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------
 * 9. Kinds and types
 *
 * In a scanned object any word may be a pointer.  A program that knows better can
 * say so: by a type, which is a bitmap of the words that may be; or by a kind of
 * its own, whose objects a procedure of the program looks at.  Then numbers that
 * look like pointers keep nothing alive, and references that do not lie in the
 * object as plain pointers can be followed. */

/* A type: which words of a structure may be pointers.  It is never freed: there are
 * as many types as a program has structures. */
struct gc_type;

/* Makes a type of `words` words; the bit i % 64 of bitmap[i / 64] says whether
 * word i may be a pointer.  The bitmap is copied.
 *
 * Returns: NULL, errno ENOMEM, if there is no memory; errno EINVAL if `words` is
 *          0. */
TIDEMARK_API struct gc_type *gc_type_new(const uint64_t *bitmap,
                                         size_t words) TIDEMARK_RESULT;

/* Allocates an array of structures of a type, the last of which may be cut off: of
 * one, usually.  Zeroed.  Takes 8 bytes more than was asked for; gc_size() and
 * gc_object_header_of() leave them out.  gc_realloc() keeps the type.
 *
 * Errors: as gc_malloc; NULL, errno EINVAL, if `type` is NULL. */
TIDEMARK_API void *gc_malloc_typed(const struct gc_type *type,
                                   size_t bytes) TIDEMARK_NEW TIDEMARK_BYTES(2);

/* What a mark procedure tells of the object that it looks at: that it refers to
 * whatever `word` points into, or each word in [low, high).  What points to no
 * object of this library is ignored. */
struct gc_visit;
TIDEMARK_API void gc_mark_word(struct gc_visit *visit, uintptr_t word);
TIDEMARK_API void gc_mark_words(struct gc_visit *visit, const void *low,
                                const void *high);

/* A mark procedure.  It is called with objects of its kind that are found to be
 * alive, once or more often, and says by gc_mark_word() and gc_mark_words() what
 * they refer to.  It is also called for those who ask: for the graph, by
 * gc_visit_references() and the like, and then with dead objects too.
 *
 * An object may be looked at as soon as it is allocated: when it is still all
 * zero, or holds anything if the kind is not cleared.
 *
 * Threads: called while all threads of the program are stopped, by any one of them
 *          or by a thread of the library's own, and by several at once.  So it
 *          must not wait for anything that a stopped thread may have: libc's
 *          malloc, a lock, stdio.  No other function of this library may be
 *          called.  It has some 100 KiB of stack. */
typedef void gc_mark_procedure(void *object, size_t bytes,
                               struct gc_visit *visit, void *context);

/* Told of each object of its kind that a collection has found dead, before its
 * memory is used again: to release what goes with it, for instance, memory of
 * libc's malloc or an entry in a table.  True has the object stay, and it is shown
 * again by the next collection if it is dead then.  It is not told of objects that
 * are freed by gc_free(), nor of any when the program ends.
 *
 * What the object refers to is dead too, maybe, and may be gone, unless the kind
 * says `keeps_for_dead`.  But then dead objects of the kind that lead to each other
 * in a circle stay, for ever.
 *
 * Threads: called by the thread that has collected, inside of whatever call it was
 *          that led to that, while other threads go on.  It must not call any
 *          function of this library.
 * Cost:    cells of the kind are claimed one by one, instead of many at once, and
 *          all dead ones are looked at right after a collection. */
typedef bool gc_dead_procedure(void *object, size_t bytes, void *context);

/* How objects of a kind are looked at. */
enum gc_look {
    TIDEMARK_LOOK_AT_WORDS,     /* any word may be a pointer */
    TIDEMARK_LOOK_AT_NOTHING,   /* none is */
    TIDEMARK_LOOK_BY_PROCEDURE, /* `mark` */
    TIDEMARK_LOOK_BY_TYPE       /* each is an array of `type` */
};

/* Put zeros into what is not needed. */
struct gc_kind_traits {
    const char *name; /* in statistics and graphs; kept, not copied */
    enum gc_look look;
    gc_mark_procedure *mark;
    const struct gc_type *type;
    gc_dead_procedure *dead;
    void *context;       /* of the procedures */
    bool keeps_for_dead; /* what a dead object refers to lives until it has been
                            shown to `dead` */
    bool not_cleared;    /* objects are not zeroed when they are allocated */
};

/* Adds a kind.  It cannot be taken back.
 *
 * Returns: its number, to be given to gc_malloc_kind(); -1, errno ENOSPC, if there
 *          are 250 already; errno ENOMEM, if there is no memory; errno EINVAL if
 *          the procedure or the type is missing. */
TIDEMARK_API int gc_kind_new(const struct gc_kind_traits *traits);

/* Allocates an object of a kind: one that gc_kind_new() has answered, or an enum
 * gc_kind.
 *
 * Errors: as gc_malloc; NULL, errno EINVAL, if there is no such kind. */
TIDEMARK_API void *gc_malloc_kind(int kind, size_t bytes) TIDEMARK_NEW
    TIDEMARK_BYTES(2);

/* Has pointers to byte `offset` of an object count where TIDEMARK_INTERIOR
 * says that only those to its first byte do: a tag in the low bits of a pointer,
 * for instance, or a header in front of what the program sees.
 *
 * Returns: false if `offset` is 4096 or more. */
TIDEMARK_API bool gc_register_displacement(size_t offset);

#ifdef __cplusplus
}
#endif

#endif
