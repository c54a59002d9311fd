/* SPDX-License-Identifier: MIT */
/* Sweeping, which turns marks into free cells without touching an object, and
 * the walk over what is allocated. */

#include "alloc/bit_run.h"
#include "alloc/variable.h"

static struct class_blocks *class_of(struct variable *heap,
                                     const struct block *block)
{
    unsigned class =
        block->state == BLOCK_LARGE ? LARGE_CLASS : block->size_class;
    return variable_class(heap, block->kind, class);
}

void gc__variable_begin_sweep(struct variable *heap)
{
    for (unsigned kind = 0; kind < heap->kind_count; kind++)
        for (unsigned i = 0; i < CLASS_COUNT; i++) {
            struct class_blocks *class = variable_class(heap, kind, i);
            DEBUG_CHECK(class->unswept[0].first == NO_BLOCK);
            DEBUG_CHECK(class->unswept[1].first == NO_BLOCK);
            class->unswept[0] = class->available;
            class->unswept[1] = class->full;
            class->available.first = class->full.first = NO_BLOCK;
        }
    heap->cycle++;
    heap->sweep_class = 0;
    heap->since_bytes = 0;
}

/* The marked bits become the allocated bits.  Returns how many are set. */
static unsigned sweep_bits(struct bit_pair *bits, unsigned cells)
{
    unsigned live = 0;
    for (unsigned word = 0; word * WORD_BITS < cells; word++) {
        DEBUG_CHECK((bits[word].marked & ~bits[word].allocated) == 0);
        bits[word].allocated = bits[word].marked;
        bits[word].marked = 0;
        live += count_bits(bits[word].allocated);
    }
    return live;
}

static void count_swept(struct variable *heap, size_t objects, size_t bytes)
{
    heap->swept_objects += objects;
    heap->swept_bytes += bytes;
}

static void sweep_small(struct variable *heap, uint32_t index)
{
    struct block *block = &heap->map.blocks[index];
    struct class_blocks *class = class_of(heap, block);
    unsigned live = sweep_bits(block_bits(&heap->map, index), block->cells);
    unsigned dead = block->used - live;
    count_swept(heap, dead, (size_t)dead * block->cell_bytes);
    block->used = (uint16_t)live;
    if (dead > 0)
        block->is_trimmed = false;

    if (live == 0) {
        DEBUG_CHECK(block->users == 0);
        class->count--;
        gc__variable_give_blocks(heap, index, 1);
        return;
    }
    bool is_full = live == block->cells;
    block->cursor = 0;
    block->place = is_full ? PLACE_FULL : PLACE_AVAILABLE;
    gc__block_list_push(&heap->map, is_full ? &class->full : &class->available,
                        index);
}

static void sweep_large(struct variable *heap, uint32_t index)
{
    struct block *block = &heap->map.blocks[index];
    struct class_blocks *class = class_of(heap, block);
    if (sweep_bits(block_bits(&heap->map, index), 1) == 1) {
        gc__block_list_push(&heap->map, &class->full, index);
        return;
    }
    count_swept(heap, 1, block->large_bytes);
    class->count--;
    gc__variable_give_blocks(heap, index, block->run_blocks);
}

/* What is to stay is marked now. */
static void show_dead_of_word(const struct variable *heap, uint32_t index,
                              unsigned word)
{
    const struct kind_traits *traits =
        variable_traits(heap, heap->map.blocks[index].kind);
    struct bit_pair *bits = &block_bits(&heap->map, index)[word];
    uint64_t dead = bits->allocated & ~bits->marked;
    for (; dead != 0; dead &= dead - 1) {
        struct cell cell = {index, word * WORD_BITS + lowest_bit(dead)};
        if (traits->on_dead((void *)cell_address(&heap->map, cell),
                            cell_bytes(&heap->map, cell), traits->dead_context))
            bits->marked |= cell_bit(cell);
    }
}

/* No cell of such a kind is unborn: see alloc/run.c. */
static void show_dead(const struct variable *heap, uint32_t index)
{
    const struct block *block = &heap->map.blocks[index];
    for (unsigned word = 0; word * WORD_BITS < block->cells; word++)
        show_dead_of_word(heap, index, word);
}

void gc__variable_sweep_block(struct variable *heap, uint32_t index)
{
    struct block *block = &heap->map.blocks[index];
    if (!block_is_unswept(heap, block))
        return;
    struct class_blocks *class = class_of(heap, block);
    gc__block_list_remove(&heap->map,
                          &class->unswept[block->place == PLACE_FULL], index);
    block->cycle = heap->cycle;
    if (variable_shows_dead(heap, block->kind))
        show_dead(heap, index);
    if (block->state == BLOCK_LARGE)
        sweep_large(heap, index);
    else
        sweep_small(heap, index);
}

static void sweep_kind(struct variable *heap, unsigned kind)
{
    for (unsigned i = 0; i < CLASS_COUNT; i++) {
        struct class_blocks *class = variable_class(heap, kind, i);
        for (unsigned list = 0; list < 2; list++)
            while (class->unswept[list].first != NO_BLOCK)
                gc__variable_sweep_block(heap, class->unswept[list].first);
    }
}

void gc__variable_show_dead(struct variable *heap)
{
    for (unsigned kind = KIND_COUNT; kind < heap->kind_count; kind++)
        if (variable_shows_dead(heap, kind))
            sweep_kind(heap, kind);
}

bool gc__variable_sweep_one(struct variable *heap)
{
    while (heap->sweep_class < heap->kind_count * CLASS_COUNT) {
        struct class_blocks *class =
            variable_class(heap, heap->sweep_class / CLASS_COUNT,
                           heap->sweep_class % CLASS_COUNT);
        for (unsigned i = 0; i < 2; i++)
            if (class->unswept[i].first != NO_BLOCK) {
                gc__variable_sweep_block(heap, class->unswept[i].first);
                return true;
            }
        heap->sweep_class++;
    }
    return false;
}

void gc__variable_sweep_large(struct variable *heap)
{
    for (unsigned kind = 0; kind < heap->kind_count; kind++) {
        const struct block_list *unswept =
            &variable_class(heap, kind, LARGE_CLASS)->unswept[1];
        while (unswept->first != NO_BLOCK)
            gc__variable_sweep_block(heap, unswept->first);
    }
}

void gc__variable_sweep_all(struct variable *heap)
{
    while (gc__variable_sweep_one(heap))
        continue;
}

bool gc__variable_next(const struct variable *heap, struct cell *cell)
{
    const struct heap_map *map = &heap->map;
    size_t end = heap_map_blocks(map);
    for (size_t i = cell->block; i < end; i = block_after(map, i)) {
        const struct block *block = &map->blocks[i];
        unsigned from = i == cell->block ? cell->index : 0;
        unsigned index = bit_run_taken(block_bits(map, i), from, block->cells);
        if (index < block->cells) {
            *cell = (struct cell){(uint32_t)i, index};
            return true;
        }
    }
    return false;
}
