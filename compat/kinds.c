/* SPDX-License-Identifier: MIT */
/* Kinds that a program adds, allocation by kind, and lists of objects. */

#include "compat/kinds.h"

#include <stdint.h>

#include "base/word.h"
#include "compat/descriptors.h"
#include "compat/libgc.h"
#include "gc/api/private.h"
#include "include/tidemark.h"

enum {
    CUSTOM_MAX = 250,
    FREE_LISTS = 129,
    LARGEST_LISTED_BYTES = 2048, /* larger ones come alone */
};

/* A kind of the program's. */
struct described {
    GC_descr descriptor;
    bool adds_size; /* of the object, to the descriptor */
    struct kind_traits traits;
    enum kind kind; /* the core's number */
    GC_describe_type_fn describe;
    GC_disclaim_proc disclaim; /* or NULL */
};

static struct described described[CUSTOM_MAX];
static unsigned described_count;

/* ----------------------------------------------------------------- numbers */

enum kind gc__compat_kind(int kind)
{
    static const enum kind own[] = {
        [COMPAT_ATOMIC] = KIND_ATOMIC,
        [COMPAT_SCANNED] = KIND_SCANNED,
        [COMPAT_UNCOLLECTABLE] = KIND_UNCOLLECTABLE,
        [COMPAT_ATOMIC_UNCOLLECTABLE] = KIND_ATOMIC_UNCOLLECTABLE,
    };
    if (kind >= 0 && kind < FIRST_CUSTOM_KIND)
        return own[kind];
    unsigned index = (unsigned)kind - FIRST_CUSTOM_KIND;
    if (kind < 0 || index >= described_count)
        gc__compat_abort("There is no such kind of objects");
    return described[index].kind;
}

int gc__compat_number_of(enum kind kind)
{
    for (int i = 0; i < FIRST_CUSTOM_KIND; i++)
        if (gc__compat_kind(i) == kind)
            return i;
    for (unsigned i = 0; i < described_count; i++)
        if (described[i].kind == kind)
            return (int)(FIRST_CUSTOM_KIND + i);
    return COMPAT_SCANNED;
}

enum kind gc__compat_add_kind(const struct kind_traits *traits)
{
    unsigned kind = gc__add_kind(traits);
    if (kind == 0)
        gc__compat_abort("No memory for another kind of objects");
    return (enum kind)kind;
}

/* -------------------------------------------------------------------- adding */

static void look(void *object, size_t bytes, struct gc_visit *visit,
                 void *context)
{
    const struct described *kind = context;
    gc__compat_look(object, bytes,
                    kind->descriptor + (kind->adds_size ? bytes : 0), visit);
}

/* What the core can do by itself it does faster. */
static enum kind_look look_for(GC_descr descriptor, bool adds_size)
{
    if (descriptor == DESCRIPTOR_LENGTH)
        return adds_size ? LOOK_AT_WORDS : LOOK_AT_NOTHING;
    return LOOK_BY_PROCEDURE;
}

unsigned GC_new_kind_inner(void **free_lists, GC_word descriptor, int adds_size,
                           int clears)
{
    (void)free_lists;
    if (described_count == CUSTOM_MAX)
        gc__compat_abort("Too many kinds of objects");
    struct described *kind = &described[described_count];
    *kind = (struct described){
        .descriptor = descriptor,
        .adds_size = adds_size != 0,
        .traits = {.name = "custom",
                   .look = look_for(descriptor, adds_size != 0),
                   .procedure = look,
                   .context = kind,
                   .is_cleared = clears != 0},
    };
    kind->kind = gc__compat_add_kind(&kind->traits);
    return FIRST_CUSTOM_KIND + described_count++;
}

unsigned GC_new_kind(void **free_lists, GC_word descriptor, int adds_size,
                     int clears)
{
    prepare();
    bool is_kept = gc__keep();
    unsigned number =
        GC_new_kind_inner(free_lists, descriptor, adds_size, clears);
    if (is_kept)
        gc__let_go();
    return number;
}

/* An object is told of by the procedure that its kind has when it is made: so the
 * kind becomes another one of the core's. */
static bool is_disclaimed(void *object, size_t bytes, void *context)
{
    const struct described *kind = context;
    (void)bytes;
    return kind->disclaim(object) != 0;
}

void GC_register_disclaim_proc(int number, GC_disclaim_proc procedure,
                               int keeps_referents)
{
    prepare();
    gc__compat_kind(number);
    if (number < FIRST_CUSTOM_KIND)
        gc__compat_abort("Objects of that kind cannot be disclaimed");
    bool is_kept = gc__keep();
    struct described *kind = &described[number - FIRST_CUSTOM_KIND];
    kind->disclaim = procedure;
    kind->traits.on_dead = is_disclaimed;
    kind->traits.dead_context = kind;
    kind->traits.keeps_for_dead = keeps_referents != 0;
    kind->kind = gc__compat_add_kind(&kind->traits);
    if (is_kept)
        gc__let_go();
}

/* Inline code of programs' looks there first, and finds nothing. */
void **GC_new_free_list_inner(void)
{
    static void *empty[FREE_LISTS];
    return empty;
}

void **GC_new_free_list(void)
{
    return GC_new_free_list_inner();
}

static GC_describe_type_fn *describer_of(int kind)
{
    static GC_describe_type_fn of_built_in[FIRST_CUSTOM_KIND];
    gc__compat_kind(kind);
    return kind < FIRST_CUSTOM_KIND
               ? &of_built_in[kind]
               : &described[kind - FIRST_CUSTOM_KIND].describe;
}

void GC_register_describe_type_fn(int kind, GC_describe_type_fn function)
{
    *describer_of(kind) = function;
}

void gc__compat_describe(int kind, void *object, char *text)
{
    GC_describe_type_fn describe = *describer_of(kind);
    if (describe != NULL)
        describe(object, text);
}

/* ---------------------------------------------------------------- allocating */

void *gc__compat_alloc(enum kind kind, size_t bytes, size_t wanted)
{
    prepare();
    void *object = gc__alloc_of_kind(kind, bytes, false);
    return object != NULL ? object : gc__compat_out_of_memory(wanted);
}

static void *alloc_padded(size_t bytes, int number)
{
    prepare();
    enum kind kind = gc__compat_kind(number);
    size_t padded =
        bytes + (kind_is_collectable(kind) ? gc__compat_padding : 0);
    return gc__compat_alloc(kind, padded < bytes ? SIZE_MAX : padded, bytes);
}

void *GC_generic_malloc(size_t bytes, int kind)
{
    return alloc_padded(bytes, kind);
}

void *GC_generic_malloc_ignore_off_page(size_t bytes, int kind)
{
    return kept_by_start(alloc_padded(bytes, kind), bytes);
}

void *GC_generic_malloc_uncollectable(size_t bytes, int kind)
{
    return alloc_padded(bytes, kind);
}

void *GC_generic_or_special_malloc(size_t bytes, int kind)
{
    return alloc_padded(bytes, kind);
}

void *GC_malloc_kind(size_t bytes, int kind)
{
    return alloc_padded(bytes, kind);
}

void *GC_malloc_kind_global(size_t bytes, int kind)
{
    return alloc_padded(bytes, kind);
}

/* -------------------------------------------------------------------- lists */

static void *alloc_one(size_t bytes, int kind)
{
    void **object = GC_generic_malloc(bytes, kind);
    if (object != NULL)
        *object = NULL;
    return object;
}

/* The size is that of the objects, with nothing to be added. */
void GC_generic_malloc_many(size_t bytes, int kind, void **result)
{
    prepare();
    *result = bytes > LARGEST_LISTED_BYTES
                  ? alloc_one(bytes, kind)
                  : gc__alloc_list(gc__compat_kind(kind), bytes);
}

void *GC_malloc_many(size_t bytes)
{
    void *list;
    prepare();
    size_t padded = round_up(bytes + gc__compat_padding, GRANULE_BYTES);
    if (padded < bytes)
        return gc__compat_out_of_memory(bytes);
    GC_generic_malloc_many(larger(padded, GRANULE_BYTES), COMPAT_SCANNED,
                           &list);
    return list;
}

void GC_print_free_list(int kind, size_t granules)
{
    struct gc_class_stats stats;
    enum kind wanted = gc__compat_kind(kind);
    for (size_t i = 0; gc_class_stats(i, &stats, sizeof stats); i++)
        if ((enum kind)stats.kind == wanted &&
            stats.cell_bytes == granules * GRANULE_BYTES)
            GC_printf("%zu free cells of %zu bytes, in %zu runs\n",
                      stats.free_cells, stats.cell_bytes, stats.runs);
}

/* -------------------------------------------------------------------- asking */

int GC_get_kind_and_size(const void *object, size_t *bytes)
{
    struct gc_object_header header;
    if (!gc_object_header_of(object, &header))
        return -1;
    if (bytes != NULL)
        *bytes = header.bytes;
    return gc__compat_number_of((enum kind)header.kind);
}
