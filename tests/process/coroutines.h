/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_PROCESS_COROUTINES_H
#define TIDEMARK_TESTS_PROCESS_COROUTINES_H

/* Coroutines, and objects that are held by one frame alone.  Needs
 * _GNU_SOURCE. */

#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "tests/process/threads.h"
#include "tests/suite.h"

enum {
    OBJECTS = 500, /* of each stack */
    OBJECT_BYTES = 64,
    STACK_BYTES = 128 << 10,
};

/* ------------------------------------------------------------- what is held */

/* Objects that are held by one frame alone, each filled with its number. */
struct held {
    unsigned char *objects[OBJECTS];
};

__attribute__((noinline, unused)) static void fill(struct held *held,
                                                   unsigned seed)
{
    for (unsigned i = 0; i < OBJECTS; i++) {
        held->objects[i] = gc_malloc(OBJECT_BYTES);
        memset(held->objects[i], (int)(seed + i), OBJECT_BYTES);
    }
}

__attribute__((noinline, unused)) static bool is_intact(const struct held *held,
                                                        unsigned seed)
{
    for (unsigned i = 0; i < OBJECTS; i++)
        for (unsigned k = 0; k < OBJECT_BYTES; k++)
            if (held->objects[i][k] != (unsigned char)(seed + i))
                return false;
    return true;
}

/* Collects, and overwrites whatever was lost. */
__attribute__((noinline, unused)) static void collect(void)
{
    GC_collect();
    for (unsigned i = 0; i < 4 * OBJECTS; i++)
        memset(gc_malloc(OBJECT_BYTES), 0xee, OBJECT_BYTES);
}

static uintptr_t hidden[OBJECTS];

__attribute__((noinline, unused)) static void hide(const struct held *held)
{
    for (unsigned i = 0; i < OBJECTS; i++)
        hidden[i] = ~(uintptr_t)held->objects[i];
}

static inline void expect_gone(void)
{
    unsigned alive = 0;
    GC_collect();
    for (unsigned i = 0; i < OBJECTS; i++)
        alive += gc_base((void *)~hidden[i]) == (void *)~hidden[i];
    ck_assert_uint_le(alive, OBJECTS / 20);
}

/* --------------------------------------------------------------- coroutines */

struct coroutine {
    ucontext_t context;
    ucontext_t caller;
    struct gc_stack *stack; /* NULL: not registered */
    void (*run)(struct coroutine *self);
    void *low;
    unsigned rounds;
    bool is_well;
    bool is_over;
};

static void enter(unsigned high, unsigned low)
{
    struct coroutine *self =
        (struct coroutine *)((uintptr_t)high << 32 | (uintptr_t)low);
    self->run(self);
    self->is_over = true;
    if (self->stack != NULL)
        gc_stack_switch(NULL);
    setcontext(&self->caller);
}

/* The contexts lie in memory of libc's, where nothing is looked at. */
static inline struct coroutine *prepare(void (*run)(struct coroutine *),
                                        void *low, size_t bytes)
{
    struct coroutine *self = calloc(1, sizeof *self);
    uintptr_t address = (uintptr_t)self;
    getcontext(&self->context);
    self->run = run;
    self->low = low;
    self->context.uc_stack.ss_sp = low;
    self->context.uc_stack.ss_size = bytes;
    makecontext(&self->context, (void (*)(void))enter, 2,
                (unsigned)(address >> 32), (unsigned)address);
    return self;
}

static inline void resume(struct coroutine *self)
{
    if (self->stack != NULL)
        gc_stack_switch(self->stack);
    swapcontext(&self->caller, &self->context);
}

static inline void yield_back(struct coroutine *self)
{
    if (self->stack != NULL)
        gc_stack_switch(NULL);
    swapcontext(&self->context, &self->caller);
}

static inline void *map(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    return memory;
}

static inline struct coroutine *
prepare_registered(void (*run)(struct coroutine *))
{
    struct coroutine *self = prepare(run, map(STACK_BYTES), STACK_BYTES);
    self->stack = gc_stack_new(self->low, STACK_BYTES);
    ck_assert_ptr_nonnull(self->stack);
    return self;
}

static inline void dispose(struct coroutine *self)
{
    gc_stack_delete(self->stack);
    munmap(self->low, STACK_BYTES);
    free(self);
}

static struct counter arrived, released;

static inline void reset_counters(void)
{
    arrived = released = (struct counter){0};
}

#endif
