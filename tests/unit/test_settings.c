/* SPDX-License-Identifier: MIT */
/* Settings by call and by environment.  Linked with the core itself, so that a
 * copy of the program can be run with other rights. */

#define _GNU_SOURCE

#include <check.h>
#include <stdbool.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include "include/tidemark.h"
#include "tests/scene.h"

/* What the test run itself has set.  putenv() of a name alone removes it. */
#define NO_STRESS "TIDEMARK_STRESS"

enum { SETTINGS = TIDEMARK_PAST_END + 1, NOBODY = 65534 };

static const size_t defaults[SETTINGS] = {
    [TIDEMARK_HEAP_FLOOR] = 16 << 20,
    [TIDEMARK_HEAP_LIMIT] = 0,
    [TIDEMARK_GROWTH] = 175,
    [TIDEMARK_WORD_STEP] = 8,
    [TIDEMARK_MARKERS] = 0,
    [TIDEMARK_STRESS] = 0,
    [TIDEMARK_TRACE] = 0,
    [TIDEMARK_STATS] = 0,
    [TIDEMARK_IGNORE_FREE] = 0,
    [TIDEMARK_STOP_SIGNAL] = 0,
    [TIDEMARK_STOP_TIMEOUT] = 10000,
    [TIDEMARK_STRANGERS] = 1,
    [TIDEMARK_INTERIOR] = 1,
    [TIDEMARK_PAST_END] = 1,
};

/* ------------------------------------------------------------------ scenes */

static void print_settings(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 0; i < SETTINGS; i++)
        printf("%zu\n", gc_get((enum gc_setting)i));
    printf("secure %lu\n", getauxval(AT_SECURE));
    gc_set(TIDEMARK_STATS, 0);
}

static void print_errors_to_handler(const struct gc_error *error, void *context)
{
    printf("%s: code %d, %s\n", (const char *)context, (int)error->code,
           error->message);
}

static void hear_of_wrong_setting(void)
{
    static char context[] = "heard";
    gc_set_error_handler(print_errors_to_handler, context);
    printf("ready: %d\n", gc_init());
}

static void set_each(void)
{
    for (int i = 0; i < SETTINGS; i++) {
        enum gc_setting which = (enum gc_setting)i;
        REQUIRE(gc_set(which, defaults[i]));
        REQUIRE(gc_get(which) == defaults[i]);
    }
    REQUIRE(gc_set(TIDEMARK_HEAP_FLOOR, 12345));
    REQUIRE(gc_set(TIDEMARK_HEAP_LIMIT, 1 << 30));
    REQUIRE(gc_set(TIDEMARK_GROWTH, 105) && gc_set(TIDEMARK_GROWTH, 10000));
    for (size_t step = 1; step <= 8; step *= 2)
        REQUIRE(gc_set(TIDEMARK_WORD_STEP, step));
    REQUIRE(gc_set(TIDEMARK_STRESS, 1000));
    REQUIRE(gc_get(TIDEMARK_HEAP_FLOOR) == 12345);
    REQUIRE(gc_get(TIDEMARK_HEAP_LIMIT) == 1 << 30);
    REQUIRE(gc_get(TIDEMARK_GROWTH) == 10000);
    REQUIRE(gc_get(TIDEMARK_WORD_STEP) == 8);
    REQUIRE(gc_get(TIDEMARK_STRESS) == 1000);
}

static void set_what_makes_no_sense(void)
{
    static const struct {
        enum gc_setting which;
        size_t value;
    } wrong[] = {
        {TIDEMARK_GROWTH, 0},     {TIDEMARK_GROWTH, 104},
        {TIDEMARK_GROWTH, 10001}, {TIDEMARK_GROWTH, SIZE_MAX},
        {TIDEMARK_WORD_STEP, 0},  {TIDEMARK_WORD_STEP, 3},
        {TIDEMARK_WORD_STEP, 6},  {TIDEMARK_WORD_STEP, 16},
        {TIDEMARK_MARKERS, 65},   {TIDEMARK_TRACE, 2},
        {TIDEMARK_STATS, 2},      {TIDEMARK_IGNORE_FREE, 2},
        {(enum gc_setting)99, 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        REQUIRE(!gc_set(wrong[i].which, wrong[i].value));
    for (int i = 0; i < SETTINGS; i++)
        REQUIRE(gc_get((enum gc_setting)i) == defaults[i]);
}

static void set_folder_for_pictures(void)
{
    static char name[4002];
    memset(name, 'x', sizeof name - 1);
    REQUIRE(!gc_set_pictures(name));
    name[4000] = '\0';
    REQUIRE(gc_set_pictures(name));
    REQUIRE(gc_set_pictures(NULL));
}

/* ------------------------------------------------------------- environment */

static size_t printed_setting(const struct played *played,
                              enum gc_setting which)
{
    const char *line = played->text;
    for (int i = 0; i < (int)which; i++)
        line = strchr(line, '\n') + 1;
    return strtoull(line, NULL, 10);
}

static const struct {
    const char *assignment;
    enum gc_setting which;
    size_t value;
} good[] = {
    {"TIDEMARK_HEAP_FLOOR=0", TIDEMARK_HEAP_FLOOR, 0},
    {"TIDEMARK_HEAP_FLOOR=123456", TIDEMARK_HEAP_FLOOR, 123456},
    {"TIDEMARK_HEAP_FLOOR=100K", TIDEMARK_HEAP_FLOOR, 100 << 10},
    {"TIDEMARK_HEAP_FLOOR=3m", TIDEMARK_HEAP_FLOOR, 3 << 20},
    {"TIDEMARK_HEAP_LIMIT=2G", TIDEMARK_HEAP_LIMIT, (size_t)2 << 30},
    {"TIDEMARK_GROWTH=1.5", TIDEMARK_GROWTH, 150},
    {"TIDEMARK_GROWTH=3", TIDEMARK_GROWTH, 300},
    {"TIDEMARK_GROWTH=1.05", TIDEMARK_GROWTH, 105},
    {"TIDEMARK_GROWTH=1.059", TIDEMARK_GROWTH, 105},
    {"TIDEMARK_GROWTH=2.", TIDEMARK_GROWTH, 200},
    {"TIDEMARK_GROWTH=100.00", TIDEMARK_GROWTH, 10000},
    {"TIDEMARK_WORD_STEP=1", TIDEMARK_WORD_STEP, 1},
    {"TIDEMARK_WORD_STEP=4", TIDEMARK_WORD_STEP, 4},
    {"TIDEMARK_MARKERS=1", TIDEMARK_MARKERS, 1},
    {"TIDEMARK_MARKERS=64", TIDEMARK_MARKERS, 64},
    {"TIDEMARK_STOP_SIGNAL=40", TIDEMARK_STOP_SIGNAL, 40},
    {"TIDEMARK_STOP_TIMEOUT=250", TIDEMARK_STOP_TIMEOUT, 250},
    {"TIDEMARK_STRANGERS=0", TIDEMARK_STRANGERS, 0},
    {"TIDEMARK_INTERIOR=0", TIDEMARK_INTERIOR, 0},
    {"TIDEMARK_INTERIOR=1", TIDEMARK_INTERIOR, 1},
    {"TIDEMARK_PAST_END=0", TIDEMARK_PAST_END, 0},
    {"TIDEMARK_PAST_END=1", TIDEMARK_PAST_END, 1},
    {"TIDEMARK_PAST_END=2", TIDEMARK_PAST_END, 2},
    {"TIDEMARK_STRESS=1000000", TIDEMARK_STRESS, 1000000},
    {"TIDEMARK_TRACE=1", TIDEMARK_TRACE, 1},
    {"TIDEMARK_TRACE=0", TIDEMARK_TRACE, 0},
    {"TIDEMARK_STATS=1", TIDEMARK_STATS, 1},
    {"TIDEMARK_FREE=ignore", TIDEMARK_IGNORE_FREE, 1},
};

START_TEST(each_setting_is_read_from_its_variable)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct played played =
            play("print_settings", NO_STRESS, good[i].assignment, NULL);
        expect_success(&played);
        if (printed_setting(&played, good[i].which) != good[i].value)
            ck_abort_msg("%s:\n%s", good[i].assignment, played.text);
        ck_assert_ptr_null(strstr(played.text, "makes no sense"));
    }
}
END_TEST

static const char *const bad[] = {
    "TIDEMARK_HEAP_FLOOR=",
    "TIDEMARK_HEAP_FLOOR=many",
    "TIDEMARK_HEAP_FLOOR=-1",
    "TIDEMARK_HEAP_FLOOR=+1",
    "TIDEMARK_HEAP_FLOOR= 1",
    "TIDEMARK_HEAP_FLOOR=1KB",
    "TIDEMARK_HEAP_FLOOR=1T",
    "TIDEMARK_HEAP_FLOOR=0x10",
    "TIDEMARK_HEAP_FLOOR=1.5M",
    "TIDEMARK_HEAP_FLOOR=K",
    "TIDEMARK_HEAP_LIMIT=99999999999999999999",
    "TIDEMARK_HEAP_LIMIT=18446744073709551615K",
    "TIDEMARK_GROWTH=",
    "TIDEMARK_GROWTH=1",
    "TIDEMARK_GROWTH=1.04",
    "TIDEMARK_GROWTH=100.01",
    "TIDEMARK_GROWTH=2,5",
    "TIDEMARK_GROWTH=1.5x",
    "TIDEMARK_GROWTH=.5",
    "TIDEMARK_GROWTH=1.5.0",
    "TIDEMARK_GROWTH=99999999999999999999",
    "TIDEMARK_GROWTH=-2",
    "TIDEMARK_GROWTH=nan",
    "TIDEMARK_WORD_STEP=0",
    "TIDEMARK_WORD_STEP=3",
    "TIDEMARK_WORD_STEP=16",
    "TIDEMARK_WORD_STEP=8K",
    "TIDEMARK_MARKERS=65",
    "TIDEMARK_STOP_SIGNAL=65",
    "TIDEMARK_STOP_TIMEOUT=0",
    "TIDEMARK_STRANGERS=2",
    "TIDEMARK_INTERIOR=2",
    "TIDEMARK_PAST_END=3",
    "TIDEMARK_HEAP_LIMIT=cgroups",
    "TIDEMARK_STRESS=often",
    "TIDEMARK_STRESS=1K",
    "TIDEMARK_TRACE=2",
    "TIDEMARK_TRACE=yes",
    "TIDEMARK_STATS=2",
    "TIDEMARK_FREE=1",
    "TIDEMARK_FREE=",
    "TIDEMARK_FREE=IGNORE",
    "TIDEMARK_INTERPOSE=",
    "TIDEMARK_INTERPOSE=no",
};

START_TEST(a_value_that_makes_no_sense_is_named_and_ignored)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct played played = play("print_settings", NO_STRESS, bad[i], NULL);
        expect_success(&played);
        char message[200];
        snprintf(message, sizeof message,
                 "tidemark: %s makes no sense and is ignored\n", bad[i]);
        if (strncmp(played.text, message, strlen(message)) != 0)
            ck_abort_msg("%s:\n%s", bad[i], played.text);
        memmove(played.text, played.text + strlen(message),
                strlen(played.text + strlen(message)) + 1);
        for (int which = 0; which < SETTINGS; which++)
            ck_assert_uint_eq(printed_setting(&played, (enum gc_setting)which),
                              defaults[which]);
    }
}
END_TEST

START_TEST(a_very_long_value_is_named_in_part)
{
    static char assignment[5000] = "TIDEMARK_GROWTH=";
    memset(assignment + strlen(assignment), '7',
           sizeof assignment - 1 - strlen(assignment));
    struct played played = play("print_settings", NO_STRESS, assignment, NULL);
    expect_success(&played);
    ck_assert_ptr_nonnull(strstr(played.text, "7 makes no sense"));
    ck_assert_ptr_nonnull(strstr(played.text, "\n175\n"));
}
END_TEST

START_TEST(several_variables_are_read_and_each_wrong_one_is_named)
{
    struct played played = play(
        "print_settings", NO_STRESS, "TIDEMARK_HEAP_FLOOR=1M",
        "TIDEMARK_GROWTH=x", "TIDEMARK_WORD_STEP=2", "TIDEMARK_TRACE=x", NULL);
    expect_success(&played);
    ck_assert_ptr_nonnull(strstr(played.text, "TIDEMARK_GROWTH=x makes"));
    ck_assert_ptr_nonnull(strstr(played.text, "TIDEMARK_TRACE=x makes"));
    ck_assert_ptr_nonnull(strstr(played.text, "1048576\n0\n175\n2\n"));
}
END_TEST

START_TEST(a_handler_that_was_there_first_is_told_of_wrong_values)
{
    struct played played =
        play("hear_of_wrong_setting", NO_STRESS, "TIDEMARK_STRESS=x", NULL);
    expect_success(&played);
    char expected[200];
    snprintf(expected, sizeof expected,
             "heard: code %d, TIDEMARK_STRESS=x makes no sense and is "
             "ignored\nready: 1\n",
             TIDEMARK_ERROR_SETTING);
    ck_assert_str_eq(played.text, expected);
}
END_TEST

/* A copy of this program that belongs to root and sets the user id is run by
 * somebody else, who has no business with its heap. */
static struct played play_with_other_rights(const char *program,
                                            const char *scene, ...)
{
    va_list assignments;
    va_start(assignments, scene);
    ck_assert_int_eq(setresuid(NOBODY, NOBODY, 0), 0);
    struct played played = play_program(program, scene, assignments);
    ck_assert_int_eq(setresuid(0, 0, 0), 0);
    va_end(assignments);
    return played;
}

static void copy_self(const char *to)
{
    char command[300];
    snprintf(command, sizeof command, "cp /proc/%d/exe %s && chmod 4755 %s",
             (int)getpid(), to, to);
    ck_assert_int_eq(system(command), 0);
}

START_TEST(a_program_that_sets_the_user_id_reads_no_variable)
{
    if (geteuid() != 0) {
        fprintf(stderr, "skipped: only root can try it\n");
        return;
    }
    char folder[] = "/tmp/tidemark-settings-XXXXXX";
    char program[100];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chmod(folder, 0755), 0);
    snprintf(program, sizeof program, "%s/copy", folder);
    copy_self(program);
    struct played played = play_with_other_rights(
        program, "print_settings", NO_STRESS, "TIDEMARK_HEAP_FLOOR=5M",
        "TIDEMARK_WORD_STEP=x", "TIDEMARK_PICTURES=/tmp", NULL);
    unlink(program);
    rmdir(folder);
    if (strstr(played.text, "secure 0\n") != NULL || !has_ended_well(&played)) {
        fprintf(stderr, "skipped: no set-user-id program runs here\n");
        return;
    }
    ck_assert_uint_eq(printed_setting(&played, TIDEMARK_HEAP_FLOOR),
                      defaults[TIDEMARK_HEAP_FLOOR]);
    ck_assert_ptr_null(strstr(played.text, "makes no sense"));
}
END_TEST

/* ------------------------------------------------------------------- calls */

START_TEST(each_setting_is_set_by_a_call)
{
    struct played played = play("set_each", NO_STRESS, NULL);
    expect_success(&played);
}
END_TEST

START_TEST(a_call_with_a_value_that_makes_no_sense_changes_nothing)
{
    struct played played = play("set_what_makes_no_sense", NO_STRESS, NULL);
    expect_success(&played);
}
END_TEST

START_TEST(the_folder_for_pictures_has_a_name_of_at_most_4000_bytes)
{
    struct played played = play("set_folder_for_pictures", NO_STRESS, NULL);
    expect_success(&played);
}
END_TEST

SCENES_AND_SUITE("settings",
                 (SCENE(print_settings), SCENE(hear_of_wrong_setting),
                  SCENE(set_each), SCENE(set_what_makes_no_sense),
                  SCENE(set_folder_for_pictures)),
                 each_setting_is_read_from_its_variable,
                 a_value_that_makes_no_sense_is_named_and_ignored,
                 a_very_long_value_is_named_in_part,
                 several_variables_are_read_and_each_wrong_one_is_named,
                 a_handler_that_was_there_first_is_told_of_wrong_values,
                 a_program_that_sets_the_user_id_reads_no_variable,
                 each_setting_is_set_by_a_call,
                 a_call_with_a_value_that_makes_no_sense_changes_nothing,
                 the_folder_for_pictures_has_a_name_of_at_most_4000_bytes)
