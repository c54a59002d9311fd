/* SPDX-License-Identifier: MIT */
#include "alloc/verify.h"

#include "alloc/bit_run.h"

struct verifier {
    const struct variable *heap;
    const struct heap_map *map;
    size_t where;
    size_t listed; /* blocks found on the lists of classes */
    size_t owned;
    size_t users; /* of blocks, less the slots that use one */
};

static const char *verify_bits(const struct verifier *verifier, size_t index)
{
    const struct block *block = &verifier->map->blocks[index];
    const struct bit_pair *bits = block_bits(verifier->map, index);
    bool is_unswept = block_is_unswept(verifier->heap, block);
    unsigned used = 0;
    for (unsigned word = 0; word < BLOCK_BIT_WORDS; word++) {
        /* Beyond the last cell no bit may be set. */
        unsigned low = word * WORD_BITS;
        uint64_t cells =
            low < block->cells ? bit_run_mask(word, 0, block->cells) : 0;
        if ((bits[word].allocated | bits[word].marked) & ~cells)
            return "no bit is set past the last cell of a block";
        if (bits[word].marked & ~bits[word].allocated)
            return "what is marked is allocated";
        if (!is_unswept && bits[word].marked)
            return "a swept block has no marks";
        used += count_bits(bits[word].allocated);
    }
    if (block->state == BLOCK_SMALL && block->place != PLACE_OWNED &&
        used != block->used)
        return "`used` counts the allocated bits";
    if (block->state == BLOCK_LARGE && used != 1)
        return "a large object is allocated";
    return NULL;
}

static const char *verify_small(struct verifier *verifier, size_t index)
{
    const struct block *block = &verifier->map->blocks[index];
    if (block->size_class >= SIZE_CLASS_COUNT ||
        block->kind >= verifier->heap->kind_count)
        return "a small block has a size class and a kind";
    if (block->cell_bytes != size_class_bytes(block->size_class) ||
        block->cells != BLOCK_BYTES / block->cell_bytes ||
        block->reciprocal != reciprocal_of(block->cell_bytes))
        return "cells of a small block have the size of its class";
    if (block->used + block->users == 0)
        return "an empty block that nobody uses is free";
    const struct bit_pair *bits = block_bits(verifier->map, index);
    if (block->place != PLACE_OWNED &&
        bit_run_free(bits, 0, block->cells) < block->cursor)
        return "cells before the cursor of a block are taken";
    if (bit_run_taken(bits, block->fresh, block->cells) != block->cells)
        return "cells past `fresh` were never taken";
    verifier->users += block->users;
    return NULL;
}

static const char *verify_large(const struct verifier *verifier, size_t index)
{
    const struct heap_map *map = verifier->map;
    const struct block *head = &map->blocks[index];
    size_t end = index + head->run_blocks;
    if (head->kind >= verifier->heap->kind_count || head->cells != 1 ||
        head->reciprocal != 0)
        return "the head of a large object is one cell";
    if (head->run_blocks == 0 || end > heap_map_blocks(map))
        return "a large object lies in the heap";
    if (head->large_bytes == 0 ||
        head->large_bytes > (size_t)head->run_blocks << BLOCK_SHIFT ||
        head->large_bytes <= (size_t)(head->run_blocks - 1) << BLOCK_SHIFT)
        return "a large object takes no block too many";
    for (size_t i = index + 1; i < end; i++)
        if (map->blocks[i].state != BLOCK_LARGE_TAIL ||
            map->blocks[i].back != i - index || map->blocks[i].cells != 0)
            return "the tails of a large object lead to its head";
    return NULL;
}

/* Answers the block after what starts here through *next. */
static const char *verify_block(struct verifier *verifier, size_t index,
                                size_t *next)
{
    const struct block *block = &verifier->map->blocks[index];
    const char *fault = NULL;
    *next = index + 1;
    switch (block->state) {
    case BLOCK_FREE:
        break; /* by gc__free_runs_verify */
    case BLOCK_SMALL:
        fault = verify_small(verifier, index);
        break;
    case BLOCK_LARGE:
        fault = verify_large(verifier, index);
        *next = index + block->run_blocks;
        break;
    default:
        fault = "a tail follows its head";
    }
    return fault != NULL ? fault : verify_bits(verifier, index);
}

static const char *verify_list(struct verifier *verifier,
                               const struct block_list *list, unsigned kind,
                               unsigned class, bool is_unswept, bool is_full)
{
    uint32_t previous = NO_BLOCK;
    for (uint32_t i = list->first; i != NO_BLOCK;
         i = verifier->map->blocks[i].next) {
        verifier->where = i;
        if (i >= heap_map_blocks(verifier->map))
            return "a listed block lies in the heap";
        const struct block *block = &verifier->map->blocks[i];
        unsigned its_class =
            block->state == BLOCK_LARGE ? LARGE_CLASS : block->size_class;
        if ((block->state != BLOCK_SMALL && block->state != BLOCK_LARGE) ||
            block->kind != kind || its_class != class)
            return "a block stands on a list of its kind and class";
        if (block->previous != previous)
            return "lists are linked both ways";
        if (block_is_unswept(verifier->heap, block) != is_unswept)
            return "unswept blocks stand on the unswept lists";
        if ((block->place == PLACE_FULL) != is_full ||
            block->place == PLACE_OWNED)
            return "a block stands on the list that it says";
        if (block->state == BLOCK_SMALL && !is_unswept &&
            (block->used == block->cells) != is_full)
            return "a full block has no free cell";
        previous = i;
        verifier->listed++;
    }
    return NULL;
}

static const char *verify_class(struct verifier *verifier, unsigned kind,
                                unsigned class)
{
    const struct class_blocks *lists =
        variable_class_const(verifier->heap, kind, class);
    const struct {
        const struct block_list *list;
        bool is_unswept;
        bool is_full;
    } all[] = {
        {&lists->available, false, false},
        {&lists->full, false, true},
        {&lists->unswept[0], true, false},
        {&lists->unswept[1], true, true},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const char *fault = verify_list(verifier, all[i].list, kind, class,
                                        all[i].is_unswept, all[i].is_full);
        if (fault != NULL)
            return fault;
    }
    return NULL;
}

static const char *verify_run(struct verifier *verifier,
                              const struct slot *slot, unsigned kind,
                              unsigned class)
{
    if (slot->home == 0)
        return slot->next == slot->limit ? NULL : "a run is in a block";
    verifier->where = slot_block(slot);
    const struct block *block = &verifier->map->blocks[slot_block(slot)];
    if (block->state != BLOCK_SMALL || block->kind != kind ||
        block->size_class != class)
        return "the block of a run is of its class";
    uintptr_t low = block_address(verifier->map, slot_block(slot));
    if (slot->next < low || slot->next > slot->limit ||
        slot->limit > low + BLOCK_BYTES)
        return "a run lies in its block";
    if (slot->owns && block->place != PLACE_OWNED)
        return "a block has the owner that it says";
    verifier->owned += slot->owns;
    verifier->users--;
    return NULL;
}

static const char *verify_freed(struct verifier *verifier,
                                const struct slot *slot, unsigned kind,
                                unsigned class)
{
    const struct heap_map *map = verifier->map;
    size_t freed = 0;
    for (const struct freed_cell *at = slot->freed; at != NULL; at = at->next) {
        struct cell cell;
        if (!heap_map_find(map, (uintptr_t)at, &cell) ||
            cell_address(map, cell) != (uintptr_t)at)
            return "a freed list has cells";
        const struct block *block = &map->blocks[cell.block];
        if (block->kind != kind || block->size_class != class ||
            block->state != BLOCK_SMALL)
            return "a freed list has cells of its class";
        if (!cell_is_allocated(map, cell))
            return "a freed cell keeps its allocated bit";
        if (at->seal != ((uintptr_t)at ^ verifier->heap->seal))
            return "a freed cell is sealed: it was written after it was freed";
        if (++freed > slot->freed_count)
            return "a freed list is as long as it says";
    }
    return freed == slot->freed_count ? NULL
                                      : "a freed list is as long as it says";
}

static const char *verify_slot(struct verifier *verifier,
                               const struct slot *slot, unsigned kind,
                               unsigned class)
{
    const char *fault = verify_run(verifier, slot, kind, class);
    return fault != NULL ? fault : verify_freed(verifier, slot, kind, class);
}

static const char *verify_lists(struct verifier *verifier,
                                const struct local *local)
{
    for (unsigned kind = 0; kind < verifier->heap->kind_count; kind++)
        for (unsigned class = 0; class < CLASS_COUNT; class ++) {
            const char *fault = verify_class(verifier, kind, class);
            for (const struct local *at = local;
                 at != NULL && class < SIZE_CLASS_COUNT && fault == NULL;
                 at = at->next) {
                const struct slot *slots = local_slots_const(at, kind);
                if (slots != NULL)
                    fault = verify_slot(verifier, &slots[class], kind, class);
            }
            if (fault != NULL)
                return fault;
        }
    return NULL;
}

static const char *verify(struct verifier *verifier, const struct local *local)
{
    const char *fault = NULL;
    size_t counted = 0;
    size_t used = 0;
    for (size_t i = 0, next; i < heap_map_blocks(verifier->map); i = next) {
        verifier->where = i;
        fault = verify_block(verifier, i, &next);
        if (fault != NULL)
            return fault;
        bool is_free = verifier->map->blocks[i].state == BLOCK_FREE;
        counted += !is_free;
        used += is_free ? 0 : next - i;
    }
    verifier->where = 0;
    if (!gc__free_runs_verify(verifier->map, &verifier->heap->free_runs))
        return "free runs are whole and on the list of their length";
    if (used != verifier->heap->used_blocks)
        return "`used_blocks` counts what is not free";

    fault = verify_lists(verifier, local);
    if (fault != NULL)
        return fault;
    size_t classes = 0;
    for (unsigned i = 0; i < verifier->heap->kind_count * CLASS_COUNT; i++)
        classes += variable_class_const(verifier->heap, i / CLASS_COUNT,
                                        i % CLASS_COUNT)
                       ->count;
    if (classes != counted)
        return "each class counts its blocks";
    if (local != NULL && verifier->listed + verifier->owned != counted)
        return "every block is on a list or owned";
    if (local != NULL && verifier->users != 0)
        return "a block counts the threads that use it";
    return NULL;
}

const char *gc__variable_verify(const struct variable *heap,
                                const struct local *local, size_t *where)
{
    struct verifier verifier = {.heap = heap, .map = &heap->map};
    const char *fault = verify(&verifier, local);
    *where = verifier.where;
    return fault;
}
