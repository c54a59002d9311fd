/* SPDX-License-Identifier: MIT */
/* Ranges that a program adds to the roots, and those that it excludes from them:
 * two lists of records, from one pool. */

#include "base/check.h"
#include "gc/roots.h"
#include "platform/pages.h"

enum { FIRST_RECORDS = 128 };

/* Moves a list to other records, in its order. */
static void move_list(struct fixed *records, struct added_range **list)
{
    struct added_range **link = list;
    for (struct added_range *at = *list; at != NULL; at = at->next) {
        struct added_range *moved = gc__fixed_alloc(records);
        CHECK(moved != NULL);
        *moved = *at;
        *link = moved;
        link = &moved->next;
    }
}

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
    move_list(&records, &roots->added);
    move_list(&records, &roots->excluded);
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

static bool push(struct roots *roots, struct added_range **list,
                 struct range range)
{
    if (range.low > range.high)
        return false;
    struct added_range *record = new_record(roots);
    if (record == NULL)
        return false;
    *record = (struct added_range){range, *list};
    *list = record;
    return true;
}

bool gc__roots_add(struct roots *roots, struct range range)
{
    return push(roots, &roots->added, range);
}

bool gc__roots_exclude(struct roots *roots, struct range range)
{
    return push(roots, &roots->excluded, range);
}

/* Takes off a list what lies inside of `range` as a whole. */
static void remove_within(struct roots *roots, struct added_range **link,
                          struct range range)
{
    while (*link != NULL) {
        struct added_range *at = *link;
        if (at->range.low < range.low || range.high < at->range.high) {
            link = &at->next;
            continue;
        }
        *link = at->next;
        gc__fixed_free(&roots->records, at);
    }
}

void gc__roots_remove_within(struct roots *roots, struct range range)
{
    remove_within(roots, &roots->added, range);
}

void gc__roots_include_all(struct roots *roots)
{
    remove_within(roots, &roots->excluded, (struct range){0, UINTPTR_MAX});
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
