/* SPDX-License-Identifier: MIT */
/* Walking through a cord from end to end, by recursion: no cord is deep. */
#include <string.h>

#include "compat/cord/node.h"

/* -- Copying */

static void copy_part(struct part x, size_t i, size_t count, char *to)
{
    while (is_pair(x.cord)) {
        struct part left = left_of(node_of(x.cord));
        struct part right = right_of(node_of(x.cord));
        if (i >= left.length) {
            i -= left.length;
            x = right;
        } else if (count <= left.length - i) {
            x = left;
        } else {
            size_t of_left = left.length - i;
            copy_part(left, i, of_left, to);
            to += of_left;
            count -= of_left;
            i = 0;
            x = right;
        }
    }
    const char *from = characters_of(x.cord);
    if (from != NULL)
        memcpy(to, from + i, count);
    else
        for (size_t k = 0; k < count; k++)
            to[k] = call(node_of(x.cord), i + k);
}

void gc__cord_copy(CORD x, size_t i, size_t count, char *to)
{
    if (count > 0)
        copy_part((struct part){x, CORD_len(x)}, i, count, to);
}

char CORD_fetch(CORD x, size_t i)
{
    char c;
    if (i >= CORD_len(x))
        gc__cord_fail("CORD_fetch: there is no such character");
    gc__cord_copy(x, i, 1, &c);
    return c;
}

char *CORD_to_char_star(CORD x)
{
    size_t length = CORD_len(x);
    char *chars = gc__cord_allocate_chars(length);
    gc__cord_copy(x, 0, length, chars);
    return chars;
}

const char *CORD_to_const_char_star(CORD x)
{
    if (x == CORD_EMPTY)
        return "";
    return is_string(x) ? x : CORD_to_char_star(x);
}

/* -- Calling functions of the program */

struct visitor {
    CORD_iter_fn one;
    CORD_batched_iter_fn several;
    void *data;
};

/* Strings of so many characters at most are made of what is none in memory. */
enum { BATCH = 128 };

struct batch {
    char chars[BATCH + 1];
    size_t count;
};

static int visit_batch(const struct visitor *visitor, struct batch *batch)
{
    if (batch->count == 0)
        return 0;
    batch->chars[batch->count] = '\0';
    batch->count = 0;
    return visitor->several(batch->chars, visitor->data);
}

/* A NUL is for the function that takes one character. */
static int visit_character(const struct visitor *visitor, struct batch *batch,
                           char c)
{
    if (visitor->several != CORD_NO_FN && c != '\0') {
        batch->chars[batch->count++] = c;
        return batch->count == BATCH ? visit_batch(visitor, batch) : 0;
    }
    int ends = visit_batch(visitor, batch);
    return ends != 0 ? ends : visitor->one(c, visitor->data);
}

/* From the i-th character of a leaf to its end. */
static int visit_leaf(const struct visitor *visitor, struct part x, size_t i)
{
    struct batch batch;
    const char *chars = characters_of(x.cord);
    if (chars != NULL && chars[x.length] == '\0' &&
        visitor->several != CORD_NO_FN)
        return visitor->several(chars + i, visitor->data);
    batch.count = 0;
    for (; i < x.length; i++) {
        char c = chars == NULL ? call(node_of(x.cord), i) : chars[i];
        if (visit_character(visitor, &batch, c) != 0)
            return 1;
    }
    return visit_batch(visitor, &batch);
}

static int visit(const struct visitor *visitor, struct part x, size_t i)
{
    while (is_pair(x.cord)) {
        const struct node *pair = node_of(x.cord);
        struct part left = left_of(pair);
        if (i < left.length) {
            if (visit(visitor, left, i) != 0)
                return 1;
            i = left.length;
        }
        i -= left.length;
        x = right_of(pair);
    }
    return visit_leaf(visitor, x, i) != 0;
}

int CORD_iter5(CORD x, size_t i, CORD_iter_fn f1, CORD_batched_iter_fn f2,
               void *client_data)
{
    struct visitor visitor = {f1, f2, client_data};
    struct part whole = {x, CORD_len(x)};
    return i < whole.length && visit(&visitor, whole, i);
}

int(CORD_iter)(CORD x, CORD_iter_fn f1, void *client_data)
{
    return CORD_iter5(x, 0, f1, CORD_NO_FN, client_data);
}

/* From the i-th character back. */
static int visit_back(const struct visitor *visitor, struct part x, size_t i)
{
    while (is_pair(x.cord)) {
        const struct node *pair = node_of(x.cord);
        struct part left = left_of(pair);
        if (i >= left.length) {
            if (visit_back(visitor, right_of(pair), i - left.length) != 0)
                return 1;
            i = left.length - 1;
        }
        x = left;
    }
    const char *chars = characters_of(x.cord);
    for (size_t left = i + 1; left-- > 0;) {
        char c = chars == NULL ? call(node_of(x.cord), left) : chars[left];
        if (visitor->one(c, visitor->data) != 0)
            return 1;
    }
    return 0;
}

int CORD_riter4(CORD x, size_t i, CORD_iter_fn f1, void *client_data)
{
    struct visitor visitor = {f1, CORD_NO_FN, client_data};
    struct part whole = {x, CORD_len(x)};
    return i < whole.length && visit_back(&visitor, whole, i);
}

int CORD_riter(CORD x, CORD_iter_fn f1, void *client_data)
{
    return x != CORD_EMPTY && CORD_riter4(x, CORD_len(x) - 1, f1, client_data);
}

/* -- Writing */

static int put_character(char c, void *file)
{
    return putc(c, file) == EOF;
}

static int put_string(const char *string, void *file)
{
    return fputs(string, file) == EOF;
}

int CORD_put(CORD x, FILE *f)
{
    return CORD_iter5(x, 0, put_character, put_string, f) == 0 ? 1 : EOF;
}

static void dump_leaf(struct part x)
{
    enum { SHOWN = 40 };
    const char *chars = characters_of(x.cord);
    if (chars == NULL)
        printf(", of a function\n");
    else
        printf("%s: \"%.*s\"%s\n", is_string(x.cord) ? "" : ", of a string",
               x.length < SHOWN ? (int)x.length : SHOWN, chars,
               x.length <= SHOWN ? "" : "...");
}

static void dump(struct part x, int indent)
{
    printf("%*s%zu characters at %p", indent, "", x.length,
           (const void *)x.cord);
    if (!is_pair(x.cord)) {
        dump_leaf(x);
        return;
    }
    printf(", a pair of depth %d\n", depth_of(x.cord));
    dump(left_of(node_of(x.cord)), indent + 2);
    dump(right_of(node_of(x.cord)), indent + 2);
}

void CORD_dump(CORD x)
{
    if (x == CORD_EMPTY)
        printf("an empty cord\n");
    else
        dump((struct part){x, CORD_len(x)}, 0);
    fflush(stdout);
}
