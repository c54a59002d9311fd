/* SPDX-License-Identifier: MIT */
#include "words_table.h"

#include <stdlib.h>
#include <string.h>

#include <tidemark.h>

enum { FIRST_CHAINS = 256 };

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash_of(const char *text, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3;
    return hash;
}

static struct word **chain_of(const struct word_table *table, uint64_t hash)
{
    return &table->chains[hash & (table->chain_count - 1)];
}

static void push(struct word_table *table, struct word *word)
{
    struct word **chain = chain_of(table, word->hash);
    word->next = *chain;
    *chain = word;
}

static struct word *find(const struct word_table *table, const char *text,
                         size_t length, uint64_t hash)
{
    struct word *word = *chain_of(table, hash);
    while (word != NULL && (word->hash != hash || word->length != length ||
                            memcmp(word->text, text, length) != 0))
        word = word->next;
    return word;
}

/* The nodes move to their new chains; the old array is left to the
 * collector. */
static void double_chains(struct word_table *table)
{
    struct word_table old = *table;
    table->chain_count = 2 * old.chain_count;
    table->chains = gc_calloc(table->chain_count, sizeof *table->chains);

    for (size_t i = 0; i < old.chain_count; i++) {
        struct word *next;
        for (struct word *word = old.chains[i]; word != NULL; word = next) {
            next = word->next;
            push(table, word);
        }
    }
}

static struct word *add(struct word_table *table, const char *text,
                        size_t length, uint64_t hash)
{
    if (table->word_count == table->chain_count)
        double_chains(table);

    struct word *word = gc_malloc(sizeof *word);
    word->text = gc_strndup(text, length);
    word->length = length;
    word->hash = hash;
    push(table, word);
    table->word_count++;
    return word;
}

struct word_table *word_table_new(void)
{
    struct word_table *table = gc_malloc(sizeof *table);
    table->chain_count = FIRST_CHAINS;
    table->chains = gc_calloc(table->chain_count, sizeof *table->chains);
    return table;
}

void word_table_count(struct word_table *table, const char *text, size_t length)
{
    uint64_t hash = hash_of(text, length);
    struct word *word = find(table, text, length, hash);
    if (word == NULL)
        word = add(table, text, length, hash);
    word->count++;
    table->total++;
}

static int compare_rank(const void *left, const void *right)
{
    const struct word *a = *(struct word *const *)left;
    const struct word *b = *(struct word *const *)right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->text, b->text);
}

struct word **word_table_rank(const struct word_table *table)
{
    struct word **words = gc_calloc(table->word_count, sizeof(struct word *));
    size_t count = 0;
    for (size_t i = 0; i < table->chain_count; i++)
        for (struct word *word = table->chains[i]; word; word = word->next)
            words[count++] = word;
    qsort(words, count, sizeof(struct word *), compare_rank);
    return words;
}

size_t word_table_objects(const struct word_table *table)
{
    return 2 + 2 * table->word_count;
}
