/* SPDX-License-Identifier: MIT */
/* Which memory is looked at, for a stack pointer that lies wherever the test
 * puts it. */

#define _GNU_SOURCE /* MAP_ANONYMOUS */

#include "tests/unit/stack_scene.h"

/* ---------------------------------------------------------------- own stack */

START_TEST(on_its_own_stack_a_thread_has_all_above_its_stack_pointer)
{
    look_from(own.high - 64);
    expect_count(1);
    expect_words(0, own.high - 64, own.high);
    ck_assert_ptr_eq(seen[0].thread, &thread);
    look_from(own.low);
    expect_words(0, own.low, own.high);
}
END_TEST

START_TEST(an_empty_stack_has_no_part)
{
    look_from(own.high);
    expect_count(0);
}
END_TEST

/* Main's stack, of which only the highest page is known at first. */
static void expect_growing(void)
{
    struct stack_bounds bounds;
    ck_assert(gc__stack_bounds(&bounds));
    ck_assert(bounds.grows);
    thread.stack_base = bounds.stack.high;
    thread.stack_low = bounds.stack.low;
    thread.stack_grows = true;
    volatile uintptr_t room[8192];
    uintptr_t here = (uintptr_t)room;
    room[0] = here;
    ck_assert_uint_lt(here, bounds.stack.low);
    look_from(here);
    expect_count(1);
    expect_words(0, here, bounds.stack.high);
    ck_assert_uint_le(thread.stack_low, here);

    struct mapping mapping;
    ck_assert(gc__mapping_of(here, &mapping));
    ck_assert_uint_eq(thread.stack_low, mapping.range.low);
}

START_TEST(the_main_stack_is_followed_as_it_grows)
{
    expect_growing();
    look_from(thread.stack_low - 64 * PAGE_BYTES);
    expect_count(1);
    ck_assert_uint_ge(seen[0].words.low, thread.stack_low);
    ck_assert_uint_lt(seen[0].words.low, thread.stack_base - 65536);
    ck_assert_uint_eq(seen[0].words.high, thread.stack_base);
}
END_TEST

/* ----------------------------------------------------------- foreign stacks */

START_TEST(on_another_stack_a_thread_has_the_rest_of_the_mapping_and_its_own)
{
    look_from(other.low + 808);
    expect_count(2);
    expect_words(0, other.low + 808, other.high);
    expect_own_in_use(1);
}
END_TEST

START_TEST(in_an_object_a_stack_ends_with_it)
{
    static const size_t sizes[] = {4096, 200000, 32};
    for (size_t i = 0; i < 3; i++) {
        uintptr_t object =
            (uintptr_t)new_object(KIND_ATOMIC_UNCOLLECTABLE, sizes[i]);
        new_object(KIND_SCANNED, sizes[i]);
        look_from(object + 24);
        expect_count(2);
        expect_words(0, object + 24, object + sizes[i]);
        expect_own_in_use(1);
    }
}
END_TEST

START_TEST(a_stack_pointer_to_nothing_leaves_the_threads_own_stack)
{
    const uintptr_t nowhere[] = {
        0,
        8,
        own.low - 8,
        other.high,
        other.high + 8,
        (uintptr_t)1 << 62,
        UINTPTR_MAX - 7,
        UINTPTR_MAX,
    };
    for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++) {
        look_from(nowhere[i]);
        expect_count(1);
        expect_own_in_use(0);
    }
}
END_TEST

START_TEST(of_a_huge_mapping_a_part_is_looked_at)
{
    struct area huge = map((size_t)1 << 30);
    look_from(huge.low + 4096);
    expect_words(0, huge.low + 4096, huge.low + 4096 + MOST_FOREIGN_BYTES);
    uintptr_t late = huge.high - MOST_FOREIGN_BYTES / 2;
    look_from(late);
    expect_words(0, late, huge.high);
    unmap(huge);
}
END_TEST

START_TEST(the_collectors_own_memory_ends_a_stack)
{
    heap.roots.own = (struct range){other.low + 8192, other.low + 8300};
    look_from(other.low + 16);
    expect_words(0, other.low + 16, other.low + 8192);
    struct range stack = heap.stack;
    heap.stack = (struct range){other.low + 4096, other.low + 4196};
    look_from(other.low + 16);
    expect_words(0, other.low + 16, other.low + 4096);
    look_from(other.low + 12288);
    expect_words(0, other.low + 12288, other.high);
    heap.stack = stack;
}
END_TEST

START_TEST(an_own_stack_that_is_protected_in_part_is_looked_at_above)
{
    ck_assert_int_eq(
        mprotect((void *)(own.high - 3 * PAGE_BYTES), PAGE_BYTES, PROT_NONE),
        0);
    look_from(other.high - 16);
    expect_count(2);
    expect_words(0, other.high - 16, other.high);
    expect_words(1, own.high - 2 * PAGE_BYTES, own.high);
}
END_TEST

START_TEST(without_files_what_is_readable_is_probed)
{
    struct rlimit old;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
    struct rlimit none = {0, old.rlim_max};
    put_stack_pointer(other.high - 10 * PAGE_BYTES - 8);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    bool goes_on = see_parts(SIZE_MAX);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
    ck_assert(goes_on);
    expect_count(2);
    expect_words(0, other.high - 10 * PAGE_BYTES - 8, other.high);
    expect_words(1, own.low, own.high);

    put_stack_pointer(other.high);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    goes_on = see_parts(SIZE_MAX);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
    ck_assert(goes_on);
    expect_count(1);
}
END_TEST

START_TEST(a_main_stack_is_followed_without_files_too)
{
    struct rlimit old;
    struct stack_bounds bounds;
    ck_assert(gc__stack_bounds(&bounds));
    thread.stack_base = bounds.stack.high;
    thread.stack_low = bounds.stack.low;
    thread.stack_grows = true;
    volatile uintptr_t room[8192];
    uintptr_t here = (uintptr_t)room;
    room[0] = here;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
    struct rlimit none = {0, old.rlim_max};
    put_stack_pointer(here);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    bool goes_on = see_parts(SIZE_MAX);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
    ck_assert(goes_on);
    expect_count(1);
    expect_words(0, here, bounds.stack.high);
}
END_TEST

/* ---------------------------------------------------------------- strangers */

START_TEST(a_strangers_stack_ends_at_libcs_record_of_it)
{
    thread.is_stranger = true;
    thread.stack_low = thread.stack_base = 0;
    thread.self = other.low + 6 * PAGE_BYTES;
    look_from(other.low + 100 * 8);
    expect_count(1);
    expect_words(0, other.low + 100 * 8, other.low + 7 * PAGE_BYTES);
    thread.self = other.high - 64;
    look_from(other.low);
    expect_words(0, other.low, other.high);
}
END_TEST

START_TEST(a_stranger_on_another_stack_has_all_that_it_used_below_that_record)
{
    thread.is_stranger = true;
    thread.stack_low = thread.stack_base = 0;
    thread.self = own.high - 2048;
    look_from(other.low);
    expect_count(2);
    expect_words(0, other.low, other.high);
    expect_words(1, own.high - 5 * PAGE_BYTES, own.high - 2048);
    thread.self = 0;
    look_from(other.low);
    expect_count(1);
}
END_TEST

/* -------------------------------------------------------- registered stacks */

START_TEST(a_fresh_stack_is_not_looked_at)
{
    add(other.low, other.high);
    look_from(own.high - 64);
    expect_count(1);
}
END_TEST

START_TEST(a_running_stack_is_looked_at_with_the_one_that_was_left)
{
    struct gc_stack *stack = add(other.low, other.high - 256);
    uintptr_t left = own.high - 1024;
    switch_at(left, stack);
    look_from(other.high - 512);
    expect_count(3);
    expect_words(0, other.high - 512, other.high - 256);
    expect_words(1, left - SWITCH_BYTES, own.high);
    expect_kept(2, left);
}
END_TEST

START_TEST(a_stack_that_was_left_is_looked_at_from_there)
{
    struct gc_stack *stack = add(other.low, other.high);
    uintptr_t left = other.high - 2048;
    switch_at(own.high - 1024, stack);
    switch_at(left, NULL);
    look_from(own.high - 64);
    expect_count(3);
    expect_words(0, own.high - 64, own.high);
    expect_words(1, left - SWITCH_BYTES, other.high);
    ck_assert_ptr_null(seen[1].thread);
    ck_assert_ptr_eq(seen[1].stack, stack);
    expect_kept(2, left);
}
END_TEST

START_TEST(a_stack_that_was_left_at_its_low_end_is_not_looked_at_below)
{
    struct gc_stack *stack = add(other.low, other.high);
    switch_at(own.low + 200, stack);
    switch_at(other.low + 200, NULL);
    look_from(own.high - 64);
    expect_words(1, other.low, other.high);
    look_from(other.high - 64);
    expect_words(1, own.low, own.high);
}
END_TEST

/* Between gc_stack_switch() and the switch. */
START_TEST(a_switch_that_was_announced_has_not_happened)
{
    struct gc_stack *stack = add(other.low, other.high);
    uintptr_t left = other.high - 2048;
    switch_at(own.high - 1024, stack);
    touch(other.high - 2 * PAGE_BYTES);
    look_from(own.high - 1024);
    expect_count(2);
    expect_words(0, own.high - 1024, own.high);
    expect_words(1, other.high - 2 * PAGE_BYTES, other.high);

    switch_at(left, NULL);
    look_from(left);
    expect_count(3);
    expect_words(0, left, other.high);
    expect_words(1, own.high - 1024 - SWITCH_BYTES, own.high);
    expect_kept(2, own.high - 1024);

    switch_at(own.high - 1024, stack);
    look_from(own.high - 1024);
    expect_count(3);
    expect_words(0, own.high - 1024, own.high);
    expect_words(1, other.high - 2 * PAGE_BYTES, other.high);
    expect_kept(2, left);
}
END_TEST

START_TEST(in_a_signal_handler_of_a_coroutine_all_of_both_stacks_counts)
{
    struct gc_stack *stack = add(other.low, other.high);
    struct area alternate = map(4 * PAGE_BYTES);
    switch_at(own.high - 1024, stack);
    touch(other.high - 3 * PAGE_BYTES);
    look_from(alternate.low + 80);
    expect_count(4);
    expect_words(0, alternate.low + 80, alternate.high);
    expect_own_in_use(1);
    expect_kept(2, own.high - 1024);
    expect_words(3, other.high - 3 * PAGE_BYTES, other.high);
    unmap(alternate);
}
END_TEST

START_TEST(a_stack_in_a_frame_of_another_one_is_told_from_it)
{
    uintptr_t low = own.high - 4 * PAGE_BYTES, high = low + PAGE_BYTES;
    struct gc_stack *stack = add(low, high);
    uintptr_t left = low - 256;
    switch_at(left, stack);
    look_from(high - 512);
    expect_count(3);
    expect_words(0, high - 512, high);
    expect_words(1, left - SWITCH_BYTES, own.high);
}
END_TEST

START_TEST(a_switch_that_was_not_announced_is_seen_by_the_stack_pointer)
{
    struct gc_stack *stack = add(other.low, other.high);
    look_from(other.high - 512);
    expect_count(2);
    expect_words(0, other.high - 512, other.high);
    expect_own_in_use(1);
    switch_at(other.high - 512, NULL);
    look_from(own.high - 64);
    expect_count(3);
    ck_assert_ptr_eq(seen[1].stack, stack);
}
END_TEST

START_TEST(a_deleted_stack_is_not_looked_at_unless_somebody_is_on_it)
{
    struct gc_stack *stack = add(other.low, other.high);
    switch_at(own.high - 1024, stack);
    switch_at(other.high - 1024, NULL);
    gc__stacks_remove(&heap.stacks, stack);
    gc__stacks_remove(&heap.stacks, stack);
    look_from(own.high - 64);
    expect_count(1);
    look_from(other.high - 64);
    expect_count(3);
    expect_words(0, other.high - 64, other.high);
    expect_own_in_use(1);
}
END_TEST

START_TEST(there_may_be_ten_thousand_stacks)
{
    static struct gc_stack *stacks[STACKS];
    size_t each = BYTES / STACKS;
    for (size_t i = 0; i < STACKS; i++)
        stacks[i] = add(other.low + i * each, other.low + (i + 1) * each);
    for (size_t i = 0; i < STACKS; i++)
        stacks[i]->state = STACK_LEFT;
    for (size_t i = 1; i < STACKS; i++)
        gc__stacks_remove(&heap.stacks, stacks[i]);
    look_from(other.low + 8);
    ck_assert_ptr_eq(stacks[0]->runner, &thread);
    ck_assert_ptr_eq(add(1, 2), stacks[STACKS - 1]);
    ck_assert_uint_eq(heap.stacks.records.count, STACKS);
}
END_TEST

START_TEST(without_memory_no_stack_is_registered)
{
    gc__pages_fail_from(1);
    struct range range = {other.low, other.high};
    ck_assert_ptr_null(gc__stacks_add(&heap.stacks, range));
    gc__pages_fail_from(0);
    ck_assert_ptr_nonnull(gc__stacks_add(&heap.stacks, range));
}
END_TEST

START_TEST(a_visitor_ends_the_visit_wherever_it_is)
{
    struct gc_stack *first = add(other.low, other.low + 8192);
    struct gc_stack *second = add(other.low + 8192, other.high);
    switch_at(own.high - 1024, first);
    switch_at(other.low + 8000, second);
    put_stack_pointer(other.high - 512);
    for (size_t wanted = 1; wanted <= 5; wanted++) {
        ck_assert(!see_parts(wanted));
        expect_count(wanted);
    }
    ck_assert(see_parts(6));
    expect_count(5);
}
END_TEST

FIXTURE_SUITE(
    "stacks", setup, teardown,
    on_its_own_stack_a_thread_has_all_above_its_stack_pointer,
    an_empty_stack_has_no_part, the_main_stack_is_followed_as_it_grows,
    on_another_stack_a_thread_has_the_rest_of_the_mapping_and_its_own,
    in_an_object_a_stack_ends_with_it,
    a_stack_pointer_to_nothing_leaves_the_threads_own_stack,
    of_a_huge_mapping_a_part_is_looked_at,
    the_collectors_own_memory_ends_a_stack,
    an_own_stack_that_is_protected_in_part_is_looked_at_above,
    without_files_what_is_readable_is_probed,
    a_main_stack_is_followed_without_files_too,
    a_strangers_stack_ends_at_libcs_record_of_it,
    a_stranger_on_another_stack_has_all_that_it_used_below_that_record,
    a_fresh_stack_is_not_looked_at,
    a_running_stack_is_looked_at_with_the_one_that_was_left,
    a_stack_that_was_left_is_looked_at_from_there,
    a_stack_that_was_left_at_its_low_end_is_not_looked_at_below,
    a_switch_that_was_announced_has_not_happened,
    in_a_signal_handler_of_a_coroutine_all_of_both_stacks_counts,
    a_stack_in_a_frame_of_another_one_is_told_from_it,
    a_switch_that_was_not_announced_is_seen_by_the_stack_pointer,
    a_deleted_stack_is_not_looked_at_unless_somebody_is_on_it,
    there_may_be_ten_thousand_stacks, without_memory_no_stack_is_registered,
    a_visitor_ends_the_visit_wherever_it_is)
