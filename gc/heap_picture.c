/* SPDX-License-Identifier: MIT */
#include "gc/heap_picture.h"

#include "gc/text.h"
#include "gc/visit.h"
#include "platform/pages.h"

static enum look look_of(const struct block *block)
{
    unsigned kind = (unsigned)smaller(block->kind, OTHER_KINDS);
    switch ((enum block_state)block->state) {
    case BLOCK_SMALL:
        return LOOK_SMALL + kind;
    case BLOCK_LARGE:
        return LOOK_LARGE + kind;
    case BLOCK_LARGE_TAIL:
        return LOOK_LARGE_REST + kind;
    case BLOCK_FREE:
        break;
    }
    return block->is_dirty ? LOOK_FREE : LOOK_RETURNED;
}

static bool add_object(struct cell cell, const struct object_header *object,
                       void *context)
{
    struct heap_picture *picture = context;
    size_t left = object->bytes;
    for (size_t i = cell.block; left > 0; i++) {
        size_t here = smaller(left, BLOCK_BYTES);
        picture->blocks[i].used_bytes += (uint32_t)here;
        left -= here;
    }
    return true;
}

static void sum_up(struct heap_picture *picture)
{
    size_t free_run = 0;
    for (size_t i = 0; i < picture->count; i++) {
        const struct block_look *block = &picture->blocks[i];
        picture->looks[block->look]++;
        picture->used_bytes[block->look] += block->used_bytes;
        free_run = look_is_free(block->look) ? free_run + 1 : 0;
        picture->longest_free_run = larger(picture->longest_free_run, free_run);
    }
}

bool gc__heap_picture_take(struct heap_picture *picture,
                           const struct variable *heap)
{
    const struct heap_map *map = &heap->map;
    *picture = (struct heap_picture){
        .count = heap_map_blocks(map),
        .low = map->low,
        .kinds = heap->kinds,
    };
    if (picture->count == 0)
        return true;
    if (!gc__pages_map(picture->count * sizeof *picture->blocks,
                       &picture->memory))
        return false;
    picture->blocks = (struct block_look *)picture->memory.low;
    for (size_t i = 0; i < picture->count; i++)
        picture->blocks[i].look = (uint8_t)look_of(&map->blocks[i]);
    gc__visit_objects(heap, add_object, picture);
    sum_up(picture);
    return true;
}

void gc__heap_picture_finish(struct heap_picture *picture)
{
    gc__pages_unmap(picture->memory);
    picture->memory = (struct range){0, 0};
}

const char *gc__heap_picture_kind(const struct heap_picture *picture,
                                  unsigned look)
{
    unsigned kind = look % SHOWN_KINDS;
    return kind == OTHER_KINDS ? "other kinds"
                               : gc__kind_name(picture->kinds, kind);
}

size_t gc__heap_picture_used(const struct heap_picture *picture)
{
    return picture->count - picture->looks[LOOK_FREE] -
           picture->looks[LOOK_RETURNED];
}

size_t gc__heap_picture_used_bytes(const struct heap_picture *picture)
{
    size_t bytes = 0;
    for (unsigned look = 0; look < LOOK_COUNT; look++)
        bytes += picture->used_bytes[look];
    return bytes;
}
