/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "gc/window.h"
#include "tests/suite.h"

enum { BYTES = 64 };

static _Alignas(16) unsigned char memory[BYTES];

static void setup(void)
{
    for (unsigned i = 0; i < BYTES; i++)
        memory[i] = (unsigned char)(i + 1);
}

static struct range part(size_t from, size_t to)
{
    return (struct range){(uintptr_t)memory + from, (uintptr_t)memory + to};
}

static uintptr_t word_at(size_t offset)
{
    uintptr_t word;
    memcpy(&word, memory + offset, sizeof word);
    return word;
}

/* By the definition: each word at a multiple of the step that lies in the range
 * as a whole. */
static void expect_words(size_t from, size_t to, size_t step)
{
    struct window window = window_over(part(from, to), step);
    uintptr_t address, word;
    for (size_t at = 0; at + WORD_BYTES <= to; at += step) {
        if (at < from)
            continue;
        ck_assert(window_next(&window, &address, &word));
        ck_assert_uint_eq(address, (uintptr_t)memory + at);
        ck_assert_uint_eq(word, word_at(at));
    }
    ck_assert(!window_next(&window, &address, &word));
    ck_assert(!window_next(&window, &address, &word));
}

START_TEST(the_words_of_every_range_are_shown_in_every_step)
{
    static const size_t steps[] = {8, 4, 2, 1};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        for (size_t from = 0; from <= 20; from++)
            for (size_t to = from; to <= 40; to++)
                expect_words(from, to, steps[i]);
}
END_TEST

START_TEST(an_empty_range_has_no_words)
{
    static const struct range empty[] = {{0, 0}, {8, 8}, {4096, 4096}};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        struct window window = window_over(empty[i], 8);
        uintptr_t address, word;
        ck_assert(!window_next(&window, &address, &word));
    }
}
END_TEST

START_TEST(words_may_belong_to_any_type)
{
    struct {
        char tag;
        double number;
        void *pointer;
    } thing = {'x', 1.5, memory};
    uintptr_t low = (uintptr_t)&thing;
    struct window window =
        window_over((struct range){low, low + sizeof thing}, 8);
    uintptr_t address, word = 0;
    while (window_next(&window, &address, &word))
        if (word == (uintptr_t)memory)
            break;
    ck_assert_uint_eq(word, (uintptr_t)memory);
    ck_assert_uint_eq(address, (uintptr_t)&thing.pointer);
}
END_TEST

FIXTURE_SUITE("window", setup, NULL,
              the_words_of_every_range_are_shown_in_every_step,
              an_empty_range_has_no_words, words_may_belong_to_any_type)
