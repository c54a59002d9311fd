/* SPDX-License-Identifier: MIT */
/* Runs are claimed without the lock in a block of the thread's own. */

#include <check.h>
#include <pthread.h>
#include <sched.h>

#include "base/atomics.h"
#include "platform/lock.h"
#include "tests/suite.h"
#include "tests/unit/hand.h"

enum { BYTES = 48, BORROWED_RUNS = 4, RUN_CELLS = 4096 / BYTES };

static struct lock lock;
static struct local other;

static void setup(void)
{
    hand_setup();
    gc__local_init(&other);
    local.next = &other;
    lock = (struct lock){LOCK_FREE};
}

static void *claim_alone(struct local *thread)
{
    void *cell = gc__local_claim_small(&heap, thread, KIND_SCANNED, BYTES);
    gc__local_prepare(thread);
    return cell;
}

static void *claim_locked(struct local *thread)
{
    enum refusal why;
    lock_take(&lock);
    void *cell =
        gc__variable_alloc_small(&heap, thread, KIND_SCANNED, BYTES, &why);
    lock_give_back(&lock);
    return cell;
}

/* Until the thread owns a block. */
static void *come_to_own(void)
{
    void *cell;
    do
        cell = claim_locked(&local);
    while (hand_block(cell)->place != PLACE_OWNED);
    return cell;
}

START_TEST(a_thread_without_a_block_of_its_own_needs_the_lock)
{
    ck_assert_ptr_null(claim_alone(&local));
    void *first = claim_locked(&local);
    ck_assert_ptr_nonnull(first);
    for (unsigned i = 1; i < RUN_CELLS; i++)
        ck_assert_ptr_eq(claim_alone(&local), (char *)first + i * BYTES);
    ck_assert_ptr_null(claim_alone(&local));
}
END_TEST

START_TEST(a_block_is_used_up_without_the_lock)
{
    const char *last = come_to_own();
    const struct block *block = hand_block(last);
    unsigned count = 0;
    for (const char *cell; (cell = claim_alone(&local)) != NULL; count++) {
        ck_assert_ptr_eq(hand_block(cell), block);
        ck_assert(cell > last && holds(cell, 0, BYTES));
        memset((void *)cell, 1, BYTES);
        last = cell;
    }
    ck_assert_uint_gt(count, RUN_CELLS);
    hand_verify();
    ck_assert_ptr_ne(hand_block(claim_locked(&local)), block);
    ck_assert_uint_eq(block->used, block->cells);
    hand_verify();
}
END_TEST

START_TEST(freed_cells_and_no_caching_need_the_lock)
{
    void *cell = come_to_own();
    hand_free(cell);
    ck_assert_ptr_null(claim_alone(&local));
    ck_assert_ptr_eq(claim_locked(&local), cell);
    gc__variable_set_caching(&heap, false);
    ck_assert_ptr_null(claim_alone(&local));
}
END_TEST

START_TEST(what_is_claimed_is_added_up_later)
{
    come_to_own();
    claim_locked(&local);
    size_t before = heap.since_bytes;
    for (unsigned i = 0; i < 5 * RUN_CELLS; i++)
        ck_assert_ptr_nonnull(claim_alone(&local));
    ck_assert_uint_eq(heap.since_bytes, before);
    gc__local_add_up(&heap, &local);
    ck_assert_uint_ge(heap.since_bytes, before + 4 * RUN_CELLS * BYTES);
}
END_TEST

/* -------------------------------------------------------------------- lists */

/* Checks the list, and fills its cells.  Returns how many there are. */
static size_t fill_list(uintptr_t *cell)
{
    size_t count = 0;
    for (uintptr_t *next; cell != NULL; cell = next, count++) {
        next = (uintptr_t *)cell[0];
        ck_assert_ptr_eq((char *)cell,
                         (char *)cell_address(&heap.map, hand_cell(cell)));
        ck_assert(cell_is_allocated(&heap.map, hand_cell(cell)));
        ck_assert(holds(cell + 1, 0, BYTES - sizeof *cell));
        memset(cell, 0xff, BYTES);
    }
    return count;
}

static void *claim_list(void)
{
    return gc__local_claim_list(&heap, &local, KIND_SCANNED, BYTES);
}

static void use_up_run(void)
{
    const struct slot *slot = &local.slots[KIND_SCANNED][size_class_of(BYTES)];
    while (slot->next != slot->limit)
        memset(claim_alone(&local), 0xff, BYTES);
}

START_TEST(a_list_needs_a_block_of_its_own_without_a_run)
{
    ck_assert_ptr_null(claim_list());
    come_to_own();
    ck_assert_ptr_null(claim_list());
    use_up_run();
    ck_assert_ptr_nonnull(claim_list());
    use_up_run();
    gc__variable_set_caching(&heap, false);
    ck_assert_ptr_null(claim_list());
}
END_TEST

START_TEST(lists_use_up_a_block)
{
    const struct block *block = hand_block(come_to_own());
    use_up_run();
    size_t before = block->cursor, count = 0;
    for (void *list; (list = claim_list()) != NULL;) {
        ck_assert_ptr_eq(hand_block(list), block);
        size_t more = fill_list(list);
        ck_assert_uint_le(more, RUN_CELLS);
        count += more;
    }
    ck_assert_uint_eq(before + count, block->cells);
    hand_verify();
    gc__local_retire(&heap, &local);
    hand_verify();
    ck_assert_uint_eq(block->used, block->cells);
}
END_TEST

/* Every other object of a block has died. */
static size_t make_holes(void)
{
    char *cells[BORROWED_RUNS * RUN_CELLS];
    size_t count = BORROWED_RUNS * RUN_CELLS;
    for (size_t i = 0; i < count; i++)
        memset(cells[i] = claim_locked(&local), 0xff, BYTES);
    hand_stop();
    for (size_t i = 0; i < count; i += 2)
        hand_mark(cells[i]);
    gc__variable_begin_sweep(&heap);
    return count;
}

START_TEST(lists_take_what_lies_in_gaps)
{
    size_t count = make_holes();
    come_to_own();
    use_up_run();
    size_t taken = fill_list(claim_list());
    ck_assert_uint_eq(taken, RUN_CELLS);
    while ((taken = fill_list(claim_list())) > 0)
        ck_assert_uint_le(taken, RUN_CELLS);
    hand_verify();
    gc__local_retire(&heap, &local);
    hand_verify();
    ck_assert_uint_ge(count_objects(), count);
}
END_TEST

/* ------------------------------------------------------------ two at a time */

enum { CELLS = 200000, ON_THE_WAY = 64 };

/* From the owner to who frees. */
static AO_t passed[ON_THE_WAY]; /* atomic */

static void *free_passed(void *context)
{
    for (size_t i = 0; i < CELLS; i++) {
        AO_t cell;
        while ((cell = AO_load_acquire(&passed[i % ON_THE_WAY])) == 0)
            sched_yield();
        for (size_t byte = 0; byte < BYTES / sizeof cell; byte++)
            if (((AO_t *)cell)[byte] != cell)
                return "a cell is changed by somebody else";
        lock_take(&lock);
        gc__variable_free(&heap, &other, hand_cell((void *)cell));
        lock_give_back(&lock);
        AO_store_release(&passed[i % ON_THE_WAY], 0);
    }
    return context;
}

static void pass(size_t turn)
{
    AO_t *cell = claim_alone(&local);
    if (cell == NULL)
        cell = claim_locked(&local);
    for (size_t byte = 0; byte < BYTES / sizeof *cell; byte++) {
        ck_assert_uint_eq(cell[byte], 0);
        cell[byte] = (AO_t)cell;
    }
    while (AO_load_acquire(&passed[turn % ON_THE_WAY]) != 0)
        sched_yield();
    AO_store_release(&passed[turn % ON_THE_WAY], (AO_t)cell);
}

static void claim_while_others_free(void)
{
    pthread_t thread;
    void *fault;
    ck_assert_int_eq(pthread_create(&thread, NULL, free_passed, NULL), 0);
    for (size_t i = 0; i < CELLS; i++)
        pass(i);
    ck_assert_int_eq(pthread_join(thread, &fault), 0);
    ck_assert_msg(fault == NULL, "%s", (const char *)fault);
    hand_verify();
    gc__local_retire(&heap, &local);
    gc__local_retire(&heap, &other);
    hand_verify();
    ck_assert_uint_eq(count_objects(), 0);
}

START_TEST(others_free_in_a_block_in_which_its_owner_claims)
{
    heap.freed_list_bytes = 0;
    claim_while_others_free();
}
END_TEST

START_TEST(others_free_onto_lists_what_its_owner_claims)
{
    claim_while_others_free();
}
END_TEST

/* ------------------------------------------------------------ half a claim */

static struct slot *slot;
static struct block *block;

static void set_bit(unsigned cell)
{
    block_bits(&heap.map, slot_block(slot))[cell / WORD_BITS].allocated |=
        (uint64_t)1 << cell % WORD_BITS;
}

/* Uses the run up, and writes down the next one, `cells` long. */
static void begin_claim(unsigned cells)
{
    slot = &local.slots[KIND_SCANNED][size_class_of(BYTES)];
    block = hand_block(come_to_own());
    while (slot->next != slot->limit)
        claim_alone(&local);
    slot->limit += cells * BYTES;
}

START_TEST(a_cell_of_a_run_that_is_being_claimed_is_no_object)
{
    begin_claim(10);
    const void *first = (const void *)slot->next;
    ck_assert(is_object((const char *)first - BYTES));
    ck_assert(!is_object(first));
    set_bit(block->cursor);
    ck_assert(!is_object(first));
    /* Its beginning is written down first. */
    slot->next = slot->limit;
    ck_assert(is_object(first));
    slot->next = (uintptr_t)first;
    gc__local_forget(&heap, &local);
}
END_TEST

START_TEST(a_claim_that_was_broken_off_is_completed)
{
    begin_claim(10);
    set_bit(block->cursor);
    unsigned used = block->cursor;
    gc__local_forget(&heap, &local);
    hand_verify();
    ck_assert_uint_eq(block->used, used);
    ck_assert_uint_eq(count_objects(), used);
}
END_TEST

FIXTURE_SUITE("claim", setup, hand_teardown,
              a_thread_without_a_block_of_its_own_needs_the_lock,
              a_block_is_used_up_without_the_lock,
              freed_cells_and_no_caching_need_the_lock,
              what_is_claimed_is_added_up_later,
              a_list_needs_a_block_of_its_own_without_a_run,
              lists_use_up_a_block, lists_take_what_lies_in_gaps,
              others_free_in_a_block_in_which_its_owner_claims,
              others_free_onto_lists_what_its_owner_claims,
              a_cell_of_a_run_that_is_being_claimed_is_no_object,
              a_claim_that_was_broken_off_is_completed)
