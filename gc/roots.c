/* SPDX-License-Identifier: MIT */
#include "gc/roots.h"

#include <pthread.h>
#include <string.h>

#include "base/check.h"
#include "platform/data_roots.h"
#include "platform/mapping.h"
#include "platform/pages.h"

enum { LISTS = 2, FIRST_LIST_BYTES = 16384, FIRST_RECORDS = 128 };

/* ---------------------------------------------------------------- listing */

static struct root_list *list_in(struct range memory)
{
    struct root_list *list = (struct root_list *)memory.low;
    list->memory = memory;
    gc__linear_init(&list->entries,
                    (struct range){(uintptr_t)(list + 1), memory.high});
    return list;
}

static struct root_list *new_list(size_t bytes)
{
    struct range memory;
    return gc__pages_map(bytes, &memory) ? list_in(memory) : NULL;
}

static void delete_list(struct root_list *list)
{
    if (list == NULL)
        return;
    gc__pages_unmap(list->modules_memory);
    gc__pages_unmap(list->memory);
}

bool gc__roots_init(struct roots *roots, struct range own)
{
    *roots = (struct roots){.own = own};
    return gc__pages_map(LISTS * FIRST_LIST_BYTES, &roots->unused_memory);
}

void gc__roots_finish(struct roots *roots)
{
    delete_list(roots->list);
    delete_list(roots->spare);
    gc__pages_unmap(roots->unused_memory);
    gc__pages_unmap(roots->records_memory);
    *roots = (struct roots){.own = roots->own};
}

struct root_list *gc__roots_take(struct roots *roots)
{
    struct root_list *list = roots->spare;
    roots->spare = NULL;
    if (list != NULL)
        return list;
    if (range_size(roots->unused_memory) == 0)
        return new_list(FIRST_LIST_BYTES);
    struct range memory = roots->unused_memory;
    memory.high = memory.low + FIRST_LIST_BYTES;
    roots->unused_memory.low = memory.high;
    return list_in(memory);
}

void gc__roots_give(struct roots *roots, struct root_list *list)
{
    if (roots->spare == NULL)
        roots->spare = list;
    else if (list != NULL)
        delete_list(list);
}

static bool append(struct root_list *list, struct range range,
                   enum origin origin)
{
    if (range.low >= range.high)
        return true;
    struct root *root =
        gc__linear_alloc(&list->entries, sizeof *root, _Alignof(struct root));
    if (root == NULL) {
        list->is_short = true;
        return false;
    }
    *root = (struct root){range, origin};
    return true;
}

struct listing {
    const struct roots *roots;
    struct root_list *list;
    uintptr_t self;
};

/* What a thread has from its start: the variables of the program and of the
 * libraries that were there then, and what libc keeps of it, with what it was
 * started with and its values of pthread_setspecific(). */
static struct range thread_block(const struct roots *roots, uintptr_t self)
{
    const struct thread_local_layout *layout = &roots->layout;
    if (!roots->knows_layout)
        return (struct range){0, 0};
    return (struct range){
        smaller(self, self + layout->block.low),
        larger(self + layout->block.high, self + layout->thread_bytes)};
}

static bool append_data_root(enum data_root what, struct range range,
                             void *context)
{
    const struct listing *listing = context;
    if (what == DATA_ROOT_THREAD_LOCAL) {
        struct range block = thread_block(listing->roots, listing->self);
        listing->list->fixed_modules += range_contains(block, range.low);
        return append(listing->list, range, FROM_THREAD_LOCAL);
    }

    struct range own = listing->roots->own;
    struct range before = {range.low, smaller(range.high, own.low)};
    struct range after = {larger(range.low, own.high), range.high};
    return append(listing->list, before, FROM_STATIC) &&
           append(listing->list, after, FROM_STATIC);
}

/* Puts a list of twice the size in its place. */
static bool enlarge(struct root_list **list)
{
    struct root_list *larger_list = new_list(2 * range_size((*list)->memory));
    if (larger_list == NULL)
        return false;
    size_t used = gc__linear_used(&(*list)->entries);
    memcpy(gc__linear_alloc(&larger_list->entries, used, 1),
           (const void *)(*list + 1), used);
    larger_list->loaded = (*list)->loaded;
    larger_list->modules = (*list)->modules;
    larger_list->modules_memory = (*list)->modules_memory;
    larger_list->has_other_modules = (*list)->has_other_modules;
    (*list)->modules_memory = (struct range){0, 0};
    delete_list(*list);
    *list = larger_list;
    return true;
}

static bool list_modules(const struct roots *roots, struct root_list *list)
{
    struct thread_local_modules *modules = &list->modules;
    while (!gc__thread_local_modules(&roots->layout, modules)) {
        struct range memory;
        size_t bytes = 2 * modules->count * sizeof *modules->at;
        if (modules->count <= modules->capacity ||
            !gc__pages_map(bytes, &memory))
            return false;
        gc__pages_unmap(list->modules_memory);
        list->modules_memory = memory;
        modules->at = (struct thread_local_module *)memory.low;
        modules->capacity = range_size(memory) / sizeof *modules->at;
    }
    return true;
}

/* True if some module's variables are not in the block that a thread has from its
 * start: then each thread is to be asked. */
static bool has_other_modules(const struct root_list *list)
{
    size_t count = 0;
    for (size_t i = 0; i < list->modules.count; i++)
        count += list->modules.at[i].module != 0;
    return count > list->fixed_modules;
}

bool gc__roots_list(const struct roots *roots, struct root_list **list)
{
    if (roots->knows_layout && !list_modules(roots, *list))
        return false;
    for (;;) {
        struct listing listing = {roots, *list, (uintptr_t)pthread_self()};
        gc__linear_reset(&(*list)->entries);
        (*list)->is_short = false;
        (*list)->fixed_modules = 0;
        gc__data_roots(append_data_root, &listing, &(*list)->loaded);
        (*list)->has_other_modules =
            roots->knows_layout && has_other_modules(*list);
        if (!(*list)->is_short)
            return true;
        if (!enlarge(list))
            return false;
    }
}

/* The next list will be as long, and memory may run out before. */
static void match_spare(struct roots *roots)
{
    size_t bytes = range_size(roots->list->memory);
    size_t spare_bytes = roots->spare != NULL
                             ? range_size(roots->spare->memory)
                             : range_size(roots->unused_memory);
    if (spare_bytes >= bytes)
        return;
    struct root_list *list = new_list(bytes);
    if (list == NULL)
        return;
    delete_list(roots->spare);
    roots->spare = list;
}

bool gc__roots_use(struct roots *roots, struct root_list *list)
{
    for (const struct added_range *at = roots->added; at != NULL; at = at->next)
        while (!append(list, at->range, FROM_RANGE))
            if (!enlarge(&list)) {
                gc__roots_give(roots, list);
                return false;
            }
    gc__roots_give(roots, roots->list);
    roots->list = list;
    match_spare(roots);
    return true;
}

size_t gc__roots_memory_bytes(const struct roots *roots)
{
    size_t bytes = range_size(roots->unused_memory);
    if (roots->list != NULL)
        bytes += range_size(roots->list->memory);
    if (roots->spare != NULL)
        bytes += range_size(roots->spare->memory);
    return bytes + range_size(roots->records_memory);
}

/* ------------------------------------------------------- in a child process */

void gc__roots_inherit(struct roots *roots)
{
    roots->is_inherited = roots->list != NULL && roots->knows_layout;
    roots->is_frozen = gc__data_roots_are_changing();
}

static bool is_kept(const struct roots *roots, const struct root *root)
{
    return root->origin == FROM_STATIC &&
           (!roots->is_frozen || gc__is_readable(root->range));
}

bool gc__roots_reuse(struct roots *roots)
{
    struct linear *entries = &roots->list->entries;
    struct root *all = (struct root *)entries->low;
    size_t count = gc__linear_used(entries) / sizeof *all;
    gc__linear_reset(entries);
    for (size_t i = 0; i < count; i++)
        if (is_kept(roots, &all[i]))
            append(roots->list, all[i].range, FROM_STATIC);
    for (const struct added_range *at = roots->added; at != NULL; at = at->next)
        while (!append(roots->list, at->range, FROM_RANGE))
            if (!enlarge(&roots->list))
                return false;
    return true;
}

/* --------------------------------------------------------- of other threads */

void gc__roots_learn_layout(struct roots *roots)
{
    roots->knows_layout = gc__thread_local_layout(&roots->layout);
    roots->has_looked_for_layout = true;
}

static bool append_thread_local(struct range range, void *context)
{
    struct roots *roots = context;
    while (!append(roots->list, range, FROM_THREAD_LOCAL))
        if (!enlarge(&roots->list))
            return false;
    return true;
}

bool gc__roots_list_thread(struct roots *roots, uintptr_t self)
{
    if (!roots->knows_layout || self == 0)
        return true;
    /* The list may move as it grows; what it knows of the modules stays. */
    struct thread_local_modules modules = roots->list->modules;
    return append_thread_local(thread_block(roots, self), roots) &&
           (!roots->list->has_other_modules ||
            gc__thread_locals(&roots->layout, &modules, self,
                              append_thread_local, roots));
}

const struct root *gc__roots_at(const struct roots *roots, size_t index)
{
    if (roots->list == NULL)
        return NULL;
    const struct linear *entries = &roots->list->entries;
    const struct root *all = (const struct root *)entries->low;
    return index * sizeof *all < gc__linear_used(entries) ? &all[index] : NULL;
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
