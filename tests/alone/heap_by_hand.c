/* SPDX-License-Identifier: MIT */
/* The heap without a collector: this program is linked with alloc/ and what is
 * below it, and with nothing of gc/.  It allocates and frees by hand, makes
 * holes, lets them coalesce, and prints object headers, free lists and heap map
 * at each step.  Addresses are offsets from the start of the heap. */

#include <stdio.h>
#include <stdlib.h>

#include "alloc/bit_run.h"
#include "alloc/object_header.h"
#include "alloc/variable.h"
#include "alloc/verify.h"

static struct variable heap;
static struct local local;

static const char *const kind_names[] = {"scanned", "atomic", "uncollectable",
                                         "atomic uncollectable"};

static void *alloc(enum kind kind, size_t bytes)
{
    enum refusal why;
    void *object =
        bytes > SIZE_CLASS_MAX_BYTES
            ? gc__variable_alloc_large(&heap, kind, bytes, GRANULE_BYTES, &why)
            : gc__variable_alloc_small(&heap, &local, kind, bytes, &why);
    if (object == NULL)
        printf("%zu bytes are refused, reason %d\n", bytes, (int)why);
    return object;
}

static struct cell cell_of(const void *pointer)
{
    struct cell cell;
    if (!heap_map_find(&heap.map, (uintptr_t)pointer, &cell))
        abort();
    return cell;
}

static void release(void *object)
{
    gc__variable_free(&heap, &local, cell_of(object));
}

/* ---------------------------------------------------------------- printing */

static void print_header(const char *name, const void *pointer)
{
    struct object_header header = object_header_of(&heap.map, cell_of(pointer));
    printf("  %-8s +%-7zu %6zu bytes, %s%s\n", name,
           (size_t)(header.base - heap.map.low), header.bytes,
           kind_names[header.kind],
           gc__variable_is_object(&heap, &local, cell_of(pointer)) ? ""
                                                                   : ", free");
}

static void print_class(unsigned kind, unsigned size_class)
{
    size_t runs = 0, cells = 0, blocks = 0;
    const struct class_blocks *class = &heap.classes[kind][size_class];
    for (uint32_t i = class->available.first; i != NO_BLOCK;
         i = heap.map.blocks[i].next) {
        const struct block *block = &heap.map.blocks[i];
        const struct bit_pair *bits = block_bits(&heap.map, i);
        unsigned end;
        for (unsigned at = bit_run_free(bits, 0, block->cells);
             at < block->cells; at = bit_run_free(bits, end, block->cells)) {
            end = bit_run_taken(bits, at, block->cells);
            runs++;
            cells += end - at;
        }
        blocks++;
    }
    if (blocks > 0)
        printf("  free cells of %zu bytes, %s: %zu; runs: %zu; blocks: %zu\n",
               size_class_bytes(size_class), kind_names[kind], cells, runs,
               blocks);
}

static void print_free_lists(void)
{
    for (unsigned kind = 0; kind < KIND_COUNT; kind++)
        for (unsigned class = 0; class < SIZE_CLASS_COUNT; class ++)
            print_class(kind, class);
    for (unsigned bin = 0; bin < BIN_COUNT; bin++)
        for (uint32_t run = heap.free_runs.bins[bin].first; run != NO_BLOCK;
             run = heap.map.blocks[run].next)
            printf("  %u free blocks from block %u on\n",
                   (unsigned)heap.map.blocks[run].run_blocks, (unsigned)run);
}

/* A sign for each block: how many eighths of a small block are taken, the head
 * and the tails of a large object, or a free block. */
static char sign_of(const struct block *block)
{
    switch (block->state) {
    case BLOCK_SMALL:
        return (char)('0' +
                      (block->used * 8 + block->cells - 1) / block->cells);
    case BLOCK_LARGE:
        return 'L';
    case BLOCK_LARGE_TAIL:
        return '-';
    default:
        return '.';
    }
}

static void print_heap_map(void)
{
    printf("  heap map ");
    for (size_t i = 0; i < heap_map_blocks(&heap.map); i++)
        putchar(sign_of(&heap.map.blocks[i]));
    putchar('\n');
}

/* Gives back what the thread has in hand, so that each free cell is one. */
static void show(const char *title)
{
    size_t where;
    gc__local_retire(&heap, &local);
    const char *fault = gc__variable_verify(&heap, NULL, &where);
    printf("%s\n", title);
    print_free_lists();
    print_heap_map();
    if (fault != NULL) {
        printf("block %zu: %s\n", where, fault);
        exit(EXIT_FAILURE);
    }
}

/* ------------------------------------------------------------------- steps */

static void small_objects(void)
{
    char *a = alloc(KIND_SCANNED, 40);
    char *b = alloc(KIND_SCANNED, 33);
    char *c = alloc(KIND_SCANNED, 48);
    char *text = alloc(KIND_ATOMIC, 100);
    printf("four small objects, and where pointers into them lead\n");
    print_header("a", a);
    print_header("b", b);
    print_header("b + 20", b + 20);
    print_header("text", text + 99);
    release(b);
    print_header("b", b);
    show("b is freed: a hole between a and c");
    printf("the next object of its size fills it: %s\n",
           alloc(KIND_SCANNED, 41) == (void *)b ? "yes" : "no");
    release(a);
    release(b);
    release(c);
    release(text);
    show("all are freed: their blocks are free, and one run");
}

static void large_objects(void)
{
    char *large[5];
    for (int i = 0; i < 5; i++)
        large[i] = alloc(KIND_ATOMIC, 2 * BLOCK_BYTES - 100);
    show("five large objects of two blocks");
    print_header("middle", large[2] + BLOCK_BYTES);
    release(large[1]);
    release(large[3]);
    show("the second and the fourth are freed: two holes");
    char *wide = alloc(KIND_SCANNED, 5 * BLOCK_BYTES);
    show("an object of five blocks is too large for either");
    release(large[2]);
    show("the third is freed: the holes and it are one run");
    char *fitting = alloc(KIND_SCANNED, 5 * BLOCK_BYTES);
    show("another object of five blocks fits there");
    print_header("fitting", fitting);
    release(large[0]);
    release(large[4]);
    release(wide);
    release(fitting);
    show("all are freed");
}

static void limits(void)
{
    heap.limit_blocks = 2;
    printf("the heap may have two blocks\n");
    void *object = alloc(KIND_SCANNED, 2 * BLOCK_BYTES);
    alloc(KIND_SCANNED, 16);
    release(object);
    object = alloc(KIND_SCANNED, 16);
    print_header("16 bytes", object);
}

int main(void)
{
    if (!gc__variable_init(&heap))
        return EXIT_FAILURE;
    gc__local_init(&local);
    small_objects();
    large_objects();
    limits();
    gc__variable_finish(&heap);
    return EXIT_SUCCESS;
}
