/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_UNIT_WHOLE_H
#define TIDEMARK_TESTS_UNIT_WHOLE_H

/* A whole heap, whose roots are exactly what a test puts into these arrays:
 * they stand for a register, the stack, static data, thread-local data and an
 * added range. */

#include <check.h>
#include <string.h>

#include "gc/hold.h"
#include "gc/members.h"

enum { ROOT_WORDS = 8 };

static struct heap heap;
static struct thread thread;
static uintptr_t stack_words[ROOT_WORDS];
static uintptr_t static_words[ROOT_WORDS];
static uintptr_t thread_local_words[ROOT_WORDS];
static uintptr_t range_words[ROOT_WORDS];
static struct {
    struct root_list list;
    struct root roots[3];
} listed;

static inline struct range range_of(const void *memory, size_t bytes)
{
    return (struct range){(uintptr_t)memory, (uintptr_t)memory + bytes};
}

static inline uintptr_t *register_word(const char *name, const char *or_name)
{
    struct range words = gc__registers_words(&thread.registers);
    for (uintptr_t at = words.low; at < words.high; at += WORD_BYTES) {
        const char *found = gc__register_name(&thread.registers, at);
        if (strcmp(found, name) == 0 || strcmp(found, or_name) == 0)
            return (uintptr_t *)at;
    }
    ck_abort_msg("no register %s", name);
    return NULL;
}

static inline uintptr_t *kept_register(void)
{
    return register_word("rbx", "x19");
}

static inline void list_roots(void)
{
    listed.roots[0] =
        (struct root){range_of(range_words, sizeof range_words), FROM_RANGE};
    listed.roots[1] =
        (struct root){range_of(thread_local_words, sizeof thread_local_words),
                      FROM_THREAD_LOCAL};
    listed.roots[2] =
        (struct root){range_of(static_words, sizeof static_words), FROM_STATIC};
    gc__roots_give(&heap.roots, heap.roots.list);
    heap.roots.list = &listed.list;
    gc__linear_init(&listed.list.entries,
                    range_of(listed.roots, sizeof listed.roots));
    gc__linear_alloc(&listed.list.entries, sizeof listed.roots, 1);
}

static inline void clear_roots(void)
{
    memset(stack_words, 0, sizeof stack_words);
    memset(static_words, 0, sizeof static_words);
    memset(thread_local_words, 0, sizeof thread_local_words);
    memset(range_words, 0, sizeof range_words);
    *kept_register() = 0;
}

static inline void whole_setup(void)
{
    memset(&heap, 0, sizeof heap);
    ck_assert(gc__heap_init(&heap, (struct range){0, 0}));
    memset(&thread, 0, sizeof thread);
    gc__members_add(&heap.world, &thread);
    clear_roots();
    *register_word("rsp", "sp") = (uintptr_t)stack_words;
    thread.stack_base = (uintptr_t)stack_words + sizeof stack_words;
    list_roots();
}

static inline void whole_teardown(void)
{
    gc__pages_fail_from(0);
    heap.roots.list = NULL;
    gc__heap_finish(&heap);
}

static inline void *new_object(enum kind kind, size_t bytes)
{
    void *object = gc__heap_alloc(&heap, &thread, kind, bytes, GRANULE_BYTES);
    ck_assert_ptr_nonnull(object);
    return object;
}

static inline uintptr_t *new_words(size_t count)
{
    return new_object(KIND_SCANNED, count * WORD_BYTES);
}

static inline void free_object(void *object)
{
    struct cell cell;
    ck_assert(heap_map_find(&heap.variable.map, (uintptr_t)object, &cell));
    gc__variable_free(&heap.variable, &thread.local, cell);
}

#endif
