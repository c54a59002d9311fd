/* SPDX-License-Identifier: MIT */
/* A heap that may not grow further, by its own limit or by the system's, and a
 * program that goes on. */

#define _GNU_SOURCE

#include <check.h>
#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "include/tidemark.h"
#include "tests/crowd.h"
#include "tests/scene.h"

enum { MEGA = 1 << 20, LIMIT = 16 * MEGA };

struct node {
    struct node *next;
    char payload[1000];
};

static struct node *list;

static void set_limit(size_t bytes)
{
    GC_collect();
    ck_assert(gc_set(TIDEMARK_HEAP_LIMIT, bytes));
}

static void clear_limit(void)
{
    list = NULL;
    gc_set_out_of_memory_handler(NULL, NULL);
    ck_assert(gc_set(TIDEMARK_HEAP_LIMIT, 0));
    GC_collect();
}

/* Lengthens the list until there is no memory; returns its bytes.  Not inlined
 * here and below: what is left in a frame would keep the list. */
__attribute__((noinline)) static size_t fill_heap(void)
{
    size_t bytes = 0;
    struct node *node;
    errno = 0;
    while ((node = gc_malloc(sizeof *node)) != NULL) {
        memset(node->payload, 1, sizeof node->payload);
        node->next = list;
        list = node;
        bytes += sizeof *node;
    }
    return bytes;
}

__attribute__((noinline)) static bool list_is_intact(size_t bytes)
{
    for (const struct node *at = list; at != NULL; at = at->next)
        bytes -= at->payload[999] == 1 ? sizeof *at : 0;
    return bytes == 0;
}

__attribute__((noinline)) static bool can_allocate_garbage(size_t bytes,
                                                           size_t each)
{
    for (size_t done = 0; done < bytes; done += each) {
        void *object = gc_malloc(each);
        if (object == NULL)
            return false;
        memset(object, 0xff, each);
    }
    return true;
}

/* -------------------------------------------------------------- heap limit */

START_TEST(at_its_limit_the_heap_refuses_and_goes_on_when_something_is_dropped)
{
    set_limit(LIMIT);
    for (int round = 0; round < 3; round++) {
        size_t bytes = fill_heap();
        ck_assert_int_eq(errno, ENOMEM);
        ck_assert_uint_le(bytes, LIMIT);
        ck_assert_uint_ge(bytes, LIMIT * 9 / 10);
        ck_assert(list_is_intact(bytes));
        ck_assert_ptr_null(gc_malloc(MEGA));
        ck_assert_ptr_null(gc_malloc_atomic(MEGA));
        list = NULL;
        ck_assert_ptr_nonnull(gc_malloc(MEGA));
    }
    clear_limit();
}
END_TEST

START_TEST(garbage_of_many_times_the_limit_is_no_reason_to_refuse)
{
    set_limit(LIMIT);
    ck_assert(can_allocate_garbage(4 * LIMIT, 100));
    ck_assert(can_allocate_garbage(10 * LIMIT, 20000));
    ck_assert(can_allocate_garbage(10 * LIMIT, 3 * MEGA));
    clear_limit();
}
END_TEST

START_TEST(a_heap_half_full_of_live_objects_takes_garbage_up_to_its_limit)
{
    set_limit(LIMIT);
    fill_heap();
    size_t bytes = 0;
    for (struct node *at = list; at != NULL; at = at->next)
        if (at->next != NULL) /* every other node */
            at->next = at->next->next;
    for (struct node *at = list; at != NULL; at = at->next)
        bytes += sizeof *at;
    ck_assert(can_allocate_garbage(4 * LIMIT, sizeof(struct node)));
    ck_assert(list_is_intact(bytes));
    clear_limit();
}
END_TEST

START_TEST(a_limit_below_what_is_in_use_refuses_until_enough_is_dropped)
{
    set_limit(LIMIT);
    fill_heap();
    set_limit(LIMIT / 2);
    ck_assert_ptr_null(gc_malloc(MEGA));
    list = NULL;
    ck_assert_ptr_nonnull(gc_malloc(MEGA));
    set_limit(0);
    ck_assert_ptr_nonnull(gc_malloc_atomic(8 * LIMIT));
    clear_limit();
}
END_TEST

START_TEST(without_collections_the_heap_grows_up_to_its_limit)
{
    set_limit(LIMIT);
    gc_disable();
    ck_assert(!can_allocate_garbage(2 * LIMIT, 1000));
    gc_enable();
    ck_assert(can_allocate_garbage(2 * LIMIT, 1000));
    clear_limit();
}
END_TEST

/* ----------------------------------------------------------------- handler */

static struct {
    size_t calls;
    size_t bytes;
    void *answer;
    int error;
} asked;

static void *answer(size_t bytes, void *context)
{
    ck_assert_ptr_eq(context, &asked);
    asked.calls++;
    asked.bytes = bytes;
    asked.error = errno;
    return asked.answer;
}

static const volatile size_t too_many = SIZE_MAX - 100;

/* The compiler takes for granted that the result of an allocation is nothing
 * that it knows already. */
__attribute__((noinline)) static void *unseen(void *pointer)
{
    __asm__ volatile("" : "+r"(pointer));
    return pointer;
}

START_TEST(the_handler_is_asked_when_an_allocation_fails)
{
    static _Alignas(64) char spare[100];
    memset(&asked, 0, sizeof asked);
    asked.answer = spare;
    gc_set_out_of_memory_handler(answer, &asked);
    ck_assert_ptr_eq(unseen(gc_malloc(too_many)), spare);
    ck_assert_uint_eq(asked.bytes, too_many);
    ck_assert_int_eq(asked.error, ENOMEM);
    ck_assert_ptr_eq(unseen(gc_malloc_atomic(too_many)), spare);
    ck_assert_ptr_eq(unseen(gc_calloc(too_many, 2)), spare);
    ck_assert_ptr_eq(unseen(gc_aligned_alloc(64, too_many)), spare);
    ck_assert_ptr_eq(unseen(gc_malloc_uncollectable(too_many)), spare);
    ck_assert_ptr_eq(unseen(gc_realloc(NULL, too_many)), spare);
    ck_assert_uint_eq(asked.calls, 6);

    asked.answer = NULL;
    ck_assert_ptr_null(gc_malloc(too_many));
    ck_assert_uint_eq(asked.calls, 7);
    clear_limit();
}
END_TEST

START_TEST(what_the_handler_returns_gets_the_contents_of_a_resized_object)
{
    static _Alignas(64) char spare[100];
    memset(&asked, 0, sizeof asked);
    asked.answer = spare;
    gc_set_out_of_memory_handler(answer, &asked);
    char *object = gc_malloc(10);
    strcpy(object, "contents");
    ck_assert_ptr_eq(unseen(gc_realloc(object, too_many)), spare);
    ck_assert_str_eq(spare, "contents");
    clear_limit();
}
END_TEST

static void *drop_and_try_again(size_t bytes, void *context)
{
    struct node **dropped = context;
    if (*dropped == NULL)
        return NULL;
    asked.calls++;
    *dropped = NULL;
    return gc_malloc(bytes);
}

START_TEST(a_handler_may_drop_something_and_try_again)
{
    asked.calls = 0;
    set_limit(LIMIT);
    fill_heap();
    gc_set_out_of_memory_handler(drop_and_try_again, &list);
    char *object = gc_malloc(4 * MEGA);
    ck_assert_ptr_nonnull(object);
    ck_assert_ptr_eq(gc_base(object), object);
    ck_assert_uint_eq(asked.calls, 1);
    ck_assert_ptr_null(gc_malloc(2 * LIMIT));
    clear_limit();
}
END_TEST

static jmp_buf way_out;

static void *leave(size_t bytes, void *context)
{
    (void)bytes;
    (void)context;
    longjmp(way_out, 1);
}

START_TEST(a_handler_may_leave_by_longjmp)
{
    set_limit(LIMIT);
    gc_set_out_of_memory_handler(leave, NULL);
    for (volatile int round = 0; round < 3; round++) {
        if (setjmp(way_out) == 0) {
            fill_heap();
            ck_abort_msg("the handler was not asked");
        }
        list = NULL;
        GC_collect();
        ck_assert(can_allocate_garbage(LIMIT, 1000));
    }
    clear_limit();
}
END_TEST

/* ------------------------------------------------------ limits of the system */

/* The address space, or the writable private memory, that there is now and so
 * much more. */
static void limit_system(int resource, size_t bytes_more)
{
    struct rlimit limit = {0, RLIM_INFINITY};
    REQUIRE(getrlimit(resource, &limit) == 0);
    size_t now = resource == RLIMIT_AS ? mapped_bytes() : data_bytes();
    limit.rlim_cur = now + bytes_more;
    REQUIRE(setrlimit(resource, &limit) == 0);
}

static void lift_limit(int resource)
{
    struct rlimit limit;
    REQUIRE(getrlimit(resource, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    REQUIRE(setrlimit(resource, &limit) == 0);
}

static void go_on_under(int resource, size_t bytes_more)
{
    limit_system(resource, bytes_more);
    for (int round = 0; round < 3; round++) {
        size_t bytes = fill_heap();
        REQUIRE(errno == ENOMEM);
        REQUIRE(bytes >= MEGA);
        REQUIRE(list_is_intact(bytes));
        REQUIRE(gc_malloc(MEGA) == NULL);
        GC_collect();
        REQUIRE(list_is_intact(bytes));
        list = NULL;
        GC_collect();
        REQUIRE(can_allocate_garbage(40 * MEGA, 1000));
    }
    size_t before = fill_heap();
    lift_limit(resource);
    gc_disable();
    REQUIRE(gc_malloc_atomic(64 * MEGA) != NULL);
    gc_enable();
    REQUIRE(list_is_intact(before));
}

/* The limit comes when the heap has had some megabytes, but before the first
 * collection. */
static void address_space_is_limited_later(void)
{
    REQUIRE(can_allocate_garbage(4 * MEGA, 1000));
    go_on_under(RLIMIT_AS, 0);
}

static void address_space_is_limited_at_start(void)
{
    go_on_under(RLIMIT_AS, 8 * MEGA);
}

static void memory_is_limited_later(void)
{
    REQUIRE(can_allocate_garbage(4 * MEGA, 1000));
    go_on_under(RLIMIT_DATA, 0);
}

/* There is not even room for the heap's first blocks. */
static void no_address_space_is_left_at_start(void)
{
    limit_system(RLIMIT_AS, 0);
    errno = 0;
    REQUIRE(gc_malloc(16) == NULL);
    REQUIRE(errno == ENOMEM);
    REQUIRE(gc_malloc(MEGA) == NULL);
    REQUIRE(!gc_add_roots(&list, &list + 1) ||
            gc_remove_roots(&list, &list + 1));
    GC_collect();
    lift_limit(RLIMIT_AS);
    REQUIRE(gc_init());
    REQUIRE(can_allocate_garbage(50 * MEGA, 1000));
    size_t bytes = 0;
    for (int i = 0; i < 1000; i++) {
        struct node *node = gc_malloc(sizeof *node);
        memset(node->payload, 1, sizeof node->payload);
        node->next = list;
        list = node;
        bytes += sizeof *node;
    }
    GC_collect();
    REQUIRE(list_is_intact(bytes));
}

static char spare_memory[64];

static void *give_spare_memory(size_t bytes, void *context)
{
    (void)bytes;
    (void)context;
    return spare_memory;
}

static void handler_is_asked_at_start(void)
{
    limit_system(RLIMIT_AS, 0);
    gc_set_out_of_memory_handler(give_spare_memory, NULL);
    REQUIRE(unseen(gc_malloc(16)) == spare_memory);
    lift_limit(RLIMIT_AS);
    REQUIRE(unseen(gc_malloc(16)) != spare_memory);
}

START_TEST(a_program_goes_on_when_the_system_gives_no_more)
{
    static const char *const scenes[] = {
        "address_space_is_limited_later", "address_space_is_limited_at_start",
        "memory_is_limited_later",        "no_address_space_is_left_at_start",
        "handler_is_asked_at_start",
    };
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        struct played played = play(scenes[i], NULL);
        expect_success(&played);
    }
}
END_TEST

SCENES_AND_SUITE(
    "limits",
    (SCENE(address_space_is_limited_later),
     SCENE(address_space_is_limited_at_start), SCENE(memory_is_limited_later),
     SCENE(no_address_space_is_left_at_start),
     SCENE(handler_is_asked_at_start)),
    at_its_limit_the_heap_refuses_and_goes_on_when_something_is_dropped,
    garbage_of_many_times_the_limit_is_no_reason_to_refuse,
    a_heap_half_full_of_live_objects_takes_garbage_up_to_its_limit,
    a_limit_below_what_is_in_use_refuses_until_enough_is_dropped,
    without_collections_the_heap_grows_up_to_its_limit,
    the_handler_is_asked_when_an_allocation_fails,
    what_the_handler_returns_gets_the_contents_of_a_resized_object,
    a_handler_may_drop_something_and_try_again, a_handler_may_leave_by_longjmp,
    a_program_goes_on_when_the_system_gives_no_more)
