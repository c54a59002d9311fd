/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/compat/cord/model.h"
#include "tests/suite.h"

/* More than CORD_from_file() reads at once. */
enum { LONG_BYTES = 300000, SHORT_BYTES = 50000 };

static char name[] = "cord-XXXXXX";
static struct model content;

/* Random bytes, now and then some NULs. */
static void write_file(size_t bytes)
{
    struct random random = {bytes};
    content = model_of(CORD_EMPTY, "", 0);
    content.length = bytes;
    content.chars = GC_malloc_atomic(bytes + 1);
    for (size_t i = 0; i < bytes; i++)
        content.chars[i] = i % 1000 < 3 ? '\0' : (char)random_next(&random);
    FILE *file = fopen(name, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content.chars, 1, bytes, file), bytes);
    ck_assert_int_eq(fclose(file), 0);
}

static FILE *open_file(void)
{
    FILE *file = fopen(name, "rb");
    ck_assert_ptr_nonnull(file);
    return file;
}

static void setup(void)
{
    GC_INIT();
    int made = mkstemp(name);
    ck_assert_int_ge(made, 0);
    close(made);
}

static void teardown(void)
{
    remove(name);
    memcpy(name, "cord-XXXXXX", sizeof name);
}

static void expect_content(CORD x)
{
    ck_assert_uint_eq(CORD_len(x), content.length);
    ck_assert_int_eq(
        memcmp(CORD_to_char_star(x), content.chars, content.length), 0);
}

START_TEST(a_file_is_a_cord)
{
    write_file(SHORT_BYTES);
    expect_content(CORD_from_file(open_file()));
    expect_content(CORD_from_file_eager(open_file()));
    expect_content(CORD_from_file_lazy(open_file()));
    write_file(LONG_BYTES);
    expect_content(CORD_from_file(open_file()));
    expect_content(CORD_from_file_eager(open_file()));
    expect_content(CORD_from_file_lazy(open_file()));
}
END_TEST

START_TEST(an_empty_file_is_the_empty_cord)
{
    write_file(0);
    ck_assert_ptr_null(CORD_from_file(open_file()));
    ck_assert_ptr_null(CORD_from_file_eager(open_file()));
    ck_assert_ptr_null(CORD_from_file_lazy(open_file()));
}
END_TEST

START_TEST(a_lazy_file_is_read_where_one_asks)
{
    struct random random = {1};
    write_file(LONG_BYTES);
    CORD x = CORD_from_file_lazy(open_file());
    for (int i = 0; i < 3000; i++) {
        size_t at = random_below(&random, LONG_BYTES);
        ck_assert_int_eq(CORD_fetch(x, at), content.chars[at]);
    }
    CORD part = CORD_substr(x, 100000, 5000);
    ck_assert_mem_eq(CORD_to_char_star(part), content.chars + 100000, 5000);
}
END_TEST

START_TEST(a_pipe_is_read_at_once)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], "through a pipe, twice", 21), 21);
    close(ends[1]);
    CORD x = CORD_from_file_lazy(fdopen(ends[0], "rb"));
    ck_assert_str_eq(CORD_to_char_star(x), "through a pipe, twice");
}
END_TEST

START_TEST(what_is_written_is_read_again)
{
    write_file(SHORT_BYTES);
    CORD x = CORD_cat(CORD_from_file(open_file()), CORD_from_file(open_file()));
    FILE *file = fopen(name, "wb");
    ck_assert_int_eq(CORD_put(CORD_substr(x, 1000, SHORT_BYTES), file), 1);
    ck_assert_int_eq(fclose(file), 0);
    CORD again = CORD_from_file_eager(open_file());
    ck_assert_int_eq(CORD_cmp(again, CORD_substr(x, 1000, SHORT_BYTES)), 0);
}
END_TEST

START_TEST(a_write_that_fails_is_told)
{
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL)
        return;
    setvbuf(full, NULL, _IONBF, 0);
    ck_assert_int_eq(CORD_put("some", full), EOF);
    ck_assert_int_eq(CORD_fprintf(full, "%d", 5), -1);
    fclose(full);
}
END_TEST

static CORD shared;

static void *read_all(void *start)
{
    size_t first = (size_t)start;
    for (size_t i = 0; i < LONG_BYTES; i += 61) {
        size_t at = (first + i) % LONG_BYTES;
        if (CORD_fetch(shared, at) != content.chars[at])
            return start;
    }
    return NULL;
}

START_TEST(threads_may_read_the_same_file)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    write_file(LONG_BYTES);
    shared = CORD_from_file_lazy(open_file());
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, read_all,
                                        (void *)(1 + i * 70000)),
                         0);
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
        ck_assert_ptr_null(failed);
    }
}
END_TEST

/* How many file descriptors are open, of the first few. */
static int open_descriptors(void)
{
    int open = 0;
    for (int i = 0; i < 1000; i++)
        open += fcntl(i, F_GETFD) != -1;
    return open;
}

static void __attribute__((noinline)) use_files(int count)
{
    for (int i = 0; i < count; i++)
        ck_assert_int_eq(CORD_fetch(CORD_from_file_lazy(open_file()), 5),
                         content.chars[5]);
}

START_TEST(files_that_nobody_reads_are_closed)
{
    enum { FILES = 200 };
    write_file(LONG_BYTES);
    int before = open_descriptors();
    use_files(FILES);
    for (int i = 0; i < 3; i++) {
        GC_gcollect();
        GC_invoke_finalizers();
    }
    ck_assert_int_le(open_descriptors() - before, FILES / 20);
}
END_TEST

FIXTURE_SUITE("cord_file", setup, teardown, a_file_is_a_cord,
              an_empty_file_is_the_empty_cord,
              a_lazy_file_is_read_where_one_asks, a_pipe_is_read_at_once,
              what_is_written_is_read_again, a_write_that_fails_is_told,
              threads_may_read_the_same_file,
              files_that_nobody_reads_are_closed)
