/* SPDX-License-Identifier: MIT */
/* Threads that allocate while others collect: every object is handed out once,
 * zeroed where it has to be, and keeps what was written into it. */

#define _GNU_SOURCE

#include <stdlib.h>

#include "tests/process/threads.h"
#include "tests/random.h"
#include "tests/suite.h"

/* --------------------------------------------------------------------- lists */

enum { LIST_NODES = 40, FILLING_MOST_BYTES = 500 };

struct worker {
    unsigned number;
    unsigned lists;
    pthread_t thread;
};

static struct counter done;

static struct node *new_list(struct random *random, unsigned owner)
{
    struct node *list = NULL;
    for (unsigned place = 0; place < LIST_NODES; place++) {
        list = new_node(list, owner, place,
                        random_below(random, FILLING_MOST_BYTES));
        if (list == NULL)
            return NULL;
    }
    return list;
}

/* Has two lists at a time, and only on its stack. */
static void *build_lists(void *argument)
{
    const struct worker *worker = argument;
    struct random random = {worker->number + 1};
    const char *problem = NULL;
    struct node *old = new_list(&random, worker->number);
    for (unsigned i = 0; i < worker->lists && problem == NULL; i++) {
        struct node *list = new_list(&random, worker->number);
        if (list == NULL || old == NULL)
            problem = "no memory, or it was not zeroed";
        else if (!is_list_of(old, worker->number, LIST_NODES))
            problem = "a list has changed";
        old = list;
    }
    count_up(&done);
    return (void *)problem;
}

static void expect_intact_lists(unsigned workers, unsigned lists,
                                size_t stack_bytes)
{
    struct worker *all = calloc(workers, sizeof *all);
    done.value = 0;
    for (unsigned i = 0; i < workers; i++) {
        all[i] = (struct worker){.number = i, .lists = lists};
        all[i].thread = start_with(build_lists, &all[i], stack_bytes,
                                   PTHREAD_CREATE_JOINABLE);
    }
    while (count_of(&done) < workers)
        collect_and_wait();
    for (unsigned i = 0; i < workers; i++)
        finish(all[i].thread);
    free(all);
}

START_TEST(two_threads_allocate_while_a_third_collects)
{
    expect_intact_lists(2, 2000, 0);
}
END_TEST

START_TEST(eight_threads_allocate_while_another_collects)
{
    expect_intact_lists(8, 500, 0);
}
END_TEST

START_TEST(sixty_four_threads_allocate_while_another_collects)
{
    expect_intact_lists(64, 60, SMALL_STACK_BYTES);
}
END_TEST

/* All of them are there at the same time. */
enum { CROWD = 1000 };

static struct counter arrived;
static struct gate may_end = CLOSED_GATE;

static void *keep_a_list(void *argument)
{
    const struct worker *worker = argument;
    struct random random = {worker->number + 1};
    struct node *list = new_list(&random, worker->number);
    count_up(&arrived);
    pass(&may_end);
    if (list == NULL)
        return "no memory, or it was not zeroed";
    if (!is_list_of(list, worker->number, LIST_NODES))
        return "a list has changed";
    return NULL;
}

START_TEST(a_thousand_threads_keep_their_objects)
{
    static struct worker all[CROWD];
    arrived.value = 0;
    set_open(&may_end, false);
    for (unsigned i = 0; i < CROWD; i++) {
        all[i].number = i;
        all[i].thread = start_with(keep_a_list, &all[i], SMALL_STACK_BYTES,
                                   PTHREAD_CREATE_JOINABLE);
        if (i % 100 == 0)
            GC_collect();
    }
    await_count(&arrived, CROWD);
    GC_collect();
    struct random random = {1};
    for (unsigned i = 0; i < CROWD; i++)
        (void)new_list(&random, CROWD);
    GC_collect();
    set_open(&may_end, true);
    for (unsigned i = 0; i < CROWD; i++)
        finish(all[i].thread);
}
END_TEST

/* Each of them both allocates and collects. */
static void *build_and_collect(void *argument)
{
    const struct worker *worker = argument;
    struct random random = {worker->number + 1};
    for (unsigned i = 0; i < worker->lists; i++) {
        struct node *list = new_list(&random, worker->number);
        GC_collect();
        if (!is_list_of(list, worker->number, LIST_NODES))
            return "a list has changed";
    }
    return NULL;
}

START_TEST(many_threads_may_collect_at_the_same_time)
{
    enum { WORKERS = 8 };
    struct worker all[WORKERS];
    for (unsigned i = 0; i < WORKERS; i++) {
        all[i] = (struct worker){.number = i, .lists = 100};
        all[i].thread = start(build_and_collect, &all[i]);
    }
    for (unsigned i = 0; i < WORKERS; i++)
        finish(all[i].thread);
}
END_TEST

SUITE("threads", two_threads_allocate_while_a_third_collects,
      eight_threads_allocate_while_another_collects,
      sixty_four_threads_allocate_while_another_collects,
      a_thousand_threads_keep_their_objects,
      many_threads_may_collect_at_the_same_time)
