/* SPDX-License-Identifier: MIT */
/* A child of a process with threads and a heap goes on with a copy of it. */

#define _GNU_SOURCE

#include <check.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/tidemark.h"
#include "tests/suite.h"

enum { BEFORE = 100000, IN_CHILD = 10000, FORKS = 20, THREADS = 2 };

struct node {
    struct node *next;
};

static struct node *list;
static volatile bool is_over;
static pthread_barrier_t begun;

static void lengthen(struct node **from, int count)
{
    for (int i = 0; i < count; i++) {
        struct node *node = gc_malloc(sizeof *node);
        node->next = *from;
        *from = node;
    }
}

static void *allocate_until_the_end(void *unused)
{
    lengthen(&(struct node *){NULL}, 1);
    pthread_barrier_wait(&begun);
    while (!is_over) {
        struct node *own = NULL;
        lengthen(&own, 1000);
    }
    return unused;
}

static void *allocate_and_collect(void *unused)
{
    struct node *own = NULL;
    lengthen(&own, 1000);
    GC_collect();
    return unused;
}

static bool child_works(void)
{
    pthread_t thread;
    size_t length = 0;
    lengthen(&list, IN_CHILD);
    GC_collect();
    if (pthread_create(&thread, NULL, allocate_and_collect, NULL) != 0 ||
        pthread_join(thread, NULL) != 0)
        return false;
    GC_collect();
    for (const struct node *at = list; at != NULL; at = at->next)
        length++;
    return length == BEFORE + IN_CHILD;
}

START_TEST(a_child_has_the_heap_and_allocates_collects_and_makes_threads)
{
    pthread_t threads[THREADS];
    lengthen(&list, BEFORE);
    GC_collect();
    pthread_barrier_init(&begun, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, allocate_until_the_end, NULL), 0);
    /* A thread that begins is in malloc for a moment, and that of AddressSanitizer
     * does not survive a fork then. */
    pthread_barrier_wait(&begun);
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0)
            _exit(child_works() ? 0 : 1);
        int status;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_int_eq(status, 0);
    }
    is_over = true;
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

SUITE("forked", a_child_has_the_heap_and_allocates_collects_and_makes_threads)
