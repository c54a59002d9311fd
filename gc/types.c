/* SPDX-License-Identifier: MIT */
#include "gc/types.h"

#include "base/bits.h"
#include "gc/window.h"

static void look_at_structure(const struct gc_type *type, struct range words,
                              struct gc_visit *visit)
{
    for (size_t i = 0; i < type_bitmap_words(type->words); i++)
        for (uint64_t left = type->bitmap[i]; left != 0; left &= left - 1) {
            size_t word = i * WORD_BITS + lowest_bit(left);
            uintptr_t at = words.low + word * WORD_BYTES;
            if (at + WORD_BYTES > words.high)
                return;
            gc__visit_word(visit, window_word_at(at), (const void *)at);
        }
}

static void look_at_array(const struct gc_type *type, struct range words,
                          struct gc_visit *visit)
{
    while (range_size(words) >= WORD_BYTES && !visit->is_over) {
        look_at_structure(type, words, visit);
        words.low += smaller(type->words * WORD_BYTES, range_size(words));
    }
}

void gc__look_by_type(void *object, size_t bytes, struct gc_visit *visit,
                      void *context)
{
    uintptr_t low = (uintptr_t)object;
    look_at_array(context, (struct range){low, low + bytes}, visit);
}

void gc__look_by_own_type(void *object, size_t bytes, struct gc_visit *visit,
                          void *context)
{
    (void)context;
    uintptr_t low = (uintptr_t)object;
    struct range words = {low, low + bytes - TYPE_TAIL_BYTES};
    const struct gc_type *type = *type_place(object, bytes);
    if (type != NULL)
        look_at_array(type, words, visit);
}
