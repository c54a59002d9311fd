/* SPDX-License-Identifier: MIT */
/* A program for memcheck: see memcheck_test.py.
 *
 *     memchecked [freed | freed-large | unwritten]
 *
 * Without an argument it does nothing that memcheck should report.  With one, it
 * uses an object after gc_free(), or decides by what was never written. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tidemark.h>

enum { NODES = 3000, LARGE = 100000 };

struct node {
    struct node *next;
    char rest[40];
};

static struct node *list;

/* Half of it stays unwritten. */
static void use_bytes(int turn)
{
    char *bytes = gc_malloc_atomic(100);
    memset(bytes, turn, 50);
    bytes = gc_realloc(bytes, 90);
    if (turn % 3 == 0)
        gc_free(bytes);
}

static void use_large(int turn)
{
    char *large = gc_malloc(LARGE);
    large[LARGE - 1] = 1;
    large = gc_realloc(large, 3 * LARGE);
    if (large[2 * LARGE] != 0)
        abort();
    if (turn % 1000 == 0)
        gc_free(large);
}

static void *work(void *unused)
{
    for (int turn = 0; turn < NODES; turn++) {
        struct node *node = gc_malloc(sizeof *node);
        node->next = turn % 100 != 0 ? list : NULL;
        list = node;
        use_bytes(turn);
        if (turn % 500 == 0) {
            use_large(turn);
            GC_collect();
        }
    }
    return unused;
}

static void go_wrong(const char *how)
{
    size_t bytes = strcmp(how, "freed-large") == 0 ? LARGE : 40;
    volatile char *object = gc_malloc_atomic(bytes);
    if (strncmp(how, "freed", 5) == 0) {
        object[bytes / 2] = 1;
        gc_free((void *)object);
    }
    if (object[bytes / 2] == 1)
        puts("it is 1");
}

int main(int argc, char **argv)
{
    pthread_t thread;
    work(NULL);
    if (pthread_create(&thread, NULL, work, NULL) != 0)
        return EXIT_FAILURE;
    pthread_join(thread, NULL);
    if (argc > 1)
        go_wrong(argv[1]);
    puts("done");
    return EXIT_SUCCESS;
}
