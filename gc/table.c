/* SPDX-License-Identifier: MIT */
#include "gc/table.h"

#include <string.h>

#include "base/bits.h"
#include "base/check.h"
#include "platform/pages.h"

enum {
    FIRST_CAPACITY = 64,
    SPARSE = 8, /* a table is, if it has room for so many times its records */
};

/* Numbers of records are 32 bits wide. */
static const size_t most_records = (size_t)1 << 31;

void gc__table_init(struct table *table, size_t record_bytes)
{
    *table = (struct table){.record_bytes = record_bytes};
}

void gc__table_finish(struct table *table)
{
    gc__pages_unmap(table->pages);
    gc__table_init(table, table->record_bytes);
}

static struct keyed *keyed_at(const struct table *table, size_t index)
{
    return table_at(table, index);
}

/* Where the number of the record stands: in its bucket or in another record. */
static uint32_t *link_to(const struct table *table, const struct keyed *record)
{
    uint32_t number = (uint32_t)table_index(table, record) + 1;
    uint32_t *link =
        &table->buckets[bucket_of(keyed_address(record), table->capacity)];
    while (*link != number) {
        CHECK(*link != 0);
        link = &keyed_at(table, *link - 1)->next;
    }
    return link;
}

/* Puts the record first in its bucket. */
static void enter(struct table *table, struct keyed *record)
{
    uint32_t *bucket =
        &table->buckets[bucket_of(keyed_address(record), table->capacity)];
    record->next = *bucket;
    *bucket = (uint32_t)table_index(table, record) + 1;
}

/* Moves all records to other pages, with room for `capacity` of them. */
static bool move(struct table *table, size_t capacity)
{
    struct table to = *table;
    size_t bytes = capacity * table->record_bytes;
    if (!gc__pages_map(bytes + capacity * sizeof *to.buckets, &to.pages))
        return false;
    to.capacity = capacity;
    to.records = to.pages.low;
    to.buckets = (uint32_t *)(to.pages.low + bytes);
    if (to.count > 0)
        memcpy((void *)to.records, (const void *)table->records,
               to.count * to.record_bytes);
    for (size_t i = 0; i < to.count; i++)
        enter(&to, keyed_at(&to, i));
    gc__pages_unmap(table->pages);
    *table = to;
    return true;
}

size_t gc__table_capacity_for(size_t count)
{
    return count <= FIRST_CAPACITY ? FIRST_CAPACITY
                                   : (size_t)1 << (highest_bit(count - 1) + 1);
}

bool gc__table_reserve(struct table *table, size_t count)
{
    return count <= table->capacity ||
           (count <= most_records &&
            move(table, gc__table_capacity_for(count)));
}

size_t gc__table_trimmed_capacity(const struct table *table, size_t kept)
{
    size_t needed = larger(table->count, kept);
    if (needed == 0)
        return 0;
    bool is_sparse = gc__table_capacity_for(needed) * SPARSE <= table->capacity;
    return is_sparse ? gc__table_capacity_for(2 * needed) : table->capacity;
}

void gc__table_trim(struct table *table, size_t kept)
{
    size_t capacity = gc__table_trimmed_capacity(table, kept);
    if (capacity == 0)
        gc__table_finish(table);
    else if (capacity != table->capacity)
        move(table, capacity);
}

void *gc__table_add(struct table *table, uintptr_t address)
{
    CHECK(table->count < table->capacity);
    struct keyed *record = table_at(table, table->count++);
    memset(record, 0, table->record_bytes);
    record->key = ~address;
    enter(table, record);
    return record;
}

void *gc__table_find(const struct table *table, uintptr_t address)
{
    if (table->count == 0)
        return NULL;
    uint32_t number = table->buckets[bucket_of(address, table->capacity)];
    while (number != 0) {
        struct keyed *record = keyed_at(table, number - 1);
        if (record->key == ~address)
            return record;
        number = record->next;
    }
    return NULL;
}

void gc__table_remove(struct table *table, void *record)
{
    struct keyed *removed = record;
    struct keyed *last = table_last(table);
    *link_to(table, removed) = removed->next;
    if (last != removed) {
        uint32_t *link = link_to(table, last);
        memcpy(removed, last, table->record_bytes);
        *link = (uint32_t)table_index(table, removed) + 1;
    }
    table->count--;
}

void gc__table_rename(struct table *table, void *record, uintptr_t address)
{
    struct keyed *keyed = record;
    *link_to(table, keyed) = keyed->next;
    keyed->key = ~address;
    enter(table, keyed);
}

/* ------------------------------------------------------------------- verify */

static bool has_true_buckets(const struct table *table)
{
    size_t found = 0;
    for (size_t bucket = 0; bucket < table->capacity; bucket++) {
        uint32_t number = table->buckets[bucket];
        while (number != 0) {
            if (number > table->count || found++ == table->count)
                return false;
            const struct keyed *record = keyed_at(table, number - 1);
            if (bucket_of(keyed_address(record), table->capacity) != bucket)
                return false;
            number = record->next;
        }
    }
    return found == table->count;
}

const char *gc__table_verify(const struct table *table)
{
    if (table->count > table->capacity)
        return "a table has room for its records";
    if (table->capacity != 0 && !is_power_of_two(table->capacity))
        return "the capacity of a table is a power of two";
    if (!has_true_buckets(table))
        return "each record of a table is in the bucket of its hash, once";
    return NULL;
}
