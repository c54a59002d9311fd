/* SPDX-License-Identifier: MIT */
#include "gc/roots.h"

#include "base/check.h"

#include "platform/data_roots.h"
#include "platform/pages.h"

enum { FIRST_LIST_BYTES = 16384, FIRST_RECORDS = 128 };

void gc__roots_finish(struct roots *roots)
{
    gc__pages_unmap(roots->list_memory);
    gc__pages_unmap(roots->records_memory);
    *roots = (struct roots){.own = roots->own};
}

/* ---------------------------------------------------------------- listing */

static bool append(struct roots *roots, struct range range, enum origin origin)
{
    if (range.low >= range.high)
        return true;
    struct root *root =
        gc__linear_alloc(&roots->list, sizeof *root, _Alignof(struct root));
    if (root == NULL) {
        roots->list_is_short = true;
        return false;
    }
    *root = (struct root){range, origin};
    return true;
}

static bool append_data_root(enum data_root what, struct range range,
                             void *context)
{
    struct roots *roots = context;
    if (what == DATA_ROOT_THREAD_LOCAL)
        return append(roots, range, FROM_THREAD_LOCAL);

    struct range before = {range.low, smaller(range.high, roots->own.low)};
    struct range after = {larger(range.low, roots->own.high), range.high};
    return append(roots, before, FROM_STATIC) &&
           append(roots, after, FROM_STATIC);
}

static bool append_added(struct roots *roots)
{
    for (const struct added_range *at = roots->added; at != NULL; at = at->next)
        if (!append(roots, at->range, FROM_RANGE))
            return false;
    return true;
}

static bool enlarge_list(struct roots *roots)
{
    size_t bytes = 2 * range_size(roots->list_memory);
    struct range memory;
    if (!gc__pages_map(larger(bytes, FIRST_LIST_BYTES), &memory))
        return false;
    gc__pages_unmap(roots->list_memory);
    roots->list_memory = memory;
    gc__linear_init(&roots->list, memory);
    return true;
}

bool gc__roots_init(struct roots *roots, struct range own)
{
    *roots = (struct roots){.own = own};
    return enlarge_list(roots);
}

bool gc__roots_list(struct roots *roots)
{
    for (;;) {
        gc__linear_reset(&roots->list);
        roots->list_is_short = false;
        gc__data_roots(append_data_root, roots);
        if (!roots->list_is_short && append_added(roots))
            return true;
        if (!enlarge_list(roots))
            return false;
    }
}

const struct root *gc__roots_at(const struct roots *roots, size_t index)
{
    const struct root *all = (const struct root *)roots->list.low;
    return index * sizeof *all < gc__linear_used(&roots->list) ? &all[index]
                                                               : NULL;
}

/* ------------------------------------------------------------ added ranges */

/* Moves the records to an area with room for twice as many. */
static bool enlarge_records(struct roots *roots)
{
    size_t count = larger(2 * gc__fixed_used(&roots->records), FIRST_RECORDS);
    size_t bytes = gc__fixed_area_bytes(sizeof(struct added_range), count);
    struct range memory;
    struct fixed records;
    if (bytes == 0 || !gc__pages_map(bytes, &memory))
        return false;
    if (!gc__fixed_init(&records, memory, sizeof(struct added_range))) {
        gc__pages_unmap(memory);
        return false;
    }
    struct added_range **link = &roots->added;
    for (struct added_range *at = roots->added; at != NULL; at = at->next) {
        struct added_range *moved = gc__fixed_alloc(&records);
        CHECK(moved != NULL);
        *moved = *at;
        *link = moved;
        link = &moved->next;
    }
    gc__pages_unmap(roots->records_memory);
    roots->records_memory = memory;
    roots->records = records;
    return true;
}

static struct added_range *new_record(struct roots *roots)
{
    bool has_room = range_size(roots->records_memory) > 0;
    struct added_range *record =
        has_room ? gc__fixed_alloc(&roots->records) : NULL;
    if (record == NULL && enlarge_records(roots))
        record = gc__fixed_alloc(&roots->records);
    return record;
}

bool gc__roots_add(struct roots *roots, struct range range)
{
    if (range.low > range.high)
        return false;
    struct added_range *record = new_record(roots);
    if (record == NULL)
        return false;
    *record = (struct added_range){range, roots->added};
    roots->added = record;
    return true;
}

static bool overlap(struct range a, struct range b)
{
    return a.low < b.high && b.low < a.high;
}

/* Records needed to take `hole` out of everything: one for each range that it
 * lies in the middle of. */
static size_t count_splits(const struct roots *roots, struct range hole)
{
    size_t count = 0;
    for (const struct added_range *at = roots->added; at != NULL; at = at->next)
        count += at->range.low < hole.low && hole.high < at->range.high;
    return count;
}

static bool reserve_records(struct roots *roots, size_t count)
{
    return count == 0 ||
           roots->records.count - gc__fixed_used(&roots->records) >= count ||
           enlarge_records(roots);
}

/* Takes `hole` out of the range of **link and answers the link that follows. */
static struct added_range **cut(struct roots *roots, struct added_range **link,
                                struct range hole)
{
    struct added_range *at = *link;
    struct range before = {at->range.low, hole.low};
    struct range after = {hole.high, at->range.high};
    if (before.low >= before.high && after.low >= after.high) {
        *link = at->next;
        gc__fixed_free(&roots->records, at);
        return link;
    }
    if (before.low < before.high && after.low < after.high) {
        struct added_range *record = gc__fixed_alloc(&roots->records);
        CHECK(record != NULL);
        *record = (struct added_range){after, at->next};
        at->next = record;
        at->range = before;
        return &record->next;
    }
    at->range = before.low < before.high ? before : after;
    return &at->next;
}

bool gc__roots_remove(struct roots *roots, struct range range)
{
    if (range.low >= range.high ||
        !reserve_records(roots, count_splits(roots, range)))
        return false;
    bool found = false;
    struct added_range **link = &roots->added;
    while (*link != NULL) {
        if (!overlap((*link)->range, range)) {
            link = &(*link)->next;
            continue;
        }
        found = true;
        link = cut(roots, link, range);
    }
    return found;
}
