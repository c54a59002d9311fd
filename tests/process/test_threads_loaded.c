/* SPDX-License-Identifier: MIT */
/* Threads that load and unload a library while others collect.  What only the
 * library's variables point to lives as long as it is loaded. */

#define _GNU_SOURCE

#include <check.h>
#include <dlfcn.h>
#include <stdlib.h>

#include "tests/plugin.h"
#include "tests/process/threads.h"
#include "tests/suite.h"

enum { LOADERS = 2, ROUNDS = 1000, OBJECTS = 50, BYTES = 48 };

static struct counter done;

struct loader {
    unsigned number;
    enum plugin_data which;
};

/* Nothing but the words points to the objects afterwards. */
__attribute__((noinline)) static bool fill(void **words, unsigned number)
{
    for (unsigned i = 0; i < OBJECTS; i++) {
        words[i] = gc_malloc(BYTES);
        if (!holds(words[i], 0, BYTES))
            return false;
        memset(words[i], filling_of(number, i), BYTES);
    }
    return true;
}

__attribute__((noinline)) static bool allocate_garbage(void)
{
    for (unsigned i = 0; i < 2 * OBJECTS; i++) {
        void *object = gc_malloc(BYTES);
        if (object == NULL)
            return false;
        memset(object, 0xff, BYTES);
    }
    return true;
}

__attribute__((noinline)) static bool are_intact(void **words, unsigned number)
{
    for (unsigned i = 0; i < OBJECTS; i++)
        if (!holds(words[i], filling_of(number, i), BYTES))
            return false;
    return true;
}

/* Each loader has words of its own, since both may have the same library. */
static const char *use_plugin(const struct loader *loader, void *library)
{
    plugin_function *words_of;
    *(void **)&words_of = dlsym(library, "plugin_words");
    if (words_of == NULL)
        return "the library has no words";
    void **words = words_of(loader->which) + 1 + loader->number * OBJECTS;
    if (!fill(words, loader->number))
        return "no memory, or it was not zeroed";
    for (int i = 0; i < 3; i++) {
        if (!allocate_garbage())
            return "no memory";
        sched_yield();
    }
    return are_intact(words, loader->number) ? NULL : "an object was lost";
}

static void *load_and_unload(void *argument)
{
    const struct loader *loader = argument;
    const char *problem = NULL;
    for (unsigned round = 0; round < ROUNDS && problem == NULL; round++) {
        void *library = dlopen(PLUGIN, RTLD_NOW | RTLD_LOCAL);
        if (library == NULL) {
            problem = "the library could not be loaded";
            break;
        }
        problem = use_plugin(loader, library);
        dlclose(library);
    }
    count_up(&done);
    return (void *)problem;
}

static void load_and_unload_while_collecting(enum plugin_data which)
{
    struct loader loaders[LOADERS];
    pthread_t threads[LOADERS];
    done.value = 0;
    for (unsigned i = 0; i < LOADERS; i++) {
        loaders[i] = (struct loader){i, which};
        threads[i] = start(load_and_unload, &loaders[i]);
    }
    while (count_of(&done) < LOADERS)
        collect_and_wait();
    for (unsigned i = 0; i < LOADERS; i++)
        finish(threads[i]);
}

START_TEST(the_data_of_libraries_that_threads_load_keeps_objects)
{
    load_and_unload_while_collecting(PLUGIN_DATA);
    load_and_unload_while_collecting(PLUGIN_BSS);
}
END_TEST

START_TEST(thread_local_variables_of_libraries_that_threads_load_keep_objects)
{
    load_and_unload_while_collecting(PLUGIN_THREAD);
}
END_TEST

SUITE("threads_loaded", the_data_of_libraries_that_threads_load_keeps_objects,
      thread_local_variables_of_libraries_that_threads_load_keep_objects)
