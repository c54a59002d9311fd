/* SPDX-License-Identifier: MIT */
/* gc_arena_*: the linear allocator as programs see it. */

#include <check.h>
#include <errno.h>
#include <string.h>

#include "include/tidemark.h"
#include "platform/pages.h"
#include "tests/suite.h"

enum { ARENA_BYTES = 1 << 16, OBJECTS = 1000 };

static struct gc_arena *arena;
static void *volatile holder;

/* Complements of addresses, so that the test itself keeps nothing alive. */
static uintptr_t disguised[OBJECTS];

static void teardown(void)
{
    gc__pages_fail_from(0);
    gc_arena_delete(arena);
    arena = NULL;
    holder = NULL;
}

static void new_arena(size_t bytes, enum gc_memory where)
{
    arena = gc_arena_new(bytes, where);
    ck_assert_ptr_nonnull(arena);
}

static void check_that_it_works_on(enum gc_memory where)
{
    new_arena(ARENA_BYTES, where);
    unsigned char *before = NULL;
    for (size_t bytes = 1; bytes <= 100; bytes++) {
        unsigned char *object = gc_arena_alloc(arena, bytes);
        ck_assert_ptr_nonnull(object);
        ck_assert_uint_eq((uintptr_t)object % 16, 0);
        if (before != NULL)
            ck_assert(object >= before + bytes - 1);
        for (size_t i = 0; i < bytes; i++)
            ck_assert_uint_eq(object[i], 0);
        memset(object, 0xff, bytes);
        before = object;
    }
    ck_assert_uint_ge(gc_arena_used(arena), 100 * 101 / 2);
}

START_TEST(it_works_on_memory_of_the_system)
{
    check_that_it_works_on(TIDEMARK_ON_SYSTEM);
}
END_TEST

START_TEST(it_works_on_the_collected_heap)
{
    check_that_it_works_on(TIDEMARK_ON_HEAP);
}
END_TEST

static void check_the_end_on(enum gc_memory where)
{
    volatile size_t largest = SIZE_MAX; /* so that no compiler warns of it */
    new_arena(1000, where);
    ck_assert_ptr_nonnull(gc_arena_alloc(arena, 990));
    errno = 0;
    ck_assert_ptr_null(gc_arena_alloc(arena, 9));
    ck_assert_int_eq(errno, ENOMEM);
    ck_assert_ptr_nonnull(gc_arena_alloc(arena, 8));
    ck_assert_ptr_null(gc_arena_alloc(arena, 0));
    ck_assert_ptr_null(gc_arena_alloc(arena, largest));
    ck_assert_uint_eq(gc_arena_used(arena), 1000);
}

START_TEST(all_the_bytes_asked_for_can_be_taken_and_no_more)
{
    check_the_end_on(TIDEMARK_ON_SYSTEM);
    gc_arena_delete(arena);
    check_the_end_on(TIDEMARK_ON_HEAP);
}
END_TEST

START_TEST(objects_of_no_bytes_differ)
{
    new_arena(ARENA_BYTES, TIDEMARK_ON_SYSTEM);
    ck_assert_ptr_ne(gc_arena_alloc(arena, 0), gc_arena_alloc(arena, 0));
}
END_TEST

START_TEST(a_reset_arena_starts_again)
{
    new_arena(ARENA_BYTES, TIDEMARK_ON_HEAP);
    char *first = gc_arena_alloc(arena, 100);
    ck_assert_ptr_nonnull(gc_arena_alloc(arena, 100));
    memset(first, 'x', 100);
    gc_arena_reset(arena);
    ck_assert_uint_eq(gc_arena_used(arena), 0);
    ck_assert_ptr_eq(gc_arena_alloc(arena, 100), first);
    ck_assert_int_eq(first[99], 0);
}
END_TEST

START_TEST(sizes_that_no_memory_can_hold_are_refused)
{
    errno = 0;
    ck_assert_ptr_null(gc_arena_new(SIZE_MAX, TIDEMARK_ON_SYSTEM));
    ck_assert_int_eq(errno, ENOMEM);
    errno = 0;
    ck_assert_ptr_null(gc_arena_new(SIZE_MAX - 100, TIDEMARK_ON_HEAP));
    ck_assert_int_eq(errno, ENOMEM);
    errno = 0;
    ck_assert_ptr_null(gc_arena_new((size_t)1 << 60, TIDEMARK_ON_SYSTEM));
    ck_assert_int_eq(errno, ENOMEM);
}
END_TEST

START_TEST(a_place_that_there_is_not_is_refused)
{
    errno = 0;
    ck_assert_ptr_null(gc_arena_new(100, (enum gc_memory)7));
    ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(a_system_without_memory_gives_no_arena)
{
    gc__pages_fail_from(1);
    errno = 0;
    ck_assert_ptr_null(gc_arena_new(100, TIDEMARK_ON_SYSTEM));
    ck_assert_int_eq(errno, ENOMEM);
    gc__pages_fail_from(0);
    new_arena(100, TIDEMARK_ON_SYSTEM);
}
END_TEST

START_TEST(deleting_no_arena_does_nothing)
{
    gc_arena_delete(NULL);
    ck_assert_ptr_null(arena);
}
END_TEST

/* ------------------------------------------------------------------------
 * What it keeps alive */

/* Fills the arena with pointers to fresh objects. */
__attribute__((noinline)) static void fill_with_objects(void)
{
    void **pointers = gc_arena_alloc(arena, OBJECTS * sizeof *pointers);
    ck_assert_ptr_nonnull(pointers);
    for (size_t i = 0; i < OBJECTS; i++) {
        pointers[i] = gc_malloc(500);
        disguised[i] = ~(uintptr_t)pointers[i];
    }
}

static size_t living_objects(void)
{
    size_t living = 0;
    for (size_t i = 0; i < OBJECTS; i++) {
        struct gc_object_header header;
        if (gc_object_header_of((void *)~disguised[i], &header) &&
            header.allocated)
            living++;
    }
    return living;
}

START_TEST(objects_that_an_arena_on_the_heap_points_to_live)
{
    new_arena(ARENA_BYTES, TIDEMARK_ON_HEAP);
    fill_with_objects();
    GC_collect();
    ck_assert_uint_eq(living_objects(), OBJECTS);
}
END_TEST

START_TEST(objects_that_an_arena_of_the_system_points_to_die)
{
    new_arena(ARENA_BYTES, TIDEMARK_ON_SYSTEM);
    fill_with_objects();
    GC_collect();
    ck_assert_uint_le(living_objects(), OBJECTS / 20);
}
END_TEST

START_TEST(a_reset_arena_keeps_nothing_alive)
{
    new_arena(ARENA_BYTES, TIDEMARK_ON_HEAP);
    fill_with_objects();
    gc_arena_reset(arena);
    GC_collect();
    ck_assert_uint_le(living_objects(), OBJECTS / 20);
}
END_TEST

START_TEST(a_pointer_to_one_object_in_it_keeps_the_whole_arena)
{
    new_arena(ARENA_BYTES, TIDEMARK_ON_HEAP);
    fill_with_objects();
    holder = gc_arena_alloc(arena, 100);
    arena = NULL;
    GC_collect();
    ck_assert_uint_eq(living_objects(), OBJECTS);
}
END_TEST

/* Of a size that, with the header, is exactly that of a size class. */
__attribute__((noinline)) static void drop_arenas(void)
{
    enum { HEADER_BYTES = 48 };
    gc_disable();
    for (size_t i = 0; i < OBJECTS; i++) {
        struct gc_arena *dropped =
            gc_arena_new(1024 - HEADER_BYTES, TIDEMARK_ON_HEAP);
        ck_assert_ptr_nonnull(dropped);
        while (gc_arena_alloc(dropped, 16) != NULL)
            ;
        disguised[i] = ~(uintptr_t)dropped;
    }
    gc_enable();
}

START_TEST(arenas_that_nothing_points_to_die)
{
    drop_arenas();
    ck_assert_uint_eq(living_objects(), OBJECTS);
    GC_collect();
    ck_assert_uint_le(living_objects(), OBJECTS / 20);
}
END_TEST

/* Were an address in its header one past its end, each would keep the arena
 * behind it. */
START_TEST(a_full_arena_keeps_nothing_but_itself)
{
    drop_arenas();
    holder = (void *)~disguised[0];
    GC_collect();
    ck_assert_uint_ge(living_objects(), 1);
    ck_assert_uint_le(living_objects(), OBJECTS / 20);
}
END_TEST

FIXTURE_SUITE("arena", NULL, teardown, it_works_on_memory_of_the_system,
              it_works_on_the_collected_heap,
              all_the_bytes_asked_for_can_be_taken_and_no_more,
              objects_of_no_bytes_differ, a_reset_arena_starts_again,
              sizes_that_no_memory_can_hold_are_refused,
              a_place_that_there_is_not_is_refused,
              a_system_without_memory_gives_no_arena,
              deleting_no_arena_does_nothing,
              objects_that_an_arena_on_the_heap_points_to_live,
              objects_that_an_arena_of_the_system_points_to_die,
              a_reset_arena_keeps_nothing_alive,
              a_pointer_to_one_object_in_it_keeps_the_whole_arena,
              arenas_that_nothing_points_to_die,
              a_full_arena_keeps_nothing_but_itself)
