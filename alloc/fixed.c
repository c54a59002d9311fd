/* SPDX-License-Identifier: MIT */
#include "alloc/fixed.h"

#include "base/bits.h"
#include "base/check.h"

static size_t words_for_bits(size_t bits)
{
    return bits / WORD_BITS + (bits % WORD_BITS != 0);
}

static size_t cells_end(size_t cell_bytes, size_t count)
{
    return round_up(cell_bytes * count, WORD_BYTES);
}

/* Wraps around for absurd counts: the callers exclude them. */
static size_t layout_bytes(size_t cell_bytes, size_t count)
{
    return cells_end(cell_bytes, count) + count * sizeof(uintptr_t) +
           words_for_bits(count) * sizeof(uint64_t);
}

size_t gc__fixed_area_bytes(size_t cell_bytes, size_t count)
{
    /* A cell, its pointer, its bit, and the rounding of each. */
    const size_t overhead = 3 * WORD_BYTES;
    if (cell_bytes == 0 || count == 0 || cell_bytes > SIZE_MAX / 2 - overhead ||
        count > SIZE_MAX / 2 / (cell_bytes + overhead))
        return 0;
    return layout_bytes(cell_bytes, count);
}

static size_t cells_that_fit(size_t area_bytes, size_t cell_bytes)
{
    const size_t each = cell_bytes + sizeof(uintptr_t);
    const size_t group = WORD_BITS * each + sizeof(uint64_t);
    size_t rest = area_bytes % group;
    size_t last =
        rest < sizeof(uint64_t) ? 0 : (rest - sizeof(uint64_t)) / each;
    size_t count = area_bytes / group * WORD_BITS + last;
    /* The pointers are aligned, at the cost of at most one cell. */
    if (count > 0 && layout_bytes(cell_bytes, count) > area_bytes)
        count--;
    return count;
}

bool gc__fixed_init(struct fixed *fixed, struct range area, size_t cell_bytes)
{
    CHECK(area.low <= area.high && area.low % WORD_BYTES == 0);
    if (cell_bytes == 0 || cell_bytes > SIZE_MAX / WORD_BITS / 2)
        return false;

    size_t count = cells_that_fit(range_size(area), cell_bytes);
    if (count == 0)
        return false;

    uintptr_t stack = area.low + cells_end(cell_bytes, count);
    *fixed = (struct fixed){
        .cells = area.low,
        .cell_bytes = cell_bytes,
        .count = count,
        .free_cells = (uintptr_t *)stack,
        .taken = (uint64_t *)(stack + count * sizeof(uintptr_t)),
    };
    return true;
}

static uintptr_t address_of(const struct fixed *fixed, size_t index)
{
    return fixed->cells + index * fixed->cell_bytes;
}

static size_t index_of(const struct fixed *fixed, uintptr_t cell)
{
    return (cell - fixed->cells) / fixed->cell_bytes;
}

static bool is_cell(const struct fixed *fixed, uintptr_t address)
{
    struct range used = {fixed->cells, address_of(fixed, fixed->fresh)};
    return range_contains(used, address) &&
           (address - fixed->cells) % fixed->cell_bytes == 0;
}

static bool is_taken(const struct fixed *fixed, size_t index)
{
    return fixed->taken[index / WORD_BITS] >> (index % WORD_BITS) & 1;
}

static void flip_taken(struct fixed *fixed, size_t index)
{
    fixed->taken[index / WORD_BITS] ^= (uint64_t)1 << (index % WORD_BITS);
}

void *gc__fixed_alloc(struct fixed *fixed)
{
    uintptr_t cell;
    if (fixed->free > 0)
        cell = fixed->free_cells[--fixed->free];
    else if (fixed->fresh < fixed->count)
        cell = address_of(fixed, fixed->fresh++);
    else
        return NULL;

    DEBUG_CHECK(!is_taken(fixed, index_of(fixed, cell)));
    flip_taken(fixed, index_of(fixed, cell));
    return (void *)cell;
}

bool gc__fixed_free(struct fixed *fixed, void *cell)
{
    uintptr_t address = (uintptr_t)cell;
    if (!is_cell(fixed, address) || !is_taken(fixed, index_of(fixed, address)))
        return false;

    flip_taken(fixed, index_of(fixed, address));
    fixed->free_cells[fixed->free++] = address;
    return true;
}

size_t gc__fixed_used(const struct fixed *fixed)
{
    return fixed->fresh - fixed->free;
}

void *gc__fixed_next(const struct fixed *fixed, const void *cell)
{
    size_t index = cell == NULL ? 0 : index_of(fixed, (uintptr_t)cell) + 1;
    while (index < fixed->fresh) {
        uint64_t rest =
            fixed->taken[index / WORD_BITS] & ~low_bits(index % WORD_BITS);
        index = round_down(index, WORD_BITS);
        if (rest != 0)
            return (void *)address_of(fixed, index + lowest_bit(rest));
        index += WORD_BITS;
    }
    return NULL;
}

static size_t taken_bits(const struct fixed *fixed)
{
    size_t bits = 0;
    for (size_t i = 0; i < words_for_bits(fixed->count); i++)
        bits += count_bits(fixed->taken[i]);
    return bits;
}

bool gc__fixed_verify(const struct fixed *fixed)
{
    if (fixed->fresh > fixed->count || fixed->free > fixed->fresh ||
        taken_bits(fixed) != gc__fixed_used(fixed))
        return false;

    for (size_t i = fixed->fresh; i < fixed->count; i++)
        if (is_taken(fixed, i))
            return false;

    for (size_t i = 0; i < fixed->free; i++) {
        uintptr_t cell = fixed->free_cells[i];
        if (!is_cell(fixed, cell) || is_taken(fixed, index_of(fixed, cell)))
            return false;
    }
    return true;
}
