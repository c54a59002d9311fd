/* SPDX-License-Identifier: MIT */
#include <gc/ec.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compat/cord/node.h"
#include "tests/compat/cord/model.h"
#include "tests/suite.h"

/* What a test keeps lies where the collector looks. */
static struct model whole;

static void setup(void)
{
    GC_INIT();
}

static void expect(CORD x, const char *chars, size_t length)
{
    ck_assert_uint_eq(CORD_len(x), length);
    ck_assert_int_eq(memcmp(CORD_to_char_star(x), chars, length), 0);
}

static void expect_model(struct model model)
{
    expect(model.cord, model.chars, model.length);
}

static void expect_string(CORD x, const char *string)
{
    ck_assert_ptr_nonnull(x);
    ck_assert(CORD_IS_STRING(x));
    ck_assert_str_eq(x, string);
}

START_TEST(the_empty_cord_is_null)
{
    ck_assert_ptr_null(CORD_from_char_star(""));
    ck_assert_ptr_null(CORD_cat(CORD_EMPTY, CORD_EMPTY));
    ck_assert_ptr_null(CORD_substr("some", 4, 1));
    ck_assert_ptr_null(CORD_substr("some", 2, 0));
    ck_assert_ptr_null(CORD_chars('x', 0));
    ck_assert_ptr_null(CORD_catn(2, (CORD)CORD_EMPTY, (CORD)CORD_EMPTY));
    ck_assert_ptr_null(CORD_cat_char_star(CORD_EMPTY, "", 0));
    ck_assert_ptr_null(CORD_balance(CORD_EMPTY));
    ck_assert_uint_eq(CORD_len(CORD_EMPTY), 0);
    ck_assert_str_eq(CORD_to_char_star(CORD_EMPTY), "");
    ck_assert_str_eq(CORD_to_const_char_star(CORD_EMPTY), "");
}
END_TEST

START_TEST(what_is_short_is_a_string)
{
    expect_string(CORD_cat("short", "er"), "shorter");
    expect_string(CORD_cat_char("shor", 't'), "short");
    expect_string(CORD_chars('x', 3), "xxx");
    expect_string(CORD_substr(CORD_chars('x', 1000), 500, 3), "xxx");
    whole.cord = CORD_cat(CORD_chars('a', 1000), CORD_chars('b', 1000));
    expect_string(CORD_substr(whole.cord, 998, 4), "aabb");
}
END_TEST

START_TEST(a_nul_is_a_character)
{
    static const char bytes[] = {'a', '\0', 'b', '\0', '\0', '\0'};
    CORD x = CORD_cat_char(CORD_cat_char("a", '\0'), 'b');
    x = CORD_cat(x, CORD_nul(3));
    expect(x, bytes, 6);
    expect(CORD_substr(x, 1, 3), bytes + 1, 3);
    ck_assert_int_eq(CORD_fetch(x, 1), '\0');
    ck_assert_int_eq(CORD_fetch(x, 2), 'b');
}
END_TEST

START_TEST(cords_are_what_they_were_made_of)
{
    struct random random = {_i + 1};
    whole = model_tree(&random, 300);
    expect_model(whole);
    for (size_t i = 0; i < whole.length; i += 1 + whole.length / 50)
        ck_assert_int_eq(CORD_fetch(whole.cord, i), whole.chars[i]);
    for (int i = 0; i < 100; i++)
        expect_model(model_substr(whole,
                                  random_below(&random, whole.length + 9),
                                  random_below(&random, whole.length + 9)));
}
END_TEST

/* The depth d with F(d + 2) <= length < F(d + 3), of Fibonacci's numbers. */
static int depth_for(size_t length)
{
    size_t least = 1, next = 2;
    int depth = 0;
    for (; next <= length; depth++) {
        size_t sum = least + next;
        least = next;
        next = sum;
    }
    return depth;
}

START_TEST(a_balanced_cord_is_the_same_and_hardly_deeper_than_it_must_be)
{
    struct random random = {_i + 1};
    whole = model_tree(&random, 300);
    whole.cord = CORD_balance(whole.cord);
    expect_model(whole);
    if (whole.length > 0)
        ck_assert_int_le(depth_of(whole.cord), 2 + depth_for(whole.length));

    CORD x = "a long enough string";
    for (int i = 0; i < 100000; i++)
        x = _i % 2 == 0 ? CORD_cat(x, "a long enough string")
                        : CORD_cat("a long enough string", x);
    ck_assert_uint_eq(CORD_len(x), 20 * 100001);
    ck_assert_int_le(depth_of(x), MAX_DEPTH);
    ck_assert_int_le(depth_of(CORD_balance(x)), 2 + depth_for(20 * 100001));
}
END_TEST

START_TEST(a_cord_of_itself_takes_no_memory)
{
    CORD x = "some more than fifteen characters";
    for (int i = 0; i < 45; i++)
        x = CORD_cat(x, x);
    ck_assert_uint_eq(CORD_len(x), (size_t)33 << 45);
    ck_assert_int_eq(CORD_fetch(x, (size_t)33 << 44), 's');
    ck_assert_int_eq(CORD_fetch(CORD_balance(x), CORD_len(x) - 1), 's');
    expect_string(CORD_substr(x, ((size_t)33 << 44) - 2, 6), "rssome");
}
END_TEST

START_TEST(who_appends_characters_gets_leaves_for_several)
{
    CORD x = CORD_EMPTY;
    for (int i = 0; i < 1500; i++)
        x = CORD_cat_char(x, (char)('a' + i % 26));
    size_t leaves = 0;
    CORD_pos at;
    CORD_set_pos(at, x, 0);
    while (CORD_pos_valid(at)) {
        CORD_pos_advance(at, (size_t)CORD_pos_chars_left(at));
        leaves++;
    }
    ck_assert_uint_le(leaves, 110);
    for (size_t i = 0; i < 1500; i++)
        ck_assert_int_eq(CORD_fetch(x, i), (char)('a' + i % 26));
}
END_TEST

START_TEST(a_substring_of_a_substring_keeps_its_string)
{
    enum { LENGTH = 100000 };
    char *string = GC_malloc_atomic(LENGTH + 1);
    for (int i = 0; i < LENGTH; i++)
        string[i] = (char)('a' + i % 26);
    string[LENGTH] = '\0';
    CORD x = string;
    string = NULL;
    for (int i = 0; i < 100; i++)
        x = CORD_substr(x, 26, CORD_len(x) - 52);
    GC_gcollect();
    for (int i = 0; i < 100; i++)
        ck_assert_ptr_nonnull(memset(GC_malloc_atomic(LENGTH), 'X', LENGTH));
    ck_assert_uint_eq(CORD_len(x), LENGTH - 5200);
    for (size_t i = 0; i < CORD_len(x); i += 777)
        ck_assert_int_eq(CORD_fetch(x, i), (char)('a' + i % 26));
}
END_TEST

START_TEST(a_position_goes_both_ways)
{
    struct random random = {_i + 1};
    whole = model_tree(&random, 300);
    CORD_pos at;
    size_t seen = 0;
    CORD_FOR(at, whole.cord)
    {
        ck_assert_uint_eq(CORD_pos_to_index(at), seen);
        ck_assert_int_eq(CORD_pos_fetch(at), whole.chars[seen++]);
    }
    ck_assert_uint_eq(seen, whole.length);
    if (whole.length == 0)
        return;
    for (CORD_set_pos(at, whole.cord, seen - 1); CORD_pos_valid(at);
         CORD_prev(at))
        ck_assert_int_eq(CORD_pos_fetch(at), whole.chars[--seen]);
    ck_assert_uint_eq(seen, 0);

    size_t i = random_below(&random, whole.length);
    CORD_set_pos(at, whole.cord, i);
    ck_assert_ptr_eq(CORD_pos_to_cord(at), whole.cord);
    for (int step = 0; step < 2000; step++) {
        ck_assert_int_eq((CORD_pos_fetch)(at), whole.chars[i]);
        if (i + 1 < whole.length && (i == 0 || random_below(&random, 3) > 0)) {
            (CORD_next)(at);
            i++;
        } else if (i > 0) {
            (CORD_prev)(at);
            i--;
        }
    }
}
END_TEST

START_TEST(a_position_outside_is_none)
{
    CORD_pos at;
    CORD_set_pos(at, CORD_EMPTY, 0);
    ck_assert(!CORD_pos_valid(at));
    CORD_set_pos(at, "some", 4);
    ck_assert(!CORD_pos_valid(at));
    CORD_set_pos(at, "some", 3);
    ck_assert(CORD_pos_valid(at));
    CORD_next(at);
    ck_assert(!(CORD_pos_valid)(at));
}
END_TEST

struct heard {
    char *chars;
    size_t count, most;
    int batches;
};

static int hear(char c, void *data)
{
    struct heard *heard = data;
    heard->chars[heard->count++] = c;
    return heard->count == heard->most;
}

static int hear_string(const char *string, void *data)
{
    struct heard *heard = data;
    heard->batches++;
    for (; *string != '\0'; string++)
        hear(*string, data);
    return 0;
}

START_TEST(functions_are_called_for_all_characters)
{
    struct random random = {_i + 1};
    whole = model_tree(&random, 200);
    struct heard heard = {.chars = GC_malloc_atomic(whole.length + 1)};
    ck_assert_int_eq(CORD_iter(whole.cord, hear, &heard), 0);
    ck_assert_uint_eq(heard.count, whole.length);
    ck_assert_int_eq(memcmp(heard.chars, whole.chars, whole.length), 0);

    size_t from = random_below(&random, whole.length + 1);
    heard.count = 0;
    ck_assert_int_eq(CORD_iter5(whole.cord, from, hear, hear_string, &heard),
                     0);
    ck_assert_uint_eq(heard.count, whole.length - from);
    ck_assert_int_eq(
        memcmp(heard.chars, whole.chars + from, whole.length - from), 0);

    heard.count = 0;
    ck_assert_int_eq(CORD_riter(whole.cord, hear, &heard), 0);
    ck_assert_uint_eq(heard.count, whole.length);
    for (size_t i = 0; i < whole.length; i++)
        ck_assert_int_eq(heard.chars[i], whole.chars[whole.length - 1 - i]);
}
END_TEST

START_TEST(a_function_ends_it_by_its_result)
{
    char chars[10];
    struct heard heard = {.chars = chars, .most = 5};
    ck_assert_int_ne(CORD_iter("a string that is long", hear, &heard), 0);
    ck_assert_uint_eq(heard.count, 5);
    ck_assert_mem_eq(chars, "a str", 5);
    heard.count = 0;
    ck_assert_int_ne(CORD_riter4("a string that is long", 7, hear, &heard), 0);
    ck_assert_mem_eq(chars, "gnirt", 5);
    heard = (struct heard){.chars = chars};
    whole.cord = CORD_cat(CORD_from_fn(nth_of, "abc\0def", 7), CORD_nul(2));
    ck_assert_int_eq(CORD_iter5(whole.cord, 1, hear, hear_string, &heard), 0);
    ck_assert_mem_eq(chars, "bc\0def\0\0", 8);
    ck_assert_int_eq(heard.batches, 2);
}
END_TEST

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

static int order_of(struct model x, struct model y)
{
    size_t both = x.length < y.length ? x.length : y.length;
    int order = memcmp(x.chars, y.chars, both);
    return order != 0 ? sign(order)
                      : (x.length > y.length) - (x.length < y.length);
}

START_TEST(comparison_is_that_of_characters)
{
    struct random random = {_i + 1};
    whole = model_tree(&random, 60);
    ck_assert_int_eq(CORD_cmp(whole.cord, CORD_balance(whole.cord)), 0);
    for (int i = 0; i < 300; i++) {
        size_t start = random_below(&random, whole.length + 1);
        struct model x =
            model_substr(whole, start, random_below(&random, whole.length));
        struct model y = model_substr(
            whole, i % 2 == 0 ? start : random_below(&random, whole.length + 1),
            random_below(&random, whole.length + 1));
        ck_assert_int_eq(sign(CORD_cmp(x.cord, y.cord)), order_of(x, y));
        size_t most = random_below(&random, 50);
        ck_assert_int_eq(sign(CORD_ncmp(whole.cord, start, y.cord, 0, most)),
                         order_of(model_substr(whole, start, most),
                                  model_substr(y, 0, most)));
    }
}
END_TEST

/* Where some characters are in others, from a position on. */
static size_t place_of(struct model x, size_t start, struct model sought)
{
    for (size_t i = start; i + sought.length <= x.length; i++)
        if (memcmp(x.chars + i, sought.chars, sought.length) == 0)
            return i;
    return CORD_NOT_FOUND;
}

START_TEST(what_is_sought_is_found)
{
    struct random random = {_i + 1};
    whole = model_tree(&random, 60);
    for (int i = 0; i < 200; i++) {
        size_t start = random_below(&random, whole.length + 1);
        struct model sought =
            i % 2 == 0
                ? model_leaf(&random, 6)
                : model_substr(whole, random_below(&random, whole.length + 1),
                               1 + random_below(&random, 30));
        ck_assert_uint_eq(CORD_str(whole.cord, start, sought.cord),
                          place_of(whole, start, sought));
        char c = "abc\0x"[i % 5];
        ck_assert_uint_eq(CORD_chr(whole.cord, start, c),
                          place_of(whole, start, model_of(NULL, &c, 1)));
        size_t last = CORD_NOT_FOUND;
        for (size_t k = 0; k <= start && start < whole.length; k++)
            if (whole.chars[k] == c)
                last = k;
        ck_assert_uint_eq(CORD_rchr(whole.cord, start, c), last);
    }
}
END_TEST

START_TEST(an_extensible_cord_is_what_was_written_to_it)
{
    struct random random = {_i + 1};
    whole = model_of(CORD_EMPTY, "", 0);
    CORD_ec x;
    CORD_ec_init(x);
    for (int i = 0; i < 2000; i++) {
        struct model piece = model_leaf(&random, i % 100 == 0 ? 200 : 1);
        if (piece.length == 1 && piece.chars[0] != '\0')
            CORD_ec_append(x, piece.chars[0]);
        else
            CORD_ec_append_cord(x, piece.cord);
        whole = model_cat(whole, piece);
    }
    expect(CORD_ec_to_cord(x), whole.chars, whole.length);
}
END_TEST

static void leave(void)
{
    _exit(42);
}

START_TEST(without_memory_the_program_is_asked)
{
    pid_t child = fork();
    if (child == 0) {
        CORD_oom_fn = leave;
        CORD_to_char_star(CORD_chars('x', (size_t)1 << 60));
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 42);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cord");
    TCase *once = tcase_create("once"), *often = tcase_create("often");
    const TTest *single[] = {
        the_empty_cord_is_null,
        what_is_short_is_a_string,
        a_nul_is_a_character,
        a_cord_of_itself_takes_no_memory,
        who_appends_characters_gets_leaves_for_several,
        a_substring_of_a_substring_keeps_its_string,
        a_position_outside_is_none,
        a_function_ends_it_by_its_result,
        without_memory_the_program_is_asked,
    };
    const TTest *repeated[] = {
        cords_are_what_they_were_made_of,
        a_balanced_cord_is_the_same_and_hardly_deeper_than_it_must_be,
        a_position_goes_both_ways,
        functions_are_called_for_all_characters,
        comparison_is_that_of_characters,
        what_is_sought_is_found,
        an_extensible_cord_is_what_was_written_to_it,
    };
    tcase_add_checked_fixture(once, setup, NULL);
    tcase_add_checked_fixture(often, setup, NULL);
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        tcase_add_test(once, single[i]);
    for (size_t i = 0; i < sizeof repeated / sizeof *repeated; i++)
        tcase_add_loop_test(often, repeated[i], 0, 8);
    suite_add_tcase(suite, once);
    suite_add_tcase(suite, often);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int run = srunner_ntests_run(runner),
        failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return run > 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
