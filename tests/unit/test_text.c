/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* open_memstream */

#include <check.h>
#include <string.h>

#include "gc/text.h"
#include "tests/suite.h"

static char *written;
static size_t written_bytes;
static FILE *file;
static struct text text;

static void setup(void)
{
    file = open_memstream(&written, &written_bytes);
    ck_assert_ptr_nonnull(file);
    gc__text_start(&text, file);
}

static void teardown(void)
{
    fclose(file);
    free(written);
}

static const char *end(void)
{
    ck_assert(gc__text_end(&text));
    ck_assert_int_eq(fflush(file), 0);
    return written;
}

START_TEST(pieces_follow_each_other_however_many_there_are)
{
    enum { COUNT = 50000 };
    for (int i = 0; i < COUNT; i++)
        gc__text_print(&text, "%d\n", i);
    const char *at = end();
    for (int i = 0; i < COUNT; i++) {
        char *after;
        ck_assert_int_eq(strtol(at, &after, 10), i);
        ck_assert_int_eq(*after, '\n');
        at = after + 1;
    }
    ck_assert_int_eq(*at, '\0');
}
END_TEST

START_TEST(a_piece_that_is_too_long_is_cut)
{
    char longest[2 * TEXT_PIECE_BYTES];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    for (int i = 0; i < 10; i++)
        gc__text_print(&text, "%s", longest);
    gc__text_print(&text, "!");
    ck_assert_uint_eq(strspn(end(), "x"), 10 * (TEXT_PIECE_BYTES - 1));
    ck_assert_uint_eq(written_bytes, 10 * (TEXT_PIECE_BYTES - 1) + 1);
}
END_TEST

START_TEST(pieces_of_all_lengths_stay_in_the_buffer)
{
    struct {
        struct text text;
        char behind[TEXT_PIECE_BYTES];
    } guarded;
    memset(&guarded, 0, sizeof guarded);
    gc__text_start(&guarded.text, file);
    size_t bytes = 0;
    for (int length = 0; length < 2000; length++) {
        gc__text_print(&guarded.text, "%*s", length, "");
        bytes += (size_t)length;
    }
    ck_assert(gc__text_end(&guarded.text));
    ck_assert_int_eq(fflush(file), 0);
    ck_assert_uint_eq(written_bytes, bytes);
    for (size_t i = 0; i < sizeof guarded.behind; i++)
        ck_assert_int_eq(guarded.behind[i], 0);
}
END_TEST

START_TEST(nothing_but_ascii_is_quoted)
{
    gc__text_quote(&text, "a \"b\" \\c\n\t\x7f\xc3\xa9~");
    ck_assert_str_eq(end(), "\"a \\\"b\\\" \\\\c?????~\"");
}
END_TEST

START_TEST(a_file_that_takes_nothing_is_noticed)
{
    FILE *full = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(full);
    setvbuf(full, NULL, _IONBF, 0);
    gc__text_start(&text, full);
    gc__text_print(&text, "something");
    ck_assert(!gc__text_end(&text));
    fclose(full);
}
END_TEST

START_TEST(sizes_have_one_decimal_and_a_unit)
{
    static const struct {
        size_t bytes;
        const char *text;
    } sizes[] = {
        {0, "0 B"},
        {1, "1 B"},
        {1023, "1023 B"},
        {1024, "1.0 KiB"},
        {1126, "1.0 KiB"},
        {1127, "1.1 KiB"},
        {(1 << 20) - 1, "1023.9 KiB"},
        {1 << 20, "1.0 MiB"},
        {16 << 20, "16.0 MiB"},
        {(size_t)3 << 29, "1.5 GiB"},
        {(size_t)1 << 40, "1.0 TiB"},
        {SIZE_MAX, "15.9 EiB"},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        ck_assert_str_eq(gc__size_text(sizes[i].bytes).text, sizes[i].text);
}
END_TEST

START_TEST(every_kind_has_a_name_of_its_own)
{
    for (unsigned a = 0; a < KIND_COUNT; a++)
        for (unsigned b = 0; b < a; b++)
            ck_assert_str_ne(gc__kind_name(NULL, a), gc__kind_name(NULL, b));
}
END_TEST

FIXTURE_SUITE("text", setup, teardown,
              pieces_follow_each_other_however_many_there_are,
              a_piece_that_is_too_long_is_cut,
              pieces_of_all_lengths_stay_in_the_buffer,
              nothing_but_ascii_is_quoted, a_file_that_takes_nothing_is_noticed,
              sizes_have_one_decimal_and_a_unit,
              every_kind_has_a_name_of_its_own)
