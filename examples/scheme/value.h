/* SPDX-License-Identifier: MIT */
#ifndef SCHEME_VALUE_H
#define SCHEME_VALUE_H

/* What a variable of the language holds: one word.
 *
 *     ...............1    an integer of 63 bits
 *     ............0100    a pair, by its address + 4
 *     ............0000    any other object, by its address
 *     .........0000010    a constant: (), #t, #f, ...
 *     .........0001010    a character, its code above the lowest 8 bits
 *     0                   nothing: a variable that has no value yet
 *
 * A pair so needs no header and fits the smallest cell of the collector, which
 * takes the address + 4 for what it is, a pointer into the pair.  All objects
 * come from gc_malloc() or gc_malloc_atomic() and none is ever freed. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tidemark.h>

typedef struct {
    uintptr_t bits;
} value;

enum type {
    TYPE_REAL,
    TYPE_STRING,
    TYPE_SYMBOL,
    TYPE_VECTOR,
    TYPE_CLOSURE,
    TYPE_BUILTIN,
    TYPE_CONTINUATION,
    TYPE_CONDITION
};

struct object {
    enum type type;
};

struct pair {
    value car;
    value cdr;
};

struct real {
    struct object header;
    double number;
};

/* A character is a byte, so that a text in UTF-8 passes through unharmed. */
struct string {
    struct object header;
    size_t length;
    char bytes[]; /* with a 0 after the last, for the C library */
};

/* Names are interned: one symbol for each spelling.  So a symbol is the place
 * for what belongs to its name: the global variable and the keyword. */
struct symbol {
    struct object header;
    size_t length;
    value global;
    const struct form *keyword; /* how to compile it, or NULL */
    struct symbol *next;        /* in its chain of the table of names */
    char name[];
};

struct vector {
    struct object header;
    size_t length;
    value items[];
};

/* The variables of one activation of a procedure; see machine.h. */
struct rib {
    struct rib *outer;
    value slots[];
};

struct closure {
    struct object header;
    const struct node *lambda;
    struct rib *env;
};

struct continuation {
    struct object header;
    struct frame *frame;
    struct handler *handlers;
};

/* Where in the text of a program something was read. */
struct place {
    const char *file;
    uint32_t line;
    uint32_t column;
};

struct condition {
    struct object header;
    struct place at;
    value message; /* a string */
    value irritants;
};

/* Constants. */

#define CONSTANT(n) ((value){(uintptr_t)(n) << 8 | 2})
#define NOTHING     ((value){0})
#define NIL         CONSTANT(0)
#define FALSE       CONSTANT(1)
#define TRUE        CONSTANT(2)
#define UNSPECIFIED CONSTANT(3)
#define END_OF_FILE CONSTANT(4)

static inline bool same(value a, value b)
{
    return a.bits == b.bits;
}

static inline bool is_nil(value v)
{
    return same(v, NIL);
}

static inline bool is_true(value v)
{
    return !same(v, FALSE);
}

static inline value boolean(bool truth)
{
    return truth ? TRUE : FALSE;
}

/* Characters. */

static inline bool is_character(value v)
{
    return (v.bits & 0xff) == 10;
}

static inline unsigned char character_of(value v)
{
    return (unsigned char)(v.bits >> 8);
}

static inline value character(unsigned char code)
{
    return (value){(uintptr_t)code << 8 | 10};
}

/* Integers. */

#define INTEGER_MAX (INT64_MAX >> 1)
#define INTEGER_MIN (-INTEGER_MAX - 1)

static inline bool is_integer(value v)
{
    return v.bits & 1;
}

static inline int64_t integer_of(value v)
{
    return (int64_t)v.bits >> 1;
}

static inline bool fits_integer(int64_t number)
{
    return number >= INTEGER_MIN && number <= INTEGER_MAX;
}

/* `number` must fit. */
static inline value integer(int64_t number)
{
    return (value){(uintptr_t)number << 1 | 1};
}

/* Pairs. */

enum { PAIR_TAG = 4, TAG_MASK = 7 };

static inline bool is_pair(value v)
{
    return (v.bits & TAG_MASK) == PAIR_TAG;
}

static inline struct pair *pair_of(value v)
{
    return (struct pair *)(v.bits - PAIR_TAG);
}

static inline value car(value v)
{
    return pair_of(v)->car;
}

static inline value cdr(value v)
{
    return pair_of(v)->cdr;
}

/* Objects with a header. */

static inline bool is_object(value v)
{
    return (v.bits & TAG_MASK) == 0 && v.bits != 0;
}

static inline bool has_type(value v, enum type type)
{
    return is_object(v) && ((struct object *)v.bits)->type == type;
}

static inline value object_value(const void *object)
{
    return (value){(uintptr_t)object};
}

static inline void *object_of(value v)
{
    return (void *)v.bits;
}

static inline bool is_symbol(value v)
{
    return has_type(v, TYPE_SYMBOL);
}

static inline struct symbol *symbol_of(value v)
{
    return object_of(v);
}

static inline struct string *string_of(value v)
{
    return object_of(v);
}

static inline struct vector *vector_of(value v)
{
    return object_of(v);
}

static inline double real_of(value v)
{
    return ((struct real *)object_of(v))->number;
}

/* Making them.  The process ends with a message where memory does. */

void *allocate(size_t bytes);        /* zeroed, scanned for pointers */
void *allocate_atomic(size_t bytes); /* without pointers, not zeroed */

value cons(value car, value cdr);
value make_real(double number);
value make_string(size_t length); /* its bytes are for the caller to write */
value string_from(const char *bytes, size_t length);
value make_vector(size_t length, value fill);
struct rib *make_rib(struct rib *outer, size_t slots);

/* The number of elements, or -1 for what is no list, or a circular one. */
ptrdiff_t list_length(value list);

/* Turns a list around in place. */
value list_reverse(value list);

#endif
