/* SPDX-License-Identifier: MIT */
/* gc_pool_*: the fixed-size allocator as programs see it. */

#include <check.h>
#include <errno.h>
#include <string.h>

#include "include/tidemark.h"
#include "platform/pages.h"
#include "tests/suite.h"

enum { CELLS = 1000, CELL_BYTES = 40 };

static struct gc_pool *pool;
static void *volatile holder;

/* Complements of addresses, so that the test itself keeps nothing alive. */
static uintptr_t disguised[CELLS];

static void teardown(void)
{
    gc__pages_fail_from(0);
    gc_pool_delete(pool);
    pool = NULL;
    holder = NULL;
}

static void new_pool(size_t cells, enum gc_memory where)
{
    pool = gc_pool_new(CELL_BYTES, cells, where);
    ck_assert_ptr_nonnull(pool);
}

static void check_that_it_works_on(enum gc_memory where)
{
    unsigned char *cells[CELLS];
    new_pool(CELLS, where);
    for (size_t i = 0; i < CELLS; i++) {
        cells[i] = gc_pool_alloc(pool);
        ck_assert_ptr_nonnull(cells[i]);
        ck_assert_uint_eq((uintptr_t)cells[i] % 16, 0);
        ck_assert_uint_eq(cells[i][CELL_BYTES - 1], 0);
        memset(cells[i], (int)i, CELL_BYTES);
    }
    ck_assert_uint_eq(gc_pool_used(pool), CELLS);
    errno = 0;
    ck_assert_ptr_null(gc_pool_alloc(pool));
    ck_assert_int_eq(errno, ENOMEM);

    for (size_t i = 0; i < CELLS; i++) {
        ck_assert_uint_eq(cells[i][CELL_BYTES - 1], (unsigned char)i);
        ck_assert(gc_pool_free(pool, cells[i]));
    }
    ck_assert_uint_eq(gc_pool_used(pool), 0);
    ck_assert_ptr_eq(gc_pool_alloc(pool), cells[CELLS - 1]);
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

START_TEST(what_is_no_taken_cell_is_not_freed)
{
    new_pool(CELLS, TIDEMARK_ON_HEAP);
    char *cell = gc_pool_alloc(pool);
    int local;
    ck_assert(!gc_pool_free(pool, NULL));
    ck_assert(!gc_pool_free(pool, &local));
    ck_assert(!gc_pool_free(pool, pool));
    ck_assert(!gc_pool_free(pool, cell + 16));
    ck_assert(!gc_pool_free(pool, cell + 48)); /* never taken */
    ck_assert(gc_pool_free(pool, cell));
    ck_assert(!gc_pool_free(pool, cell));
    ck_assert_uint_eq(gc_pool_used(pool), 0);
}
END_TEST

START_TEST(sizes_that_no_memory_can_hold_are_refused)
{
    const size_t sizes[][2] = {
        {SIZE_MAX, 1},
        {1, SIZE_MAX},
        {SIZE_MAX / 2 + 2, 2},
        {(size_t)1 << 32, (size_t)1 << 32},
        {((size_t)1 << 32) + 16, (size_t)1 << 32},
        {(size_t)1 << 40, (size_t)1 << 20},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        errno = 0;
        ck_assert_ptr_null(
            gc_pool_new(sizes[i][0], sizes[i][1], TIDEMARK_ON_SYSTEM));
        ck_assert_int_eq(errno, ENOMEM);
        errno = 0;
        ck_assert_ptr_null(
            gc_pool_new(sizes[i][0], sizes[i][1], TIDEMARK_ON_HEAP));
        ck_assert_int_eq(errno, ENOMEM);
    }
}
END_TEST

START_TEST(a_pool_of_nothing_is_refused)
{
    errno = 0;
    ck_assert_ptr_null(gc_pool_new(0, 10, TIDEMARK_ON_HEAP));
    ck_assert_int_eq(errno, EINVAL);
    errno = 0;
    ck_assert_ptr_null(gc_pool_new(10, 0, TIDEMARK_ON_SYSTEM));
    ck_assert_int_eq(errno, EINVAL);
    errno = 0;
    ck_assert_ptr_null(gc_pool_new(10, 10, (enum gc_memory)7));
    ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(a_system_without_memory_gives_no_pool)
{
    gc__pages_fail_from(1);
    errno = 0;
    ck_assert_ptr_null(gc_pool_new(16, 16, TIDEMARK_ON_SYSTEM));
    ck_assert_int_eq(errno, ENOMEM);
    gc__pages_fail_from(0);
    new_pool(16, TIDEMARK_ON_SYSTEM);
}
END_TEST

START_TEST(deleting_no_pool_does_nothing)
{
    gc_pool_delete(NULL);
    ck_assert_ptr_null(pool);
}
END_TEST

/* ------------------------------------------------------------------------
 * What it keeps alive */

struct cell {
    void *object;
    struct cell *next;
};

/* Takes all cells, each with a pointer to a fresh object. */
__attribute__((noinline)) static struct cell *fill_with_objects(void)
{
    struct cell *list = NULL;
    for (size_t i = 0; i < CELLS; i++) {
        struct cell *cell = gc_pool_alloc(pool);
        ck_assert_ptr_nonnull(cell);
        *cell = (struct cell){.object = gc_malloc(500), .next = list};
        disguised[i] = ~(uintptr_t)cell->object;
        list = cell;
    }
    return list;
}

static size_t living_objects(void)
{
    size_t living = 0;
    for (size_t i = 0; i < CELLS; i++) {
        struct gc_object_header header;
        if (gc_object_header_of((void *)~disguised[i], &header) &&
            header.allocated)
            living++;
    }
    return living;
}

__attribute__((noinline)) static void fill_and_free(void)
{
    struct cell *list = fill_with_objects();
    while (list != NULL) {
        struct cell *next = list->next;
        ck_assert(gc_pool_free(pool, list));
        list = next;
    }
}

START_TEST(objects_that_a_pool_on_the_heap_points_to_live)
{
    new_pool(CELLS, TIDEMARK_ON_HEAP);
    fill_with_objects();
    GC_collect();
    ck_assert_uint_eq(living_objects(), CELLS);
}
END_TEST

START_TEST(objects_that_a_pool_of_the_system_points_to_die)
{
    new_pool(CELLS, TIDEMARK_ON_SYSTEM);
    fill_with_objects();
    GC_collect();
    ck_assert_uint_le(living_objects(), CELLS / 20);
}
END_TEST

START_TEST(free_cells_keep_nothing_alive)
{
    new_pool(CELLS, TIDEMARK_ON_HEAP);
    fill_and_free();
    GC_collect();
    ck_assert_uint_le(living_objects(), CELLS / 20);
}
END_TEST

START_TEST(a_pointer_to_one_cell_keeps_the_whole_pool)
{
    new_pool(CELLS, TIDEMARK_ON_HEAP);
    holder = fill_with_objects();
    pool = NULL;
    GC_collect();
    ck_assert_uint_eq(living_objects(), CELLS);
}
END_TEST

__attribute__((noinline)) static void drop_pools(void)
{
    gc_disable();
    for (size_t i = 0; i < CELLS; i++) {
        struct gc_pool *dropped = gc_pool_new(16, 50, TIDEMARK_ON_HEAP);
        ck_assert_ptr_nonnull(dropped);
        while (gc_pool_alloc(dropped) != NULL)
            ;
        disguised[i] = ~(uintptr_t)dropped;
    }
    gc_enable();
}

START_TEST(pools_that_nothing_points_to_die)
{
    drop_pools();
    ck_assert_uint_eq(living_objects(), CELLS);
    holder = (void *)~disguised[0];
    GC_collect();
    ck_assert_uint_ge(living_objects(), 1);
    ck_assert_uint_le(living_objects(), CELLS / 20);
}
END_TEST

FIXTURE_SUITE(
    "pool", NULL, teardown, it_works_on_memory_of_the_system,
    it_works_on_the_collected_heap, what_is_no_taken_cell_is_not_freed,
    sizes_that_no_memory_can_hold_are_refused, a_pool_of_nothing_is_refused,
    a_system_without_memory_gives_no_pool, deleting_no_pool_does_nothing,
    objects_that_a_pool_on_the_heap_points_to_live,
    objects_that_a_pool_of_the_system_points_to_die,
    free_cells_keep_nothing_alive, a_pointer_to_one_cell_keeps_the_whole_pool,
    pools_that_nothing_points_to_die)
