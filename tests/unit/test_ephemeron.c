/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "gc/ephemeron.h"
#include "tests/random.h"
#include "tests/suite.h"
#include "tests/unit/dying.h"

static struct ephemeron *new_pair(void *key, void *value)
{
    struct ephemeron *pair = new_object(KIND_ATOMIC, sizeof *pair);
    pair->value = (AO_t)value;
    pair->key = (AO_t)key;
    ck_assert_int_eq(add_link(EPHEMERON_LINK, &pair->key, key), LINK_DONE);
    return pair;
}

static void *new_atomic(void)
{
    return new_object(KIND_ATOMIC, 16);
}

static size_t pairs(void)
{
    return heap.links[EPHEMERON_LINK].table.count;
}

START_TEST(a_value_lives_as_long_as_key_and_pair_do)
{
    void *key = new_atomic();
    uintptr_t *value = new_words(2);
    value[0] = (uintptr_t)new_atomic();
    struct ephemeron *pair = new_pair(key, value);
    roots[0] = (uintptr_t)key;
    roots[1] = (uintptr_t)pair;
    collect();
    ck_assert(is_object(value));
    ck_assert(is_object((void *)value[0]));
    ck_assert_uint_eq(pair->key, (AO_t)key);
    roots[0] = 0;
    collect();
    ck_assert(!is_object(value));
    ck_assert_uint_eq(pair->key, 0);
    ck_assert_uint_eq(pairs(), 0);
}
END_TEST

START_TEST(a_pair_that_dies_keeps_nothing)
{
    void *key = new_atomic();
    void *value = new_atomic();
    new_pair(key, value);
    roots[0] = (uintptr_t)key;
    collect();
    ck_assert(is_object(key));
    ck_assert(!is_object(value));
    ck_assert_uint_eq(pairs(), 0);
}
END_TEST

START_TEST(what_leads_from_the_value_to_the_key_does_not_count)
{
    void *key = new_atomic();
    uintptr_t *value = new_words(2);
    value[0] = (uintptr_t)key;
    struct ephemeron *pair = new_pair(key, value);
    roots[1] = value[1] = (uintptr_t)pair;
    collect();
    ck_assert(!is_object(key));
    ck_assert(!is_object(value));
    ck_assert_uint_eq(pair->key, 0);
}
END_TEST

START_TEST(a_value_that_is_reached_otherwise_lives)
{
    void *value = new_atomic();
    roots[0] = (uintptr_t)value;
    roots[1] = (uintptr_t)new_pair(new_atomic(), value);
    collect();
    ck_assert(is_object(value));
}
END_TEST

START_TEST(many_pairs_may_have_one_key)
{
    enum { MANY = 30 };
    void *key = new_atomic();
    roots[0] = (uintptr_t)key;
    for (size_t i = 1; i <= MANY; i++)
        roots[i] = (uintptr_t)new_pair(key, new_atomic());
    collect();
    for (size_t i = 1; i <= MANY; i++)
        ck_assert(is_object((void *)((struct ephemeron *)roots[i])->value));
    roots[0] = 0;
    collect();
    for (size_t i = 1; i <= MANY; i++)
        ck_assert(!is_object((void *)((struct ephemeron *)roots[i])->value));
}
END_TEST

/* A chain, in which the value of each pair is the key of the next; the pairs are
 * made from its end on, or in any order. */
enum { CHAIN = 30 * 1000 };

static void *keys[CHAIN + 1];

static void make_chain(enum kind kind, bool is_shuffled)
{
    static uint32_t order[CHAIN];
    struct random random = {11};
    uintptr_t *holder = new_words(CHAIN);
    for (size_t i = 0; i <= CHAIN; i++)
        keys[i] = new_object(kind, 32);
    for (uint32_t i = 0; i < CHAIN; i++)
        order[i] = CHAIN - 1 - i;
    for (size_t i = CHAIN; is_shuffled && i-- > 1;) {
        size_t k = random_below(&random, i + 1);
        uint32_t other = order[k];
        order[k] = order[i];
        order[i] = other;
    }
    for (size_t i = 0; i < CHAIN; i++)
        holder[i] = (uintptr_t)new_pair(keys[order[i]], keys[order[i] + 1]);
    roots[0] = (uintptr_t)holder;
    roots[1] = (uintptr_t)keys[0];
}

static size_t count_live_keys(void)
{
    size_t count = 0;
    for (size_t i = 0; i <= CHAIN; i++)
        count += is_object(keys[i]);
    return count;
}

START_TEST(a_chain_is_followed_in_whatever_order_its_pairs_were_made)
{
    for (unsigned i = 0; i < 4; i++) {
        make_chain(i % 2 == 0 ? KIND_SCANNED : KIND_ATOMIC, i >= 2);
        collect();
        ck_assert_uint_eq(count_live_keys(), CHAIN + 1);
        ck_assert_uint_eq(pairs(), CHAIN);
        /* with the pairs and their holder */
        ck_assert_uint_eq(heap.marker.live_objects, 2 * CHAIN + 2);
        roots[1] = (uintptr_t)keys[CHAIN / 2];
        collect();
        ck_assert_uint_eq(count_live_keys(), CHAIN / 2 + 1);
        roots[1] = 0;
        collect();
        ck_assert_uint_eq(count_live_keys(), 0);
        ck_assert_uint_eq(pairs(), 0);
    }
}
END_TEST

/* The next pair is reached only by way of the value before. */
START_TEST(pairs_may_be_found_in_values)
{
    enum { LONG = 5000 };
    void *key = new_atomic();
    uintptr_t *last = new_words(1);
    uintptr_t *value = last;
    roots[0] = (uintptr_t)key;
    for (size_t i = 0; i < LONG; i++) {
        uintptr_t *outer = new_words(1);
        outer[0] = (uintptr_t)new_pair(key, value);
        value = outer;
    }
    roots[1] = (uintptr_t)value;
    collect();
    ck_assert(is_object(last));
    ck_assert_uint_eq(pairs(), LONG);
    roots[0] = 0;
    collect();
    ck_assert(!is_object(last));
    ck_assert_uint_eq(pairs(), 0);
}
END_TEST

START_TEST(large_values_are_traced_as_a_whole)
{
    make_chain(KIND_ATOMIC, false);
    uintptr_t *large = new_words(100 * 1000);
    roots[2] = (uintptr_t)new_pair(keys[CHAIN], large);
    large[99999] = (uintptr_t)new_words(2);
    *(uintptr_t *)large[99999] = (uintptr_t)new_atomic();
    collect();
    ck_assert(is_object((void *)large[99999]));
    ck_assert(is_object((void *)*(uintptr_t *)large[99999]));
}
END_TEST

START_TEST(all_is_found_without_a_mark_stack)
{
    heap.marker.most = 0;
    make_chain(KIND_SCANNED, true);
    roots[2] = (uintptr_t)new_pair(keys[CHAIN], new_atomic());
    collect();
    ck_assert_uint_eq(count_live_keys(), CHAIN + 1);
    ck_assert(is_object((void *)((struct ephemeron *)roots[2])->value));
}
END_TEST

static void nothing(void *object, void *data)
{
    (void)object;
    (void)data;
}

START_TEST(a_pair_lasts_until_the_finalizer_of_the_key_was_called)
{
    void *key = new_atomic();
    void *value = new_atomic();
    struct ephemeron *pair = new_pair(key, value);
    roots[0] = (uintptr_t)pair;
    set_finalizer(key, FINALIZE_NO_ORDER, nothing, NULL);
    collect();
    ck_assert(is_object(value));
    ck_assert_uint_eq(pair->key, (AO_t)key);
    ck_assert_uint_eq(call_ready(), 1);
    collect();
    ck_assert(!is_object(value));
    ck_assert_uint_eq(pair->key, 0);
}
END_TEST

START_TEST(freeing_the_key_empties_the_pair)
{
    void *key = new_atomic();
    struct ephemeron *pair = new_pair(key, new_atomic());
    roots[0] = (uintptr_t)pair;
    gc__heap_untie(&heap, cell_at(key));
    free_object(key);
    ck_assert_uint_eq(pair->key, 0);
    gc__heap_untie(&heap, cell_at(pair));
    free_object(pair);
    ck_assert_uint_eq(pairs(), 0);
}
END_TEST

FIXTURE_SUITE("ephemeron", dying_setup, whole_teardown,
              a_value_lives_as_long_as_key_and_pair_do,
              a_pair_that_dies_keeps_nothing,
              what_leads_from_the_value_to_the_key_does_not_count,
              a_value_that_is_reached_otherwise_lives,
              many_pairs_may_have_one_key,
              a_chain_is_followed_in_whatever_order_its_pairs_were_made,
              pairs_may_be_found_in_values, large_values_are_traced_as_a_whole,
              all_is_found_without_a_mark_stack,
              a_pair_lasts_until_the_finalizer_of_the_key_was_called,
              freeing_the_key_empties_the_pair)
