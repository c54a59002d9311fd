/* SPDX-License-Identifier: MIT */
#include "tables.h"

#include <string.h>

enum { FIRST_CAPACITY = 256 };

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static size_t hash_of_text(const char *text, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3;
    return (size_t)hash;
}

static struct symbol **chain_of(const struct symbol_table *table,
                                const char *name, size_t length)
{
    return &table->chains[hash_of_text(name, length) & (table->capacity - 1)];
}

static void link_symbol(struct symbol_table *table, struct symbol *symbol)
{
    struct symbol **chain = chain_of(table, symbol->name, symbol->length);
    symbol->next = *chain;
    *chain = symbol;
}

static void grow_symbols(struct symbol_table *table)
{
    struct symbol_table old = *table;
    table->capacity = old.capacity == 0 ? FIRST_CAPACITY : 2 * old.capacity;
    table->chains = allocate(table->capacity * sizeof *table->chains);
    for (size_t i = 0; i < old.capacity; i++) {
        struct symbol *symbol = old.chains[i];
        while (symbol != NULL) {
            struct symbol *next = symbol->next;
            link_symbol(table, symbol);
            symbol = next;
        }
    }
}

static struct symbol *make_symbol(const char *name, size_t length)
{
    struct symbol *symbol = allocate(sizeof *symbol + length + 1);
    symbol->header.type = TYPE_SYMBOL;
    symbol->length = length;
    memcpy(symbol->name, name, length);
    return symbol;
}

value symbol_intern(struct symbol_table *table, const char *name, size_t length)
{
    if (table->count >= table->capacity)
        grow_symbols(table);

    struct symbol *symbol = *chain_of(table, name, length);
    for (; symbol != NULL; symbol = symbol->next)
        if (symbol->length == length && memcmp(symbol->name, name, length) == 0)
            return object_value(symbol);

    symbol = make_symbol(name, length);
    link_symbol(table, symbol);
    table->count++;
    return object_value(symbol);
}

/* The entry of `pair`, or the free one where it belongs: one is always free. */
static struct place_entry *entry_of(const struct place_table *table,
                                    const struct pair *pair)
{
    size_t mask = table->capacity - 1;
    size_t i = ((uintptr_t)pair >> 4) * 0x9e3779b97f4a7c15 >> 20 & mask;
    while (table->entries[i].pair != NULL && table->entries[i].pair != pair)
        i = (i + 1) & mask;
    return &table->entries[i];
}

static void grow_places(struct place_table *table)
{
    struct place_table old = *table;
    table->capacity = old.capacity == 0 ? FIRST_CAPACITY : 2 * old.capacity;
    table->entries = allocate(table->capacity * sizeof *table->entries);
    for (size_t i = 0; i < old.capacity; i++)
        if (old.entries[i].pair != NULL)
            *entry_of(table, old.entries[i].pair) = old.entries[i];
}

void places_add(struct place_table *table, const struct pair *pair,
                struct place at)
{
    if (2 * table->count >= table->capacity)
        grow_places(table);
    *entry_of(table, pair) = (struct place_entry){pair, at};
    table->count++;
}

struct place places_find(const struct place_table *table,
                         const struct pair *pair, struct place otherwise)
{
    if (table->capacity == 0)
        return otherwise;
    const struct place_entry *entry = entry_of(table, pair);
    return entry->pair != NULL ? entry->at : otherwise;
}
