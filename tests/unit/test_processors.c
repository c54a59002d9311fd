/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* sched_getaffinity */

#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/processors.h"
#include "tests/suite.h"

enum { PATH_BYTES = 8192 };

/* A folder with files of proc and sys. */
static char root[] = "/tmp/processors_XXXXXX";

static void setup(void)
{
    strcpy(root + sizeof root - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
}

static int remove_one(const char *path, const struct stat *status, int flag,
                      struct FTW *ftw)
{
    (void)status, (void)flag, (void)ftw;
    return remove(path);
}

static void teardown(void)
{
    nftw(root, remove_one, 10, FTW_DEPTH | FTW_PHYS);
}

/* Creates the file and the folders that it is in. */
static void file(const char *name, const char *content)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s%s", root, name);
    for (char *slash = path + strlen(root); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *stream = fopen(path, "w");
    ck_assert_ptr_nonnull(stream);
    fputs(content, stream);
    ck_assert_int_eq(fclose(stream), 0);
}

static const char *const version_2_mount =
    "22 1 8:1 / / rw - ext4 /dev/root rw\n"
    "24 22 0:22 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n";

static void version_2(const char *group)
{
    char line[PATH_BYTES];
    snprintf(line, sizeof line, "0::%s\n", group);
    file("/proc/self/cgroup", line);
    file("/proc/self/mountinfo", version_2_mount);
}

static void version_1(const char *group)
{
    char lines[PATH_BYTES];
    snprintf(lines, sizeof lines,
             "12:cpuset:/elsewhere\n4:memory:%s\n3:cpu,cpuacct:%s\n"
             "1:name=systemd:/\n",
             group, group);
    file("/proc/self/cgroup", lines);
    file("/proc/self/mountinfo",
         "30 22 0:26 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
         "31 22 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:1 master:2 - "
         "cgroup cgroup rw,cpu,cpuacct\n"
         "32 22 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
}

static void version_1_quota(const char *group, const char *quota,
                            const char *period)
{
    char name[PATH_BYTES];
    snprintf(name, sizeof name, "%s/cpu.cfs_quota_us", group);
    file(name, quota);
    snprintf(name, sizeof name, "%s/cpu.cfs_period_us", group);
    file(name, period);
}

static unsigned bound_to(void)
{
    cpu_set_t set;
    ck_assert_int_eq(sched_getaffinity(0, sizeof set, &set), 0);
    return (unsigned)CPU_COUNT(&set);
}

static void expect_quota(unsigned quota)
{
    unsigned bound = bound_to();
    ck_assert_uint_eq(gc__processor_quota(root), quota);
    ck_assert_uint_eq(gc__processors(root),
                      quota != 0 && quota < bound ? quota : bound);
}

static void expect_bytes(size_t bytes)
{
    ck_assert_uint_eq(gc__memory_limit(root), bytes);
}

/* ----------------------------------------------------------- without limits */

START_TEST(without_any_file_there_is_no_limit)
{
    expect_quota(0);
    expect_bytes(0);
}
END_TEST

START_TEST(without_a_group_there_is_no_limit)
{
    file("/proc/self/cgroup", "");
    file("/sys/fs/cgroup/cpu.max", "100000 100000\n");
    expect_quota(0);
}
END_TEST

START_TEST(the_real_files_can_be_read)
{
    errno = 123;
    unsigned processors = gc__processors("");
    ck_assert_uint_ge(processors, 1);
    ck_assert_uint_le(processors, bound_to());
    size_t bytes = gc__memory_limit("");
    ck_assert(bytes == 0 || bytes > 1 << 20);
    ck_assert_int_eq(errno, 123);
}
END_TEST

START_TEST(a_thread_that_is_bound_to_one_processor_has_one)
{
    cpu_set_t before, one;
    ck_assert_int_eq(sched_getaffinity(0, sizeof before, &before), 0);
    CPU_ZERO(&one);
    for (int cpu = 0; CPU_COUNT(&one) == 0; cpu++)
        if (CPU_ISSET(cpu, &before))
            CPU_SET(cpu, &one);
    ck_assert_int_eq(sched_setaffinity(0, sizeof one, &one), 0);
    ck_assert_uint_eq(gc__processors(root), 1);
    ck_assert_int_eq(sched_setaffinity(0, sizeof before, &before), 0);
    expect_quota(0);
}
END_TEST

/* ---------------------------------------------------------------- version 2 */

START_TEST(a_quota_is_rounded_up)
{
    version_2("/");
    static const struct {
        const char *content;
        unsigned quota;
    } cases[] = {
        {"1000 100000\n", 1},   {"100000 100000\n", 1}, {"100001 100000\n", 2},
        {"150000 100000\n", 2}, {"200000 100000\n", 2}, {"1600000 50000\n", 32},
        {"1600000 50000", 32},  {"max 100000\n", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        file("/sys/fs/cgroup/cpu.max", cases[i].content);
        expect_quota(cases[i].quota);
    }
}
END_TEST

START_TEST(the_least_limit_of_a_group_and_those_around_it_holds)
{
    version_2("/outer/middle/inner");
    file("/sys/fs/cgroup/outer/middle/inner/cpu.max", "max 100000\n");
    expect_quota(0);
    file("/sys/fs/cgroup/outer/cpu.max", "300000 100000\n");
    expect_quota(3);
    file("/sys/fs/cgroup/outer/middle/inner/cpu.max", "700000 100000\n");
    expect_quota(3);
    file("/sys/fs/cgroup/outer/middle/inner/cpu.max", "200000 100000\n");
    expect_quota(2);
    file("/sys/fs/cgroup/cpu.max", "90000 100000\n");
    expect_quota(1);

    file("/sys/fs/cgroup/outer/middle/memory.max", "5000000\n");
    file("/sys/fs/cgroup/outer/middle/inner/memory.max", "max\n");
    expect_bytes(5000000);
    file("/sys/fs/cgroup/memory.max", "4000000\n");
    expect_bytes(4000000);
    file("/sys/fs/cgroup/outer/middle/inner/memory.max", "3000000\n");
    expect_bytes(3000000);
}
END_TEST

START_TEST(groups_beside_the_own_one_do_not_matter)
{
    version_2("/outer/inner");
    file("/sys/fs/cgroup/outer/inner2/cpu.max", "100000 100000\n");
    file("/sys/fs/cgroup/outer/inner/below/cpu.max", "100000 100000\n");
    file("/sys/fs/cgroup/out/cpu.max", "100000 100000\n");
    file("/sys/fs/cpu.max", "100000 100000\n");
    file("/sys/fs/cgroup/other/memory.max", "77\n");
    version_1_quota("/sys/fs/cgroup/cpu/outer", "100000\n", "100000\n");
    expect_quota(0);
    expect_bytes(0);
}
END_TEST

START_TEST(what_makes_no_sense_is_no_limit)
{
    static const char *const contents[] = {
        "",         "\n",         "100000\n",    "100000 \n",
        "100000 0", "0 100000\n", "-1 100000",   "a lot\n",
        " 1 2\n",   "99 max\n",   "1\t100000\n", "99999999999999999999 1\n",
    };
    version_2("/group");
    file("/sys/fs/cgroup/cpu.max", "400000 100000\n");
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
        file("/sys/fs/cgroup/group/cpu.max", contents[i]);
        expect_quota(4);
    }
    static const char *const sizes[] = {"",     "\n",    "0\n",
                                        "-1\n", "max\n", "G\n"};
    file("/sys/fs/cgroup/memory.max", "4000000\n");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        file("/sys/fs/cgroup/group/memory.max", sizes[i]);
        expect_bytes(4000000);
    }
}
END_TEST

/* ---------------------------------------------------------------- version 1 */

START_TEST(the_first_version_has_its_files_too)
{
    const char *inner = "/sys/fs/cgroup/cpu,cpuacct/outer/inner";
    version_1("/outer/inner");
    version_1_quota(inner, "-1\n", "100000\n");
    expect_quota(0);
    version_1_quota("/sys/fs/cgroup/cpu,cpuacct/outer", "450000\n", "100000\n");
    expect_quota(5);
    version_1_quota(inner, "250000\n", "100000\n");
    expect_quota(3);
    version_1_quota("/sys/fs/cgroup/cpu,cpuacct", "100000\n", "50000\n");
    expect_quota(2);

    file("/sys/fs/cgroup/memory/outer/inner/memory.limit_in_bytes",
         "9223372036854771712\n");
    expect_bytes(0);
    file("/sys/fs/cgroup/memory/outer/memory.limit_in_bytes", "123456789\n");
    expect_bytes(123456789);
    file("/sys/fs/cgroup/memory/outer/inner/memory.limit_in_bytes", "65536\n");
    expect_bytes(65536);
}
END_TEST

START_TEST(a_quota_without_a_period_is_none)
{
    version_1("/");
    file("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "100000\n");
    expect_quota(0);
    version_1_quota("/sys/fs/cgroup/cpu,cpuacct", "100000\n", "0\n");
    expect_quota(0);
    version_1_quota("/sys/fs/cgroup/cpu,cpuacct", "100000\n", "50000\n");
    expect_quota(2);
}
END_TEST

START_TEST(both_versions_may_be_there_side_by_side)
{
    file("/proc/self/cgroup", "2:memory:/old\n1:cpu:/old\n0::/new\n");
    file("/proc/self/mountinfo",
         "30 22 0:27 / /v1/cpu rw - cgroup none rw,cpu\n"
         "31 22 0:28 / /v1/memory rw - cgroup none rw,memory\n"
         "32 22 0:29 / /v2 rw - cgroup2 none rw\n");
    version_1_quota("/v1/cpu/old", "300000\n", "100000\n");
    expect_quota(3);
    file("/v2/new/cpu.max", "200000 100000\n");
    expect_quota(2);
    file("/v2/new/memory.max", "3000000\n");
    expect_bytes(3000000);
    file("/v1/memory/old/memory.limit_in_bytes", "2000000\n");
    expect_bytes(2000000);
}
END_TEST

/* ------------------------------------------------------------------- mounts */

START_TEST(in_a_container_the_group_itself_is_the_mount_point)
{
    file("/proc/self/cgroup", "3:cpu:/docker/12/part\n");
    file(
        "/proc/self/mountinfo",
        "29 22 0:27 /docker/1 /other rw - cgroup cgroup rw,cpu\n"
        "31 22 0:27 /docker/12 /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n");
    version_1_quota("/sys/fs/cgroup/cpu", "200000\n", "100000\n");
    version_1_quota("/other", "100000\n", "100000\n");
    expect_quota(2);
    version_1_quota("/sys/fs/cgroup/cpu/part", "100000\n", "100000\n");
    expect_quota(1);
    file("/proc/self/mountinfo",
         "31 22 0:27 /docker/12 /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n"
         "32 22 0:27 /docker/9 /nowhere rw - cgroup cgroup rw,cpu\n");
    expect_quota(1);
}
END_TEST

START_TEST(of_a_group_outside_of_the_mount_the_mount_point_holds)
{
    version_2("/../../elsewhere");
    file("/sys/fs/cgroup/cpu.max", "200000 100000\n");
    file("/sys/elsewhere/cpu.max", "100000 100000\n");
    expect_quota(2);
    file("/proc/self/cgroup", "0::/elsewhere\n");
    file("/proc/self/mountinfo",
         "32 22 0:29 /here /sys/fs/cgroup rw - cgroup2 none rw\n");
    file("/sys/fs/cgroup/elsewhere/cpu.max", "100000 100000\n");
    expect_quota(2);
}
END_TEST

START_TEST(without_a_list_of_mounts_the_usual_places_are_looked_at)
{
    file("/proc/self/cgroup", "4:memory:/a\n3:cpu,cpuacct:/a\n0::/b/c\n");
    version_1_quota("/sys/fs/cgroup/cpu/a", "300000\n", "100000\n");
    expect_quota(3);
    file("/sys/fs/cgroup/b/cpu.max", "200000 100000\n");
    expect_quota(2);
    file("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "3000000\n");
    expect_bytes(3000000);
    file("/proc/self/mountinfo", "\n22 1 8:1 / / rw - ext4 /dev/root rw\nx\n");
    expect_quota(2);
}
END_TEST

START_TEST(lines_and_names_may_be_very_long)
{
    static char text[PATH_BYTES];
    memset(text, 'x', 6000);
    version_2("/");
    file("/sys/fs/cgroup/cpu.max", "200000 100000\n");
    char *end = text + 6000;
    sprintf(end, " / / rw - overlay overlay rw\n%s", version_2_mount);
    file("/proc/self/mountinfo", text);
    expect_quota(2);

    /* The group's folder has a name that is too long for a path. */
    memcpy(text, "0::/", 4);
    strcpy(end, "\n");
    file("/proc/self/cgroup", text);
    expect_quota(0);
    strcpy(text + 4000, "\n");
    file("/proc/self/cgroup", text);
    expect_quota(2);
}
END_TEST

FIXTURE_SUITE("processors", setup, teardown, without_any_file_there_is_no_limit,
              without_a_group_there_is_no_limit, the_real_files_can_be_read,
              a_thread_that_is_bound_to_one_processor_has_one,
              a_quota_is_rounded_up,
              the_least_limit_of_a_group_and_those_around_it_holds,
              groups_beside_the_own_one_do_not_matter,
              what_makes_no_sense_is_no_limit,
              the_first_version_has_its_files_too,
              a_quota_without_a_period_is_none,
              both_versions_may_be_there_side_by_side,
              in_a_container_the_group_itself_is_the_mount_point,
              of_a_group_outside_of_the_mount_the_mount_point_holds,
              without_a_list_of_mounts_the_usual_places_are_looked_at,
              lines_and_names_may_be_very_long)
