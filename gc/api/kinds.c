/* SPDX-License-Identifier: MIT */
/* Custom kinds and types. */

#include "gc/api/kinds.h"

#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "gc/api/allocate.h"
#include "gc/api/process.h"

unsigned gc__add_kind(const struct kind_traits *traits)
{
    if (gc__lock(gc__enter()) == NULL)
        return 0;
    unsigned kind = gc__kinds_add(&gc__process.heap.variable, traits);
    bool is_full = gc__process.heap.variable.kind_count == KINDS_MAX;
    gc__unlock();
    if (kind == 0)
        errno = is_full ? ENOSPC : ENOMEM;
    return kind;
}

/* --------------------------------------------------------------- allocating */

static bool is_kind(unsigned kind)
{
    return !kind_is_custom(kind) || kind < gc__process.heap.variable.kind_count;
}

/* As alloc_or does it for built-in kinds; NULL if that is not to be had. */
static void *alloc_quickly(enum kind kind, size_t bytes, bool notes_filled)
{
    const size_t class = (bytes - 1) / GRANULE_BYTES;
    struct slot *slots = local_slots(&gc__thread->local, kind);
    if (slots == NULL || bytes - 1 >= LINEAR_CLASS_MAX_BYTES)
        return NULL;
    struct slot *slot = &slots[class];
    uintptr_t cell = slot->next;
    if (slot->freed != NULL)
        return gc__alloc_freed(kind, bytes);
    if (cell == slot->limit)
        return NULL;
    if (notes_filled)
        slot->has_filled |= bytes % GRANULE_BYTES == 0;
    AO_compiler_barrier();
    slot->next = cell + (class + 1) * GRANULE_BYTES;
    return (void *)cell;
}

void *gc__alloc_of_kind(enum kind kind, size_t bytes, bool notes_filled)
{
    void *object = alloc_quickly(kind, bytes, notes_filled);
    return object != NULL ? object
                          : gc__alloc_slowly(kind, bytes, GRANULE_BYTES);
}

void *gc__alloc_list(enum kind kind, size_t bytes)
{
    struct thread *thread = gc__enter();
    if (thread == NULL)
        return NULL;
    void *list = gc__heap_alloc_list(&gc__process.heap, thread, kind, bytes);
    if (list == NULL)
        errno = ENOMEM;
    return list;
}

static void *alloc(enum kind kind, size_t bytes, size_t padding)
{
    size_t all_bytes = bytes > SIZE_MAX - padding ? SIZE_MAX : bytes + padding;
    void *object = gc__alloc_of_kind(kind, all_bytes, true);
    if (object != NULL || errno != ENOMEM)
        return object;
    return gc__out_of_memory(bytes);
}

void *gc_malloc_kind(int kind, size_t bytes)
{
    if (gc__thread == &gc__nobody && gc__enter() == NULL)
        return errno == ENOMEM ? gc__out_of_memory(bytes) : NULL;
    if (kind < 0 || !is_kind((unsigned)kind) ||
        variable_tail_bytes(&gc__process.heap.variable, (unsigned)kind) > 0) {
        errno = EINVAL;
        return NULL;
    }
    return alloc((enum kind)kind, bytes, gc__process.padding);
}

/* -------------------------------------------------------------------- kinds */

static bool translate(const struct gc_kind_traits *given,
                      struct kind_traits *traits)
{
    *traits = (struct kind_traits){
        .name = given->name != NULL ? given->name : "custom",
        .context = given->context,
        .on_dead = given->dead,
        .dead_context = given->context,
        .keeps_for_dead = given->keeps_for_dead,
        .is_cleared = !given->not_cleared,
    };
    switch (given->look) {
    case TIDEMARK_LOOK_AT_WORDS:
        traits->look = LOOK_AT_WORDS;
        return true;
    case TIDEMARK_LOOK_AT_NOTHING:
        traits->look = LOOK_AT_NOTHING;
        return true;
    case TIDEMARK_LOOK_BY_PROCEDURE:
        traits->look = LOOK_BY_PROCEDURE;
        traits->procedure = given->mark;
        return given->mark != NULL;
    case TIDEMARK_LOOK_BY_TYPE:
        traits->look = LOOK_BY_PROCEDURE;
        traits->procedure = gc__look_by_type;
        traits->context = (void *)given->type;
        return given->type != NULL;
    }
    return false;
}

int gc_kind_new(const struct gc_kind_traits *given)
{
    struct kind_traits traits;
    if (!translate(given, &traits)) {
        errno = EINVAL;
        return -1;
    }
    unsigned kind = gc__add_kind(&traits);
    return kind == 0 ? -1 : (int)kind;
}

void gc_mark_word(struct gc_visit *visit, uintptr_t word)
{
    gc__visit_word(visit, word, NULL);
}

void gc_mark_words(struct gc_visit *visit, const void *low, const void *high)
{
    if ((uintptr_t)low < (uintptr_t)high)
        gc__visit_words(visit, (struct range){(uintptr_t)low, (uintptr_t)high});
}

/* -------------------------------------------------------------------- types */

/* The kind of objects that bring their type; 0 if there is none yet. */
static unsigned typed_kind(void)
{
    return AO_int_load_acquire(&gc__process.typed_kind);
}

/* Two threads may both make one, and one of them is not used. */
static bool make_typed_kind(void)
{
    static const struct kind_traits traits = {
        .name = "typed",
        .look = LOOK_BY_PROCEDURE,
        .procedure = gc__look_by_own_type,
        .tail_bytes = TYPE_TAIL_BYTES,
        .is_cleared = true,
    };
    if (gc__enter() == NULL)
        return false;
    if (typed_kind() != 0)
        return true;
    unsigned kind = gc__add_kind(&traits);
    if (kind == 0)
        return false;
    AO_int_store_release(&gc__process.typed_kind, kind);
    return true;
}

struct gc_type *gc_type_new(const uint64_t *bitmap, size_t words)
{
    if (words == 0 || words > SIZE_MAX / WORD_BYTES) {
        errno = EINVAL;
        return NULL;
    }
    if (!make_typed_kind())
        return NULL;
    size_t bitmap_bytes = type_bitmap_words(words) * sizeof *bitmap;
    struct gc_type *type =
        alloc(KIND_ATOMIC_UNCOLLECTABLE, sizeof *type + bitmap_bytes, 0);
    if (type == NULL)
        return NULL;
    type->words = words;
    memcpy(type->bitmap, bitmap, bitmap_bytes);
    if (words % WORD_BITS != 0)
        type->bitmap[words / WORD_BITS] &= low_bits(words % WORD_BITS);
    return type;
}

/* Where the type of an object is kept; NULL if that is none of ours, but what
 * the out-of-memory handler has given. */
static const struct gc_type **place_of_type(void *object)
{
    const struct heap_map *map = &gc__process.heap.variable.map;
    struct cell cell;
    if (!heap_map_find(map, (uintptr_t)object, &cell))
        return NULL;
    return type_place(object, cell_bytes(map, cell));
}

void *gc_malloc_typed(const struct gc_type *type, size_t bytes)
{
    if (type == NULL) {
        errno = EINVAL;
        return NULL;
    }
    /* A pointer to its end is one to its type. */
    void *object = alloc((enum kind)typed_kind(), bytes, TYPE_TAIL_BYTES);
    if (object == NULL)
        return NULL;
    const struct gc_type **place = place_of_type(object);
    if (place != NULL)
        *place = type;
    return object;
}

const struct gc_type *gc__type_of(const void *object, enum kind kind)
{
    if ((unsigned)kind != typed_kind() || typed_kind() == 0)
        return NULL;
    return *place_of_type((void *)object);
}
