/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_ALLOC_VARIABLE_H
#define TIDEMARK_ALLOC_VARIABLE_H

/* Variable-size allocator: the heap.
 *
 * Requests up to 32 KiB get a cell of their size class and kind.  A thread cuts
 * cells off the *free run* that it claimed: two addresses, the next cell and
 * the limit.  Claiming sets the allocated bits of the whole run, so a run
 * belongs to one thread and its cells that are not handed out yet, the unborn,
 * look allocated to everybody else.  Larger requests get a run of blocks.
 *
 * Threads: everything here is done under one lock of the caller's, but for some
 * things that a thread does with what it has in hand without any: handing out the
 * next cell, claiming a run in the block that it owns (gc__local_claim_small),
 * preparing what it has claimed (gc__local_prepare), freeing, and handing out what
 * it has freed (gc__local_free, gc__local_reuse).
 *
 * A thread's first runs of a class come from a block that several threads may
 * have runs in; when it wants more, it owns a block, and then nobody else cuts
 * runs from that.  So a thread that hardly allocates takes a page of each class,
 * and those that allocate much are not in each other's way.
 *
 * Freed cells wait on a short list in the thread, the *freed* list, and are
 * handed out again before any run is cut.  They keep their allocated bit.
 *
 * Before anything looks at the heap as a whole, every thread's runs and freed
 * lists are given back (gc__local_retire): from then on a bit says what is an
 * object.
 *
 * The allocator never collects.  It refuses, and says why; who calls it may
 * collect and try again.
 *
 * A collection, seen from here: gc__variable_sweep_all, retire the threads, let
 * the marker set marked bits, then gc__variable_begin_sweep.  From then on each
 * block is unswept until somebody asks for it: its marked bits become its
 * allocated bits, its marked bits become zero. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc/free_list.h"
#include "alloc/heap_map.h"
#include "alloc/kinds.h"
#include "base/atomics.h"
#include "base/bits.h"

enum refusal {
    REFUSED_NOT,
    REFUSED_BY_GOAL,   /* the allowance is used up: collect first */
    REFUSED_BY_LIMIT,  /* the heap would exceed its limit */
    REFUSED_BY_SYSTEM, /* the system gives no more memory */
    REFUSED_FOR_EVER,  /* larger than any heap */
};

/* A cell on a freed list. */
struct freed_cell {
    struct freed_cell *next;
    uintptr_t seal; /* atomic: says that the cell is on a list */
};

/* What one thread has in hand of one kind and size class. */
struct slot {
    uintptr_t next;  /* atomic: the run: cells in [next, limit) are unborn */
    uintptr_t limit; /* atomic */
    struct freed_cell *freed;
    uint32_t home; /* number of the block that the run is in, plus one; 0: none.
                      See slot_block() */
    uint8_t freed_count;
    uint8_t borrowed; /* runs, from blocks that the thread does not own */
    bool owns;        /* the block is the thread's own */
    bool has_filled;  /* a request was for a whole cell; goes to the block */
};

/* What a thread has in hand of custom kinds: the slots of each, or NULL. */
struct kind_slots {
    struct slot *of[CUSTOM_KINDS_MAX];
};

/* What one thread has in hand; all zero: nothing. */
struct local {
    struct slot slots[KIND_COUNT][SIZE_CLASS_COUNT];
    struct kind_slots *custom; /* or NULL */
    struct local *next;        /* of the next thread, or NULL */

    uintptr_t in_passing; /* a cell that is sealed, or about to be, and may not
                             be on a list; 0: none */

    /* Done without the lock, and not added up yet. */
    size_t taken_bytes;
    size_t freed_bytes;

    size_t cycle_bytes; /* that were added up, until somebody clears it */

    /* What gc__local_prepare has to do. */
    struct range untouched; /* pages to put memory behind */
    struct range dirty;     /* claimed and not cleared yet */
};

/* The thread's slots of one kind, a slot for each size class; NULL if it has
 * none. */
static inline struct slot *local_slots(struct local *local, unsigned kind)
{
    if (!kind_is_custom(kind))
        return local->slots[kind];
    return local->custom == NULL ? NULL : local->custom->of[kind - KIND_COUNT];
}

static inline const struct slot *local_slots_const(const struct local *local,
                                                   unsigned kind)
{
    return local_slots((struct local *)local, kind);
}

/* NO_BLOCK if there is none. */
static inline uint32_t slot_block(const struct slot *slot)
{
    return slot->home - 1;
}

/* The blocks of one kind and size class, or the large objects of one kind. */
struct class_blocks {
    struct block_list available;
    struct block_list full;
    /* Those two lists as they were when the marking ended. */
    struct block_list unswept[2];
    size_t count;
};

enum { LARGE_CLASS = SIZE_CLASS_COUNT, CLASS_COUNT };

static inline void class_blocks_init(struct class_blocks *class)
{
    *class = (struct class_blocks){
        {NO_BLOCK}, {NO_BLOCK}, {{NO_BLOCK}, {NO_BLOCK}}, 0};
}

struct variable {
    struct heap_map map;
    struct free_runs free_runs;
    struct class_blocks classes[KIND_COUNT][CLASS_COUNT];
    struct kinds *kinds;     /* the custom ones; NULL if there is none */
    unsigned kind_count;     /* with the built-in ones */
    uint32_t cycle;          /* counts the calls of begin_sweep */
    unsigned sweep_class;    /* no class before this one has unswept blocks */
    size_t run_bytes;        /* cells are claimed in runs of at most so much */
    size_t freed_list_bytes; /* a freed list has at most so much */
    size_t limit_blocks;     /* blocks in use are never more */
    size_t used_blocks;      /* in use */
    size_t allowance_bytes;  /* refuse when `since_bytes` reaches it */
    size_t since_bytes;      /* taken less given back, since begin_sweep */
    uintptr_t seal;          /* secret */

    /* Since the start. */
    size_t taken_bytes;
    size_t freed_bytes;
    size_t swept_bytes;
    size_t swept_objects;
};

/* What is said of a custom kind. */
static inline const struct kind_traits *
variable_traits(const struct variable *heap, unsigned kind)
{
    return &heap->kinds->of[kind - KIND_COUNT].traits;
}

/* True if cells of the kind are zeroed when they are handed out. */
static inline bool variable_clears(const struct variable *heap, unsigned kind)
{
    return kind_is_custom(kind) ? variable_traits(heap, kind)->is_cleared
                                : kind_is_scanned((enum kind)kind);
}

/* True if objects of the kind are looked at for pointers, in whatever way. */
static inline bool variable_has_pointers(const struct variable *heap,
                                         unsigned kind)
{
    return kind_is_custom(kind)
               ? variable_traits(heap, kind)->look != LOOK_AT_NOTHING
               : kind_is_scanned((enum kind)kind);
}

/* True if it is a procedure that looks at objects of the kind. */
static inline bool variable_has_procedure(const struct variable *heap,
                                          unsigned kind)
{
    return kind_is_custom(kind) &&
           variable_traits(heap, kind)->look == LOOK_BY_PROCEDURE;
}

/* The bytes at the end of an object of the kind that are not for the program. */
static inline size_t variable_tail_bytes(const struct variable *heap,
                                         unsigned kind)
{
    return kind_is_custom(kind) ? variable_traits(heap, kind)->tail_bytes : 0;
}

/* True if dead objects of the kind are shown to somebody. */
static inline bool variable_shows_dead(const struct variable *heap,
                                       unsigned kind)
{
    return kind_is_custom(kind) && variable_traits(heap, kind)->on_dead != NULL;
}

static inline struct class_blocks *variable_class(struct variable *heap,
                                                  unsigned kind, unsigned class)
{
    return kind_is_custom(kind)
               ? &heap->kinds->of[kind - KIND_COUNT].classes[class]
               : &heap->classes[kind][class];
}

static inline const struct class_blocks *
variable_class_const(const struct variable *heap, unsigned kind, unsigned class)
{
    return variable_class((struct variable *)heap, kind, class);
}

/* Returns false if the system has no room for a heap. */
bool gc__variable_init(struct variable *heap);
void gc__variable_finish(struct variable *heap);

/* Without caching a run is one cell and a freed cell goes back at once, so that
 * every allocation passes through gc__variable_alloc_small. */
void gc__variable_set_caching(struct variable *heap, bool is_on);

void gc__local_init(struct local *local);

/* Hands out a cell for 0 to SIZE_CLASS_MAX_BYTES: a freed one, the next of the
 * run, or the first of a run claimed now.  NULL, and why, if refused.  Before
 * the cell is used, and also after a refusal, gc__local_prepare must be called
 * where local_needs_preparing. */
void *gc__variable_claim_small(struct variable *heap, struct local *local,
                               enum kind kind, size_t request,
                               enum refusal *why);

static inline bool local_needs_preparing(const struct local *local)
{
    return range_size(local->dirty) + range_size(local->untouched) > 0;
}

/* Puts memory behind what was claimed last, where it may have none, and zeroes
 * it, if it is of a kind that is cleared and not zero already.  Takes no lock, since it
 * may take long; until it is done, the thread's cells must not be given back by
 * somebody else. */
void gc__local_prepare(struct local *local);

/* A cell that can be had without the lock: the next of the run, or the first of a
 * run that is claimed now in the block that the thread owns.  NULL if there is
 * none, or freed cells wait.  To be prepared like every other; and meanwhile the
 * thread's cells must not be given back by somebody else. */
void *gc__local_claim_small(const struct variable *heap, struct local *local,
                            enum kind kind, size_t request);

/* Up to a run's worth of cells that can be had without the lock, in the block that
 * the thread owns: a list through the first word of each, the last one's 0, and all
 * else zero where the kind is cleared.  They are objects.  NULL if there are none. */
void *gc__local_claim_list(const struct variable *heap, struct local *local,
                           enum kind kind, size_t request);

/* The same of what is left of a run.  The first has the cell that was claimed last be
 * followed by all that is left, and answers the end of it.  When they are prepared,
 * the second links them, up to `end`; 0 if there is only the first cell. */
uintptr_t gc__local_claim_rest(struct local *local, enum kind kind,
                               size_t request, uintptr_t cell);
void gc__local_link_rest(void *first, uintptr_t end, size_t request);

/* A cell, claimed with the lock and prepared. */
static inline void *gc__variable_alloc_small(struct variable *heap,
                                             struct local *local,
                                             enum kind kind, size_t request,
                                             enum refusal *why)
{
    void *cell = gc__variable_claim_small(heap, local, kind, request, why);
    if (local_needs_preparing(local))
        gc__local_prepare(local);
    return cell;
}

/* The same for a large object, at a multiple of `alignment`, a power of two. */
void *gc__variable_alloc_large(struct variable *heap, enum kind kind,
                               size_t bytes, size_t alignment,
                               enum refusal *why);

/* The object was asked for, or is now used, as large as its cell: from now on a
 * pointer to the end of the cell may be one past the end of the object. */
void gc__variable_note_filled(struct variable *heap, struct cell cell);

/* True if `address`, the end of the cell, may be a pointer past the end of the
 * object in it.  Threads must be retired. */
bool gc__variable_may_end_at(const struct variable *heap, struct cell cell,
                             uintptr_t address);

/* Makes a large object longer or shorter where it stands.  Returns false, with
 * nothing changed, if its neighbours are in the way. */
bool gc__variable_resize_large(struct variable *heap, uint32_t block,
                               size_t bytes);

/* True if the cell is an object: allocated, born and not freed.  Sweeps its
 * block if need be.  `local` is the first thread's. */
bool gc__variable_is_object(struct variable *heap, const struct local *local,
                            struct cell cell);

/* Frees what gc__variable_is_object says to be one.  Returns false if another
 * thread has just done so. */
bool gc__variable_free(struct variable *heap, struct local *local,
                       struct cell cell);

/* These three take no lock; meanwhile the thread's cells must not be given back by
 * somebody else.
 *
 * True if `address` is the start of an object in a cell, which is safe to tell:
 * see alloc/free.c.  False if it is not, or the lock is needed to know. */
bool gc__local_find(const struct variable *heap, const struct local *local,
                    uintptr_t address, struct cell *cell);

/* Frees it if it is, nothing is tied to it, and there is room on the freed list. */
bool gc__local_free(const struct variable *heap, struct local *local,
                    uintptr_t address);

/* Hands out the first cell of the slot's freed list, which must have one, to be
 * prepared like every other.
 * `bytes` are those of the class; `is_filled`: all of them were asked for. */
void *gc__local_reuse(const struct variable *heap, struct local *local,
                      struct slot *slot, enum kind kind, size_t bytes,
                      bool is_filled);

/* Adds up what was done without the lock. */
void gc__local_add_up(struct variable *heap, struct local *local);

/* Gives back the unborn cells and the freed ones of a thread. */
void gc__local_retire(struct variable *heap, struct local *local);

/* The same for a thread that ends, and gives its slots of custom kinds back. */
void gc__local_leave(struct variable *heap, struct local *local);

/* The same for one that does not exist any more, wherever it was. */
void gc__local_forget(struct variable *heap, struct local *local);

/* The same for a thread that was stopped wherever it happened to be: maybe it
 * has read `next` of a run and not yet written it, and goes on with that cell
 * afterwards.  So one cell of each run stays with it, unborn, with its allocated
 * bit.  Had it been given back, it would be handed out twice. */
void gc__local_retire_stopped(struct variable *heap, struct local *local);

/* Marks the cells that gc__local_retire_stopped left: they are no garbage, and
 * hold nothing. */
void gc__local_mark_unborn(const struct variable *heap,
                           const struct local *local);

/* The marking has ended: from now on all blocks are unswept. */
void gc__variable_begin_sweep(struct variable *heap);

/* Sweeps one block, if it is unswept. */
void gc__variable_sweep_block(struct variable *heap, uint32_t block);

/* Sweeps the blocks of all kinds whose dead objects are shown to somebody. */
void gc__variable_show_dead(struct variable *heap);

/* Sweeps the large objects, which costs little. */
void gc__variable_sweep_large(struct variable *heap);

/* Sweeps some block that is unswept; false if there is none. */
bool gc__variable_sweep_one(struct variable *heap);
void gc__variable_sweep_all(struct variable *heap);

static inline bool block_is_unswept(const struct variable *heap,
                                    const struct block *block)
{
    return (block->state == BLOCK_SMALL || block->state == BLOCK_LARGE) &&
           block->cycle != heap->cycle;
}

/* Blocks that hold something, for the large objects those of their tails too.
 */
static inline size_t variable_used_bytes(const struct variable *heap)
{
    return heap->used_blocks << BLOCK_SHIFT;
}

/* Takes `count` free blocks, growing the heap if need be.  One block for cells
 * will be written from end to end, so its memory is best had at once, and some
 * more for the next ones: *untouched becomes what to populate, if anything.  Of a
 * large object some pages may never be touched: then it is NULL.  (For alloc/.) */
uint32_t gc__variable_take_blocks(struct variable *heap, size_t count,
                                  struct range *untouched, enum refusal *why);

/* Takes one free block that has memory behind about so many pages, if one is at
 * hand; else NO_BLOCK.  (For alloc/.) */
uint32_t gc__variable_take_touched(struct variable *heap, unsigned pages);

/* Puts a block, after cells were taken or given back, on the list where it
 * belongs, if no thread owns it; or gives it back.  (For alloc/.) */
void gc__variable_settle_block(struct variable *heap, uint32_t block);

/* Gives back the slot's freed cells.  (For alloc/.) */
void gc__slot_retire_freed(struct variable *heap, struct slot *slot);

static inline void variable_count_taken(struct variable *heap, size_t bytes)
{
    heap->since_bytes += bytes;
    heap->taken_bytes += bytes;
}

static inline void variable_count_given_back(struct variable *heap,
                                             size_t bytes)
{
    heap->since_bytes -= smaller(bytes, heap->since_bytes);
}

/* From now on no object of the block is freed without the lock, so that who frees
 * it can undo what ties it to other things. */
static inline void variable_tie(struct variable *heap, struct cell cell)
{
    AO_char_store(&heap->map.blocks[cell.block].is_tied, true);
}

static inline bool variable_is_tied(const struct variable *heap,
                                    struct cell cell)
{
    return AO_char_load(&heap->map.blocks[cell.block].is_tied) != 0;
}

/* Gives back blocks whose bits are zero.  (For alloc/.) */
void gc__variable_give_blocks(struct variable *heap, uint32_t first,
                              size_t count);

/* The next allocated cell at or after *cell, in the order of addresses; start
 * with {0, 0}, and add one to the index to go on.  Threads must be retired and
 * all blocks swept; while marking they are. */
bool gc__variable_next(const struct variable *heap, struct cell *cell);

#endif
