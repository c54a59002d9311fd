/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_EXAMPLES_WORDS_TABLE_H
#define TIDEMARK_EXAMPLES_WORDS_TABLE_H

/* A table of words and how often each was seen.  An array of chains, found by
 * hash, holds one node for each word; when there are more words than chains,
 * the array doubles.  Nothing here is ever freed: who drops the pointer to the
 * table drops all of it. */

#include <stddef.h>
#include <stdint.h>

struct word {
    struct word *next; /* in its chain */
    const char *text;  /* pointer-free: the collector never reads it */
    size_t length;
    size_t count;
    uint64_t hash;
};

struct word_table {
    struct word **chains;
    size_t chain_count; /* a power of two */
    size_t word_count;
    size_t total; /* of all counts */
};

struct word_table *word_table_new(void);

/* Adds one to the count of the word, which has no 0 byte in it. */
void word_table_count(struct word_table *table, const char *text,
                      size_t length);

/* All words of the table, the most frequent first, equally frequent ones in the
 * order of their bytes. */
struct word **word_table_rank(const struct word_table *table);

/* How many objects of the heap the table is made of. */
size_t word_table_objects(const struct word_table *table);

#endif
