/* SPDX-License-Identifier: MIT */
/* A program that is not linked with the library but loads it, when it has threads
 * already, and beside another library that uses the little thread-local memory
 * there is for what is loaded late. */

#define _GNU_SOURCE

#include <check.h>
#include <dlfcn.h>
#include <stdlib.h>

#include "tests/process/threads.h"
#include "tests/suite.h"

enum { THREADS = 8, OBJECTS = 1000, BYTES = 48, FILLING = 0x6b };

static void *(*allocate)(size_t bytes);
static void (*collect)(void);

static struct gate is_loaded = CLOSED_GATE, may_end = CLOSED_GATE;
static struct counter ready;

static void *load(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(library != NULL, "%s", dlerror());
    return library;
}

static void load_tidemark(void)
{
    void *library = load(LIBRARY);
    *(void **)&allocate = dlsym(library, "gc_malloc");
    *(void **)&collect = dlsym(library, "GC_collect");
    ck_assert_ptr_nonnull(*(void **)&allocate);
    ck_assert_ptr_nonnull(*(void **)&collect);
}

static const char *fill(void **words)
{
    for (unsigned i = 0; i < OBJECTS; i++) {
        words[i] = allocate(BYTES);
        if (!holds(words[i], 0, BYTES))
            return "no memory, or it was not zeroed";
        memset(words[i], FILLING, BYTES);
    }
    return NULL;
}

static bool are_intact(void **words)
{
    for (unsigned i = 0; i < OBJECTS; i++)
        if (!holds(words[i], FILLING, BYTES))
            return false;
    return true;
}

static void *keep_objects(void *unused)
{
    void *words[OBJECTS];
    (void)unused;
    pass(&is_loaded);
    const char *problem = fill(words);
    count_up(&ready);
    pass(&may_end);
    if (problem == NULL && !are_intact(words))
        problem = "an object was lost";
    return (void *)problem;
}

static void start_threads(pthread_t *threads)
{
    ready.value = 0;
    set_open(&may_end, false);
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = start(keep_objects, NULL);
}

static void expect_to_be_kept(pthread_t *threads)
{
    set_open(&is_loaded, true);
    await_count(&ready, THREADS);
    for (unsigned round = 0; round < 10; round++) {
        collect();
        for (unsigned i = 0; i < OBJECTS; i++)
            memset(allocate(BYTES), 0xff, BYTES);
    }
    set_open(&may_end, true);
    for (unsigned i = 0; i < THREADS; i++)
        finish(threads[i]);
}

START_TEST(a_program_with_threads_loads_the_library)
{
    pthread_t threads[THREADS];
    set_open(&is_loaded, false);
    start_threads(threads);
    load_tidemark();
    expect_to_be_kept(threads);
    start_threads(threads);
    expect_to_be_kept(threads);
}
END_TEST

START_TEST(there_is_room_beside_a_library_with_much_static_thread_local_memory)
{
    pthread_t threads[THREADS];
    char *(*static_tls)(void);
    void *other = load(STATIC_TLS);
    *(void **)&static_tls = dlsym(other, "static_tls");
    ck_assert_ptr_nonnull(*(void **)&static_tls);
    strcpy(static_tls(), "here");
    load_tidemark();
    start_threads(threads);
    expect_to_be_kept(threads);
    ck_assert_str_eq(static_tls(), "here");
}
END_TEST

SUITE("threads_dlopen", a_program_with_threads_loads_the_library,
      there_is_room_beside_a_library_with_much_static_thread_local_memory)
