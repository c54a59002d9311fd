/* SPDX-License-Identifier: MIT */
#include "alloc/kinds.h"

#include <string.h>

#include "alloc/variable.h"

/* The lists of a kind, the slots of a thread and kind, or all that a thread has
 * of them. */
struct kind_table {
    union {
        struct class_blocks classes[CLASS_COUNT];
        struct slot slots[SIZE_CLASS_COUNT];
        struct kind_slots all;
        struct kind_table *next; /* unused */
    } as;
};

enum {
    CHUNK_BYTES = 16384,
    CHUNK_TABLES = CHUNK_BYTES / sizeof(struct kind_table),
};

struct kind_chunk {
    struct kind_table tables[CHUNK_TABLES];
    struct kind_chunk *next;
};

_Static_assert(sizeof(struct kind_chunk) <= CHUNK_BYTES,
               "the tables leave room for a pointer");

static bool add_chunk(struct kinds *kinds)
{
    struct range memory;
    if (!gc__pages_map(CHUNK_BYTES, &memory))
        return false;
    struct kind_chunk *chunk = (struct kind_chunk *)memory.low;
    chunk->next = kinds->chunks;
    kinds->chunks = chunk;
    for (unsigned i = 0; i < CHUNK_TABLES; i++) {
        chunk->tables[i].as.next = kinds->unused;
        kinds->unused = &chunk->tables[i];
    }
    return true;
}

/* All zero; NULL if there is no memory. */
static struct kind_table *take_table(struct kinds *kinds)
{
    if (kinds->unused == NULL && !add_chunk(kinds))
        return NULL;
    struct kind_table *table = kinds->unused;
    kinds->unused = table->as.next;
    memset(table, 0, sizeof *table);
    return table;
}

static void give_table(struct kinds *kinds, struct kind_table *table)
{
    table->as.next = kinds->unused;
    kinds->unused = table;
}

/* -------------------------------------------------------------------- kinds */

static bool make_kinds(struct variable *heap)
{
    struct range memory;
    if (heap->kinds != NULL)
        return true;
    if (!gc__pages_map(sizeof *heap->kinds, &memory))
        return false;
    heap->kinds = (struct kinds *)memory.low;
    return true;
}

unsigned gc__kinds_add(struct variable *heap, const struct kind_traits *traits)
{
    if (heap->kind_count == KINDS_MAX || !make_kinds(heap))
        return 0;
    struct kind_table *table = take_table(heap->kinds);
    if (table == NULL)
        return 0;
    for (unsigned class = 0; class < CLASS_COUNT; class ++)
        class_blocks_init(&table->as.classes[class]);
    heap->kinds->of[heap->kind_count - KIND_COUNT] =
        (struct custom_kind){*traits, table->as.classes};
    return heap->kind_count++;
}

bool gc__kinds_add_slots(struct variable *heap, struct local *local,
                         unsigned kind)
{
    struct kinds *kinds = heap->kinds;
    struct kind_table *table;
    if (local->custom == NULL) {
        table = take_table(kinds);
        if (table == NULL)
            return false;
        local->custom = &table->as.all;
    }
    table = take_table(kinds);
    if (table == NULL)
        return false;
    local->custom->of[kind - KIND_COUNT] = table->as.slots;
    return true;
}

void gc__kinds_take_slots(struct variable *heap, struct local *local)
{
    if (local->custom == NULL)
        return;
    for (unsigned i = 0; i < CUSTOM_KINDS_MAX; i++)
        if (local->custom->of[i] != NULL)
            give_table(heap->kinds, (struct kind_table *)local->custom->of[i]);
    give_table(heap->kinds, (struct kind_table *)local->custom);
    local->custom = NULL;
}

/* ---------------------------------------------------------------------- end */

static struct range memory_at(const void *low, size_t bytes)
{
    return (struct range){(uintptr_t)low, (uintptr_t)low + bytes};
}

size_t gc__kinds_memory_bytes(const struct variable *heap)
{
    if (heap->kinds == NULL)
        return 0;
    size_t bytes = sizeof *heap->kinds;
    const struct kind_chunk *chunk;
    for (chunk = heap->kinds->chunks; chunk != NULL; chunk = chunk->next)
        bytes += CHUNK_BYTES;
    return bytes;
}

void gc__kinds_finish(struct variable *heap)
{
    if (heap->kinds == NULL)
        return;
    struct kind_chunk *next;
    for (struct kind_chunk *at = heap->kinds->chunks; at != NULL; at = next) {
        next = at->next;
        gc__pages_unmap(memory_at(at, CHUNK_BYTES));
    }
    gc__pages_unmap(memory_at(heap->kinds, sizeof *heap->kinds));
    heap->kinds = NULL;
    heap->kind_count = KIND_COUNT;
}
