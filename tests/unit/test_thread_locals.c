/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* memfd_create */

#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/thread_locals.h"
#include "tests/linked.h"
#include "tests/plugin.h"
#include "tests/suite.h"

enum { MANY = 100, CAPACITY = 1000 };

static _Thread_local void *in_program;

static struct thread_local_layout layout;
static struct thread_local_module array[CAPACITY];
static struct thread_local_modules modules;

static void setup(void)
{
    modules = (struct thread_local_modules){array, CAPACITY, 0};
    ck_assert(gc__thread_local_layout(&layout));
}

static void list(void)
{
    ck_assert(gc__thread_local_modules(&layout, &modules));
    ck_assert(gc__thread_local_modules_are_current(&layout, &modules));
}

/* ---------------------------------------------------------- what is visited */

struct look {
    const void *word;
    size_t found;
    size_t bytes;
    uintptr_t sum;
};

/* Reads all of it, since all of it can be read. */
__attribute__((no_sanitize("address"))) static bool look(struct range range,
                                                         void *context)
{
    struct look *look = context;
    ck_assert_uint_lt(range.low, range.high);
    look->found += range_contains(range, (uintptr_t)look->word);
    look->bytes += range_size(range);
    uintptr_t at = round_up(range.low, WORD_BYTES);
    for (; at + WORD_BYTES <= range.high; at += WORD_BYTES)
        look->sum += *(volatile uintptr_t *)at;
    return true;
}

static struct look look_for(const void *word, pthread_t thread)
{
    struct look found = {.word = word};
    ck_assert(
        gc__thread_locals(&layout, &modules, (uintptr_t)thread, look, &found));
    return found;
}

static size_t times_seen(const void *word, pthread_t thread)
{
    return look_for(word, thread).found;
}

static bool look_once(struct range range, void *context)
{
    return !look(range, context);
}

/* Whether it is in the block that each thread has from its start. */
static bool is_in_first_block(const void *word, pthread_t thread)
{
    struct look found = {.word = word};
    ck_assert(gc__thread_locals(&layout, &modules, (uintptr_t)thread, look_once,
                                &found));
    return found.found == 1;
}

static size_t bytes_seen(pthread_t thread)
{
    return look_for(NULL, thread).bytes;
}

/* ------------------------------------------------------------ another thread */

/* It does one thing after the other for the test and waits in between. */
static struct {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    void *(*ask)(void *argument);
    void *argument;
    void *answer;
    bool is_over;
} other = {.mutex = PTHREAD_MUTEX_INITIALIZER,
           .changed = PTHREAD_COND_INITIALIZER};

static void *serve(void *unused)
{
    pthread_mutex_lock(&other.mutex);
    while (!other.is_over) {
        if (other.ask != NULL) {
            other.answer = other.ask(other.argument);
            other.ask = NULL;
            pthread_cond_broadcast(&other.changed);
        }
        pthread_cond_wait(&other.changed, &other.mutex);
    }
    pthread_mutex_unlock(&other.mutex);
    return unused;
}

static void start_other(void)
{
    other.is_over = false;
    other.ask = NULL;
    ck_assert_int_eq(pthread_create(&other.thread, NULL, serve, NULL), 0);
}

static void *let_other(void *(*ask)(void *argument), void *argument)
{
    pthread_mutex_lock(&other.mutex);
    other.ask = ask;
    other.argument = argument;
    pthread_cond_broadcast(&other.changed);
    while (other.ask != NULL)
        pthread_cond_wait(&other.changed, &other.mutex);
    pthread_mutex_unlock(&other.mutex);
    return other.answer;
}

static void end_other(void)
{
    pthread_mutex_lock(&other.mutex);
    other.is_over = true;
    pthread_cond_broadcast(&other.changed);
    pthread_mutex_unlock(&other.mutex);
    ck_assert_int_eq(pthread_join(other.thread, NULL), 0);
}

/* -------------------------------------------------------------- its variables */

static void *word_of_program(void *unused)
{
    (void)unused;
    in_program = &in_program;
    return &in_program;
}

static void *word_of_linked(void *unused)
{
    (void)unused;
    *linked_word() = linked_word();
    return linked_word();
}

static void *word_of_libc(void *unused)
{
    (void)unused;
    return &errno;
}

static void *words_of_plugin(void *library)
{
    plugin_function *words_of;
    *(void **)&words_of = dlsym(library, "plugin_words");
    void **words = words_of(PLUGIN_THREAD);
    words[0] = words;
    return words;
}

static void *load(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(library != NULL, "%s", dlerror());
    return library;
}

static void unload(void *library)
{
    ck_assert_int_eq(dlclose(library), 0);
}

START_TEST(variables_that_are_there_from_the_start_are_seen)
{
    start_other();
    list();
    void *(*words[])(void *) = {word_of_program, word_of_linked, word_of_libc};
    for (size_t i = 0; i < 3; i++) {
        void *theirs = let_other(words[i], NULL), *own = words[i](NULL);
        ck_assert_ptr_ne(theirs, own);
        ck_assert_uint_eq(times_seen(theirs, other.thread), 1);
        ck_assert_uint_eq(times_seen(own, pthread_self()), 1);
        ck_assert_uint_eq(times_seen(theirs, pthread_self()), 0);
        ck_assert(is_in_first_block(theirs, other.thread));
        ck_assert(is_in_first_block(own, pthread_self()));
    }
    end_other();
}
END_TEST

START_TEST(variables_of_a_library_loaded_later_are_seen_once_they_are_used)
{
    start_other(); /* before there is such a module */
    void *library = load(PLUGIN);
    list();
    size_t before = bytes_seen(other.thread);
    words_of_plugin(library);
    ck_assert_uint_eq(bytes_seen(other.thread), before);

    char *words = let_other(words_of_plugin, library);
    ck_assert_uint_eq(times_seen(words, other.thread), 1);
    ck_assert_uint_eq(
        times_seen(words + PLUGIN_WORDS * WORD_BYTES - 1, other.thread), 1);
    ck_assert_uint_eq(bytes_seen(other.thread),
                      before + PLUGIN_WORDS * WORD_BYTES);
    ck_assert_uint_eq(times_seen(words, pthread_self()), 0);
    end_other();
    unload(library);
}
END_TEST

START_TEST(a_thread_that_starts_after_the_library_is_no_different)
{
    void *library = load(PLUGIN);
    list();
    start_other();
    void *words = let_other(words_of_plugin, library);
    ck_assert_uint_eq(times_seen(words, other.thread), 1);
    end_other();
    unload(library);
}
END_TEST

/* ------------------------------------------------- libraries come and go */

START_TEST(a_list_is_current_until_a_library_is_loaded)
{
    list();
    void *library = load(PLUGIN);
    ck_assert(!gc__thread_local_modules_are_current(&layout, &modules));
    list();
    void *again = load(PLUGIN);
    ck_assert(gc__thread_local_modules_are_current(&layout, &modules));
    unload(again);
    unload(library);
    ck_assert(gc__thread_local_modules_are_current(&layout, &modules));
    library = load(LARGE_PLUGIN); /* under the same number */
    ck_assert(!gc__thread_local_modules_are_current(&layout, &modules));
    unload(library);
}
END_TEST

START_TEST(what_a_library_leaves_behind_is_not_looked_at)
{
    start_other();
    list();
    size_t before = bytes_seen(other.thread);
    void *library = load(LARGE_PLUGIN);
    list();
    void *words = let_other(words_of_plugin, library);
    ck_assert_uint_eq(times_seen(words, other.thread), 1);
    unload(library);
    ck_assert_uint_eq(bytes_seen(other.thread), before); /* by the old list */
    list();
    ck_assert_uint_eq(bytes_seen(other.thread), before);
    end_other();
}
END_TEST

/* The number of a module that is gone is used again, while a thread still has a
 * block of the old one, which is smaller or larger. */
static void check_number_used_again(const char *old, const char *new,
                                    size_t new_words)
{
    start_other();
    list();
    size_t before = bytes_seen(other.thread);
    void *library = load(old);
    list();
    size_t count = modules.count;
    void *words = let_other(words_of_plugin, library);
    ck_assert_uint_eq(times_seen(words, other.thread), 1);
    unload(library);
    library = load(new);
    ck_assert_uint_eq(bytes_seen(other.thread), before); /* by the old list */
    list();
    ck_assert_uint_eq(modules.count, count);
    ck_assert_uint_eq(bytes_seen(other.thread), before);

    words = let_other(words_of_plugin, library);
    ck_assert_uint_eq(times_seen(words, other.thread), 1);
    ck_assert_uint_eq(bytes_seen(other.thread),
                      before + new_words * WORD_BYTES);
    unload(library);
    end_other();
}

START_TEST(a_small_block_is_not_taken_for_a_large_one)
{
    check_number_used_again(PLUGIN, LARGE_PLUGIN, LARGE_PLUGIN_WORDS);
}
END_TEST

START_TEST(a_large_block_is_not_taken_for_a_small_one)
{
    check_number_used_again(LARGE_PLUGIN, PLUGIN, PLUGIN_WORDS);
}
END_TEST

/* A copy is another library for the loader, while its name is in use. */
static void *load_copy_of_plugin(int *copy)
{
    char path[64];
    struct stat status;
    int plugin = open(PLUGIN, O_RDONLY | O_CLOEXEC);
    *copy = memfd_create("copy", MFD_CLOEXEC);
    ck_assert(plugin >= 0 && *copy >= 0);
    ck_assert_int_eq(fstat(plugin, &status), 0);
    ck_assert_int_eq(sendfile(*copy, plugin, NULL, (size_t)status.st_size),
                     status.st_size);
    close(plugin);
    snprintf(path, sizeof path, "/proc/self/fd/%d", *copy);
    return load(path);
}

START_TEST(vectors_and_lists_grow_with_the_number_of_libraries)
{
    static void *libraries[MANY], *words[MANY];
    static int copies[MANY];
    start_other();
    let_other(word_of_program, NULL);
    list();
    size_t before = bytes_seen(other.thread), count = modules.count;
    for (size_t i = 0; i < MANY; i++) {
        libraries[i] = load_copy_of_plugin(&copies[i]);
        words[i] = let_other(words_of_plugin, libraries[i]);
    }
    list();
    ck_assert_uint_eq(modules.count, count + MANY);
    for (size_t i = 0; i < MANY; i++)
        ck_assert_uint_eq(times_seen(words[i], other.thread), 1);
    for (size_t i = 0; i < MANY; i += 2)
        unload(libraries[i]);
    list();
    ck_assert_uint_eq(bytes_seen(other.thread),
                      before + MANY / 2 * PLUGIN_WORDS * WORD_BYTES);
    for (size_t i = 1; i < MANY; i += 2)
        unload(libraries[i]);
    for (size_t i = 0; i < MANY; i++)
        close(copies[i]);
    list();
    ck_assert_uint_eq(modules.count, count);
    ck_assert_uint_eq(bytes_seen(other.thread), before);
    end_other();
}
END_TEST

/* ---------------------------------------------------------------- refusals */

START_TEST(a_list_that_is_too_short_says_how_much_is_needed)
{
    list();
    size_t count = modules.count;
    ck_assert_uint_ge(count, 3); /* none, the program, a library */
    for (modules.capacity = 0; modules.capacity < count; modules.capacity++) {
        ck_assert(!gc__thread_local_modules(&layout, &modules));
        ck_assert_uint_eq(modules.count, count);
    }
    list();
}
END_TEST

static bool never(struct range range, void *context)
{
    (void)range;
    ck_abort_msg("something was visited");
    return context != NULL;
}

static bool sees_nothing_at(uintptr_t thread)
{
    return !gc__thread_locals(&layout, &modules, thread, never, NULL);
}

START_TEST(what_is_no_thread_is_not_looked_at)
{
    static uintptr_t zeros[1 << 14];
    list();
    void *pages = mmap(NULL, 16 * PAGE_BYTES, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(pages, MAP_FAILED);
    ck_assert(sees_nothing_at(0));
    ck_assert(sees_nothing_at(UINTPTR_MAX));
    ck_assert(sees_nothing_at((uintptr_t)pthread_self() + 1));
    ck_assert(sees_nothing_at((uintptr_t)pages + 8 * PAGE_BYTES));
    ck_assert(sees_nothing_at((uintptr_t)&zeros[1 << 13]));
    ck_assert_int_eq(munmap(pages, 16 * PAGE_BYTES), 0);
}
END_TEST

/* What a thread that is stopped at a bad moment may leave in its place. */
START_TEST(a_vector_that_makes_no_sense_is_told)
{
    enum { AT = 1 << 14 }; /* words, with room for a block */
    static uintptr_t words[2 * AT], target[PLUGIN_WORDS];
    uintptr_t thread = (uintptr_t)&words[AT];
    uintptr_t *vector = (uintptr_t *)(thread + layout.vector_at);
    struct look seen = {0};
    words[AT] = thread;
    list();

    uintptr_t bad_vectors[] = {0, 4, PAGE_BYTES, UINTPTR_MAX - 7};
    for (size_t i = 0; i < sizeof bad_vectors / sizeof *bad_vectors; i++) {
        *vector = bad_vectors[i];
        ck_assert(!gc__thread_locals(&layout, &modules, thread, look, &seen));
    }
    static uintptr_t entries[2 * 100] = {UINTPTR_MAX};
    *vector = (uintptr_t)&entries[2];
    ck_assert(!gc__thread_locals(&layout, &modules, thread, look, &seen));

    /* One that is too short for the last module, however young it is. */
    void *library = load(PLUGIN);
    list();
    seen = (struct look){.word = target};
    entries[0] = modules.count - 2;
    entries[2] = UINTPTR_MAX;
    entries[2 * modules.count] = (uintptr_t)target;
    ck_assert(gc__thread_locals(&layout, &modules, thread, look, &seen));
    ck_assert_uint_eq(seen.found, 0);
    entries[0]++;
    ck_assert(gc__thread_locals(&layout, &modules, thread, look, &seen));
    ck_assert_uint_eq(seen.found, 1);
    unload(library);
}
END_TEST

START_TEST(a_block_that_cannot_be_read_is_told)
{
    start_other();
    void *library = load(PLUGIN);
    list();
    void *words = let_other(words_of_plugin, library);
    size_t number = modules.count - 1;
    uintptr_t vector =
        *(uintptr_t *)((uintptr_t)other.thread + layout.vector_at);
    uintptr_t *entry = (uintptr_t *)(vector + layout.entry_bytes * number +
                                     layout.entry_block_at);
    ck_assert_uint_eq(*entry, (uintptr_t)words);
    *entry = PAGE_BYTES;
    struct look seen = {.word = (void *)PAGE_BYTES};
    bool is_all = gc__thread_locals(&layout, &modules, (uintptr_t)other.thread,
                                    look, &seen);
    *entry = (uintptr_t)words;
    ck_assert(!is_all);
    ck_assert_uint_eq(seen.found, 0);
    end_other();
    unload(library);
}
END_TEST

static bool stop_visit(struct range range, void *context)
{
    ++*(size_t *)context;
    return range.low > range.high;
}

START_TEST(a_visitor_ends_the_visit)
{
    size_t visits = 0;
    start_other();
    void *library = load(PLUGIN);
    let_other(words_of_plugin, library);
    list();
    ck_assert(gc__thread_locals(&layout, &modules, (uintptr_t)other.thread,
                                stop_visit, &visits));
    ck_assert_uint_eq(visits, 1);
    end_other();
    unload(library);
}
END_TEST

FIXTURE_SUITE("thread_locals", setup, NULL,
              variables_that_are_there_from_the_start_are_seen,
              variables_of_a_library_loaded_later_are_seen_once_they_are_used,
              a_thread_that_starts_after_the_library_is_no_different,
              a_list_is_current_until_a_library_is_loaded,
              what_a_library_leaves_behind_is_not_looked_at,
              a_small_block_is_not_taken_for_a_large_one,
              a_large_block_is_not_taken_for_a_small_one,
              vectors_and_lists_grow_with_the_number_of_libraries,
              a_list_that_is_too_short_says_how_much_is_needed,
              what_is_no_thread_is_not_looked_at,
              a_vector_that_makes_no_sense_is_told,
              a_block_that_cannot_be_read_is_told, a_visitor_ends_the_visit)
