/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_ALLOC_BLOCK_H
#define TIDEMARK_ALLOC_BLOCK_H

/* Blocks: the 64 KiB pieces that the heap is made of.
 *
 * A small block is cut into cells of one size class and one kind.  A large
 * object takes a run of blocks: a head and its tails.  A free run, of one block
 * or more, belongs to nobody.
 *
 * What all cells of a block share stands once, in its descriptor.  What is one
 * cell's own is two bits behind it, allocated and marked.  The descriptors are a
 * table beside the heap, where an overrun of the program cannot reach them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "alloc/size_class.h"
#include "base/atomics.h"
#include "base/word.h"

enum {
    BLOCK_SHIFT = 16,
    BLOCK_BYTES = 1 << BLOCK_SHIFT,
    BLOCK_CELLS_MAX = BLOCK_BYTES / GRANULE_BYTES,
    BLOCK_BIT_WORDS = BLOCK_CELLS_MAX / WORD_BITS,
    BLOCK_PAGES = BLOCK_BYTES / PAGE_BYTES,
};

#define NO_BLOCK UINT32_MAX

enum block_state {
    BLOCK_FREE,       /* part of a free run */
    BLOCK_SMALL,      /* cells */
    BLOCK_LARGE,      /* the head of a large object */
    BLOCK_LARGE_TAIL, /* what follows it */
};

/* The kinds of objects that are built in, in the order of the public enum
 * gc_kind.  Custom kinds (alloc/kinds.h) are numbered from KIND_COUNT on. */
enum kind {
    KIND_SCANNED,
    KIND_ATOMIC,
    KIND_UNCOLLECTABLE,
    KIND_ATOMIC_UNCOLLECTABLE,
    KIND_COUNT,
};

/* Of the built-in ones: any word of an object may be a pointer.  False for the
 * others. */
static inline bool kind_is_scanned(enum kind kind)
{
    return kind == KIND_SCANNED || kind == KIND_UNCOLLECTABLE;
}

static inline bool kind_is_collectable(enum kind kind)
{
    return kind != KIND_UNCOLLECTABLE && kind != KIND_ATOMIC_UNCOLLECTABLE;
}

static inline bool kind_is_custom(unsigned kind)
{
    return kind >= KIND_COUNT;
}

/* Which list of its class a block stands on.  A block whose `cycle` is not the
 * heap's is unswept, whatever this says. */
enum block_place {
    PLACE_FULL,      /* no free cell */
    PLACE_AVAILABLE, /* some */
    PLACE_OWNED,     /* one thread alone cuts runs from it; on no list */
};

/* The bits of 64 cells; one cache line answers both questions for 256. */
struct bit_pair {
    uint64_t allocated; /* atomic, but while all threads stand still */
    uint64_t marked;
};

/* All zero: free and clean.  The fields come to one cache line and the bits to
 * sixteen, an odd number in all: so the bits in use of neighbouring blocks fall
 * into different sets of a cache, also when their cells are large and few bits
 * are. */
struct block {
    /* Read by the marker for every word that may be a pointer. */
    _Alignas(64) uint32_t reciprocal; /* of cell_bytes: ceil(2^32 / it); 0 if
                                         not small */
    uint32_t cell_bytes;              /* small only; else 0 */
    uint16_t cells; /* small: how many; large head: 1; else 0 */
    uint8_t state;  /* enum block_state */
    uint8_t kind;   /* enum kind */
    uint32_t back;  /* last block of a free run, large tail: blocks back to
                            the first */

    /* The rest is the allocator's. */
    uint32_t next; /* on a list of blocks or of free runs */
    uint32_t previous;
    uint32_t run_blocks; /* first of a free run, large head: blocks in it */
    uint16_t used;       /* cells whose allocated bit is set; if swept, and no
                           thread owns the block */
    uint16_t fresh;      /* cells from here on were never used since the block
                            last read as zero */
    uint8_t size_class;  /* small only */
    uint8_t place;       /* enum block_place */
    bool is_dirty;       /* free: has been used since it last read as zero */
    uint8_t touched;     /* pages from its start, of which some may have
                            memory behind them */
    bool is_trimmed;     /* its free pages have been returned, and nothing was
                            taken or given back in it since */
    bool may_be_filled;  /* small: some request was for the whole cell */
    uint8_t is_tied;    /* atomic: an object in it has, or had, a finalizer or a
                            weak link, or one lies in it; not small: the head */
    uint32_t cycle;     /* free: when it became so; else: last swept */
    size_t large_bytes; /* large head: bytes of the object */
    bool is_kept_by_start; /* large head: pointers beyond its first page do not
                              count */
    uint16_t cursor; /* small: cells before this one are taken, or were when
                            its owner looked at them */
    uint16_t users;  /* atomic: slots whose run is in it; with some, it is
                            not free though it be empty */

    _Alignas(64) struct bit_pair bits[BLOCK_BIT_WORDS];
};

_Static_assert(offsetof(struct block, bits) == 64 &&
                   sizeof(struct block) == 64 + BLOCK_CELLS_MAX / 4,
               "a cache line of fields, and two bits a cell");

/* In a block that is owned, they are counted when it is so no more. */
static inline void block_count_used(struct block *block, int more)
{
    if (block->place != PLACE_OWNED)
        block->used = (uint16_t)(block->used + more);
}

/* Zeroes the fields, but not the bits. */
static inline void block_clear(struct block *block)
{
    memset(block, 0, offsetof(struct block, bits));
}

/* Cell of the byte at `offset` from the start of the block.  Exact, since
 * offset x cell_bytes < 2^32. */
static inline unsigned block_cell_at(const struct block *block, size_t offset)
{
    return (unsigned)((offset * block->reciprocal) >> 32);
}

static inline uint32_t reciprocal_of(uint32_t cell_bytes)
{
    return (uint32_t)((((uint64_t)1 << 32) + cell_bytes - 1) / cell_bytes);
}

#endif
