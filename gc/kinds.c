/* SPDX-License-Identifier: MIT */
#include "gc/kinds.h"

#include "gc/mark.h"
#include "gc/shade.h"
#include "gc/window.h"

static void show(struct gc_visit *visit, uintptr_t address, uintptr_t word)
{
    if (!visit->is_over)
        visit->is_over = !visit->show(visit, address, word);
}

void gc__visit_word(struct gc_visit *visit, uintptr_t word, const void *place)
{
    if (visit->marker == NULL)
        show(visit, place != NULL ? (uintptr_t)place : visit->object.low, word);
    else if (visit->is_among_others)
        gc__shade(visit->marker, word, AMONG_OTHERS);
    else
        gc__shade(visit->marker, word, ALONE);
}

void gc__visit_words(struct gc_visit *visit, struct range words)
{
    struct window window = window_over(words, visit->step);
    uintptr_t address, word;
    while (window_next(&window, &address, &word))
        gc__visit_word(visit, word, (const void *)address);
}

void gc__look_at(const struct variable *heap, struct cell cell,
                 struct gc_visit *visit)
{
    const struct heap_map *map = &heap->map;
    unsigned kind = map->blocks[cell.block].kind;
    uintptr_t low = cell_address(map, cell);
    size_t bytes = cell_bytes(map, cell);
    visit->object = (struct range){low, low + bytes};
    if (!variable_has_pointers(heap, kind))
        return;
    const struct kind_traits *traits = NULL;
    if (kind_is_custom(kind))
        traits = variable_traits(heap, kind);
    if (traits == NULL || traits->look == LOOK_AT_WORDS)
        gc__visit_words(visit, visit->object);
    else
        traits->procedure((void *)low, bytes, visit, traits->context);
}
