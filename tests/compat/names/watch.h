/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_COMPAT_WATCH_H
#define TIDEMARK_TESTS_COMPAT_WATCH_H

/* For programs that know nothing but the other library's interface, so that they can
 * run with that library too: objects whose death is seen by links that disappear,
 * and what the library prints. */

#include <check.h>
#include <gc/gc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WATCHED = 1000, SOME_LEFT = WATCHED / 20 };

static void **watched; /* where nobody looks for pointers */

/* The variable is of another library's than the one for the programs of the other
 * interface; that one does not know it. */
__attribute__((unused)) static void init_without_stress(void)
{
    unsetenv("TIDEMARK_STRESS");
    GC_INIT();
}

/* From now on watched[i] is the object until it has died. */
__attribute__((unused)) static void watch(size_t i, void *object)
{
    if (watched == NULL)
        watched = calloc(WATCHED, sizeof *watched);
    GC_unregister_disappearing_link(&watched[i]);
    watched[i] = object;
    ck_assert_int_eq(GC_general_register_disappearing_link(&watched[i], object),
                     GC_SUCCESS);
}

__attribute__((unused)) static size_t count_left(size_t first, size_t end)
{
    size_t left = 0;
    for (size_t i = first; i < end; i++)
        left += watched[i] != NULL;
    return left;
}

/* A stale word may keep one or the other. */
__attribute__((unused)) static void expect_dead(size_t first, size_t end)
{
    size_t left = count_left(first, end);
    if (left > (end - first) / 20)
        ck_abort_msg("%zu of %zu objects are alive", left, end - first);
}

__attribute__((unused)) static void expect_all_left(size_t first, size_t end)
{
    ck_assert_uint_eq(count_left(first, end), end - first);
}

/* Overwrites what calls have left on the stack. */
__attribute__((unused, noinline)) static void wipe_stack(void)
{
    volatile char rest[8000];
    for (size_t i = 0; i < sizeof rest; i++)
        rest[i] = 0;
}

__attribute__((unused)) static void collect(void)
{
    wipe_stack();
    GC_gcollect();
    GC_gcollect();
}

/* --------------------------------------------------------------------- printed */

static char said[100000];

struct hearing {
    int descriptor, original;
    FILE *file;
};

/* What is written to a descriptor goes to a file, until heard(). */
__attribute__((unused)) static struct hearing listen_to(int descriptor)
{
    fflush(NULL);
    struct hearing hearing = {descriptor, dup(descriptor), tmpfile()};
    ck_assert_ptr_nonnull(hearing.file);
    ck_assert_int_ge(dup2(fileno(hearing.file), descriptor), 0);
    return hearing;
}

__attribute__((unused)) static const char *heard(struct hearing hearing)
{
    fflush(NULL);
    dup2(hearing.original, hearing.descriptor);
    close(hearing.original);
    rewind(hearing.file);
    said[fread(said, 1, sizeof said - 1, hearing.file)] = '\0';
    fclose(hearing.file);
    return said;
}

#endif
