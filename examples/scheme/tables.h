/* SPDX-License-Identifier: MIT */
#ifndef SCHEME_TABLES_H
#define SCHEME_TABLES_H

/* Two hash tables.  Their arrays are collected objects like all others, so a
 * table that grows just forgets its old array. */

#include "value.h"

/* From a spelling to its symbol: chains of symbols, linked by their `next`. */
struct symbol_table {
    struct symbol **chains;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

/* The symbol with that name; a new one if there was none. */
value symbol_intern(struct symbol_table *table, const char *name,
                    size_t length);

/* Where each element of a list was read.  A pair has no room for it, and an
 * address never changes under this collector, so it is the key. */
struct place_entry {
    const struct pair *pair; /* NULL: free */
    struct place at;
};

struct place_table {
    struct place_entry *entries;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

/* Notes that the car of `pair` was read at `at`. */
void places_add(struct place_table *table, const struct pair *pair,
                struct place at);

/* Where the car of `pair` was read; `otherwise` if the reader did not make it.
 */
struct place places_find(const struct place_table *table,
                         const struct pair *pair, struct place otherwise);

#endif
