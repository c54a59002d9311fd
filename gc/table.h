/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_TABLE_H
#define TIDEMARK_GC_TABLE_H

/* A table of equal records, each found by the address that it is about.
 *
 *     | record 0 | record 1 | ... | count | room ...  | buckets |
 *
 * The records lie one after the other without a gap: the last one moves to where
 * one is removed.  So a walk over all of them reads memory from one end to the
 * other, and costs as much as there are records.  A bucket has the first of the
 * records whose addresses have the same hash, and each record the next.
 *
 * The addresses are hidden, as their complements: whoever looks at these pages
 * for pointers, a scan of a stack that runs into them for one, finds none.
 *
 * Memory comes from the system.  What there is room for is in the hand of the
 * caller (gc__table_reserve), so that nothing needs memory in a collection. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/word.h"

/* How a record begins. */
struct keyed {
    uintptr_t key; /* the complement of the address */
    uint32_t next; /* number of the next record of the bucket, plus one; or 0 */
    uint32_t note; /* the user's */
};

/* All zero but for `record_bytes`: empty, and ready for use. */
struct table {
    size_t record_bytes; /* a multiple of 8 */
    size_t count;
    size_t capacity;    /* room for so many records; 0 or a power of two */
    uintptr_t records;  /* address of the first */
    uint32_t *buckets;  /* as many as there is room for records */
    struct range pages; /* both of them */
};

void gc__table_init(struct table *table, size_t record_bytes);
void gc__table_finish(struct table *table);

/* Makes room for `count` records in all.  Returns false, with nothing changed, if
 * there is no memory for them. */
bool gc__table_reserve(struct table *table, size_t count);

/* The room that a table gets for `count` records. */
size_t gc__table_capacity_for(size_t count);

/* Gives back what is too much where less than an eighth of the room is used, or
 * would be by `kept` records.  Then the room for more than these is what
 * gc__table_trimmed_capacity says; or it is as it was, if there is no memory for
 * the move. */
void gc__table_trim(struct table *table, size_t kept);
size_t gc__table_trimmed_capacity(const struct table *table, size_t kept);

/* Adds a record of `address`, zero but for the key, where there is room for it.
 * Records of the same address may be there already. */
void *gc__table_add(struct table *table, uintptr_t address);

/* A record of `address`, or NULL. */
void *gc__table_find(const struct table *table, uintptr_t address);

/* Removes a record.  The last one is now in its place, unless it was the last. */
void gc__table_remove(struct table *table, void *record);

/* Makes it a record of `address`, where it stands. */
void gc__table_rename(struct table *table, void *record, uintptr_t address);

/* The first thing that does not hold, or NULL. */
const char *gc__table_verify(const struct table *table);

static inline void *table_at(const struct table *table, size_t index)
{
    return (void *)(table->records + index * table->record_bytes);
}

static inline size_t table_index(const struct table *table, const void *record)
{
    return ((uintptr_t)record - table->records) / table->record_bytes;
}

static inline void *table_last(const struct table *table)
{
    return table_at(table, table->count - 1);
}

static inline uintptr_t keyed_address(const struct keyed *keyed)
{
    return ~keyed->key;
}

/* Spreads addresses over the buckets, a power of two.  Source: D. Knuth, The Art of Computer
 * Programming, volume 3, 6.4: multiplication with the golden ratio. */
static inline size_t bucket_of(uintptr_t address, size_t buckets)
{
    uint64_t product = (uint64_t)(address / WORD_BYTES) * 0x9e3779b97f4a7c15u;
    return (size_t)(product >> 32) & (buckets - 1);
}

#endif
