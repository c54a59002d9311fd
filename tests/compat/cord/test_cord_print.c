/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "tests/compat/cord/model.h"
#include "tests/suite.h"

static void setup(void)
{
    GC_INIT();
}

/* CORD_sprintf() gives what snprintf() gives, and tells so. */
#define EXPECT_SAME(format, ...)                                               \
    do {                                                                       \
        char expected_[1000];                                                  \
        CORD result_ = CORD_EMPTY;                                             \
        int count_ =                                                           \
            snprintf(expected_, sizeof expected_, format, __VA_ARGS__);        \
        ck_assert_int_eq(CORD_sprintf(&result_, format, __VA_ARGS__), count_); \
        ck_assert_uint_eq(CORD_len(result_), (size_t)count_);                  \
        ck_assert_mem_eq(CORD_to_char_star(result_), expected_,                \
                         (size_t)count_);                                      \
    } while (0)

START_TEST(integers_are_as_libc_writes_them)
{
    EXPECT_SAME("%d %i %5d|%-5d|%05d|%+d|% d", 1, -2, 3, 4, 5, 6, 7);
    EXPECT_SAME("%u %o %x %X %#x %#o", 1u, 8u, 255u, 255u, 255u, 8u);
    EXPECT_SAME("%.3d %8.3d %-8.3d|%.0d", 7, 7, 7, 0);
    EXPECT_SAME("%hhd %hd %ld %lld", (signed char)-3, (short)70, LONG_MIN,
                LLONG_MAX);
    EXPECT_SAME("%zu %zd %jd %td", SIZE_MAX, (size_t)5, INTMAX_MIN,
                (ptrdiff_t)-9);
    EXPECT_SAME("%*d|%-*d|%*d|%.*d|%.*d", 6, 1, 6, 2, -6, 3, 4, 4, -4, 5);
    EXPECT_SAME("%200d %c", 7, 'x');
    EXPECT_SAME("%-+5d|%0+5d", 1, 2);
}
END_TEST

START_TEST(numbers_with_a_point_are_as_libc_writes_them)
{
    EXPECT_SAME("%f %.2f %10.3f|%-10.1f|%e %g %a", 1.5, 2.25, 3.125, 4.5, 5.5,
                6e20, 7.0);
    EXPECT_SAME("%E %G %A %F", 5.5, 6e20, 7.0, 1.0 / 3);
    EXPECT_SAME("%Lf %.20Lg", 1.5L, 1.0L / 3);
    EXPECT_SAME("%f %.3f %d", 1e100, 1e20, 3);
}
END_TEST

START_TEST(characters_and_strings_are_as_libc_writes_them)
{
    EXPECT_SAME("%c%c%5c|%-5c|", 'a', '\0', 'b', 'c');
    EXPECT_SAME("%s %10s|%-10s|%.2s|%10.2s|", "one", "two", "three", "four",
                "five");
    EXPECT_SAME("%p %s %%", (void *)&setup, "a longer string than fifteen");
    EXPECT_SAME("%ls %lc %S %C", L"wide", (wint_t)L'x', L"too", (wint_t)L'y');
}
END_TEST

START_TEST(a_cord_is_written_as_a_string)
{
    CORD result;
    CORD x = CORD_cat(CORD_chars('a', 100), CORD_chars('b', 100));
    ck_assert_int_eq(CORD_sprintf(&result, "<%r>", x), 202);
    ck_assert_int_eq(CORD_cmp(CORD_substr(result, 1, 200), x), 0);
    ck_assert_int_eq(CORD_sprintf(&result, "%10.3r|%-5r|%*r|%r", x, "c", -3,
                                  "d", CORD_EMPTY),
                     21);
    ck_assert_str_eq(CORD_to_char_star(result), "       aaa|c    |d  |");
}
END_TEST

START_TEST(a_long_cord_is_shared_and_not_copied)
{
    CORD result;
    ck_assert_int_eq(CORD_sprintf(&result, "%r%d", CORD_chars('x', 1 << 30), 5),
                     (1 << 30) + 1);
    ck_assert_int_eq(CORD_fetch(result, 1 << 30), '5');
    ck_assert_int_eq(CORD_sprintf(&result, "%r", CORD_chars('x', 1L << 40)),
                     -1);
}
END_TEST

START_TEST(a_string_may_change_after_it_was_written)
{
    char text[] = "some text that is longer than fifteen";
    char format[] = "a format that is longer than fifteen: %s";
    CORD result;
    ck_assert_int_gt(CORD_sprintf(&result, format, text), 0);
    memset(text, 'X', sizeof text - 1);
    memset(format, 'X', sizeof format - 1);
    ck_assert_str_eq(CORD_to_char_star(result),
                     "a format that is longer than fifteen: "
                     "some text that is longer than fifteen");
}
END_TEST

START_TEST(the_count_so_far_is_stored)
{
    signed char in_char = -1;
    short in_short = -1;
    int in_int = -1;
    long in_long = -1;
    long long in_long_long = -1;
    CORD result;
    ck_assert_int_eq(CORD_sprintf(&result, "a%hhnb%hnc%nd%lne%lln", &in_char,
                                  &in_short, &in_int, &in_long, &in_long_long),
                     5);
    ck_assert_int_eq(in_char, 1);
    ck_assert_int_eq(in_short, 2);
    ck_assert_int_eq(in_int, 3);
    ck_assert_int_eq(in_long, 4);
    ck_assert_int_eq(in_long_long, 5);
}
END_TEST

START_TEST(the_format_may_be_any_cord)
{
    CORD result;
    CORD format = CORD_cat(CORD_from_fn(nth_of, "number \0 is %", 13),
                           CORD_cat("d, and", CORD_chars('!', 40)));
    ck_assert_int_eq(CORD_sprintf(&result, format, 25), 59);
    ck_assert_mem_eq(CORD_to_char_star(result), "number \0 is 25, and!!", 21);
    ck_assert_int_eq(CORD_sprintf(&result, CORD_EMPTY), 0);
    ck_assert_ptr_null(result);
}
END_TEST

START_TEST(what_is_no_conversion_fails)
{
    CORD result = "untouched";
    ck_assert_int_eq(CORD_sprintf(&result, "%y", 5), -1);
    ck_assert_int_eq(CORD_sprintf(&result, "some %"), -1);
    ck_assert_int_eq(CORD_sprintf(&result, "%5"), -1);
    ck_assert_str_eq(result, "untouched");
}
END_TEST

START_TEST(what_is_printed_goes_to_the_file)
{
    char *written;
    size_t bytes;
    FILE *file = open_memstream(&written, &bytes);
    ck_assert_int_eq(CORD_fprintf(file, "%d %r", 5, CORD_nul(3)), 5);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_uint_eq(bytes, 5);
    ck_assert_mem_eq(written, "5 \0\0\0", 5);
    free(written);
}
END_TEST

FIXTURE_SUITE("cord_print", setup, NULL, integers_are_as_libc_writes_them,
              numbers_with_a_point_are_as_libc_writes_them,
              characters_and_strings_are_as_libc_writes_them,
              a_cord_is_written_as_a_string,
              a_long_cord_is_shared_and_not_copied,
              a_string_may_change_after_it_was_written,
              the_count_so_far_is_stored, the_format_may_be_any_cord,
              what_is_no_conversion_fails, what_is_printed_goes_to_the_file)
