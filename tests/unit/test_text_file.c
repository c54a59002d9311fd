/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* mkstemp */

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/text_file.h"
#include "tests/random.h"
#include "tests/suite.h"

enum { MOST_SEEN = TEXT_FILE_BYTES - 1 };

static char path[] = "/tmp/text_file_XXXXXX";
static struct text_file text;

static FILE *create(void)
{
    strcpy(path + sizeof path - 7, "XXXXXX");
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    return fdopen(file, "w");
}

static void open_what_was_written(FILE *stream)
{
    ck_assert_int_eq(fclose(stream), 0);
    ck_assert(gc__text_file_open(&text, path));
    unlink(path);
}

static void write_and_open(const char *content)
{
    FILE *stream = create();
    fputs(content, stream);
    open_what_was_written(stream);
}

static void expect(const char *line)
{
    const char *next = gc__text_file_next(&text);
    ck_assert_ptr_nonnull(next);
    ck_assert_str_eq(next, line);
}

static void expect_end(void)
{
    ck_assert_ptr_null(gc__text_file_next(&text));
    ck_assert_ptr_null(gc__text_file_next(&text));
    gc__text_file_close(&text);
}

START_TEST(lines_come_one_after_the_other)
{
    write_and_open("first\n\nthird\n");
    expect("first");
    expect("");
    expect("third");
    expect_end();
}
END_TEST

START_TEST(the_last_line_needs_no_end)
{
    write_and_open("first\nlast");
    expect("first");
    expect("last");
    expect_end();
    write_and_open("");
    expect_end();
}
END_TEST

START_TEST(a_file_that_does_not_exist_is_not_opened)
{
    ck_assert(!gc__text_file_open(&text, "/proc/self/no such file"));
    ck_assert(!gc__text_file_open(&text, ""));
}
END_TEST

START_TEST(a_folder_has_no_lines)
{
    ck_assert(gc__text_file_open(&text, "/"));
    expect_end();
}
END_TEST

/* The letter shows which line it is a part of. */
static void write_line(FILE *stream, size_t number, size_t length)
{
    for (size_t i = 0; i < length; i++)
        fputc('a' + (int)(number % 26), stream);
    fputc('\n', stream);
}

static void expect_line(size_t number, size_t length)
{
    const char *line = gc__text_file_next(&text);
    size_t seen = length < MOST_SEEN ? length : MOST_SEEN;
    ck_assert_ptr_nonnull(line);
    ck_assert_uint_eq(strlen(line), seen);
    for (size_t i = 0; i < seen; i++)
        ck_assert_int_eq(line[i], 'a' + (int)(number % 26));
}

START_TEST(of_a_line_that_is_too_long_the_start_is_seen)
{
    for (size_t length = MOST_SEEN - 2; length < MOST_SEEN + 3; length++)
        for (size_t times = 1; times < 4; times++) {
            FILE *stream = create();
            write_line(stream, 0, 3);
            write_line(stream, 1, length * times);
            write_line(stream, 2, 4);
            open_what_was_written(stream);
            expect_line(0, 3);
            expect_line(1, length * times);
            expect_line(2, 4);
            expect_end();
        }
}
END_TEST

START_TEST(lines_of_all_lengths_are_put_together_from_several_reads)
{
    enum { LINES = 3000 };
    struct random random = {7};
    FILE *stream = create();
    for (size_t i = 0; i < LINES; i++)
        write_line(stream, i, random_below(&random, i % 50 == 0 ? 9999 : 200));
    open_what_was_written(stream);
    random = (struct random){7};
    for (size_t i = 0; i < LINES; i++)
        expect_line(i, random_below(&random, i % 50 == 0 ? 9999 : 200));
    expect_end();
}
END_TEST

/* ----------------------------------------------------------------- numbers */

static void expect_number(const char *at, unsigned base, uint64_t value,
                          const char *rest)
{
    uint64_t number;
    ck_assert(gc__text_number(&at, base, &number));
    ck_assert_uint_eq(number, value);
    ck_assert_str_eq(at, rest);
}

START_TEST(numbers_are_read_up_to_what_is_no_digit)
{
    expect_number("0", 10, 0, "");
    expect_number("120 4", 10, 120, " 4");
    expect_number("12af", 10, 12, "af");
    expect_number("12af-", 16, 0x12af, "-");
    expect_number("00ffg", 16, 0xff, "g");
    expect_number("18446744073709551615", 10, UINT64_MAX, "");
    expect_number("ffffffffffffffff", 16, UINT64_MAX, "");
}
END_TEST

START_TEST(what_is_no_number_is_left_alone)
{
    const char *not_numbers[] = {"",    " 1", "-1",
                                 "max", "g",  "18446744073709551616"};
    for (size_t i = 0; i < sizeof not_numbers / sizeof *not_numbers; i++) {
        const char *at = not_numbers[i];
        uint64_t number = 77;
        ck_assert(!gc__text_number(&at, 10, &number));
        ck_assert_ptr_eq(at, not_numbers[i]);
        ck_assert_uint_eq(number, 77);
    }
}
END_TEST

START_TEST(a_prefix_is_skipped_where_it_stands)
{
    const char *at = "State:\tS";
    ck_assert(!gc__text_skip(&at, "SigBlk:"));
    ck_assert(!gc__text_skip(&at, "State:\tSleeping"));
    ck_assert(gc__text_skip(&at, "State:\t"));
    ck_assert_str_eq(at, "S");
    ck_assert(gc__text_skip(&at, ""));
    ck_assert(gc__text_skip(&at, "S"));
    ck_assert_str_eq(at, "");
}
END_TEST

SUITE("text_file", lines_come_one_after_the_other, the_last_line_needs_no_end,
      a_file_that_does_not_exist_is_not_opened, a_folder_has_no_lines,
      of_a_line_that_is_too_long_the_start_is_seen,
      lines_of_all_lengths_are_put_together_from_several_reads,
      numbers_are_read_up_to_what_is_no_digit, what_is_no_number_is_left_alone,
      a_prefix_is_skipped_where_it_stands)
