/* SPDX-License-Identifier: MIT */
/* The variable-size allocator, alone, with no collector: objects of whole
 * blocks, which are freed by hand. */

#include <stdio.h>

#include "alloc/object_header.h"
#include "alloc/variable.h"
#include "examples/tour/free_blocks.h"
#include "examples/tour/picture.h"
#include "examples/tour/require.h"
#include "examples/tour/tour.h"

enum { OBJECTS = 5, BLOCKS_SHOWN = 16 };

static struct variable heap;
static struct local local;

static struct object {
    char name;
    size_t bytes;
    uintptr_t start; /* 0: not there */
} objects[OBJECTS] = {{'A', 190000, 0},
                      {'B', 100000, 0},
                      {'C', 150000, 0},
                      {'D', 300000, 0},
                      {'E', 320000, 0}};

static struct cell cell_at(uintptr_t address)
{
    struct cell cell = {0, 0};
    require(heap_map_find(&heap.map, address, &cell), "no object");
    return cell;
}

static char sign_of(size_t block)
{
    const struct block *descriptor = &heap.map.blocks[block];
    if (descriptor->state == BLOCK_FREE)
        return '.';
    size_t head = descriptor->state == BLOCK_LARGE_TAIL
                      ? block - descriptor->back
                      : block;
    for (size_t i = 0; i < OBJECTS; i++)
        if (objects[i].start == block_address(&heap.map, head))
            return objects[i].name;
    return '?';
}

static void draw(void)
{
    struct strip strip;
    struct range area = {heap.map.low, heap.map.low + heap.map.bytes};
    strip_start(&strip, area, BLOCK_BYTES);
    for (size_t i = 0; i < strip.count; i++)
        strip.signs[i] = sign_of(i);
    strip_print(&strip, "%zu blocks", heap_map_blocks(&heap.map));
    printf("    free runs:");
    print_free_blocks(&heap);
    putchar('\n');
}

static void take(size_t index)
{
    struct object *object = &objects[index];
    enum refusal why;
    void *start = gc__variable_alloc_large(&heap, KIND_SCANNED, object->bytes,
                                           GRANULE_BYTES, &why);
    require(start != NULL, "no memory");
    object->start = (uintptr_t)start;
    const struct block *head = &heap.map.blocks[cell_at(object->start).block];
    printf("%c, %zu bytes: %u blocks\n\n", object->name, object->bytes,
           head->run_blocks);
    draw();
}

static void give(size_t index)
{
    struct object *object = &objects[index];
    gc__variable_free(&heap, &local, cell_at(object->start));
    object->start = 0;
    printf("%c is freed\n\n", object->name);
    draw();
}

static void print_header_at(uintptr_t address)
{
    struct cell cell = cell_at(address);
    struct object_header header = object_header_of(&heap.map, cell);
    printf("    a word   heap + %zu\n", (size_t)(address - heap.map.low));
    printf("    base     heap + %zu, block %u\n",
           (size_t)(header.base - heap.map.low), cell.block);
    printf("    bytes    %zu\n", header.bytes);
    printf("    kind     %s\n",
           header.kind == KIND_SCANNED ? "scanned" : "another");
    printf("    state    %s, %s\n\n",
           header.is_allocated ? "allocated" : "free",
           header.is_marked ? "marked" : "not marked");
}

void page_4_variable(void)
{
    require(gc__variable_init(&heap), "no memory for a heap");
    gc__local_init(&local);
    printf("The heap is made of blocks of %d KiB; each sign stands for one.  A "
           "large object\ntakes as many neighbouring blocks as it needs, and "
           "the heap grows at its end.\n\n",
           BLOCK_BYTES / 1024);
    take(0);
    take(1);
    take(2);
    give(0);
    printf("A left a hole of 3 blocks.  It is too small for D, so the heap "
           "grows:\n\n");
    take(3);
    give(1);
    printf("B's blocks and the hole are neighbours, and were made one hole at "
           "once: they\ncoalesce.  In 5 blocks there is room for E, and the "
           "heap stays as it is:\n\n");
    take(4);
    printf("An object header is put together from tables beside the heap, for "
           "any word that\npoints into an object.  For one into the middle of "
           "D:\n\n");
    print_header_at(objects[3].start + objects[3].bytes / 2);
    printf("Small objects are cells of one size in a block, 16 bytes to "
           "32 KiB, and a hole\namong cells always fits the next of that "
           "size.\n");
    gc__variable_finish(&heap);
}
