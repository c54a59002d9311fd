/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_UNIT_HAND_H
#define TIDEMARK_TESTS_UNIT_HAND_H

/* A heap that a test drives by hand, with one thread's record and no
 * collector. */

#include <check.h>
#include <string.h>

#include "alloc/variable.h"
#include "alloc/verify.h"

static struct variable heap;
static struct local local;

static inline void hand_verify(void)
{
    size_t where = 0;
    const char *fault = gc__variable_verify(&heap, &local, &where);
    if (fault != NULL)
        ck_abort_msg("block %zu: \"%s\" does not hold", where, fault);
}

static inline void hand_setup(void)
{
    ck_assert(gc__variable_init(&heap));
    gc__local_init(&local);
    hand_verify();
}

static inline void hand_teardown(void)
{
    gc__pages_fail_from(0);
    hand_verify();
    gc__variable_finish(&heap);
}

/* NULL, and why, if refused. */
static inline void *hand_try(enum kind kind, size_t bytes, enum refusal *why)
{
    if (bytes > SIZE_CLASS_MAX_BYTES)
        return gc__variable_alloc_large(&heap, kind, bytes, GRANULE_BYTES, why);
    return gc__variable_alloc_small(&heap, &local, kind, bytes, why);
}

static inline void *hand_alloc(enum kind kind, size_t bytes)
{
    enum refusal why;
    void *object = hand_try(kind, bytes, &why);
    if (object == NULL)
        ck_abort_msg("%zu bytes are refused, reason %d", bytes, (int)why);
    return object;
}

static inline void expect_refusal(enum kind kind, size_t bytes,
                                  enum refusal expected)
{
    enum refusal why;
    ck_assert_ptr_null(hand_try(kind, bytes, &why));
    ck_assert_int_eq(why, expected);
}

static inline struct cell hand_cell(const void *pointer)
{
    struct cell cell;
    if (!heap_map_find(&heap.map, (uintptr_t)pointer, &cell))
        ck_abort_msg("%p is in no cell", pointer);
    return cell;
}

static inline struct block *hand_block(const void *pointer)
{
    return &heap.map.blocks[hand_cell(pointer).block];
}

static inline void hand_free(void *object)
{
    gc__variable_free(&heap, &local, hand_cell(object));
}

/* False, too, where there is no cell any more. */
static inline bool is_object(const void *pointer)
{
    struct cell cell;
    return heap_map_find(&heap.map, (uintptr_t)pointer, &cell) &&
           gc__variable_is_object(&heap, &local, cell);
}

/* Does what a collection does, in parts: prepare for marks, mark, sweep. */
static inline void hand_stop(void)
{
    gc__variable_sweep_all(&heap);
    gc__local_retire(&heap, &local);
}

static inline void hand_mark(const void *object)
{
    struct cell cell = hand_cell(object);
    ck_assert(cell_is_allocated(&heap.map, cell));
    cell_bits(&heap.map, cell)->marked |= cell_bit(cell);
}

static inline size_t count_objects(void)
{
    size_t count = 0;
    struct cell cell = {0, 0};
    for (; gc__variable_next(&heap, &cell); cell.index++)
        count++;
    return count;
}

static inline bool holds(const void *memory, int byte, size_t bytes)
{
    const unsigned char *at = memory;
    for (size_t i = 0; i < bytes; i++)
        if (at[i] != (unsigned char)byte)
            return false;
    return true;
}

static inline size_t free_blocks(void)
{
    return heap.free_runs.blocks;
}

#endif
