/* SPDX-License-Identifier: MIT */
#include "gc/weak.h"

#include "base/check.h"
#include "gc/window.h"
#include "platform/pages.h"

void gc__links_init(struct links *links)
{
    *links = (struct links){.objects = NULL};
    gc__table_init(&links->table, sizeof(struct link_record));
}

void gc__links_finish(struct links *links)
{
    gc__table_finish(&links->table);
    gc__pages_unmap(links->pages);
    gc__links_init(links);
}

static size_t number_of(const struct links *links,
                        const struct link_record *record)
{
    return table_index(&links->table, record) + 1;
}

/* ------------------------------------------------- the chains of the objects */

static uint32_t *bucket_for(const struct links *links, uintptr_t object)
{
    return &links->objects[bucket_of(object, links->table.capacity)];
}

static void chain(struct links *links, struct link_record *record)
{
    uint32_t *bucket = bucket_for(links, link_object_of(record));
    record->next = *bucket;
    record->previous = 0;
    *bucket = (uint32_t)number_of(links, record);
    if (record->next != 0)
        link_at(links, record->next - 1)->previous = *bucket;
}

static void unchain(struct links *links, const struct link_record *record)
{
    if (record->previous != 0)
        link_at(links, record->previous - 1)->next = record->next;
    else
        *bucket_for(links, link_object_of(record)) = record->next;
    if (record->next != 0)
        link_at(links, record->next - 1)->previous = record->previous;
}

/* --------------------------------------------------------------------- room */

static bool map_buckets(size_t capacity, struct range *pages)
{
    return gc__pages_map(capacity * sizeof(uint32_t), pages);
}

/* After the table got another capacity. */
static void use_buckets(struct links *links, struct range pages)
{
    gc__pages_unmap(links->pages);
    links->pages = pages;
    links->objects = (uint32_t *)pages.low;
    for (size_t i = 0; i < links->table.count; i++)
        chain(links, link_at(links, i));
}

static bool has_room_for_one(struct links *links)
{
    struct table *table = &links->table;
    size_t count = table->count + 1;
    struct range pages;
    if (count <= table->capacity)
        return true;
    if (!map_buckets(gc__table_capacity_for(count), &pages))
        return false;
    if (!gc__table_reserve(table, count)) {
        gc__pages_unmap(pages);
        return false;
    }
    use_buckets(links, pages);
    return true;
}

void gc__links_trim(struct links *links)
{
    struct range pages;
    size_t capacity = gc__table_trimmed_capacity(&links->table, 0);
    if (capacity == links->table.capacity)
        return;
    if (capacity == 0) {
        gc__links_finish(links);
        return;
    }
    if (!map_buckets(capacity, &pages))
        return;
    gc__table_trim(&links->table, 0);
    if (links->table.capacity == capacity)
        use_buckets(links, pages);
    else
        gc__pages_unmap(pages);
}

/* -------------------------------------------------------------------- links */

/* The object that a link lies in. */
static void tie_holder(struct variable *heap, uintptr_t link)
{
    struct cell holder;
    if (heap_map_find(&heap->map, link, &holder))
        variable_tie(heap, holder);
}

enum link_answer gc__link_add(struct links *links, struct variable *heap,
                              uintptr_t link, struct cell object)
{
    if (link % WORD_BYTES != 0)
        return LINK_MISALIGNED;
    struct link_record *record = gc__table_find(&links->table, link);
    bool exists = record != NULL;
    if (exists) {
        unchain(links, record);
    } else {
        if (!has_room_for_one(links))
            return LINK_NO_MEMORY;
        record = gc__table_add(&links->table, link);
        tie_holder(heap, link);
    }
    record->object = ~cell_address(&heap->map, object);
    variable_tie(heap, object);
    chain(links, record);
    return exists ? LINK_EXISTS : LINK_DONE;
}

void gc__link_drop(struct links *links, struct link_record *record)
{
    struct link_record *last = table_last(&links->table);
    unchain(links, record);
    if (last != record)
        unchain(links, last);
    gc__table_remove(&links->table, record);
    if (last != record)
        chain(links, record);
}

bool gc__link_remove(struct links *links, uintptr_t link)
{
    struct link_record *record = gc__table_find(&links->table, link);
    if (record != NULL)
        gc__link_drop(links, record);
    return record != NULL;
}

enum link_answer gc__link_move(struct links *links, struct variable *heap,
                               uintptr_t link, uintptr_t to)
{
    struct link_record *record = gc__table_find(&links->table, link);
    if (to % WORD_BYTES != 0)
        return LINK_MISALIGNED;
    if (record == NULL)
        return LINK_UNKNOWN;
    if (link == to)
        return LINK_DONE;
    if (gc__table_find(&links->table, to) != NULL)
        return LINK_EXISTS;
    gc__table_rename(&links->table, record, to);
    tie_holder(heap, to);
    return LINK_DONE;
}

uintptr_t gc__link_object(const struct links *links, uintptr_t link)
{
    const struct link_record *record = gc__table_find(&links->table, link);
    return record == NULL ? 0 : link_object_of(record);
}

/* From this number in a chain on. */
static struct link_record *find_to(const struct links *links, uint32_t number,
                                   uintptr_t object)
{
    while (number != 0 && link_object_of(link_at(links, number - 1)) != object)
        number = link_at(links, number - 1)->next;
    return number == 0 ? NULL : link_at(links, number - 1);
}

struct link_record *gc__link_first_to(const struct links *links,
                                      uintptr_t object)
{
    if (links->table.count == 0)
        return NULL;
    return find_to(links, *bucket_for(links, object), object);
}

struct link_record *gc__link_next_to(const struct links *links,
                                     const struct link_record *record)
{
    return find_to(links, record->next, link_object_of(record));
}

/* The word may be anything's, and another thread's to read. */
TIDEMARK_ANY_WORD
void gc__link_clear(const struct link_record *record)
{
    *(volatile any_word *)keyed_address(&record->link) = 0;
}

/* ------------------------------------------------------------------- forget */

static void forget_among_all(struct links *links, struct range bytes)
{
    for (size_t i = links->table.count; i-- > 0;) {
        struct link_record *record = link_at(links, i);
        if (range_contains(bytes, keyed_address(&record->link)))
            gc__link_drop(links, record);
    }
}

void gc__links_forget_in(struct links *links, struct range bytes)
{
    if (range_size(bytes) / WORD_BYTES > links->table.count) {
        forget_among_all(links, bytes);
        return;
    }
    for (uintptr_t link = bytes.low; link < bytes.high; link += WORD_BYTES)
        gc__link_remove(links, link);
}

void gc__links_forget_to(struct links *links, uintptr_t object)
{
    struct link_record *record;
    while ((record = gc__link_first_to(links, object)) != NULL) {
        gc__link_clear(record);
        gc__link_drop(links, record);
    }
}

/* ------------------------------------------------------------------- verify */

size_t gc__links_memory_bytes(const struct links *links)
{
    return range_size(links->table.pages) + range_size(links->pages);
}

static bool has_true_chain(const struct links *links, size_t bucket,
                           size_t *found)
{
    uint32_t previous = 0;
    for (uint32_t number = links->objects[bucket]; number != 0;) {
        if (number > links->table.count || (*found)++ == links->table.count)
            return false;
        const struct link_record *record = link_at(links, number - 1);
        if (record->previous != previous ||
            bucket_of(link_object_of(record), links->table.capacity) != bucket)
            return false;
        previous = number;
        number = record->next;
    }
    return true;
}

const char *gc__links_verify(const struct links *links)
{
    size_t found = 0;
    for (size_t bucket = 0; bucket < links->table.capacity; bucket++)
        if (!has_true_chain(links, bucket, &found))
            return "the links to an object are in the chain of its hash";
    if (found != links->table.count)
        return "each link is in the chain of its object";
    return gc__table_verify(&links->table);
}
