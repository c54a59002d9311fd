/* SPDX-License-Identifier: MIT */
/* A program of ours loads Guile, which brings the libgc.so.1 that the loader finds:
 * the system's, and there are two collectors in the process; or ours, and it is
 * one heap.
 *
 *     guest ours|theirs
 *
 * Scheme allocates, and calls the program again and again, which allocates too and
 * collects, deep in Guile's stack.  Neither side loses anything. */

#define _GNU_SOURCE /* dladdr */

#include <dlfcn.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tidemark.h>

enum { TURNS = 60, NODES = 5000, NOT_INSTALLED = 77 };

typedef struct scheme_object *scheme; /* never looked into */

static struct {
    void *(*enter)(void *(*run)(void *), void *argument);
    scheme (*evaluate)(const char *text);
    scheme (*define)(const char *name, int required, int optional, int rest,
                     void *function);
    int64_t (*to_number)(scheme value);
    scheme (*from_number)(int64_t number);
} guile;

/* Trees, strings, a table and large numbers.  What is made in one turn is looked at
 * in the next. */
static const char program[] =
    "(define (tree d) (if (= d 0) '() (cons (tree (- d 1)) (tree (- d 1)))))\n"
    "(define (count t)\n"
    "  (if (null? t) 0 (+ 1 (count (car t)) (count (cdr t)))))\n"
    "(define names (make-hash-table))\n"
    "(define (name i) (string-append \"name \" (number->string i 36)))\n"
    "(define (turn i kept sum)\n"
    "  (if (= i 60) sum\n"
    "    (let ((made (tree 14)))\n"
    "      (for-each\n"
    "        (lambda (j) (hash-set! names (name (+ j (* i 100))) (list i j)))\n"
    "        (iota 100))\n"
    "      (turn (+ i 1) made\n"
    "        (+ sum (count kept) (native-turn i)\n"
    "           (apply + (hash-ref names (name 42)))\n"
    "           (modulo (expt 3 (+ i 2000)) 7))))))\n"
    "(turn 0 (tree 14) 0)\n";

/* ----------------------------------------------------------------- our side */

struct node {
    struct node *next;
    uint64_t number;
};

static struct node *kept;
static uint64_t turns;

static void give_up(const char *what)
{
    printf("%s\n", what);
    exit(1);
}

static void check_kept(void)
{
    uint64_t expected = turns * NODES;
    for (const struct node *node = kept; node != NULL; node = node->next)
        if (node->number != expected--)
            give_up("an object of the program's is lost");
    if (expected != 0)
        give_up("some objects of the program's are lost");
}

static void add_kept(uint64_t number)
{
    struct node *node = gc_malloc(sizeof *node);
    if (node == NULL || gc_malloc_atomic(400) == NULL)
        give_up("no memory");
    node->next = kept;
    node->number = number;
    kept = node;
}

static scheme native_turn(scheme turn)
{
    if (guile.to_number(turn) != (int64_t)turns)
        give_up("a number of Scheme's is another");
    for (uint64_t i = 1; i <= NODES; i++)
        add_kept(turns * NODES + i);
    turns++;
    GC_collect();
    check_kept();
    return guile.from_number(1);
}

/* -------------------------------------------------------------------- Guile */

static void *find(void *library, const char *name)
{
    void *function = dlsym(library, name);
    if (function == NULL)
        give_up(dlerror());
    return function;
}

static void load_guile(void *library)
{
    *(void **)&guile.enter = find(library, "scm_with_guile");
    *(void **)&guile.evaluate = find(library, "scm_c_eval_string");
    *(void **)&guile.define = find(library, "scm_c_define_gsubr");
    *(void **)&guile.to_number = find(library, "scm_to_int64");
    *(void **)&guile.from_number = find(library, "scm_from_int64");
}

static void *run_scheme(void *result)
{
    scheme (*function)(scheme) = native_turn;
    void *address;
    memcpy(&address, &function, sizeof address);
    guile.define("native-turn", 1, 0, 0, address);
    *(int64_t *)result = guile.to_number(guile.evaluate(program));
    return NULL;
}

/* Which libgc.so.1 came along. */
static void check_library(void *library, const char *wanted)
{
    Dl_info found, own;
    void *allocate = find(library, "GC_malloc");
    bool is_ours =
        gc_base(((void *(*)(size_t))(uintptr_t)allocate)(16)) != NULL;
    if (dladdr(allocate, &found) == 0 ||
        dladdr(find(NULL, "gc_malloc"), &own) == 0)
        give_up("a library has no name");
    printf("%s and %s\n", found.dli_fname, own.dli_fname);
    if (is_ours != (strcmp(wanted, "ours") == 0))
        give_up("that is not the library that was meant");
}

int main(int argc, char **argv)
{
    setenv("GUILE_AUTO_COMPILE", "0", 1);
    void *library = dlopen("libguile-3.0.so.1", RTLD_NOW | RTLD_GLOBAL);
    if (library == NULL) {
        printf("%s\n", dlerror());
        return NOT_INSTALLED;
    }
    load_guile(library);
    int64_t result = 0;
    guile.enter(run_scheme, &result);
    check_library(library, argc > 1 ? argv[1] : "");
    check_kept();
    printf("Scheme says %" PRId64 ", after %" PRIu64 " turns\n", result, turns);
    /* Nodes of trees, turns, the table's numbers, and powers of three. */
    int64_t expected = TURNS * ((1 << 14) - 1 + 1 + 42) + TURNS / 6 * 21;
    return result != expected || turns != TURNS;
}
