/* SPDX-License-Identifier: MIT */
/* Large objects are looked at slice by slice. */

#include <check.h>

#include "tests/suite.h"
#include "tests/unit/marking.h"

enum { SLICE = 16384, MEGA = 1 << 20, PIECES = MEGA / 4096 };

static char *children[PIECES];

/* An object with a pointer in each 4096 bytes of it. */
static char *new_holder(size_t bytes)
{
    char *holder = hand_alloc(KIND_SCANNED, bytes);
    for (size_t i = 0; i < bytes / 4096; i++) {
        children[i] = hand_alloc(KIND_ATOMIC, 32);
        memcpy(holder + i * 4096 + i % 512 * 8, &children[i], sizeof(char *));
    }
    return holder;
}

static void expect_children(size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_marked(children[i]))
            ck_abort_msg("child %zu is not marked", i);
    ck_assert_uint_eq(marker.live_objects, count + 1);
}

START_TEST(pointers_in_every_slice_are_found)
{
    char *holder = new_holder(MEGA);
    mark_from((uintptr_t)holder);
    expect_children(PIECES);
}
END_TEST

START_TEST(a_pointer_into_any_slice_has_them_all_looked_at)
{
    char *holder = new_holder(MEGA);
    for (size_t offset = 0; offset < MEGA; offset += SLICE + 8) {
        mark_from((uintptr_t)holder + offset);
        expect_children(PIECES);
        gc__variable_begin_sweep(&heap);
    }
}
END_TEST

START_TEST(an_object_of_any_number_of_slices_is_looked_at_up_to_its_end)
{
    for (size_t bytes = SIZE_CLASS_MAX_BYTES + 16; bytes < 4 * BLOCK_BYTES;
         bytes += 4096 - 16) {
        void **holder = hand_alloc(KIND_SCANNED, bytes);
        size_t last = cell_bytes(&heap.map, hand_cell(holder)) / 8 - 1;
        holder[last] = children[0] = hand_alloc(KIND_ATOMIC, 32);
        mark_from((uintptr_t)holder);
        expect_children(1);
        sweep();
    }
}
END_TEST

/* The object is shortened and the pointer stays in its last block. */
START_TEST(what_lies_behind_the_end_of_an_object_is_not_looked_at)
{
    void **holder = hand_alloc(KIND_SCANNED, BLOCK_BYTES);
    void *beyond = hand_alloc(KIND_ATOMIC, 32);
    holder[5000] = beyond;
    ck_assert(gc__variable_resize_large(&heap, hand_cell(holder).block, 40000));
    mark_from((uintptr_t)holder);
    ck_assert(is_marked(holder));
    ck_assert(!is_marked(beyond));
}
END_TEST

/* Around each border between slices, at every offset that the step allows. */
START_TEST(a_word_that_straddles_two_slices_is_found)
{
    static const size_t steps[] = {8, 4, 2, 1};
    enum { BYTES = 4 * SLICE };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        for (size_t border = SLICE; border < BYTES; border += SLICE)
            for (size_t before = 0; before <= 16; before += steps[i]) {
                char *holder = hand_alloc(KIND_SCANNED, BYTES);
                children[0] = hand_alloc(KIND_ATOMIC, 32);
                memcpy(holder + border - before, &children[0], sizeof(char *));
                mark_words_in_steps(&holder, sizeof holder, steps[i]);
                expect_children(1);
                sweep();
            }
}
END_TEST

START_TEST(large_objects_may_refer_to_each_other)
{
    enum { COUNT = 50, BYTES = 200000 };
    void **objects[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        objects[i] = hand_alloc(KIND_SCANNED, BYTES);
    for (size_t i = 0; i < COUNT; i++) {
        objects[i][i * 400] = objects[(i + 1) % COUNT];
        objects[i][BYTES / 8 - 1] = objects[i * 7 % COUNT];
    }
    void **orphan = hand_alloc(KIND_SCANNED, BYTES);
    orphan[0] = objects[0];
    mark_from((uintptr_t)objects[3] + BYTES - 1);
    for (size_t i = 0; i < COUNT; i++)
        ck_assert(is_marked(objects[i]));
    ck_assert(!is_marked(orphan));
}
END_TEST

START_TEST(an_object_of_more_than_64_thousand_granules_is_looked_at)
{
    enum { BYTES = 1 << 26 };
    void **holder = hand_alloc(KIND_SCANNED, BYTES);
    holder[BYTES / 8 - 1] = children[0] = hand_alloc(KIND_ATOMIC, 32);
    mark_from((uintptr_t)holder);
    expect_children(1);
    ck_assert_uint_eq(marker.live_bytes, (size_t)BYTES + 32);
}
END_TEST

FIXTURE_SUITE("mark_large", marking_setup, marking_teardown,
              pointers_in_every_slice_are_found,
              a_pointer_into_any_slice_has_them_all_looked_at,
              an_object_of_any_number_of_slices_is_looked_at_up_to_its_end,
              what_lies_behind_the_end_of_an_object_is_not_looked_at,
              a_word_that_straddles_two_slices_is_found,
              large_objects_may_refer_to_each_other,
              an_object_of_more_than_64_thousand_granules_is_looked_at)
