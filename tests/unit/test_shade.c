/* SPDX-License-Identifier: MIT */
/* Several markers find the same cells white, and each cell is had by one.  Also
 * built under the race detector. */

#define _GNU_SOURCE /* pthread_barrier_t */

#include <check.h>
#include <pthread.h>
#include <string.h>

#include "gc/shade.h"
#include "tests/random.h"
#include "tests/suite.h"

enum { MARKERS = 4, PAIRS = 16 * 1024, CHUNK = 16, PASSES = 16, BITS = 64 };

static struct bit_pair pairs[PAIRS];
static uint64_t had[MARKERS][PAIRS]; /* by each marker, which writes its own */

static void setup(void)
{
    struct random random = {7};
    memset(had, 0, sizeof had);
    for (size_t i = 0; i < PAIRS; i++)
        pairs[i] = (struct bit_pair){random_next(&random), 0};
}

/* A word after the other, so that all are at work on the same, with some bits of
 * it or one at a time. */
static void mark(uint64_t *own, struct random *random, size_t i)
{
    uint64_t wanted = random_next(random) & random_next(random);
    uint64_t bit = (uint64_t)1 << random_below(random, BITS);
    own[i] |= mark_among_others(&pairs[i], wanted);
    if (looks_white(&pairs[i], bit) && mark_white(&pairs[i], bit, AMONG_OTHERS))
        own[i] |= bit;
}

static pthread_barrier_t chunk_begins;

/* Chunk by chunk, so that all are at work on the same words. */
static void *keep_marking(void *index)
{
    struct random random = {(uintptr_t)index};
    uint64_t *own = had[(uintptr_t)index - 1];
    for (size_t chunk = 0; chunk < PAIRS; chunk += CHUNK) {
        pthread_barrier_wait(&chunk_begins);
        for (unsigned pass = 0; pass < PASSES; pass++)
            for (size_t i = chunk; i < chunk + CHUNK; i++)
                mark(own, &random, i);
    }
    for (size_t i = 0; i < PAIRS; i++)
        own[i] |= mark_among_others(&pairs[i], UINT64_MAX);
    return NULL;
}

START_TEST(each_cell_is_had_by_one_marker)
{
    pthread_t threads[MARKERS];
    pthread_barrier_init(&chunk_begins, NULL, MARKERS);
    for (uintptr_t i = 0; i < MARKERS; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, keep_marking, (void *)(i + 1)),
            0);
    for (int i = 0; i < MARKERS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&chunk_begins);
    for (size_t i = 0; i < PAIRS; i++) {
        uint64_t by_all = 0;
        for (int j = 0; j < MARKERS; j++) {
            ck_assert_uint_eq(by_all & had[j][i], 0);
            by_all |= had[j][i];
        }
        ck_assert_uint_eq(by_all, pairs[i].allocated);
        ck_assert_uint_eq(pairs[i].marked, pairs[i].allocated);
    }
}
END_TEST

FIXTURE_SUITE("shade", setup, NULL, each_cell_is_had_by_one_marker)
