/* SPDX-License-Identifier: MIT */
/* A program that is linked with none of the libraries loads them, in either order,
 * each for itself: it is one heap. */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <stdbool.h>

#include "tests/scene.h"

typedef void *malloc_function(size_t bytes);
typedef void *base_function(void *pointer);
typedef void collect_function(void);

struct library {
    malloc_function *allocate;
    base_function *base;
    collect_function *collect;
};

static void *find(void *handle, const char *name)
{
    void *address = dlsym(handle, name);
    if (address == NULL)
        printf("%s\n", dlerror());
    REQUIRE(address != NULL);
    return address;
}

static struct library load(const char *path, const char *allocate,
                           const char *base, const char *collect)
{
    struct library library;
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL)
        printf("%s\n", dlerror());
    REQUIRE(handle != NULL);
    *(void **)&library.allocate = find(handle, allocate);
    *(void **)&library.base = find(handle, base);
    *(void **)&library.collect = find(handle, collect);
    return library;
}

static struct library load_native(void)
{
    return load(NATIVE, "gc_malloc", "gc_base", "GC_collect");
}

static struct library load_drop_in(void)
{
    return load(DROP_IN, "GC_malloc", "GC_base", "GC_gcollect");
}

static void use(const struct library *one, const struct library *other)
{
    void **list = NULL;
    for (int i = 0; i < 10000; i++) {
        void **node = (i % 2 == 0 ? one : other)->allocate(2 * sizeof *node);
        REQUIRE(node != NULL);
        *node = list;
        list = node;
        if (i % 1000 == 0)
            (i % 2000 == 0 ? one : other)->collect();
    }
    int count = 0;
    for (void **node = list; node != NULL; node = *node, count++) {
        REQUIRE(one->base(node + 1) == node);
        REQUIRE(other->base(node + 1) == node);
    }
    REQUIRE(count == 10000);
}

static void native_first(void)
{
    struct library native = load_native();
    REQUIRE(native.allocate(100) != NULL);
    struct library drop_in = load_drop_in();
    use(&native, &drop_in);
}

static void drop_in_first(void)
{
    struct library drop_in = load_drop_in();
    REQUIRE(drop_in.allocate(100) != NULL);
    struct library native = load_native();
    use(&drop_in, &native);
}

START_TEST(the_native_library_may_be_loaded_first)
{
    struct played played = play("native_first", NULL);
    expect_success(&played);
}
END_TEST

START_TEST(the_drop_in_may_be_loaded_first)
{
    struct played played = play("drop_in_first", NULL);
    expect_success(&played);
}
END_TEST

SCENES_AND_SUITE("loaded", (SCENE(native_first), SCENE(drop_in_first)),
                 the_native_library_may_be_loaded_first,
                 the_drop_in_may_be_loaded_first)
