/* SPDX-License-Identifier: MIT */
/* Debian's libgc and this library in one process: both collect while the other
 * has objects, and neither loses any or keeps all; and threads that libgc makes pass
 * through our wrappers, as its own calls of libc do.
 *
 * No two threads collect at the same time: each collector would stop the thread in
 * which the other is at work. */

#include <check.h>
#define GC_THREADS
#include <gc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <tidemark.h>

#include "tests/suite.h"

enum { ROUNDS = 20, NODES = 20000 };

struct node {
    struct node *next;
    uint64_t number;
    uint64_t complement;
};

typedef void *allocator(size_t bytes);

static void *allocate_ours(size_t bytes)
{
    return gc_malloc(bytes);
}

static void *allocate_theirs(size_t bytes)
{
    return GC_malloc(bytes);
}

static struct node *make_list(allocator *allocate, uint64_t first)
{
    struct node *list = NULL;
    for (uint64_t i = 0; i < NODES; i++) {
        struct node *node = allocate(sizeof *node);
        if (node == NULL)
            ck_abort_msg("no memory for node %d", (int)i);
        node->next = list;
        node->number = first + i;
        node->complement = ~(first + i);
        list = node;
    }
    return list;
}

static bool is_whole(const struct node *list, uint64_t first)
{
    uint64_t number = first + NODES;
    for (; list != NULL; list = list->next) {
        number--;
        if (list->number != number || list->complement != ~number)
            return false;
    }
    return number == first;
}

START_TEST(both_collect_and_nothing_is_lost)
{
    struct node *ours = make_list(allocate_ours, 1);
    struct node *theirs = make_list(allocate_theirs, 2);

    for (int round = 0; round < ROUNDS; round++) {
        make_list(allocate_ours, 3);
        make_list(allocate_theirs, 4);
        GC_collect();
        GC_gcollect();
        ck_assert(is_whole(ours, 1));
        ck_assert(is_whole(theirs, 2));
    }
}
END_TEST

/* The addresses from the first to the last byte of what was dropped. */
struct span {
    uintptr_t low;
    uintptr_t high;
};

static void drop_list(allocator *allocate, struct span *span)
{
    struct node *list = make_list(allocate, 3);
    for (; list != NULL; list = list->next) {
        uintptr_t address = (uintptr_t)list;
        if (span->low == 0 || address < span->low)
            span->low = address;
        if (address + sizeof *list > span->high)
            span->high = address + sizeof *list;
    }
}

START_TEST(both_hand_out_again_what_is_dropped)
{
    struct span ours = {0}, theirs = {0};
    for (int round = 0; round < ROUNDS; round++) {
        drop_list(allocate_ours, &ours);
        drop_list(allocate_theirs, &theirs);
        GC_collect();
        GC_gcollect();
    }

    size_t dropped = (size_t)ROUNDS * NODES * sizeof(struct node);
    ck_assert_uint_lt(ours.high - ours.low, dropped / 2);
    ck_assert_uint_lt(theirs.high - theirs.low, dropped / 2);
}
END_TEST

START_TEST(a_name_of_one_is_not_taken_by_the_other)
{
    void *ours = gc_malloc(100);
    void *theirs = GC_malloc(100);

    ck_assert_ptr_eq(gc_base(ours), ours);
    ck_assert_ptr_null(gc_base(theirs));
    ck_assert_ptr_eq(GC_base(theirs), theirs);
    ck_assert_ptr_null(GC_base(ours));
}
END_TEST

/* ------------------------------------------------------------------ threads */

static void *collect_both(void *unused)
{
    sigset_t all;
    sigfillset(&all);
    (void)unused;
    struct node *ours = make_list(allocate_ours, 5);
    struct node *theirs = make_list(allocate_theirs, 6);
    if (pthread_sigmask(SIG_BLOCK, &all, NULL) != 0)
        return "signals cannot be blocked";
    GC_collect();
    GC_gcollect();
    make_list(allocate_ours, 7);
    make_list(allocate_theirs, 8);
    return is_whole(ours, 5) && is_whole(theirs, 6) ? NULL : "a list is lost";
}

/* The name is a macro that says GC_pthread_create. */
START_TEST(threads_of_one_are_known_to_both)
{
    struct node *ours = make_list(allocate_ours, 1);
    struct node *theirs = make_list(allocate_theirs, 2);
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t thread;
        void *problem;
        ck_assert_int_eq(pthread_create(&thread, NULL, collect_both, NULL), 0);
        ck_assert_int_eq(pthread_join(thread, &problem), 0);
        ck_assert_msg(problem == NULL, "%s", (char *)problem);
    }
    ck_assert(is_whole(ours, 1));
    ck_assert(is_whole(theirs, 2));
}
END_TEST

static void start_both(void)
{
    GC_INIT();
    ck_assert(gc_init());
}

FIXTURE_SUITE("two collectors", start_both, NULL,
              both_collect_and_nothing_is_lost,
              both_hand_out_again_what_is_dropped,
              a_name_of_one_is_not_taken_by_the_other,
              threads_of_one_are_known_to_both)
