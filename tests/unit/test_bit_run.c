/* SPDX-License-Identifier: MIT */
/* Runs of bits against a model of one bool for each cell. */

#include <check.h>
#include <string.h>

#include "alloc/bit_run.h"
#include "tests/random.h"
#include "tests/suite.h"

/* Three words, the last of them in part: every way to cross from one into the
 * next is met. */
enum { CELLS = 150, WORDS = (CELLS + WORD_BITS - 1) / WORD_BITS };

static const uint64_t MARKS = UINT64_C(0x5555aaaa12345678);

static bool model[CELLS];
static struct bit_pair bits[WORDS];

static void write_bits_of_model(void)
{
    memset(bits, 0, sizeof bits);
    for (unsigned i = 0; i < CELLS; i++)
        if (model[i])
            bits[i / WORD_BITS].allocated |= (uint64_t)1 << (i % WORD_BITS);
    for (unsigned word = 0; word < WORDS; word++)
        bits[word].marked = MARKS;
}

/* All free, all taken, every other one, and runs of random lengths. */
static void make_pattern(unsigned number)
{
    struct random random = {number + 1};
    bool is_taken = false;
    unsigned left = 0;
    for (unsigned i = 0; i < CELLS; i++) {
        if (left == 0) {
            is_taken = !is_taken;
            left = 1 + (unsigned)random_below(&random, 1 + number * 4);
        }
        left--;
        model[i] = number == 0   ? false
                   : number == 1 ? true
                   : number == 2 ? i % 2 == 0
                                 : is_taken;
    }
    write_bits_of_model();
}

enum { PATTERNS = 24 };

static unsigned find_in_model(unsigned from, unsigned end, bool wanted)
{
    while (from < end && model[from] != wanted)
        from++;
    return from < end ? from : end;
}

static bool bits_are_those_of_model(void)
{
    struct bit_pair found[WORDS];
    memcpy(found, bits, sizeof found);
    write_bits_of_model();
    return memcmp(found, bits, sizeof found) == 0;
}

/* Not by an assertion of Check each time, which would take seconds. */
static void find_in_every_range(void)
{
    for (unsigned end = 0; end <= CELLS; end++)
        for (unsigned from = 0; from <= end; from++)
            if (bit_run_free(bits, from, end) !=
                    find_in_model(from, end, false) ||
                bit_run_taken(bits, from, end) !=
                    find_in_model(from, end, true))
                ck_abort_msg("from %u to %u", from, end);
}

START_TEST(the_next_free_and_the_next_taken_cell_are_found_in_every_range)
{
    for (unsigned pattern = 0; pattern < PATTERNS; pattern++) {
        make_pattern(pattern);
        find_in_every_range();
    }
}
END_TEST

START_TEST(a_search_in_no_cells_finds_their_end)
{
    make_pattern(PATTERNS - 1);
    for (unsigned from = 0; from <= CELLS; from++) {
        ck_assert_uint_eq(bit_run_free(bits, from, from), from);
        ck_assert_uint_eq(bit_run_taken(bits, from, from), from);
        ck_assert_uint_eq(bit_run_taken(bits, from, 0), 0);
    }
}
END_TEST

static void set_and_clear(unsigned pattern, unsigned first, unsigned end)
{
    make_pattern(pattern);
    bit_run_set(bits, first, end);
    memset(model + first, true, end - first);
    bool is_set = bits_are_those_of_model();

    make_pattern(pattern);
    bit_run_clear(bits, first, end);
    memset(model + first, false, end - first);
    if (!is_set || !bits_are_those_of_model())
        ck_abort_msg("from %u to %u", first, end);
}

START_TEST(setting_and_clearing_change_the_range_and_nothing_else)
{
    for (unsigned pattern = 0; pattern < 4; pattern++)
        for (unsigned end = 0; end <= CELLS; end++)
            for (unsigned first = 0; first <= end; first++)
                set_and_clear(pattern, first, end);
}
END_TEST

START_TEST(a_whole_block_can_be_claimed_and_given_back)
{
    static struct bit_pair block[BLOCK_BIT_WORDS + 1];
    bit_run_set(block, 0, BLOCK_CELLS_MAX);
    ck_assert_uint_eq(bit_run_free(block, 0, BLOCK_CELLS_MAX), BLOCK_CELLS_MAX);
    ck_assert_uint_eq(block[BLOCK_BIT_WORDS].allocated, 0);
    bit_run_clear(block, 0, BLOCK_CELLS_MAX);
    ck_assert_uint_eq(bit_run_taken(block, 0, BLOCK_CELLS_MAX),
                      BLOCK_CELLS_MAX);
}
END_TEST

SUITE("bit_run", the_next_free_and_the_next_taken_cell_are_found_in_every_range,
      a_search_in_no_cells_finds_their_end,
      setting_and_clearing_change_the_range_and_nothing_else,
      a_whole_block_can_be_claimed_and_given_back)
