/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* open_memstream */

#include <check.h>
#include <string.h>

#include "include/tidemark.h"
#include "platform/backtrace.h"
#include "platform/pages.h"
#include "platform/registers.h"
#include "tests/suite.h"

/* In here an object is known by a word that points to nothing, but for the one
 * pointer that the test is about. */
static uintptr_t disguise(const void *object)
{
    return ~(uintptr_t)object;
}

struct node {
    struct node *next;
    struct node *other;
    char text[32];
};

static struct node *table[4];
static _Thread_local struct node *cache[2];
static char *written;
static uintptr_t first; /* two objects, disguised; first->other == second, and
                           first->next is a third one */
static uintptr_t second;

/* Overwrites what earlier calls have left on the stack. */
__attribute__((noinline, no_sanitize("address"))) static void clear_stack(void)
{
    volatile char room[16384];
    for (size_t i = 0; i < sizeof room; i++)
        room[i] = 0;
}

__attribute__((noinline)) static void make_objects(void)
{
    struct node *a = gc_malloc(sizeof *a);
    struct node *b = gc_malloc(4096);
    a->next = gc_malloc(16);
    a->other = b;
    first = disguise(a);
    second = disguise(b);
}

static void setup(void)
{
    make_objects();
    clear_stack();
}

static void teardown(void)
{
    gc__pages_fail_from(0);
    gc__backtrace_use_library(NULL);
    memset(table, 0, sizeof table);
    memset(cache, 0, sizeof cache);
    free(written);
    written = NULL;
}

/* Not before it is called for: it might be kept meanwhile. */
__attribute__((noinline)) static const void *reveal(uintptr_t disguised,
                                                    size_t offset)
{
    __asm__ volatile("" : "+r"(disguised));
    return (const void *)(~disguised + offset);
}

/* Byte by byte, so that no register and no frame has the pointer on its way. */
__attribute__((noinline)) static void hold(void *holder, uintptr_t disguised)
{
    volatile unsigned char *bytes = holder;
    memcpy(holder, &disguised, sizeof disguised);
    for (size_t i = 0; i < sizeof disguised; i++)
        bytes[i] = (unsigned char)~bytes[i];
}

__attribute__((noinline)) static bool ask_at_once(uintptr_t disguised,
                                                  size_t offset)
{
    free(written);
    size_t bytes;
    FILE *file = open_memstream(&written, &bytes);
    ck_assert_ptr_nonnull(file);
    bool is_reached = GC_dump_why(file, reveal(disguised, offset));
    fclose(file);
    return is_reached;
}

/* Asks for the object at `offset` from one that is disguised. */
static bool ask(uintptr_t disguised, size_t offset)
{
    clear_stack();
    return ask_at_once(disguised, offset);
}

static void expect_line(const char *line)
{
    size_t length = strlen(line);
    ck_assert_msg(strncmp(written, line, length) == 0 &&
                      strcmp(written + length, "\n") == 0,
                  "\"%s\" instead of \"%s\"", written, line);
}

static void expect_why(uintptr_t disguised, const char *path)
{
    bool is_reached = ask(disguised, 0);
    expect_line(path);
    ck_assert(is_reached);
}

/* -------------------------------------------------------------------- data */

START_TEST(through_a_global_variable)
{
    hold(&table[2], first);
    expect_why(first, "global table +16 (test_why) -> p");
    expect_why(second, "global table +16 (test_why) -> 48 B [8] -> p");
    hold(&table[0], second);
    expect_why(second, "global table (test_why) -> p");
}
END_TEST

START_TEST(through_a_thread_local_variable)
{
    hold(&cache[1], first);
    expect_why(second, "thread-local cache +8 (test_why) -> 48 B [8] -> p");
}
END_TEST

START_TEST(through_a_range_that_was_added)
{
    uintptr_t *words = calloc(4, sizeof *words);
    ck_assert(gc_add_roots(words, words + 4));
    hold(&words[3], first);
    char path[100];
    snprintf(path, sizeof path, "range 0x%zx +24 -> 48 B [8] -> p",
             (size_t)words);
    expect_why(second, path);
    ck_assert(gc_remove_roots(words, words + 4));
    free(words);
}
END_TEST

__attribute__((noinline)) static uintptr_t make_uncollectable(void)
{
    uintptr_t *kept = gc_malloc_uncollectable(30);
    hold(&kept[2], first);
    return disguise(kept);
}

START_TEST(through_an_uncollectable_object)
{
    uintptr_t kept = make_uncollectable();
    clear_stack();
    expect_why(kept, "uncollectable -> p");
    expect_why(second, "uncollectable -> 32 B [16] -> 48 B [8] -> p");
    gc_free((void *)reveal(kept, 0));
}
END_TEST

START_TEST(of_equal_paths_the_one_from_static_data_and_of_others_the_shortest)
{
    hold(&cache[0], second);
    hold(&table[1], first);
    expect_why(second, "thread-local cache (test_why) -> p");
    hold(&table[3], second);
    expect_why(second, "global table +24 (test_why) -> p");
}
END_TEST

START_TEST(any_byte_of_an_object_stands_for_it)
{
    hold(&table[0], first);
    for (size_t offset = 0; offset < 4096; offset += 91) {
        ck_assert(ask(second, offset));
        expect_line("global table (test_why) -> 48 B [8] -> p");
    }
}
END_TEST

/* --------------------------------------------------------------- the stack */

/* Bytes from the stack pointer, while a call is made, to `word`. */
#define OFFSET_ON_STACK(word) \
    ((uintptr_t)(word)-gc__registers_stack_pointer(&registers))

__attribute__((noinline)) static void hold_on_stack(uintptr_t disguised)
{
    static struct registers registers;
    uintptr_t held[3] = {0, 0, 0};
    char path[100];
    gc__registers_spill(&registers);
    hold(&held[1], disguised);
    snprintf(path, sizeof path, "stack of hold_on_stack +%zu -> 48 B [8] -> p",
             (size_t)OFFSET_ON_STACK(&held[1]));
    expect_why(second, path);
    ck_assert_uint_eq(~held[1], disguised);
}

START_TEST(through_the_frame_of_a_function)
{
    hold_on_stack(first);
}
END_TEST

__attribute__((noinline)) static void descend(int depth, uintptr_t disguised)
{
    volatile int kept = depth;
    if (depth == 0)
        hold_on_stack(disguised);
    else
        descend(depth - 1, disguised);
    kept++;
}

START_TEST(the_frame_may_be_deep_in_the_stack)
{
    descend(50, first);
}
END_TEST

__attribute__((noinline)) static void ask_far_below(int depth)
{
    volatile int kept = depth;
    if (depth > 0) {
        ask_far_below(depth - 1);
    } else {
        ck_assert(ask(second, 0));
        size_t offset = 0;
        char rest[64] = "";
        ck_assert_int_eq(
            sscanf(written, "stack +%zu -> %63[^\n]", &offset, rest), 2);
        ck_assert_str_eq(rest, "48 B [8] -> p");
        ck_assert_uint_gt(offset, 1000);
    }
    kept++;
}

START_TEST(a_frame_too_far_out_is_just_the_stack)
{
    uintptr_t held[1] = {0};
    hold(held, first);
    ask_far_below(300);
    ck_assert_uint_eq(~held[0], first);
}
END_TEST

/* --------------------------------------------------------------- registers */

#if defined(__x86_64__)

/* The pointer is in the register and nowhere else. */
#define HOLD_IN(register_name, disguised, statement)                \
    do {                                                            \
        register uintptr_t held __asm__(register_name) = disguised; \
        __asm__ volatile("not %0" : "+r"(held));                    \
        statement;                                                  \
        __asm__ volatile("" : "+r"(held));                          \
    } while (false)

__attribute__((noinline)) static void hold_in_rbx(void)
{
    HOLD_IN("rbx", first,
            expect_why(second, "register rbx of hold_in_rbx -> 48 B [8] -> p"));
}

__attribute__((noinline)) static void hold_in_r12(void)
{
    HOLD_IN("r12", first,
            expect_why(second, "register r12 of hold_in_r12 -> 48 B [8] -> p"));
}

__attribute__((noinline)) static void hold_in_r15(void)
{
    HOLD_IN("r15", first,
            expect_why(second, "register r15 of hold_in_r15 -> 48 B [8] -> p"));
}

/* Needs the register for itself, and saves what its caller has in it. */
__attribute__((noinline)) static void call_with_r14_in_use(void)
{
    __asm__ volatile("xor %%r14d, %%r14d" : : : "r14");
    expect_why(second, "register r14 of hold_in_r14 -> 48 B [8] -> p");
    __asm__ volatile("" : : : "memory");
}

__attribute__((noinline)) static void hold_in_r14(void)
{
    HOLD_IN("r14", first, call_with_r14_in_use());
}

START_TEST(through_a_register)
{
    hold_in_rbx();
    hold_in_r12();
    hold_in_r15();
}
END_TEST

START_TEST(through_a_register_that_a_callee_has_saved)
{
    hold_in_r14();
}
END_TEST

/* The program's own frames may hold the pointer twice then. */
START_TEST(without_libunwind_a_register_has_no_function)
{
    gc__backtrace_use_library("libtidemark-absent.so.0");
    bool is_register = false;
    HOLD_IN("rbx", first, ask(second, 0));
    is_register = strncmp(written, "register ", 9) == 0 ||
                  strncmp(written, "stack +", 7) == 0;
    ck_assert(is_register);
    ck_assert_ptr_null(strstr(written, " of "));
    ck_assert_ptr_nonnull(strstr(written, " -> 48 B [8] -> p\n"));
}
END_TEST

#define TESTS_OF_REGISTERS                                          \
    through_a_register, through_a_register_that_a_callee_has_saved, \
        without_libunwind_a_register_has_no_function
#else
START_TEST(the_names_of_registers_are_not_tested_on_this_processor)
{
    ck_assert(!ask(first, 0));
}
END_TEST
#define TESTS_OF_REGISTERS \
    the_names_of_registers_are_not_tested_on_this_processor
#endif

/* ----------------------------------------------------------------- no path */

START_TEST(an_object_that_nothing_reaches_is_an_orphan_and_goes)
{
    char line[100];
    ck_assert(!ask(first, 20));
    snprintf(line, sizeof line,
             "no root reaches the object at 0x%zx (48 B); the next collection "
             "takes it",
             (size_t)~first);
    expect_line(line);
    GC_collect();
    ck_assert(!ask(first, 0));
    ck_assert_ptr_null(strstr(written, "no root"));
}
END_TEST

START_TEST(what_is_no_object_is_named_so)
{
    char line[100];
    ck_assert(!ask(disguise(NULL), 0));
    expect_line("0x0 is in no object of the heap");

    ck_assert(!ask(disguise(line), 0));
    snprintf(line, sizeof line, "0x%zx is in no object of the heap",
             (size_t)line);
    expect_line(line);

    gc_free((void *)~second);
    ck_assert(!ask(second, 1));
    ck_assert(strstr(written, " is in a free cell of 4096 bytes\n") != NULL ||
              strstr(written, " is in no object of the heap\n") != NULL);
}
END_TEST

/* ------------------------------------------------------------- long paths */

__attribute__((noinline)) static uintptr_t make_list(size_t length)
{
    struct node *list = NULL;
    struct node *last = NULL;
    for (size_t i = 0; i < length; i++) {
        struct node *node = gc_malloc(sizeof *node);
        node->next = list;
        list = node;
        if (last == NULL)
            last = node;
        table[3] = list;
    }
    return disguise(last);
}

static size_t count_objects_shown(void)
{
    size_t count = 0;
    for (const char *at = written; (at = strstr(at, "48 B [0]")) != NULL; at++)
        count++;
    return count;
}

START_TEST(of_a_long_path_the_middle_is_counted)
{
    static const char start[] = "global table +24 (test_why) -> 48 B [0] -> ";
    uintptr_t last = make_list(100);
    clear_stack();
    ck_assert(ask(last, 0));
    ck_assert_uint_eq(count_objects_shown(), 99);
    ck_assert_ptr_null(strstr(written, "objects)"));

    last = make_list(100000);
    clear_stack();
    ck_assert(ask(last, 0));
    ck_assert_int_eq(strncmp(written, start, strlen(start)), 0);
    ck_assert_uint_eq(count_objects_shown(), 99);
    ck_assert_ptr_nonnull(
        strstr(written, "48 B [0] -> (99900 objects) -> 48 B [0]"));
    ck_assert_str_eq(written + strlen(written) - strlen("48 B [0] -> p\n"),
                     "48 B [0] -> p\n");
}
END_TEST

/* ------------------------------------------------------------------ memory */

START_TEST(without_memory_it_says_so)
{
    hold(&table[0], first);
    for (size_t call = 1; call < 4; call++) {
        gc__pages_fail_from(call);
        ck_assert(!ask(second, 0));
        gc__pages_fail_from(0);
        ck_assert_int_eq(strncmp(written, "no memory to look", 17), 0);
    }
    expect_why(second, "global table (test_why) -> 48 B [8] -> p");
}
END_TEST

START_TEST(without_memory_no_graph_is_printed_and_the_map_says_so)
{
    static const char message[] = "tidemark: no memory to draw the heap map\n";
    size_t bytes;
    free(written);
    FILE *file = open_memstream(&written, &bytes);
    for (size_t call = 1; call < 4; call++) {
        gc__pages_fail_from(call);
        ck_assert(!GC_dump_graph_dot(file, 0));
        gc__pages_fail_from(call);
        ck_assert(!GC_dump_graph_json(file, 0));
    }
    gc__pages_fail_from(1);
    GC_dump_heap_map(file);
    gc__pages_fail_from(0);
    fclose(file);
    ck_assert_str_eq(written, message);
}
END_TEST

START_TEST(asking_takes_nothing_from_the_heap)
{
    struct gc_stats before, after;
    hold(&table[0], first);
    ck_assert(ask(second, 0));
    gc_stats(&before, sizeof before);
    for (int i = 0; i < 20; i++)
        ck_assert(ask(second, 0));
    gc_stats(&after, sizeof after);
    ck_assert_uint_eq(after.allocated_bytes, before.allocated_bytes);
    ck_assert_uint_eq(after.metadata_bytes, before.metadata_bytes);
    ck_assert_uint_le(after.resident_bytes, before.resident_bytes + (4 << 20));
}
END_TEST

FIXTURE_SUITE(
    "why", setup, teardown, through_a_global_variable,
    through_a_thread_local_variable, through_a_range_that_was_added,
    through_an_uncollectable_object,
    of_equal_paths_the_one_from_static_data_and_of_others_the_shortest,
    any_byte_of_an_object_stands_for_it, through_the_frame_of_a_function,
    the_frame_may_be_deep_in_the_stack, a_frame_too_far_out_is_just_the_stack,
    TESTS_OF_REGISTERS, an_object_that_nothing_reaches_is_an_orphan_and_goes,
    what_is_no_object_is_named_so, of_a_long_path_the_middle_is_counted,
    without_memory_it_says_so,
    without_memory_no_graph_is_printed_and_the_map_says_so,
    asking_takes_nothing_from_the_heap)
