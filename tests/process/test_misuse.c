/* SPDX-License-Identifier: MIT */
/* Pointers that are not to be freed or resized: what the handler is told, what
 * the default handler does, and that nothing is damaged. */

#define _GNU_SOURCE

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "include/tidemark.h"
#include "tests/scene.h"

/* ------------------------------------------------------------ wrong pointers */

enum { SMALL_BYTES = 48, LARGE_BYTES = 200000 };

static int global;

/* The compiler warns where it sees what is wrong. */
__attribute__((noinline)) static void *unseen(void *pointer)
{
    __asm__ volatile("" : "+r"(pointer));
    return pointer;
}

static void *interior_of_small(void)
{
    return (char *)gc_malloc(SMALL_BYTES) + 16;
}

static void *odd_byte_of_small(void)
{
    return (char *)gc_malloc(SMALL_BYTES) + 1;
}

static void *interior_of_large(void)
{
    return (char *)gc_malloc(LARGE_BYTES) + 100000;
}

static void *of_the_stack(void)
{
    static void *address;
    int local;
    address = unseen(&local);
    return address;
}

static void *of_static_data(void)
{
    return unseen(&global);
}

static void *of_libc(void)
{
    static void *memory;
    if (memory == NULL)
        memory = malloc(64);
    return unseen(memory);
}

/* Sixteen bytes that are left over behind 1365 cells. */
static void *unused_end_of_a_block(void)
{
    enum { BLOCK_BYTES = 65536 };
    char *object;
    gc_disable();
    do
        object = gc_malloc(SMALL_BYTES);
    while (((uintptr_t)object + SMALL_BYTES + 16) % BLOCK_BYTES != 0);
    gc_enable();
    return object + SMALL_BYTES;
}

static void *of_nobody(void)
{
    return (void *)UINTPTR_MAX;
}

static void *one(void)
{
    return (void *)1;
}

static void *freed_small(void)
{
    void *object = gc_malloc(SMALL_BYTES);
    gc_free(object);
    return unseen(object);
}

static void *freed_large(void)
{
    void *object = gc_malloc(LARGE_BYTES);
    gc_free(object);
    return unseen(object);
}

/* So many that the freed list of their class overflows. */
static void *freed_with_many(void)
{
    enum { COUNT = 500 };
    void *objects[COUNT];
    for (int i = 0; i < COUNT; i++)
        objects[i] = gc_malloc(SMALL_BYTES);
    for (int i = 0; i < COUNT; i++)
        gc_free(objects[i]);
    return unseen(objects[COUNT - 1]);
}

static void *freed_before_a_collection(void)
{
    void *object = gc_malloc(SMALL_BYTES);
    void *neighbour = gc_malloc(SMALL_BYTES);
    gc_free(object);
    GC_collect();
    gc_keep_alive(neighbour);
    return unseen(object);
}

/* Its block is free as a whole. */
static void *freed_block(void)
{
    void *object = gc_malloc(30000);
    gc_free(object);
    GC_collect();
    return unseen(object);
}

static void *freed_by_realloc(void)
{
    void *object = gc_malloc(SMALL_BYTES);
    void *moved = gc_realloc(object, LARGE_BYTES);
    gc_keep_alive(moved);
    return unseen(object);
}

static const struct wrong {
    void *(*pointer)(void);
    enum gc_error_code code;
    const char *message; /* after the name of the call and the pointer */
} wrongs[] = {
    {interior_of_small, TIDEMARK_ERROR_INTERIOR_POINTER,
     " lies 16 bytes into an object"},
    {odd_byte_of_small, TIDEMARK_ERROR_INTERIOR_POINTER,
     " lies 1 bytes into an object"},
    {interior_of_large, TIDEMARK_ERROR_INTERIOR_POINTER,
     " lies 100000 bytes into an object"},
    {of_the_stack, TIDEMARK_ERROR_FOREIGN_POINTER, " is not of this library"},
    {of_static_data, TIDEMARK_ERROR_FOREIGN_POINTER, " is not of this library"},
    {of_libc, TIDEMARK_ERROR_FOREIGN_POINTER, " is not of this library"},
    {unused_end_of_a_block, TIDEMARK_ERROR_FOREIGN_POINTER,
     " is not of this library"},
    {of_nobody, TIDEMARK_ERROR_FOREIGN_POINTER, " is not of this library"},
    {one, TIDEMARK_ERROR_FOREIGN_POINTER, " is not of this library"},
    {freed_small, TIDEMARK_ERROR_DOUBLE_FREE, " has been freed already"},
    {freed_large, TIDEMARK_ERROR_DOUBLE_FREE, " has been freed already"},
    {freed_with_many, TIDEMARK_ERROR_DOUBLE_FREE, " has been freed already"},
    {freed_before_a_collection, TIDEMARK_ERROR_DOUBLE_FREE,
     " has been freed already"},
    {freed_block, TIDEMARK_ERROR_DOUBLE_FREE, " has been freed already"},
    {freed_by_realloc, TIDEMARK_ERROR_DOUBLE_FREE, " has been freed already"},
};
enum { WRONGS = sizeof wrongs / sizeof *wrongs };

/* ---------------------------------------------------------------- handler */

static struct {
    size_t calls;
    enum gc_error_code code;
    const void *address;
    char message[300];
} told;

static void note_error(const struct gc_error *error, void *context)
{
    ck_assert_ptr_eq(context, &told);
    told.calls++;
    told.code = error->code;
    told.address = error->address;
    snprintf(told.message, sizeof told.message, "%s", error->message);
    /* The library may be called from a handler. */
    ck_assert_ptr_nonnull(gc_malloc(10));
}

static void expect_told(const struct wrong *wrong, const char *caller,
                        const void *pointer)
{
    char expected[300];
    snprintf(expected, sizeof expected, "%s: %p%s", caller, pointer,
             wrong->message);
    ck_assert_uint_eq(told.calls, 1);
    ck_assert_str_eq(told.message, expected);
    ck_assert_int_eq(told.code, wrong->code);
    ck_assert_ptr_eq(told.address, pointer);
}

/* The heap is verified at a collection under stress. */
static void verify_heap(void)
{
    size_t before = gc_get(TIDEMARK_STRESS);
    ck_assert(gc_set(TIDEMARK_STRESS, 1));
    ck_assert_ptr_nonnull(gc_malloc(16));
    ck_assert(gc_set(TIDEMARK_STRESS, before));
}

START_TEST(a_handler_is_told_what_is_wrong_with_a_pointer_that_is_freed)
{
    gc_set_error_handler(note_error, &told);
    for (size_t i = 0; i < WRONGS; i++) {
        void *pointer = wrongs[i].pointer();
        told.calls = 0;
        gc_free(pointer);
        expect_told(&wrongs[i], "gc_free", pointer);
        verify_heap();
    }
    gc_set_error_handler(NULL, NULL);
}
END_TEST

START_TEST(a_handler_is_told_what_is_wrong_with_a_pointer_that_is_resized)
{
    gc_set_error_handler(note_error, &told);
    for (size_t i = 0; i < WRONGS; i++) {
        void *pointer = wrongs[i].pointer();
        told.calls = 0;
        errno = 0;
        ck_assert_ptr_null(gc_realloc(pointer, 100));
        ck_assert_int_eq(errno, EINVAL);
        expect_told(&wrongs[i], "gc_realloc", pointer);
        verify_heap();
    }
    gc_set_error_handler(NULL, NULL);
}
END_TEST

START_TEST(an_object_that_was_freed_by_a_wrong_pointer_is_unchanged)
{
    gc_set_error_handler(note_error, &told);
    for (size_t bytes = 32; bytes <= LARGE_BYTES; bytes *= 5) {
        char *object = gc_malloc(bytes);
        memset(object, 7, bytes);
        gc_free(unseen(object + bytes / 2));
        gc_free(unseen(object + bytes - 1));
        ck_assert_ptr_null(gc_realloc(unseen(object + bytes / 2), 10));
        ck_assert_ptr_eq(gc_base(object), object);
        for (size_t i = 0; i < bytes; i++)
            if (object[i] != 7)
                ck_abort_msg("byte %zu has changed", i);
    }
    gc_set_error_handler(NULL, NULL);
}
END_TEST

START_TEST(freeing_nothing_is_no_error)
{
    gc_set_error_handler(note_error, &told);
    told.calls = 0;
    gc_free(NULL);
    ck_assert_uint_eq(told.calls, 0);
    gc_set_error_handler(NULL, NULL);
}
END_TEST

START_TEST(a_cell_that_was_freed_twice_is_handed_out_once)
{
    gc_set_error_handler(note_error, &told);
    for (int i = 0; i < 100; i++) {
        void *object = gc_malloc(SMALL_BYTES);
        gc_free(object);
        gc_free(unseen(object));
        void *first = gc_malloc(SMALL_BYTES);
        ck_assert_ptr_ne(first, gc_malloc(SMALL_BYTES));
    }
    gc_set_error_handler(NULL, NULL);
}
END_TEST

START_TEST(freeing_can_be_switched_off)
{
    ck_assert(gc_set(TIDEMARK_IGNORE_FREE, 1));
    char *object = gc_malloc(SMALL_BYTES);
    char *copy = object;
    strcpy(object, "still here");
    gc_free(object);
    gc_free(unseen(object));
    ck_assert_ptr_eq(gc_base(copy), copy);
    ck_assert_str_eq(unseen(copy), "still here");

    char *moved = gc_realloc(unseen(copy), LARGE_BYTES);
    ck_assert_str_eq(moved, "still here");
    ck_assert_str_eq(unseen(copy), "still here");
    ck_assert(gc_set(TIDEMARK_IGNORE_FREE, 0));
}
END_TEST

/* ------------------------------------------------------- the default handler */

static void free_interior_pointer(void)
{
    gc_free(interior_of_small());
    puts("and goes on");
}

static void free_foreign_pointer(void)
{
    gc_free(of_the_stack());
    gc_free(of_libc());
    puts("and goes on");
}

static void resize_foreign_pointer(void)
{
    REQUIRE(gc_realloc(of_static_data(), 10) == NULL);
    puts("and goes on");
}

static void free_twice(void)
{
    gc_free(freed_small());
    puts("and goes on");
}

static void resize_what_is_freed(void)
{
    gc_keep_alive(gc_realloc(freed_small(), 10));
    puts("and goes on");
}

START_TEST(by_default_an_interior_pointer_is_reported_and_ignored)
{
    struct played played = play("free_interior_pointer", NULL);
    expect_success(&played);
    ck_assert_ptr_nonnull(strstr(played.text, "tidemark: gc_free: 0x"));
    ck_assert_ptr_nonnull(strstr(played.text, " lies 16 bytes into"));
    ck_assert_ptr_nonnull(strstr(played.text, "and goes on\n"));
}
END_TEST

START_TEST(by_default_a_foreign_pointer_is_reported_and_ignored)
{
    static const char *const scenes[] = {"free_foreign_pointer",
                                         "resize_foreign_pointer"};
    for (size_t i = 0; i < 2; i++) {
        struct played played = play(scenes[i], NULL);
        expect_success(&played);
        ck_assert_ptr_nonnull(strstr(played.text, " is not of this library"));
        ck_assert_ptr_nonnull(strstr(played.text, "and goes on\n"));
    }
}
END_TEST

START_TEST(by_default_a_double_free_is_reported_and_ends_the_process)
{
    static const char *const scenes[] = {"free_twice", "resize_what_is_freed"};
    for (size_t i = 0; i < 2; i++) {
        struct played played = play(scenes[i], NULL);
        ck_assert_msg(was_ended_by(&played, SIGABRT), "status %#x after:\n%s",
                      played.status, played.text);
        ck_assert_ptr_nonnull(strstr(played.text, " has been freed already"));
        ck_assert_ptr_null(strstr(played.text, "and goes on"));
    }
}
END_TEST

START_TEST(a_report_shows_the_functions_that_led_to_it)
{
    struct played played = play("free_twice", NULL);
    const char *in_library = strstr(played.text, " gc_free +0x");
    const char *in_program = strstr(played.text, " free_twice +0x");
    ck_assert_msg(in_library != NULL && in_program != NULL, "%s", played.text);
    ck_assert(in_library < in_program);
    ck_assert_ptr_nonnull(strstr(in_program, " main +0x"));
}
END_TEST

SCENES_AND_SUITE("misuse",
                 (SCENE(free_interior_pointer), SCENE(free_foreign_pointer),
                  SCENE(resize_foreign_pointer), SCENE(free_twice),
                  SCENE(resize_what_is_freed)),
                 a_handler_is_told_what_is_wrong_with_a_pointer_that_is_freed,
                 a_handler_is_told_what_is_wrong_with_a_pointer_that_is_resized,
                 an_object_that_was_freed_by_a_wrong_pointer_is_unchanged,
                 freeing_nothing_is_no_error,
                 a_cell_that_was_freed_twice_is_handed_out_once,
                 freeing_can_be_switched_off,
                 by_default_an_interior_pointer_is_reported_and_ignored,
                 by_default_a_foreign_pointer_is_reported_and_ignored,
                 by_default_a_double_free_is_reported_and_ends_the_process,
                 a_report_shows_the_functions_that_led_to_it)
