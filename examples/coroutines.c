/* SPDX-License-Identifier: MIT */

/* coroutines: two generators, each on a stack of its own.
 *
 * One finds prime numbers, and keeps those that it has found in a list; the
 * other one adds up Fibonacci numbers of any size, which are lists of digits,
 * and drops each number when the next but one is there.  Only variables in the
 * generators' own frames point to these lists.  So the collector has to look at
 * the stacks, also while they are suspended: that is what gc_stack_new() and
 * gc_stack_switch() are for. */

#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <tidemark.h>

enum {
    STACK_BYTES = 64 * 1024,
    DIGITS = 1000 * 1000 * 1000, /* of a large number, each of nine decimals */
    COLLECT_EVERY = 50,          /* values of a generator */
    DEFAULT_LINES = 20,
};

/* ---- generators -------------------------------------------------------- */

struct generator {
    ucontext_t context; /* how it goes on */
    ucontext_t caller;
    struct gc_stack *stack;
    void *memory;
    void (*run)(struct generator *self);
    const char *value; /* the last one that it gave, in decimals */
    unsigned values;
};

static void die(const char *what)
{
    fprintf(stderr, "coroutines: %s\n", what);
    exit(EXIT_FAILURE);
}

/* makecontext() passes only ints on. */
static void run_generator(unsigned high, unsigned low)
{
    uintptr_t address = (uintptr_t)high << 32 | low;
    struct generator *self = (struct generator *)address;
    self->run(self);
}

/* Its context, with the registers in it, lies where the collector does not
 * look. */
static struct generator *start(void (*run)(struct generator *))
{
    struct generator *self = calloc(1, sizeof *self);
    uintptr_t address = (uintptr_t)self;
    if (self == NULL)
        die("no memory");
    self->run = run;
    self->memory = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (self->memory == MAP_FAILED)
        die("no memory for a stack");
    self->stack = gc_stack_new(self->memory, STACK_BYTES);
    if (self->stack == NULL || getcontext(&self->context) != 0)
        die("no stack");
    self->context.uc_stack.ss_sp = self->memory;
    self->context.uc_stack.ss_size = STACK_BYTES;
    makecontext(&self->context, (void (*)(void))run_generator, 2,
                (unsigned)(address >> 32), (unsigned)address);
    return self;
}

/* Lets the generator run until it has a value. */
static const char *next(struct generator *self)
{
    gc_stack_switch(self->stack);
    swapcontext(&self->caller, &self->context);
    return self->value;
}

/* In a generator: gives a value, and goes on when the next one is wanted.  Now
 * and then the garbage is collected here, on this stack.  Meanwhile `self` has
 * the value, but the collector does not look there. */
static void give(struct generator *self, const char *value)
{
    if (value == NULL)
        die("no memory");
    self->value = value;
    if (++self->values % COLLECT_EVERY == 0)
        GC_collect();
    gc_keep_alive(value);
    gc_stack_switch(NULL);
    swapcontext(&self->context, &self->caller);
}

static void stop(struct generator *self)
{
    gc_stack_delete(self->stack);
    munmap(self->memory, STACK_BYTES);
    free(self);
}

static void *allocate(size_t bytes)
{
    void *object = gc_malloc(bytes);
    if (object == NULL)
        die("no memory");
    return object;
}

/* ---- primes ------------------------------------------------------------ */

struct prime {
    unsigned number;
    struct prime *next; /* smaller */
};

static bool is_prime(unsigned number, const struct prime *smaller)
{
    for (; smaller != NULL; smaller = smaller->next)
        if (number % smaller->number == 0)
            return false;
    return true;
}

static struct prime *new_prime(unsigned number, struct prime *smaller)
{
    struct prime *prime = allocate(sizeof *prime);
    *prime = (struct prime){number, smaller};
    return prime;
}

static void find_primes(struct generator *self)
{
    struct prime *largest = NULL;
    for (unsigned number = 2;; number++) {
        char decimals[16];
        if (!is_prime(number, largest))
            continue;
        largest = new_prime(number, largest);
        snprintf(decimals, sizeof decimals, "%u", number);
        give(self, gc_strdup(decimals));
    }
}

/* ---- Fibonacci numbers ------------------------------------------------- */

struct digit {
    unsigned value;
    struct digit *next; /* higher */
};

static struct digit *new_digit(unsigned value)
{
    struct digit *digit = allocate(sizeof *digit);
    digit->value = value;
    return digit;
}

/* `b` has as many digits as `a` or more. */
static struct digit *sum(const struct digit *a, const struct digit *b)
{
    struct digit *first = NULL;
    struct digit **end = &first;
    unsigned carry = 0;
    for (; b != NULL || carry > 0; end = &(*end)->next) {
        unsigned value =
            carry + (a != NULL ? a->value : 0) + (b != NULL ? b->value : 0);
        *end = new_digit(value % DIGITS);
        carry = value / DIGITS;
        a = a != NULL ? a->next : NULL;
        b = b != NULL ? b->next : NULL;
    }
    return first;
}

static char *write_digits(const struct digit *digit, char *text)
{
    if (digit->next == NULL)
        return text + sprintf(text, "%u", digit->value);
    text = write_digits(digit->next, text);
    return text + sprintf(text, "%09u", digit->value);
}

static char *decimals_of(const struct digit *number)
{
    size_t bytes = 1;
    for (const struct digit *at = number; at != NULL; at = at->next)
        bytes += 10;
    char *text = gc_malloc_atomic(bytes);
    if (text != NULL)
        write_digits(number, text);
    return text;
}

static void add_up(struct generator *self)
{
    struct digit *before = new_digit(0);
    struct digit *last = new_digit(1);
    for (;;) {
        give(self, decimals_of(last));
        struct digit *both = sum(before, last);
        before = last;
        last = both;
    }
}

/* ------------------------------------------------------------------------ */

/* Not a part of main(), whose frame would keep a few pointers to the end. */
__attribute__((noinline)) static void print_lines(unsigned lines)
{
    struct generator *primes = start(find_primes);
    struct generator *numbers = start(add_up);
    for (unsigned i = 1; i <= lines; i++) {
        const char *prime = next(primes);
        printf("%u %s %s\n", i, prime, next(numbers));
    }
    stop(primes);
    stop(numbers);
}

int main(int argc, char **argv)
{
    unsigned lines = DEFAULT_LINES;
    if (argc > 2 || (argc == 2 && sscanf(argv[1], "%u", &lines) != 1)) {
        fprintf(stderr, "usage: coroutines [LINES]\n");
        return 2;
    }
    print_lines(lines);
    GC_collect();

    struct gc_stats stats;
    gc_stats(&stats, sizeof stats);
    printf("collections %zu, swept %zu objects, left %zu\n", stats.collections,
           stats.swept_objects, stats.object_count);
    return 0;
}
