/* SPDX-License-Identifier: MIT */
/* What keeps an object alive: a pointer in any of the places where a program
 * has its data.  Each place holds ten thousand pointers to objects; they live
 * as long as they stand there, and are gone when they do not. */

#define _GNU_SOURCE

#include <check.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/hidden.h"
#include "tests/plugin.h"
#include "tests/suite.h"

enum { WORDS = HIDDEN, BYTES = 48, GROWN_BYTES = 80 };

static void *in_data[WORDS] = {in_data};
static void *in_bss[WORDS];
static _Thread_local void *in_thread[WORDS];

/* Each object is filled with its number. */
__attribute__((noinline)) static void fill_words(void **words)
{
    for (size_t i = 0; i < WORDS; i++) {
        words[i] = gc_malloc(BYTES);
        hidden[i] = hide(words[i]);
        memset(words[i], (int)i, BYTES);
    }
}

static bool is_intact(size_t i, const unsigned char *object)
{
    for (size_t byte = 0; byte < BYTES; byte++)
        if (object[byte] != (unsigned char)i)
            return false;
    return true;
}

__attribute__((noinline)) static void expect_intact(void **words)
{
    for (size_t i = 0; i < WORDS; i++)
        if (!is_intact(i, words[i]))
            ck_abort_msg("object %zu has changed", i);
}

__attribute__((noinline)) static void allocate_garbage(void)
{
    for (size_t i = 0; i < WORDS; i++)
        memset(gc_malloc(BYTES), 0xff, BYTES);
}

/* Garbage is allocated after the collection, so that an object that was lost is
 * overwritten. */
static void expect_that_words_keep_objects(void **words)
{
    fill_words(words);
    GC_collect();
    expect_alive(WORDS);
    allocate_garbage();
    GC_collect();
    allocate_garbage();
    expect_intact(words);
}

static void expect_that_words_hold_and_release(void **words)
{
    expect_that_words_keep_objects(words);
    memset(words, 0, WORDS * sizeof *words);
    GC_collect();
    expect_gone(WORDS);
}

/* ------------------------------------------------------------ static data */

START_TEST(initialised_data_keeps_objects)
{
    expect_that_words_hold_and_release(in_data);
}
END_TEST

START_TEST(zeroed_data_keeps_objects)
{
    expect_that_words_hold_and_release(in_bss);
}
END_TEST

START_TEST(thread_local_variables_keep_objects)
{
    expect_that_words_hold_and_release(in_thread);
}
END_TEST

static void *load_plugin(plugin_function **words_of)
{
    void *library = dlopen(PLUGIN, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(library != NULL, "%s", dlerror());
    *(void **)words_of = dlsym(library, "plugin_words");
    ck_assert_ptr_nonnull(*(void **)words_of);
    return library;
}

START_TEST(the_data_of_a_library_that_was_loaded_keeps_objects)
{
    plugin_function *words_of;
    void *library = load_plugin(&words_of);
    expect_that_words_hold_and_release(words_of(PLUGIN_DATA));
    expect_that_words_hold_and_release(words_of(PLUGIN_BSS));
    expect_that_words_hold_and_release(words_of(PLUGIN_THREAD));
    dlclose(library);
}
END_TEST

START_TEST(a_library_that_is_unloaded_keeps_nothing)
{
    for (int round = 0; round < 5; round++) {
        plugin_function *words_of;
        void *library = load_plugin(&words_of);
        expect_that_words_keep_objects(words_of(PLUGIN_BSS));
        ck_assert_int_eq(dlclose(library), 0);
        GC_collect();
        expect_gone(WORDS);
    }
}
END_TEST

/* ----------------------------------------------------- stack and registers */

__attribute__((noinline)) static void keep_in_frame(void)
{
    void *words[WORDS];
    __asm__ volatile("" : : "r"(words) : "memory");
    expect_that_words_keep_objects(words);
    __asm__ volatile("" : : "r"(words) : "memory");
}

START_TEST(the_stack_keeps_objects)
{
    keep_in_frame();
    GC_collect();
    expect_gone(WORDS);
}
END_TEST

/* Ends of objects that fill their cells. */
__attribute__((noinline)) static void fill_ends(char **ends)
{
    for (size_t i = 0; i < WORDS; i++) {
        char *object = gc_malloc(BYTES);
        hidden[i] = hide(object);
        memset(object, (int)i, BYTES);
        ends[i] = object + BYTES;
    }
}

__attribute__((noinline)) static void keep_by_ends_in_frame(void)
{
    char *ends[WORDS];
    fill_ends(ends);
    __asm__ volatile("" : : "r"(ends) : "memory");
    GC_collect();
    expect_alive(WORDS);
    allocate_garbage();
    for (size_t i = 0; i < WORDS; i++)
        if (!is_intact(i, (unsigned char *)ends[i] - BYTES))
            ck_abort_msg("object %zu has changed", i);
}

START_TEST(a_pointer_past_the_end_in_the_stack_keeps_an_object)
{
    keep_by_ends_in_frame();
    GC_collect();
    expect_gone(WORDS);
}
END_TEST

/* Objects that filled their cells only after they had grown a little. */
__attribute__((noinline)) static void fill_ends_of_grown(char **ends)
{
    for (size_t i = 0; i < WORDS; i++) {
        char *object = gc_realloc(gc_malloc(GROWN_BYTES - 7), GROWN_BYTES);
        hidden[i] = hide(object);
        ends[i] = object + GROWN_BYTES;
    }
}

__attribute__((noinline)) static void keep_grown_by_ends_in_frame(void)
{
    char *ends[WORDS];
    fill_ends_of_grown(ends);
    __asm__ volatile("" : : "r"(ends) : "memory");
    GC_collect();
    expect_alive(WORDS);
    __asm__ volatile("" : : "r"(ends) : "memory");
}

START_TEST(a_pointer_past_the_end_of_an_object_that_grew_keeps_it)
{
    keep_grown_by_ends_in_frame();
    GC_collect();
    expect_gone(WORDS);
}
END_TEST

#if defined(__x86_64__)

/* void *collect_with_REGISTER(uintptr_t hidden): collects while the object is
 * pointed to by the register alone, and answers the pointer. */
#define COLLECT_WITH(name)                              \
    void *collect_with_##name(uintptr_t address);       \
    __asm__(".text\n"                                   \
            ".type collect_with_" #name ", @function\n" \
            "collect_with_" #name ":\n"                 \
            "    push %" #name "\n"                     \
            "    mov %rdi, %" #name "\n"                \
            "    not %" #name "\n"                      \
            "    call GC_collect@PLT\n"                 \
            "    mov %" #name ", %rax\n"                \
            "    pop %" #name "\n"                      \
            "    ret\n"                                 \
            ".size collect_with_" #name ", . - collect_with_" #name "\n")

COLLECT_WITH(rbx);
COLLECT_WITH(rbp);
COLLECT_WITH(r12);
COLLECT_WITH(r13);
COLLECT_WITH(r14);
COLLECT_WITH(r15);

__attribute__((noinline)) static uintptr_t new_hidden_object(int filling)
{
    void *object = gc_malloc(BYTES);
    memset(object, filling, BYTES);
    return hide(object);
}

START_TEST(registers_that_a_call_preserves_keep_objects)
{
    static void *(*const collect_with[])(uintptr_t) = {
        collect_with_rbx, collect_with_rbp, collect_with_r12,
        collect_with_r13, collect_with_r14, collect_with_r15,
    };
    for (size_t i = 0; i < sizeof collect_with / sizeof *collect_with; i++)
        for (int round = 0; round < 3; round++) {
            uintptr_t address = new_hidden_object(round);
            unsigned char *object = collect_with[i](address);
            ck_assert_ptr_eq(object, reveal(address));
            ck_assert_ptr_eq(gc_base(object), object);
            ck_assert(is_intact((size_t)round, object));
        }
}
END_TEST

#else

START_TEST(registers_that_a_call_preserves_keep_objects)
{
    void *object = gc_malloc(BYTES);
    uintptr_t address = hide(object);
    GC_collect();
    ck_assert_ptr_eq(gc_base(reveal(address)), object);
}
END_TEST

#endif

/* ------------------------------------------------------------ added ranges */

START_TEST(memory_of_libc_keeps_objects_when_it_was_added)
{
    void **words = calloc(WORDS, sizeof *words);
    ck_assert(gc_add_roots(words, words + WORDS));
    expect_that_words_hold_and_release(words);
    ck_assert(gc_remove_roots(words, words + WORDS));
    free(words);
}
END_TEST

START_TEST(memory_of_libc_keeps_nothing_when_it_was_not_added)
{
    void **words = calloc(WORDS, sizeof *words);
    fill_words(words);
    GC_collect();
    expect_gone(WORDS);
    free(words);
}
END_TEST

START_TEST(a_mapping_keeps_objects_until_it_is_removed)
{
    size_t bytes = WORDS * sizeof(void *);
    void **words = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(words, MAP_FAILED);
    ck_assert(gc_add_roots(words, words + WORDS));
    expect_that_words_keep_objects(words);
    ck_assert(gc_remove_roots(words, words + WORDS));
    GC_collect();
    expect_gone(WORDS);
    munmap(words, bytes);
}
END_TEST

START_TEST(the_part_of_a_range_that_is_not_removed_keeps_objects)
{
    void **words = calloc(WORDS, sizeof *words);
    ck_assert(gc_add_roots(words, words + WORDS));
    fill_words(words);
    ck_assert(gc_remove_roots(words + WORDS / 4, words + WORDS * 3 / 4));
    GC_collect();
    size_t alive = count_alive(WORDS);
    ck_assert_uint_ge(alive, WORDS / 2);
    ck_assert_uint_le(alive, WORDS / 2 + WORDS / 2 / 20);
    for (size_t i = 0; i < WORDS / 4; i++)
        ck_assert_ptr_eq(gc_base(words[i]), words[i]);
    ck_assert(gc_remove_roots(words, words + WORDS));
    free(words);
}
END_TEST

START_TEST(what_was_never_added_cannot_be_removed)
{
    static void *words[4];
    ck_assert(!gc_remove_roots(words, words + 4));
    ck_assert(!gc_add_roots(words + 4, words));
    ck_assert(gc_add_roots(words, words + 4));
    ck_assert(gc_remove_roots(words + 1, words + 2));
    ck_assert(gc_remove_roots(words, words + 4));
    ck_assert(!gc_remove_roots(words, words + 4));
}
END_TEST

/* ---------------------------------------------------------------- objects */

START_TEST(objects_keep_objects_by_pointers_into_their_middle)
{
    static void **holder;
    holder = gc_malloc(WORDS * sizeof *holder);
    fill_words(holder);
    for (size_t i = 0; i < WORDS; i++)
        holder[i] = (char *)holder[i] + i % BYTES;
    GC_collect();
    expect_alive(WORDS);
    memset(holder, 0, WORDS * sizeof *holder);
    GC_collect();
    expect_gone(WORDS);
    holder = NULL;
}
END_TEST

START_TEST(an_atomic_object_keeps_nothing)
{
    static void **holder;
    holder = gc_malloc_atomic(WORDS * sizeof *holder);
    fill_words(holder);
    GC_collect();
    expect_gone(WORDS);
    ck_assert_ptr_eq(gc_base(holder), holder);
    holder = NULL;
}
END_TEST

START_TEST(an_uncollectable_object_lives_and_keeps_others_until_it_is_freed)
{
    uintptr_t holder = hide(gc_malloc_uncollectable(WORDS * sizeof(void *)));
    fill_words(reveal(holder));
    GC_collect();
    expect_alive(WORDS);
    ck_assert_ptr_eq(gc_base(reveal(holder)), reveal(holder));
    gc_free(reveal(holder));
    GC_collect();
    expect_gone(WORDS);
}
END_TEST

START_TEST(an_atomic_uncollectable_object_lives_and_keeps_nothing)
{
    uintptr_t holder =
        hide(gc_malloc_atomic_uncollectable(WORDS * sizeof(void *)));
    fill_words(reveal(holder));
    GC_collect();
    expect_gone(WORDS);
    ck_assert_ptr_eq(gc_base(reveal(holder)), reveal(holder));
    gc_free(reveal(holder));
}
END_TEST

START_TEST(an_object_lives_up_to_the_place_where_it_is_kept_alive)
{
    for (int i = 0; i < 100; i++) {
        void *object = gc_malloc(BYTES);
        uintptr_t address = hide(object);
        GC_collect();
        ck_assert_ptr_eq(gc_base(reveal(address)), reveal(address));
        gc_keep_alive(object);
    }
}
END_TEST

SUITE("found", initialised_data_keeps_objects, zeroed_data_keeps_objects,
      thread_local_variables_keep_objects,
      the_data_of_a_library_that_was_loaded_keeps_objects,
      a_library_that_is_unloaded_keeps_nothing, the_stack_keeps_objects,
      a_pointer_past_the_end_in_the_stack_keeps_an_object,
      a_pointer_past_the_end_of_an_object_that_grew_keeps_it,
      registers_that_a_call_preserves_keep_objects,
      memory_of_libc_keeps_objects_when_it_was_added,
      memory_of_libc_keeps_nothing_when_it_was_not_added,
      a_mapping_keeps_objects_until_it_is_removed,
      the_part_of_a_range_that_is_not_removed_keeps_objects,
      what_was_never_added_cannot_be_removed,
      objects_keep_objects_by_pointers_into_their_middle,
      an_atomic_object_keeps_nothing,
      an_uncollectable_object_lives_and_keeps_others_until_it_is_freed,
      an_atomic_uncollectable_object_lives_and_keeps_nothing,
      an_object_lives_up_to_the_place_where_it_is_kept_alive)
