/* SPDX-License-Identifier: MIT */
/* Real control groups, where the test may make some.  Where it may not, the cases
 * with files of the test's own in test_processors.c are all there is. */

#define _GNU_SOURCE /* fork */

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/processors.h"
#include "tests/suite.h"

enum { PATH_BYTES = 256, PERIOD = 100000 };

/* A group, and one in it. */
static char outer[PATH_BYTES], inner[PATH_BYTES + 16];

static bool write_to(const char *group, const char *name, const char *text)
{
    char path[2 * PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", group, name);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    bool is_written = fputs(text, file) >= 0;
    return fclose(file) == 0 && is_written;
}

static bool set_quota(const char *group, unsigned quota)
{
    char both[32], one[16];
    snprintf(both, sizeof both, "%u %u", quota, (unsigned)PERIOD);
    snprintf(one, sizeof one, "%u", quota);
    return write_to(group, "cpu.max", both) ||
           write_to(group, "cpu.cfs_quota_us", one);
}

static void remove_groups(void)
{
    rmdir(inner);
    rmdir(outer);
}

/* Leaves no group where none can be used: mounted nowhere, not ours to change,
 * without the controller. */
static bool make_groups_in(const char *hierarchy)
{
    snprintf(outer, sizeof outer, "%s/tidemark-test-%d", hierarchy,
             (int)getpid());
    snprintf(inner, sizeof inner, "%s/inner", outer);
    if (mkdir(outer, 0755) == 0) {
        write_to(outer, "cgroup.subtree_control", "+cpu"); /* version 2 */
        if (mkdir(inner, 0755) == 0 && set_quota(inner, 10 * PERIOD))
            return true;
        remove_groups();
    }
    return false;
}

static bool make_groups(void)
{
    static const char *const hierarchies[] = {
        "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup"};
    for (unsigned i = 0; i < sizeof hierarchies / sizeof *hierarchies; i++)
        if (make_groups_in(hierarchies[i]))
            return true;
    return false;
}

enum { CANNOT_ENTER = 255 };

/* In the inner group. */
static unsigned asked_in_group(unsigned (*ask)(const char *root))
{
    int status;
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(write_to(inner, "cgroup.procs", "0") ? (int)ask("")
                                                   : CANNOT_ENTER);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    return (unsigned)WEXITSTATUS(status);
}

/* What the groups around ours leave. */
static unsigned most;

static void expect_quota(unsigned expected)
{
    unsigned all = gc__processors("");
    expected = expected < most ? expected : most;
    ck_assert_uint_eq(asked_in_group(gc__processor_quota), expected);
    ck_assert_uint_eq(asked_in_group(gc__processors),
                      expected < all ? expected : all);
}

START_TEST(the_quota_of_a_real_group_and_of_the_one_around_it_holds)
{
    if (!make_groups())
        return;
    most = asked_in_group(gc__processor_quota);
    if (most != CANNOT_ENTER) {
        ck_assert_uint_ge(most, 1);
        ck_assert_uint_le(most, 10);
        ck_assert(set_quota(inner, PERIOD / 2));
        expect_quota(1);
        ck_assert(set_quota(inner, PERIOD + PERIOD / 2));
        expect_quota(2);
        ck_assert(set_quota(inner, PERIOD));
        ck_assert(set_quota(outer, 3 * PERIOD));
        expect_quota(1);
        ck_assert(set_quota(inner, 3 * PERIOD));
        expect_quota(3);
    }
    remove_groups();
}
END_TEST

FIXTURE_SUITE("quota", NULL, remove_groups,
              the_quota_of_a_real_group_and_of_the_one_around_it_holds)
