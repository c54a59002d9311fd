/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_ALLOC_BIT_RUN_H
#define TIDEMARK_ALLOC_BIT_RUN_H

/* Runs of neighbouring cells in the allocated bits of a block: cells `first` to
 * `end`, the latter not included.  Another thread may be changing the bits of
 * other cells in the same words, so each word is read and changed at once. */

#include "alloc/block.h"
#include "base/atomics.h"
#include "base/bits.h"

/* The first cell at or after `from` whose bit, XORed with `flip`, is set; or
 * `end`. */
static inline unsigned bit_run_find(const struct bit_pair *bits, unsigned from,
                                    unsigned end, uint64_t flip)
{
    while (from < end) {
        unsigned shift = from % WORD_BITS;
        uint64_t wanted =
            (AO_load(&bits[from / WORD_BITS].allocated) ^ flip) >> shift;
        if (wanted != 0)
            return (unsigned)smaller(from + lowest_bit(wanted), end);
        from += WORD_BITS - shift;
    }
    return end;
}

static inline unsigned bit_run_free(const struct bit_pair *bits, unsigned from,
                                    unsigned end)
{
    return bit_run_find(bits, from, end, UINT64_MAX);
}

static inline unsigned bit_run_taken(const struct bit_pair *bits, unsigned from,
                                     unsigned end)
{
    return bit_run_find(bits, from, end, 0);
}

/* The bits of one word that belong to cells `first` to `end`. */
static inline uint64_t bit_run_mask(unsigned word, unsigned first, unsigned end)
{
    unsigned low = word * WORD_BITS;
    uint64_t below_end = low_bits((unsigned)smaller(end - low, WORD_BITS));
    return first <= low ? below_end : below_end & ~low_bits(first - low);
}

static inline void bit_run_set(struct bit_pair *bits, unsigned first,
                               unsigned end)
{
    for (unsigned word = first / WORD_BITS; word * WORD_BITS < end; word++)
        AO_or_full(&bits[word].allocated, bit_run_mask(word, first, end));
}

static inline void bit_run_clear(struct bit_pair *bits, unsigned first,
                                 unsigned end)
{
    for (unsigned word = first / WORD_BITS; word * WORD_BITS < end; word++)
        AO_and_full(&bits[word].allocated, ~bit_run_mask(word, first, end));
}

static inline unsigned bit_run_count(const struct bit_pair *bits, unsigned end)
{
    unsigned count = 0;
    for (unsigned word = 0; word * WORD_BITS < end; word++)
        count += count_bits(bits[word].allocated & bit_run_mask(word, 0, end));
    return count;
}

#endif
