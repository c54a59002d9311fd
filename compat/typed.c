/* SPDX-License-Identifier: MIT */
/* Objects that bring their own descriptor, in their last word; arrays of such in
 * their last two.  Nothing else in them is taken for a pointer than what the
 * descriptor says. */

#include <stdint.h>
#include <string.h>

#include "base/bits.h"
#include "base/word.h"
#include "compat/descriptors.h"
#include "compat/kinds.h"
#include "compat/libgc.h"
#include "gc/api/private.h"
#include "include/tidemark.h"

enum {
    BITMAP_BITS = WORD_BITS - 2, /* that fit into a descriptor */
    WIDE_BITMAPS_MAX = 1 << 14,
};

/* --------------------------------------------------------------- descriptors */

/* A bitmap that does not fit; it is in memory that is never collected. */
struct wide_bitmap {
    size_t words; /* of the object, up to the last pointer */
    GC_word bits[];
};

static const struct wide_bitmap *wide_bitmaps[WIDE_BITMAPS_MAX];
static size_t wide_count;

static bool has_bit(const GC_word *bitmap, size_t index)
{
    return (bitmap[index / WORD_BITS] >> (index % WORD_BITS) & 1) != 0;
}

static struct GC_ms_entry *look_by_wide_bitmap(GC_word *object,
                                               struct GC_ms_entry *stack,
                                               struct GC_ms_entry *limit,
                                               GC_word environment)
{
    (void)limit;
    const struct wide_bitmap *bitmap = wide_bitmaps[environment];
    for (size_t i = 0; i < bitmap->words; i++)
        if (has_bit(bitmap->bits, i))
            gc_mark_word(visit_of(stack), object[i]);
    return stack;
}

/* Without memory, or room for its number, every word counts as a pointer. */
static GC_descr note_wide_bitmap(const GC_word *bits, size_t words)
{
    size_t bit_words = (words + WORD_BITS - 1) / WORD_BITS;
    size_t bytes = bit_words * sizeof *bits;
    struct wide_bitmap *bitmap =
        GC_malloc_atomic_uncollectable(sizeof *bitmap + bytes);
    if (bitmap == NULL || wide_count == WIDE_BITMAPS_MAX)
        return words * WORD_BYTES;
    bitmap->words = words;
    memcpy(bitmap->bits, bits, bytes);
    wide_bitmaps[wide_count] = bitmap;
    gc__compat_set_procedure(WIDE_BITMAP_PROCEDURE, look_by_wide_bitmap);
    return procedure_descriptor(WIDE_BITMAP_PROCEDURE, wide_count++);
}

static GC_descr narrow_bitmap(const GC_word *bitmap, size_t words)
{
    GC_descr descriptor = DESCRIPTOR_BITMAP;
    for (size_t i = 0; i < words; i++)
        if (has_bit(bitmap, i))
            descriptor |= (GC_word)1 << (WORD_BITS - 1 - i);
    return descriptor;
}

static size_t count_set(const GC_word *bitmap, size_t words)
{
    size_t count = 0;
    for (size_t i = 0; i < words; i++)
        count += has_bit(bitmap, i);
    return count;
}

static GC_descr make_descriptor(const GC_word *bitmap, size_t words)
{
    while (words > 0 && !has_bit(bitmap, words - 1))
        words--;
    if (count_set(bitmap, words) == words)
        return words * WORD_BYTES;
    return words <= BITMAP_BITS ? narrow_bitmap(bitmap, words)
                                : note_wide_bitmap(bitmap, words);
}

GC_descr GC_make_descriptor(const GC_word *bitmap, size_t words)
{
    prepare();
    bool is_kept = gc__keep();
    GC_descr descriptor = make_descriptor(bitmap, words);
    if (is_kept)
        gc__let_go();
    return descriptor;
}

/* ------------------------------------------------------------------- objects */

/* At the end of each object.  While it is all zero, the object has just been handed
 * out. */
struct typed_tail {
    GC_descr descriptor;
};

struct array_tail {
    size_t element_bytes;
    GC_descr descriptor; /* of one */
};

static void *tail_of(void *object, size_t bytes, size_t tail_bytes)
{
    return (char *)object + bytes - tail_bytes;
}

static void look_at_typed(void *object, size_t bytes, struct gc_visit *visit,
                          void *context)
{
    (void)context;
    const struct typed_tail *tail = tail_of(object, bytes, sizeof *tail);
    gc__compat_look(object, bytes - sizeof *tail, tail->descriptor, visit);
}

static void look_at_array(void *object, size_t bytes, struct gc_visit *visit,
                          void *context)
{
    (void)context;
    const struct array_tail *tail = tail_of(object, bytes, sizeof *tail);
    size_t element_bytes = tail->element_bytes;
    if (element_bytes == 0)
        return;
    for (char *element = object; element + element_bytes <= (const char *)tail;
         element += element_bytes)
        gc__compat_look(element, element_bytes, tail->descriptor, visit);
}

static const struct kind_traits typed_traits = {
    .name = "typed",
    .look = LOOK_BY_PROCEDURE,
    .procedure = look_at_typed,
    .tail_bytes = sizeof(struct typed_tail),
    .is_cleared = true,
};

static const struct kind_traits array_traits = {
    .name = "typed array",
    .look = LOOK_BY_PROCEDURE,
    .procedure = look_at_array,
    .tail_bytes = sizeof(struct array_tail),
    .is_cleared = true,
};

/* Each kind is made when it is first asked for. */
static enum kind made_kind(AO_t *kind, const struct kind_traits *traits)
{
    if (AO_load_acquire(kind) == 0) {
        prepare();
        bool is_kept = gc__keep();
        if (*kind == 0)
            AO_store_release(kind, gc__compat_add_kind(traits));
        if (is_kept)
            gc__let_go();
    }
    return (enum kind) * kind;
}

/* The tail lies at the end of the cell, of whatever size that is. */
static void *alloc_with_tail(enum kind kind, size_t bytes, size_t tail_bytes)
{
    size_t whole = bytes + tail_bytes;
    return gc__compat_alloc(kind, whole < bytes ? SIZE_MAX : whole, bytes);
}

void *GC_malloc_explicitly_typed(size_t bytes, GC_descr descriptor)
{
    static AO_t kind;
    struct typed_tail *tail;
    void *object =
        alloc_with_tail(made_kind(&kind, &typed_traits), bytes, sizeof *tail);
    if (object == NULL || !gc__is_in_heap(object))
        return object;
    tail = tail_of(object, gc_size(object) + sizeof *tail, sizeof *tail);
    tail->descriptor = descriptor;
    return object;
}

void *GC_malloc_explicitly_typed_ignore_off_page(size_t bytes,
                                                 GC_descr descriptor)
{
    return kept_by_start(GC_malloc_explicitly_typed(bytes, descriptor), bytes);
}

void *GC_calloc_explicitly_typed(size_t count, size_t bytes,
                                 GC_descr descriptor)
{
    static AO_t kind;
    struct array_tail *tail;
    size_t all;
    if (__builtin_mul_overflow(count, bytes, &all))
        return gc__compat_out_of_memory(SIZE_MAX);
    void *object =
        alloc_with_tail(made_kind(&kind, &array_traits), all, sizeof *tail);
    if (object == NULL || !gc__is_in_heap(object))
        return object;
    tail = tail_of(object, gc_size(object) + sizeof *tail, sizeof *tail);
    tail->descriptor = descriptor;
    tail->element_bytes = bytes;
    return object;
}
