/* SPDX-License-Identifier: MIT */
/* What lives on stacks of coroutines on which no thread runs, and what they are
 * called. */

#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/process/coroutines.h"

/* ---------------------------------------------------------------- suspended */

static void run_yielding(struct coroutine *self)
{
    struct held held;
    fill(&held, self->rounds);
    hide(&held);
    self->is_well = true;
    for (;;) {
        yield_back(self);
        self->is_well &= is_intact(&held, self->rounds);
    }
}

START_TEST(a_suspended_coroutine_keeps_its_objects_until_it_is_deleted)
{
    struct coroutine *self = prepare_registered(run_yielding);
    resume(self);
    for (int round = 0; round < 5; round++) {
        collect();
        resume(self);
        ck_assert(self->is_well);
    }
    gc_stack_delete(self->stack);
    self->stack = NULL;
    expect_gone();
    dispose(self);
}
END_TEST

START_TEST(a_coroutine_that_never_ran_keeps_nothing)
{
    struct coroutine *self = prepare_registered(run_yielding);
    struct held *held = self->low;
    fill(held, 0);
    hide(held);
    expect_gone();
    dispose(self);
}
END_TEST

#if defined(__x86_64__)

/* Yields while a register that calls preserve is all that points to the object:
 * the switch saves it in `mine` alone, and what calls have left below the stack
 * pointer is overwritten. */
void *yield_with_rbx(uintptr_t address, ucontext_t *mine, ucontext_t *its);
__asm__(".text\n"
        ".type yield_with_rbx, @function\n"
        "yield_with_rbx:\n"
        "    push %rbx\n"
        "    push %r12\n"
        "    push %r13\n"
        "    mov %rdi, %rbx\n"
        "    not %rbx\n"
        "    mov %rsi, %r12\n"
        "    mov %rdx, %r13\n"
        "    xor %edi, %edi\n"
        "    call gc_stack_switch@PLT\n"
        "    lea -1024(%rsp), %rdi\n"
        "    mov $128, %ecx\n"
        "    xor %eax, %eax\n"
        "    rep stosq\n"
        "    mov %r12, %rdi\n"
        "    mov %r13, %rsi\n"
        "    call swapcontext@PLT\n"
        "    mov %rbx, %rax\n"
        "    pop %r13\n"
        "    pop %r12\n"
        "    pop %rbx\n"
        "    ret\n"
        ".size yield_with_rbx, . - yield_with_rbx\n");

__attribute__((noinline)) static uintptr_t new_hidden(void)
{
    return ~(uintptr_t)memset(gc_malloc(OBJECT_BYTES), 5, OBJECT_BYTES);
}

static void run_with_register(struct coroutine *self)
{
    self->is_well = true;
    for (int round = 0; round < 20; round++) {
        unsigned char *object =
            yield_with_rbx(new_hidden(), &self->context, &self->caller);
        self->is_well &= gc_base(object) == object;
        for (unsigned k = 0; k < OBJECT_BYTES; k++)
            self->is_well &= object[k] == 5;
    }
}

START_TEST(what_a_suspended_coroutine_has_in_a_register_lives)
{
    struct coroutine *self = prepare_registered(run_with_register);
    while (!self->is_over) {
        resume(self);
        collect();
    }
    ck_assert(self->is_well);
    dispose(self);
}
END_TEST

#else

START_TEST(what_a_suspended_coroutine_has_in_a_register_lives)
{
    struct coroutine *self = prepare_registered(run_yielding);
    resume(self);
    collect();
    resume(self);
    ck_assert(self->is_well);
    dispose(self);
}
END_TEST

#endif

static void *resume_there(void *coroutine)
{
    struct coroutine *self = coroutine;
    resume(self);
    collect();
    return self->is_well ? NULL : "the coroutine's objects are lost";
}

START_TEST(a_coroutine_may_be_resumed_by_any_thread)
{
    struct coroutine *self = prepare_registered(run_yielding);
    resume(self);
    for (int round = 0; round < 8; round++) {
        collect();
        finish(start(resume_there, self));
        resume(self);
        ck_assert(self->is_well);
    }
    dispose(self);
}
END_TEST

enum { MANY = 10000, SMALL_BYTES = 16 << 10 };

static void run_one_of_many(struct coroutine *self)
{
    unsigned *volatile object = gc_malloc(sizeof *object);
    *object = self->rounds;
    yield_back(self);
    self->is_well = *object == self->rounds;
}

START_TEST(ten_thousand_coroutines_may_be_suspended)
{
    static struct coroutine *all[MANY];
    char *low = map((size_t)MANY * SMALL_BYTES);
    for (unsigned i = 0; i < MANY; i++) {
        all[i] = prepare(run_one_of_many, low + (size_t)i * SMALL_BYTES,
                         SMALL_BYTES);
        all[i]->stack = gc_stack_new(all[i]->low, SMALL_BYTES);
        all[i]->rounds = i;
        resume(all[i]);
    }
    collect();
    for (unsigned i = 0; i < MANY; i++) {
        resume(all[i]);
        ck_assert(all[i]->is_well);
        gc_stack_delete(all[i]->stack);
        free(all[i]);
    }
    munmap(low, (size_t)MANY * SMALL_BYTES);
}
END_TEST

/* A thread that switches all the time is stopped at any place of a switch. */
static void *switch_often(void *unused)
{
    (void)unused;
    struct coroutine *first = prepare_registered(run_yielding);
    struct coroutine *second = prepare_registered(run_yielding);
    bool is_well = true;
    first->rounds = 10;
    second->rounds = 20;
    while (count_of(&released) == 0) {
        resume(first);
        resume(second);
        is_well &= first->is_well && second->is_well;
    }
    dispose(first);
    dispose(second);
    return is_well ? NULL : "objects are lost";
}

START_TEST(a_thread_may_be_stopped_anywhere_in_a_switch)
{
    pthread_t thread = start(switch_often, NULL);
    for (int round = 0; round < 500; round++)
        collect();
    count_up(&released);
    finish(thread);
}
END_TEST

/* ------------------------------------------------------------ misuse, names */

START_TEST(what_cannot_be_registered_is_refused)
{
    char memory[16];
    errno = 0;
    ck_assert_ptr_null(gc_stack_new(memory, 0));
    ck_assert_int_eq(errno, EINVAL);
    ck_assert_ptr_null(gc_stack_new(memory, SIZE_MAX));
    gc_stack_delete(NULL);
    gc_stack_switch(NULL);
}
END_TEST

static void run_holding_one(struct coroutine *self)
{
    struct held held;
    fill(&held, 9);
    hide(&held);
    yield_back(self);
    self->is_well = is_intact(&held, 9);
}

enum { ASKED_STEP = 25 };

/* "Why is it alive?", of some of the objects that are hidden. */
static unsigned count_whys(const char *expected)
{
    unsigned found = 0;
    for (unsigned i = 0; i < OBJECTS; i += ASKED_STEP) {
        char text[512] = "";
        FILE *file = fmemopen(text, sizeof text, "w");
        bool is_alive = GC_dump_why(file, (void *)~hidden[i]);
        fclose(file);
        ck_assert_msg(is_alive, "%s", text);
        found += strncmp(text, expected, strlen(expected)) == 0;
    }
    return found;
}

START_TEST(a_suspended_coroutine_has_a_name)
{
    char expected[64];
    struct coroutine *self = prepare_registered(run_holding_one);
    resume(self);
    snprintf(expected, sizeof expected, "stack of coroutine 0x%zx +",
             (size_t)self->low);
    ck_assert_uint_ge(count_whys(expected), OBJECTS / ASKED_STEP - 2);
    resume(self);
    ck_assert(self->is_well);
    dispose(self);
}
END_TEST

static int task;

static void *hold_objects(void *unused)
{
    (void)unused;
    struct held held;
    fill(&held, 8);
    hide(&held);
    task = (int)syscall(SYS_gettid);
    count_up(&arrived);
    await_count(&released, 1);
    return is_intact(&held, 8) ? NULL : "objects are lost";
}

START_TEST(another_threads_stack_has_a_name)
{
    char expected[64];
    pthread_t thread = start(hold_objects, NULL);
    await_count(&arrived, 1);
    snprintf(expected, sizeof expected, "stack of thread %d +", task);
    ck_assert_uint_ge(count_whys(expected), OBJECTS / ASKED_STEP - 2);
    char *text;
    size_t bytes;
    FILE *file = open_memstream(&text, &bytes);
    ck_assert(GC_dump_graph_json(file, 0));
    ck_assert(GC_dump_graph_dot(file, 0));
    fclose(file);
    expected[strlen(expected) - 2] = '\0'; /* the offset stands elsewhere */
    ck_assert_ptr_nonnull(strstr(text, expected));
    free(text);
    count_up(&released);
    finish(thread);
}
END_TEST

FIXTURE_SUITE("coroutines", reset_counters, NULL,
              a_suspended_coroutine_keeps_its_objects_until_it_is_deleted,
              a_coroutine_that_never_ran_keeps_nothing,
              what_a_suspended_coroutine_has_in_a_register_lives,
              a_coroutine_may_be_resumed_by_any_thread,
              ten_thousand_coroutines_may_be_suspended,
              a_thread_may_be_stopped_anywhere_in_a_switch,
              what_cannot_be_registered_is_refused,
              a_suspended_coroutine_has_a_name,
              another_threads_stack_has_a_name)
