/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* strnlen */

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gc/report.h"
#include "platform/backtrace.h"
#include "tests/suite.h"

static char text[8192];
static size_t bytes;

static void setup(void)
{
    memset(text, 'x', sizeof text);
}

static void teardown(void)
{
    gc__backtrace_use_library(NULL);
}

__attribute__((noinline)) static void report_error(size_t capacity)
{
    struct registers registers;
    gc__registers_spill(&registers);
    bytes = gc__report_format("something is wrong", &registers, text, capacity);
}

__attribute__((noinline)) static void call_in_depth(int depth)
{
    if (depth == 0)
        report_error(sizeof text);
    else
        call_in_depth(depth - 1);
    __asm__ volatile("" : : : "memory"); /* no tail call */
}

static const char *line_at(size_t number)
{
    const char *line = text;
    while (number-- > 0) {
        line = strchr(line, '\n');
        ck_assert_ptr_nonnull(line);
        line++;
    }
    return line;
}

/* "  #1 name +0x1c (test_report)" */
static void expect_frame(size_t number, const char *name)
{
    size_t found_number, offset;
    char found_name[64], module[64];
    ck_assert_int_eq(sscanf(line_at(number + 1), "  #%zu %63s +0x%zx (%63[^)])",
                            &found_number, found_name, &offset, module),
                     4);
    ck_assert_uint_eq(found_number, number);
    ck_assert_str_eq(found_name, name);
    ck_assert_uint_gt(offset, 0);
    ck_assert_ptr_null(strchr(module, '/'));
}

START_TEST(a_report_is_the_message_and_then_a_line_for_each_function)
{
    call_in_depth(2);
    ck_assert_int_eq(strncmp(text, "tidemark: something is wrong\n", 29), 0);
    expect_frame(0, "report_error");
    expect_frame(1, "call_in_depth");
    expect_frame(3, "call_in_depth");
    ck_assert_ptr_nonnull(strstr(text, " main +0x"));
    ck_assert_uint_eq(bytes, strlen(text));
    ck_assert_int_eq(text[bytes - 1], '\n');
}
END_TEST

START_TEST(a_report_of_a_deep_recursion_has_an_end)
{
    call_in_depth(10 * REPORT_FRAMES);
    expect_frame(REPORT_FRAMES - 1, "call_in_depth");
    ck_assert_str_eq(line_at(REPORT_FRAMES + 1), "  ...\n");
}
END_TEST

START_TEST(a_report_without_libunwind_says_so)
{
    gc__backtrace_use_library("libtidemark-absent.so.0");
    call_in_depth(2);
    expect_frame(0, "report_error");
    ck_assert_str_eq(line_at(2),
                     "  (its callers are unknown without libunwind)\n");
}
END_TEST

START_TEST(a_report_is_cut_off_where_the_buffer_is_full)
{
    for (size_t capacity = 1; capacity < 200; capacity++) {
        setup();
        report_error(capacity);
        ck_assert_uint_gt(bytes, 100);
        ck_assert_uint_eq(strnlen(text, sizeof text),
                          capacity - 1 < bytes ? capacity - 1 : bytes);
        ck_assert_int_eq(text[capacity], 'x');
    }
}
END_TEST

START_TEST(a_long_message_is_not_cut)
{
    static char message[3000];
    memset(message, 'm', sizeof message - 1);
    struct registers registers;
    gc__registers_spill(&registers);
    bytes = gc__report_format(message, &registers, text, sizeof text);
    ck_assert_uint_eq(strspn(text + strlen("tidemark: "), "m"),
                      sizeof message - 1);
}
END_TEST

START_TEST(code_in_no_file_is_given_by_its_address)
{
    struct registers registers;
    gc__registers_spill(&registers);
    struct range words = gc__registers_words(&registers);
    uintptr_t pc = gc__registers_pc(&registers);
    for (uintptr_t at = words.low; at < words.high; at += WORD_BYTES)
        if (*(uintptr_t *)at == pc)
            *(uintptr_t *)at = (uintptr_t)&registers;
    bytes = gc__report_format("", &registers, text, sizeof text);

    char expected[64];
    snprintf(expected, sizeof expected, "  #0 ??? at 0x%zx\n",
             (size_t)&registers);
    ck_assert_int_eq(strncmp(line_at(1), expected, strlen(expected)), 0);
}
END_TEST

START_TEST(errno_stays_as_it_was)
{
    errno = EDOM;
    call_in_depth(0);
    ck_assert_int_eq(errno, EDOM);
}
END_TEST

FIXTURE_SUITE("report", setup, teardown,
              a_report_is_the_message_and_then_a_line_for_each_function,
              a_report_of_a_deep_recursion_has_an_end,
              a_report_without_libunwind_says_so,
              a_report_is_cut_off_where_the_buffer_is_full,
              a_long_message_is_not_cut,
              code_in_no_file_is_given_by_its_address, errno_stays_as_it_was)
