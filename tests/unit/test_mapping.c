/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* MAP_ANONYMOUS */

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/mapping.h"
#include "tests/suite.h"
#include "tests/valgrind.h"

enum { PAGES = 8 };

static uintptr_t map(size_t pages, int protection)
{
    void *memory = mmap(NULL, pages * PAGE_BYTES, protection,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    return (uintptr_t)memory;
}

static void unmap(uintptr_t low, size_t pages)
{
    ck_assert_int_eq(munmap((void *)low, pages * PAGE_BYTES), 0);
}

static void protect(uintptr_t page, int protection)
{
    ck_assert_int_eq(mprotect((void *)page, PAGE_BYTES, protection), 0);
}

static struct mapping mapping_of(uintptr_t address)
{
    struct mapping mapping;
    ck_assert(gc__mapping_of(address, &mapping));
    ck_assert(range_contains(mapping.range, address));
    return mapping;
}

static bool is_mapped(uintptr_t address)
{
    struct mapping mapping;
    return gc__mapping_of(address, &mapping);
}

START_TEST(a_mapping_ends_where_the_protection_changes)
{
    uintptr_t low = map(3, PROT_NONE);
    uintptr_t middle = low + PAGE_BYTES, high = middle + PAGE_BYTES;
    protect(middle, PROT_READ | PROT_WRITE);
    for (uintptr_t at = middle; at < high; at += PAGE_BYTES - 1) {
        struct mapping mapping = mapping_of(at);
        ck_assert_uint_eq(mapping.range.low, middle);
        ck_assert_uint_eq(mapping.range.high, high);
        ck_assert(mapping.is_readable && mapping.is_writable);
    }
    struct mapping below = mapping_of(middle - 1), above = mapping_of(high);
    ck_assert_uint_eq(below.range.high, middle);
    ck_assert_uint_eq(above.range.low, high);
    ck_assert(!below.is_readable && !below.is_writable);
    protect(middle, PROT_READ);
    ck_assert(mapping_of(middle).is_readable);
    ck_assert(!mapping_of(middle).is_writable);
    unmap(low, 3);
}
END_TEST

START_TEST(where_nothing_is_mapped_none_is_found)
{
    uintptr_t low = map(3, PROT_READ | PROT_WRITE);
    unmap(low + PAGE_BYTES, 1);
    struct mapping mapping = {{1, 2}, true, false};
    ck_assert(!gc__mapping_of(low + PAGE_BYTES, &mapping));
    ck_assert_uint_eq(mapping.range.low, 1);
    ck_assert(is_mapped(low) && is_mapped(low + 2 * PAGE_BYTES));
    ck_assert(!is_mapped(0) && !is_mapped(UINTPTR_MAX));
    unmap(low, 1);
    unmap(low + 2 * PAGE_BYTES, 1);
}
END_TEST

/* Of pages with and without access in turn each is a line of its own, in a file
 * that takes very many reads. */
START_TEST(each_of_ten_thousand_mappings_is_found)
{
    enum { MANY = 10000 };
    uintptr_t low = map(MANY, PROT_NONE);
    for (size_t i = 1; i < MANY; i += 2)
        protect(low + i * PAGE_BYTES, PROT_READ);
    for (size_t i = 1; i + 1 < MANY; i += 97) {
        struct mapping mapping = mapping_of(low + i * PAGE_BYTES + i % 4096);
        ck_assert_uint_eq(mapping.range.low, low + i * PAGE_BYTES);
        ck_assert_uint_eq(range_size(mapping.range), PAGE_BYTES);
        ck_assert_int_eq(mapping.is_readable, i % 2 == 1);
    }
    unmap(low, MANY);
}
END_TEST

static void *write_stack(void *stack)
{
    int local;
    *(struct mapping *)stack = mapping_of((uintptr_t)&local);
    return NULL;
}

START_TEST(every_thread_finds_the_mapping_of_its_stack)
{
    struct mapping own = mapping_of((uintptr_t)&own), others;
    pthread_t thread;
    ck_assert(own.is_readable && own.is_writable);
    ck_assert_int_eq(pthread_create(&thread, NULL, write_stack, &others), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert(others.is_readable && others.is_writable);
    ck_assert_uint_ne(own.range.low, others.range.low);
}
END_TEST

/* The kernel shows no memory for the process then, only for the thread. */
static void *survive(void *main_thread)
{
    struct mapping mapping;
    pthread_join(*(pthread_t *)main_thread, NULL);
    _exit(gc__mapping_of((uintptr_t)&mapping, &mapping) ? 0 : 1);
}

START_TEST(a_thread_that_outlives_the_main_thread_finds_mappings)
{
    static pthread_t main_thread;
    pid_t child = fork();
    if (child == 0) {
        pthread_t thread;
        main_thread = pthread_self();
        if (pthread_create(&thread, NULL, survive, &main_thread) != 0)
            _exit(2);
        pthread_exit(NULL);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(without_a_free_file_descriptor_nothing_is_known)
{
    struct rlimit limit, none;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = 0;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    errno = 123;
    bool is_known = is_mapped((uintptr_t)&limit);
    int error = errno;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert(!is_known);
    ck_assert_int_eq(error, 123);
}
END_TEST

static int first_free_descriptor(void)
{
    int file = open("/dev/null", O_RDONLY);
    ck_assert_int_ge(file, 0);
    close(file);
    return file;
}

START_TEST(no_file_stays_open_and_errno_stays_as_it_was)
{
    int before = first_free_descriptor();
    errno = 123;
    ck_assert(is_mapped((uintptr_t)&before));
    ck_assert(!is_mapped(0));
    ck_assert(!gc__is_readable((struct range){0, 1}));
    ck_assert_int_eq(errno, 123);
    ck_assert_int_eq(first_free_descriptor(), before);
}
END_TEST

/* ---------------------------------------------------------------- readable */

static bool is_readable(uintptr_t low, uintptr_t high)
{
    return gc__is_readable((struct range){low, high});
}

START_TEST(a_range_is_readable_if_each_of_its_pages_is)
{
    uintptr_t low = map(PAGES, PROT_READ | PROT_WRITE);
    uintptr_t hole = low + 4 * PAGE_BYTES, high = low + PAGES * PAGE_BYTES;
    ck_assert(is_readable(low, high));
    protect(hole, PROT_NONE);
    for (int round = 0; round < 2; round++) {
        ck_assert(is_readable(low, hole));
        ck_assert(is_readable(low + 1, hole - 1));
        ck_assert(!is_readable(low, hole + 1));
        ck_assert(!is_readable(hole - 1, hole + 1));
        ck_assert(!is_readable(hole, hole + 1));
        ck_assert(!is_readable(low, high));
        ck_assert(!is_readable(hole + PAGE_BYTES - 1, high));
        ck_assert(is_readable(hole + PAGE_BYTES, high));
        ck_assert(is_readable(high - 1, high));
        ck_assert(is_readable(hole, hole));
        ck_assert(!is_readable(low + 1, low));
        if (round == 0)
            unmap(hole, 1); /* and nothing is there, the second time */
    }
    unmap(low, PAGES);
}
END_TEST

START_TEST(a_long_range_is_readable_up_to_its_first_hole)
{
    enum { LONG = 300 };
    uintptr_t low = map(LONG, PROT_READ), high = low + LONG * PAGE_BYTES;
    ck_assert(is_readable(low, high));
    for (size_t i = 0; i < LONG; i += 13) {
        uintptr_t hole = low + i * PAGE_BYTES;
        protect(hole, PROT_NONE);
        ck_assert(is_readable(low, hole));
        ck_assert(!is_readable(low, hole + 1));
        ck_assert(!is_readable(low, high));
        protect(hole, PROT_READ);
    }
    unmap(low, LONG);
}
END_TEST

/* As some containers do. */
static bool forbid_process_vm_readv(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof rules / sizeof *rules, rules};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

START_TEST(where_reading_another_way_is_forbidden_the_answers_are_the_same)
{
    enum { NO_FILTER = 77 };
    if (is_under_valgrind())
        return;
    uintptr_t low = map(PAGES, PROT_READ);
    uintptr_t hole = low + 4 * PAGE_BYTES, high = low + PAGES * PAGE_BYTES;
    protect(hole, PROT_NONE);
    pid_t child = fork();
    if (child == 0) {
        if (!forbid_process_vm_readv())
            _exit(NO_FILTER);
        bool is_right = is_readable(low, hole) && !is_readable(low, hole + 1) &&
                        !is_readable(low, high) && !is_readable(0, 1) &&
                        is_readable(high - 1, high) &&
                        !is_readable(hole + PAGE_BYTES - 1, high);
        _exit(is_right ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    if (WEXITSTATUS(status) != NO_FILTER)
        ck_assert_int_eq(WEXITSTATUS(status), 0);
    unmap(low, PAGES);
}
END_TEST

START_TEST(asking_what_is_readable_leaves_the_signal_mask_alone)
{
    sigset_t before, after;
    uintptr_t page = map(1, PROT_READ | PROT_WRITE);
    *(uintptr_t *)page = UINTPTR_MAX; /* a set of all signals */
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &before), 0);
    ck_assert(is_readable(page, page + PAGE_BYTES));
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &after), 0);
    for (int number = 1; number < SIGRTMAX; number++)
        ck_assert_int_eq(sigismember(&before, number),
                         sigismember(&after, number));
    unmap(page, 1);
}
END_TEST

SUITE("mapping", a_mapping_ends_where_the_protection_changes,
      where_nothing_is_mapped_none_is_found,
      each_of_ten_thousand_mappings_is_found,
      every_thread_finds_the_mapping_of_its_stack,
      a_thread_that_outlives_the_main_thread_finds_mappings,
      without_a_free_file_descriptor_nothing_is_known,
      no_file_stays_open_and_errno_stays_as_it_was,
      a_range_is_readable_if_each_of_its_pages_is,
      a_long_range_is_readable_up_to_its_first_hole,
      where_reading_another_way_is_forbidden_the_answers_are_the_same,
      asking_what_is_readable_leaves_the_signal_mask_alone)
