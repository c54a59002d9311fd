/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "alloc/fixed.h"
#include "tests/suite.h"

enum { CELLS = 200, CELL_BYTES = 48, AREA_BYTES = 16384 };

static _Alignas(16) unsigned char area[AREA_BYTES];
static struct fixed fixed;

static struct range range_of(void *memory, size_t bytes)
{
    return (struct range){(uintptr_t)memory, (uintptr_t)memory + bytes};
}

static void setup(void)
{
    size_t bytes = gc__fixed_area_bytes(CELL_BYTES, CELLS);
    ck_assert_uint_le(bytes, AREA_BYTES);
    memset(area, 0, sizeof area);
    ck_assert(gc__fixed_init(&fixed, range_of(area, bytes), CELL_BYTES));
}

static void teardown(void)
{
    ck_assert(gc__fixed_verify(&fixed));
}

static void take(void *cells[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cells[i] = gc__fixed_alloc(&fixed);
        ck_assert_ptr_nonnull(cells[i]);
    }
}

START_TEST(an_area_of_the_bytes_asked_for_holds_exactly_the_cells)
{
    for (size_t bytes = 1; bytes <= 70; bytes++) {
        for (size_t count = 1; count <= 140; count++) {
            size_t needed = gc__fixed_area_bytes(bytes, count);
            struct range range = range_of(area, needed);
            memset(area, 0, needed);
            ck_assert(gc__fixed_init(&fixed, range, bytes));
            ck_assert_uint_eq(fixed.count, count);

            range.high--;
            bool fits = gc__fixed_init(&fixed, range, bytes);
            ck_assert(fits ? fixed.count < count : count == 1);
        }
    }
}
END_TEST

START_TEST(the_cells_the_pointers_and_the_bits_do_not_overlap)
{
    void *cells[CELLS];
    take(cells, CELLS);
    for (size_t i = 0; i < CELLS; i++)
        memset(cells[i], 0xff, CELL_BYTES);
    for (size_t i = 0; i < CELLS; i++)
        ck_assert(gc__fixed_free(&fixed, cells[i]));
    ck_assert(gc__fixed_verify(&fixed));
    ck_assert_uint_le((uintptr_t)(fixed.free_cells + CELLS),
                      (uintptr_t)fixed.taken);
    ck_assert_uint_le((uintptr_t)(fixed.taken + (CELLS + 63) / 64),
                      (uintptr_t)area + AREA_BYTES);
}
END_TEST

START_TEST(every_cell_is_handed_out_once_and_then_none)
{
    bool seen[CELLS] = {false};
    for (size_t i = 0; i < CELLS; i++) {
        unsigned char *cell = gc__fixed_alloc(&fixed);
        size_t offset = (size_t)(cell - area);
        ck_assert_uint_eq(offset % CELL_BYTES, 0);
        ck_assert(!seen[offset / CELL_BYTES]);
        seen[offset / CELL_BYTES] = true;
    }
    ck_assert_ptr_null(gc__fixed_alloc(&fixed));
    ck_assert_uint_eq(gc__fixed_used(&fixed), CELLS);
}
END_TEST

START_TEST(the_cell_freed_last_is_the_next_one_taken)
{
    void *cells[10];
    take(cells, 10);
    ck_assert(gc__fixed_free(&fixed, cells[3]));
    ck_assert(gc__fixed_free(&fixed, cells[7]));
    ck_assert_uint_eq(gc__fixed_used(&fixed), 8);
    ck_assert_ptr_eq(gc__fixed_alloc(&fixed), cells[7]);
    ck_assert_ptr_eq(gc__fixed_alloc(&fixed), cells[3]);
}
END_TEST

START_TEST(cells_that_were_never_taken_are_not_touched)
{
    memset(area, 0x5a, CELLS * CELL_BYTES);
    void *cell = gc__fixed_alloc(&fixed);
    ck_assert(gc__fixed_free(&fixed, cell));
    for (size_t i = CELL_BYTES; i < CELLS * CELL_BYTES; i++)
        ck_assert_uint_eq(area[i], 0x5a);
    for (size_t i = 1; i < CELLS; i++)
        ck_assert_uint_eq(fixed.free_cells[i], 0);
}
END_TEST

START_TEST(a_second_free_of_a_cell_is_refused)
{
    void *cells[2];
    take(cells, 2);
    ck_assert(gc__fixed_free(&fixed, cells[0]));
    ck_assert(!gc__fixed_free(&fixed, cells[0]));
    ck_assert_uint_eq(gc__fixed_used(&fixed), 1);
}
END_TEST

START_TEST(a_pointer_that_is_no_taken_cell_is_refused)
{
    void *cells[2];
    take(cells, 2);
    int local;
    void *below = (void *)((uintptr_t)area - CELL_BYTES);
    ck_assert(!gc__fixed_free(&fixed, NULL));
    ck_assert(!gc__fixed_free(&fixed, &local));
    ck_assert(!gc__fixed_free(&fixed, area + 1));
    ck_assert(!gc__fixed_free(&fixed, below));
    ck_assert(!gc__fixed_free(&fixed, area + 2 * CELL_BYTES)); /* fresh */
    ck_assert(!gc__fixed_free(&fixed, area + CELLS * CELL_BYTES));
    ck_assert_uint_eq(gc__fixed_used(&fixed), 2);
}
END_TEST

START_TEST(the_walk_meets_every_taken_cell_once_in_order)
{
    void *cells[CELLS];
    take(cells, CELLS);
    for (size_t i = 0; i < CELLS; i++)
        if (i % 3 != 0 || (i >= 64 && i < 128))
            ck_assert(gc__fixed_free(&fixed, cells[i]));

    const void *cell = NULL;
    for (size_t i = 0; i < CELLS; i++) {
        if (i % 3 != 0 || (i >= 64 && i < 128))
            continue;
        cell = gc__fixed_next(&fixed, cell);
        ck_assert_ptr_eq(cell, cells[i]);
    }
    ck_assert_ptr_null(gc__fixed_next(&fixed, cell));
}
END_TEST

START_TEST(the_walk_goes_on_when_the_cell_it_met_is_freed)
{
    void *cells[100];
    take(cells, 100);
    size_t met = 0;
    void *cell = gc__fixed_next(&fixed, NULL);
    while (cell != NULL) {
        met++;
        ck_assert(gc__fixed_free(&fixed, cell));
        cell = gc__fixed_next(&fixed, cell);
    }
    ck_assert_uint_eq(met, 100);
    ck_assert_uint_eq(gc__fixed_used(&fixed), 0);
}
END_TEST

START_TEST(a_size_that_no_area_can_hold_has_no_bytes)
{
    ck_assert_uint_eq(gc__fixed_area_bytes(0, 1), 0);
    ck_assert_uint_eq(gc__fixed_area_bytes(1, 0), 0);
    ck_assert_uint_eq(gc__fixed_area_bytes(SIZE_MAX, 1), 0);
    ck_assert_uint_eq(gc__fixed_area_bytes(1, SIZE_MAX), 0);
    ck_assert_uint_eq(gc__fixed_area_bytes((size_t)1 << 33, (size_t)1 << 32),
                      0);

    struct range range = range_of(area, AREA_BYTES);
    struct fixed refused;
    ck_assert(!gc__fixed_init(&refused, range, 0));
    ck_assert(!gc__fixed_init(&refused, range, SIZE_MAX));
    ck_assert(!gc__fixed_init(&refused, range, AREA_BYTES));
    ck_assert(!gc__fixed_init(&refused, range_of(area, 0), 16));
}
END_TEST

START_TEST(the_verifier_sees_a_damaged_structure)
{
    void *cells[4];
    take(cells, 4);
    ck_assert(gc__fixed_free(&fixed, cells[1]));
    ck_assert(gc__fixed_verify(&fixed));

    fixed.free_cells[0] += 1;
    ck_assert(!gc__fixed_verify(&fixed));
    fixed.free_cells[0] = (uintptr_t)cells[2];
    ck_assert(!gc__fixed_verify(&fixed));
    fixed.free_cells[0] = (uintptr_t)cells[1];

    fixed.taken[0] |= 1 << 10;
    ck_assert(!gc__fixed_verify(&fixed));
    fixed.taken[0] &= ~(uint64_t)(1 << 10 | 1 << 3);
    ck_assert(!gc__fixed_verify(&fixed));
    fixed.taken[0] |= 1 << 3;
    ck_assert(gc__fixed_verify(&fixed));
}
END_TEST

FIXTURE_SUITE("fixed", setup, teardown,
              an_area_of_the_bytes_asked_for_holds_exactly_the_cells,
              the_cells_the_pointers_and_the_bits_do_not_overlap,
              every_cell_is_handed_out_once_and_then_none,
              the_cell_freed_last_is_the_next_one_taken,
              cells_that_were_never_taken_are_not_touched,
              a_second_free_of_a_cell_is_refused,
              a_pointer_that_is_no_taken_cell_is_refused,
              the_walk_meets_every_taken_cell_once_in_order,
              the_walk_goes_on_when_the_cell_it_met_is_freed,
              a_size_that_no_area_can_hold_has_no_bytes,
              the_verifier_sees_a_damaged_structure)
