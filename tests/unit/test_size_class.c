/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "alloc/block.h"
#include "alloc/size_class.h"
#include "tests/suite.h"

START_TEST(every_size_gets_the_smallest_cell_that_holds_it)
{
    for (size_t bytes = 1; bytes <= SIZE_CLASS_MAX_BYTES; bytes++) {
        unsigned size_class = size_class_of(bytes);
        ck_assert_uint_lt(size_class, SIZE_CLASS_COUNT);
        ck_assert_uint_ge(size_class_bytes(size_class), bytes);
        if (size_class > 0)
            ck_assert_uint_lt(size_class_bytes(size_class - 1), bytes);
    }
}
END_TEST

START_TEST(the_two_directions_are_inverse_and_cells_are_whole_granules)
{
    for (unsigned class = 0; class < SIZE_CLASS_COUNT; class ++) {
        ck_assert_uint_eq(size_class_of(size_class_bytes(class)), class);
        ck_assert_uint_eq(size_class_bytes(class) % GRANULE_BYTES, 0);
    }
}
END_TEST

START_TEST(a_request_leaves_less_than_a_ninth_or_a_granule_unused)
{
    for (size_t bytes = 1; bytes <= SIZE_CLASS_MAX_BYTES; bytes++) {
        size_t cell = size_class_bytes(size_class_of(bytes));
        ck_assert(cell - bytes < GRANULE_BYTES || 9 * (cell - bytes) < cell);
    }
}
END_TEST

START_TEST(the_smallest_class_is_a_granule_and_the_largest_the_limit)
{
    ck_assert_uint_eq(size_class_bytes(0), GRANULE_BYTES);
    ck_assert_uint_eq(size_class_bytes(SIZE_CLASS_COUNT - 1),
                      SIZE_CLASS_MAX_BYTES);
}
END_TEST

START_TEST(the_class_of_a_multiple_of_a_power_of_two_is_one)
{
    for (size_t power = GRANULE_BYTES; power <= SIZE_CLASS_MAX_BYTES;
         power *= 2)
        for (size_t bytes = power; bytes <= SIZE_CLASS_MAX_BYTES;
             bytes += power)
            ck_assert_uint_eq(size_class_bytes(size_class_of(bytes)) % power,
                              0);
}
END_TEST

START_TEST(the_reciprocal_finds_the_cell_of_every_byte_of_a_block)
{
    for (unsigned class = 0; class < SIZE_CLASS_COUNT; class ++) {
        uint32_t bytes = (uint32_t)size_class_bytes(class);
        struct block block = {.reciprocal = reciprocal_of(bytes)};
        for (uint32_t offset = 0; offset < BLOCK_BYTES; offset++)
            if (block_cell_at(&block, offset) != offset / bytes)
                ck_abort_msg("offset %u in cells of %u bytes", offset, bytes);
    }
}
END_TEST

SUITE("size_class", every_size_gets_the_smallest_cell_that_holds_it,
      the_two_directions_are_inverse_and_cells_are_whole_granules,
      a_request_leaves_less_than_a_ninth_or_a_granule_unused,
      the_smallest_class_is_a_granule_and_the_largest_the_limit,
      the_class_of_a_multiple_of_a_power_of_two_is_one,
      the_reciprocal_finds_the_cell_of_every_byte_of_a_block)
