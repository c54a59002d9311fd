/* SPDX-License-Identifier: MIT */
/* Under AddressSanitizer this is run with its fake stacks, where the variables of
 * a function are kept outside of the stack; without it, it is a plain test. */

#include <check.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "include/tidemark.h"
#include "tests/suite.h"

enum { OBJECTS = 100, ROUNDS = 10, GARBAGE = 1000 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool is_ready, may_go;

__attribute__((noinline)) static void make_objects(long **objects)
{
    for (long i = 0; i < OBJECTS; i++) {
        objects[i] = gc_malloc(40);
        objects[i][0] = 1000 + i;
    }
}

__attribute__((noinline)) static size_t count_lost(long **objects)
{
    size_t lost = 0;
    for (long i = 0; i < OBJECTS; i++)
        lost += objects[i][0] != 1000 + i;
    return lost;
}

static void *hold_objects(void *lost)
{
    long *objects[OBJECTS];
    make_objects(objects);
    pthread_mutex_lock(&mutex);
    is_ready = true;
    pthread_cond_broadcast(&changed);
    while (!may_go)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    *(size_t *)lost = count_lost(objects);
    return NULL;
}

static void collect_and_reuse(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        GC_collect();
        for (int i = 0; i < GARBAGE; i++) {
            long *garbage = gc_malloc(40);
            garbage[0] = -1;
        }
    }
}

START_TEST(what_a_variable_of_any_thread_holds_lives_wherever_it_is_kept)
{
    static size_t lost_by_other;
    long *objects[OBJECTS];
    pthread_t other;
    make_objects(objects);
    ck_assert_int_eq(pthread_create(&other, NULL, hold_objects, &lost_by_other),
                     0);
    pthread_mutex_lock(&mutex);
    while (!is_ready)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    collect_and_reuse();
    pthread_mutex_lock(&mutex);
    may_go = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    ck_assert_uint_eq(lost_by_other, 0);
    ck_assert_uint_eq(count_lost(objects), 0);
}
END_TEST

SUITE("fake stack",
      what_a_variable_of_any_thread_holds_lives_wherever_it_is_kept)
