/* SPDX-License-Identifier: MIT */
#include "gc/roots.h"

#include <pthread.h>
#include <string.h>

#include "platform/data_roots.h"
#include "platform/mapping.h"
#include "platform/pages.h"

enum { LISTS = 2, FIRST_LIST_BYTES = 16384 };

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

static size_t count_entries(const struct root_list *list)
{
    return gc__linear_used(&list->entries) / sizeof(struct root);
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
                             const char *library, void *context)
{
    const struct listing *listing = context;
    const struct roots *roots = listing->roots;
    if (what == DATA_ROOT_THREAD_LOCAL) {
        struct range block = thread_block(roots, listing->self);
        listing->list->fixed_modules += range_contains(block, range.low);
        return append(listing->list, range, FROM_THREAD_LOCAL);
    }

    if (roots->takes_segment != NULL &&
        !roots->takes_segment(library, range.low, range_size(range)))
        return true;
    struct range own = roots->own;
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

/* Makes sure that one more entry can be appended. */
static bool has_room(struct root_list **list)
{
    return (*list)->entries.high - (*list)->entries.next >=
               sizeof(struct root) ||
           enlarge(list);
}

static bool append_added(struct roots *roots, struct root_list **list)
{
    for (const struct added_range *at = roots->added; at != NULL; at = at->next)
        while (!append(*list, at->range, FROM_RANGE))
            if (!enlarge(list))
                return false;
    return true;
}

/* What lies behind the hole in the middle of an entry becomes an entry. */
static bool cut_entry(struct root_list **list, size_t index, struct range hole)
{
    if (!has_room(list))
        return false;
    struct root *root = (struct root *)(*list)->entries.low + index;
    struct range after = {larger(root->range.low, hole.high), root->range.high};
    root->range.high =
        larger(root->range.low, smaller(root->range.high, hole.low));
    append(*list, after, root->origin);
    return true;
}

static bool cut_excluded(struct roots *roots, struct root_list **list)
{
    for (const struct added_range *at = roots->excluded; at != NULL;
         at = at->next)
        for (size_t i = 0; i < count_entries(*list); i++) {
            const struct root *root =
                (const struct root *)(*list)->entries.low + i;
            if (root->origin != FROM_THREAD_LOCAL &&
                root->range.low < at->range.high &&
                at->range.low < root->range.high &&
                !cut_entry(list, i, at->range))
                return false;
        }
    return true;
}

bool gc__roots_use(struct roots *roots, struct root_list *list)
{
    if (!append_added(roots, &list) || !cut_excluded(roots, &list)) {
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
    size_t count = count_entries(roots->list);
    gc__linear_reset(entries);
    for (size_t i = 0; i < count; i++)
        if (is_kept(roots, &all[i]))
            append(roots->list, all[i].range, FROM_STATIC);
    return append_added(roots, &roots->list) &&
           cut_excluded(roots, &roots->list);
}

/* --------------------------------------------------------- of other threads */

void gc__roots_learn_layout(struct roots *roots)
{
    roots->knows_layout = gc__thread_local_layout(&roots->layout);
    roots->has_looked_for_layout = true;
}

void gc__roots_learn_values(struct roots *roots)
{
    roots->knows_values = gc__thread_value_layout(&roots->values);
    roots->has_looked_for_values = true;
}

static bool append_in_stop(struct roots *roots, struct range range,
                           enum origin origin)
{
    while (!append(roots->list, range, origin))
        if (!enlarge(&roots->list))
            return false;
    return true;
}

static bool append_thread_local(struct range range, void *context)
{
    return append_in_stop(context, range, FROM_THREAD_LOCAL);
}

bool gc__roots_list_values(struct roots *roots, uintptr_t self)
{
    return !roots->knows_values || self == 0 ||
           gc__thread_values(&roots->values, self, append_thread_local, roots);
}

bool gc__roots_list_range(struct roots *roots, struct range range)
{
    return append_in_stop(roots, range, FROM_RANGE);
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
    const struct root *all = (const struct root *)roots->list->entries.low;
    return index < count_entries(roots->list) ? &all[index] : NULL;
}
