/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_SUITE_H
#define TIDEMARK_TESTS_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Defines main() for a test program: SUITE("name", test, test, ...), or, with a
 * fixture run around each test, FIXTURE_SUITE("name", setup, teardown, test,
 * ...).
 *
 * Tests also run in one process (CK_FORK=no), under valgrind for instance, so
 * each leaves the process as it found it.  A test that expects a signal or an
 * exit forks its own child. */
#define SUITE(name, ...) FIXTURE_SUITE(name, NULL, NULL, __VA_ARGS__)

#define FIXTURE_SUITE(name, setup, teardown, ...)       \
    int main(void)                                      \
    {                                                   \
        const TTest *tests[] = {__VA_ARGS__};           \
        return run_suite(name, setup, teardown, tests,  \
                         sizeof tests / sizeof *tests); \
    }

static inline int run_suite(const char *name, SFun setup, SFun teardown,
                            const TTest **tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int run = srunner_ntests_run(runner);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return run > 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
