/* SPDX-License-Identifier: MIT */

/* boxes: sorts what it reads, numbers and words, as values of one size.
 *
 * Languages with dynamic types have values that are a number or a reference.  Here,
 * as in several of them, a value is 64 bits: a double as it is, or else one of the
 * many bit patterns that are no number, with the address of a text in its lower 48
 * bits.  No such word is a pointer, so a collector that looks for pointers finds
 * none: vectors of values are of a kind of their own, whose procedure tells.
 *
 * The index, which finds words that have been there before, has entries with a
 * hash.  Any number may be one, also one that looks like a pointer: so entries have
 * a type, which says that this word is none. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tidemark.h>

enum { BUCKETS = 1024, MOST_LETTERS = 100, COLLECT_EVERY = 1000 };

static void *checked(void *memory)
{
    if (memory == NULL) {
        perror("boxes");
        exit(EXIT_FAILURE);
    }
    return memory;
}

/* ---- values ------------------------------------------------------------ */

struct value {
    uint64_t bits;
};

/* The highest bits of a text's; arithmetic makes no such number. */
static const uint64_t TEXT_TAG = 0xfffe000000000000;
static const uint64_t ADDRESS_BITS = 0x0000ffffffffffff;

static bool is_text(struct value value)
{
    return (value.bits & ~ADDRESS_BITS) == TEXT_TAG;
}

static struct value of_text(const char *text)
{
    return (struct value){(uintptr_t)text | TEXT_TAG};
}

static const char *text_of(struct value value)
{
    return (const char *)(uintptr_t)(value.bits & ADDRESS_BITS);
}

static struct value of_number(double number)
{
    struct value value;
    memcpy(&value, &number, sizeof value);
    return value;
}

static double number_of(struct value value)
{
    double number;
    memcpy(&number, &value, sizeof number);
    return number;
}

/* Numbers first. */
static int compare(const void *left, const void *right)
{
    const struct value *a = left, *b = right;
    if (is_text(*a) && is_text(*b))
        return strcmp(text_of(*a), text_of(*b));
    if (is_text(*a) || is_text(*b))
        return is_text(*a) - is_text(*b);
    return (number_of(*a) > number_of(*b)) - (number_of(*a) < number_of(*b));
}

/* ---- vectors, which are of a kind --------------------------------------- */

struct vector {
    size_t count;
    struct value values[];
};

/* A vector that was allocated a moment ago is all zero. */
static void mark_vector(void *object, size_t bytes, struct gc_visit *visit,
                        void *context)
{
    const struct vector *vector = object;
    (void)bytes;
    (void)context;
    for (size_t i = 0; i < vector->count; i++)
        if (is_text(vector->values[i]))
            gc_mark_word(visit, (uintptr_t)text_of(vector->values[i]));
}

static struct vector *new_vector(void)
{
    static const struct gc_kind_traits traits = {
        .name = "vector",
        .look = TIDEMARK_LOOK_BY_PROCEDURE,
        .mark = mark_vector,
    };
    int kind = gc_kind_new(&traits);
    return checked(gc_malloc_kind(kind, sizeof(struct vector)));
}

/* A larger one is of the same kind.  Now and then there is a collection, to show
 * that what the values refer to lives. */
static struct vector *append(struct vector *vector, struct value value)
{
    size_t bytes = sizeof *vector + (vector->count + 1) * sizeof value;
    if (bytes > gc_size(vector))
        vector = checked(gc_realloc(vector, 2 * bytes));
    vector->values[vector->count] = value;
    vector->count++;
    if (vector->count % COLLECT_EVERY == 0)
        GC_collect();
    return vector;
}

/* ---- the index, whose entries have a type ------------------------------- */

struct entry {
    struct entry *next;
    uint64_t hash; /* no pointer, whatever it looks like */
    const char *text;
};

static struct gc_type *entry_type;
static struct entry *entries[BUCKETS];

static void prepare_index(void)
{
    static const uint64_t pointers = 1 << 0 | 1 << 2; /* words 0 and 2 */
    entry_type = checked(
        gc_type_new(&pointers, sizeof(struct entry) / sizeof(uint64_t)));
}

/* Source: the FNV-1a hash of G. Fowler, L. C. Noll and P. Vo. */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
    return hash;
}

/* NULL if it has been there before. */
static const char *add_new(const char *letters)
{
    uint64_t hash = hash_of(letters);
    struct entry **bucket = &entries[hash % BUCKETS];
    for (const struct entry *at = *bucket; at != NULL; at = at->next)
        if (at->hash == hash && strcmp(at->text, letters) == 0)
            return NULL;
    struct entry *entry = checked(gc_malloc_typed(entry_type, sizeof *entry));
    entry->text = checked(gc_strdup(letters));
    entry->hash = hash;
    entry->next = *bucket;
    *bucket = entry;
    return entry->text;
}

/* From here on only the values know the words. */
static void forget_index(void)
{
    memset(entries, 0, sizeof entries);
}

/* ------------------------------------------------------------------------ */

static struct vector *read_values(void)
{
    struct vector *vector = new_vector();
    char letters[MOST_LETTERS + 1];
    while (scanf("%100s", letters) == 1) {
        char *end;
        double number = strtod(letters, &end);
        const char *text = *end == '\0' ? NULL : add_new(letters);
        if (*end == '\0')
            vector = append(vector, of_number(number));
        else if (text != NULL)
            vector = append(vector, of_text(text));
    }
    return vector;
}

static void print(const struct vector *vector)
{
    for (size_t i = 0; i < vector->count; i++)
        if (is_text(vector->values[i]))
            puts(text_of(vector->values[i]));
        else
            printf("%g\n", number_of(vector->values[i]));
}

int main(void)
{
    prepare_index();
    struct vector *vector = read_values();
    forget_index();
    GC_collect();
    qsort(vector->values, vector->count, sizeof *vector->values, compare);
    print(vector);
    return EXIT_SUCCESS;
}
