/* SPDX-License-Identifier: MIT */
/* Threads that come and go, and do at random what threads do.
 *
 *     threads [SEED [LIVES]]
 *
 * LIVES threads live one after the other, a dozen at a time, and those that they
 * start.  They allocate, exchange parcels, free and resize those that they get,
 * collect, block signals for a while, load and unload a library, unregister,
 * fork a child that does the same, and end in one way or another.  Each parcel
 * says what must be in it, and that is checked whenever it changes hands.
 *
 * Every third seed has a large tree besides, so that several threads mark.  Part
 * of the time the heap is verified again and again, and part of the time it
 * is not, since threads keep no runs and no freed cells where every collection
 * verifies.  The same seed makes the same threads, in another order each time. */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/plugin.h"
#include "tests/stress/parcel.h"

enum {
    AT_A_TIME = 12,
    SLOTS = 200,
    OWN = 40,
    DEEDS = 400,   /* of one life, at most */
    LINKS = 20000, /* of a list, at most; where they are verified: */
    VERIFIED_LINKS = 500,
    PARCELS_DEPTH = 9, /* of one in the other, at most */
    DEEDS_OF_CHILD = 40,
    VERIFY_EVERY = 1009, /* and with a large heap: */
    VERIFY_LARGE_EVERY = 10007,
    LIVES_IN_STRETCH = 10,
    BALLAST_LEVEL = 18,
    STACK_BYTES = 256 << 10,
};

/* See tests/process/test_fork.c. */
#ifdef __SANITIZE_ADDRESS__
enum { FORKS_WORK = false };
#else
enum { FORKS_WORK = true };
#endif

static AO_t is_verifying;          /* atomic */
static AO_t lives_lived, children; /* atomic */

/* Who takes a parcel out of here has it alone. */
static AO_t slots[SLOTS];

static struct parcel *exchange(AO_t *slot, struct parcel *parcel)
{
    AO_t old;
    do
        old = AO_load(slot);
    while (!AO_compare_and_swap_full(slot, old, (AO_t)parcel));
    return (struct parcel *)old;
}

/* --------------------------------------------------------------------- lives */

struct life {
    struct random random;
    struct parcel *own[OWN];
    unsigned depth; /* of threads that started threads */
};

/* On the collected heap; a thread is started with it. */
struct birth {
    uint64_t seed;
    unsigned depth;
    bool is_detached;
    struct parcel *gift;
};

static sem_t places;

/* Taken to write by who forks a child that loads libraries and starts threads,
 * since a lock of the loader's or of libc's may stay taken in it otherwise. */
static pthread_rwlock_t loading = PTHREAD_RWLOCK_INITIALIZER;

static struct parcel **pick_own(struct life *life)
{
    return &life->own[random_below(&life->random, OWN)];
}

static void allocate(struct life *life)
{
    for (uint64_t i = random_below(&life->random, 50); i > 0; i--) {
        struct parcel **own = pick_own(life);
        check(*own);
        bool is_inner = *own != NULL && (*own)->depth < PARCELS_DEPTH &&
                        random_below(&life->random, 2) == 0;
        *own = new_parcel(&life->random, is_inner ? *own : NULL);
    }
}

struct link {
    struct link *next;
    const void *maker;
    uint64_t number;
};

static uint64_t pick_count(struct life *life)
{
    uint64_t most = AO_load(&is_verifying) ? VERIFIED_LINKS : LINKS;
    return random_below(&life->random, most);
}

/* As many small objects as fast as possible: a stop then comes in the middle of
 * handing one out, of freeing one, or of handing out a freed one. */
static void allocate_in_a_burst(struct life *life)
{
    struct link *last = NULL;
    uint64_t count = pick_count(life);
    for (uint64_t i = 0; i < count; i++) {
        struct link *link = gc_malloc(sizeof *link);
        if (link == NULL || link->next != NULL || link->maker != NULL ||
            link->number != 0)
            fail("a new link is not zero");
        *link = (struct link){last, life, i};
        last = link;
        if (i % 4 == 3) { /* the one before is not wanted any more */
            link = last->next;
            last->next = link->next;
            gc_free(link);
        }
    }
    for (uint64_t i = count; i-- > 0;) {
        if (i % 4 == 2 && i + 1 < count)
            continue;
        if (last == NULL || last->maker != life || last->number != i)
            fail("a list has changed");
        last = last->next;
    }
}

/* Without the lock. */
static void allocate_and_free(struct life *life)
{
    for (uint64_t i = pick_count(life); i > 0; i--) {
        struct link *link = gc_malloc(sizeof *link);
        if (link == NULL || link->next != NULL || link->maker != NULL ||
            link->number != 0)
            fail("an object is not zero when it is handed out again");
        *link = (struct link){link, life, i};
        gc_free(link);
    }
}

static void trade(struct life *life)
{
    for (uint64_t i = random_below(&life->random, 30); i > 0; i--) {
        struct parcel **own = pick_own(life);
        if (*own == NULL)
            *own = new_parcel(&life->random, NULL);
        *own = exchange(&slots[random_below(&life->random, SLOTS)], *own);
        check(*own);
    }
}

static void give_up_some(struct life *life)
{
    for (uint64_t i = random_below(&life->random, 30); i > 0; i--) {
        struct parcel **own = pick_own(life);
        check(*own);
        gc_free(*own);
        *own = NULL;
    }
}

static void resize(struct life *life)
{
    struct parcel **own = pick_own(life);
    size_t bytes = pick_bytes(&life->random);
    if (*own == NULL)
        return;
    *own = gc_realloc(*own, sizeof **own + bytes);
    if (*own == NULL)
        fail("there is no memory to resize");
    if ((*own)->bytes <= bytes)
        check(*own);
    fill(*own, bytes);
}

static void collect(struct life *life)
{
    if (random_below(&life->random, 10) == 0)
        GC_collect();
}

/* A stop waits meanwhile.  One that the library has been told to forget would not be
 * waited for. */
static void block_signals(struct life *life)
{
    sigset_t all, before;
    if (!gc_init())
        fail("a thread cannot be made known");
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    allocate(life);
    if (random_below(&life->random, 2) == 0)
        sched_yield();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void *open_library(void)
{
    pthread_rwlock_rdlock(&loading);
    void *library = dlopen(PLUGIN, RTLD_NOW | RTLD_LOCAL);
    pthread_rwlock_unlock(&loading);
    return library;
}

static void close_library(void *library)
{
    pthread_rwlock_rdlock(&loading);
    dlclose(library);
    pthread_rwlock_unlock(&loading);
}

static void load_library(struct life *life)
{
    plugin_function *words_of;
    void *library = open_library();
    if (library == NULL)
        fail("the library cannot be loaded");
    *(void **)&words_of = dlsym(library, "plugin_words");
    void **words = words_of(PLUGIN_THREAD);
    for (unsigned i = 0; i < OWN; i++) {
        words[i] = life->own[i];
        life->own[i] = NULL;
    }
    trade(life);
    for (unsigned i = 0; i < OWN; i++)
        if (words[i] != NULL) {
            check(words[i]);
            life->own[i] = words[i];
            words[i] = NULL;
        }
    close_library(library);
}

/* Seldom, since who joins again waits for the lock behind all others. */
static void unregister(struct life *life)
{
    if (random_below(&life->random, 10) != 0)
        return;
    if (!gc_register_thread())
        fail("a thread cannot be registered");
    allocate(life);
    gc_unregister_thread();
    if (random_below(&life->random, 2) == 0)
        sched_yield();
}

static void look_around(struct life *life)
{
    struct gc_stats stats;
    const struct parcel *own = *pick_own(life);
    if (random_below(&life->random, 10) == 0)
        gc_stats(&stats, sizeof stats);
    if (own != NULL && gc_base(own) != own)
        fail("an object is not known");
}

/* -------------------------------------------------------------------- threads */

static void *live(void *argument);

/* A sanitizer has the argument in memory of its own until the thread runs. */
#if defined(UNDER_SANITIZER)
#define MALLOC_BIRTH gc_malloc_uncollectable
#define FREE_BIRTH   gc_free
#else
#define MALLOC_BIRTH gc_malloc
#define FREE_BIRTH   (void)
#endif

static struct birth *new_birth(struct random *random, unsigned depth)
{
    struct birth *birth = MALLOC_BIRTH(sizeof *birth);
    if (birth == NULL)
        fail("there is no memory");
    birth->seed = random_next(random) | 1;
    birth->depth = depth;
    birth->is_detached = random_below(random, 2) == 0;
    birth->gift = new_parcel(random, NULL);
    return birth;
}

static pthread_t start(struct birth *birth)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    if (birth->is_detached)
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_rwlock_rdlock(&loading);
    if (pthread_create(&thread, &attributes, live, birth) != 0)
        fail("a thread cannot be started");
    pthread_rwlock_unlock(&loading);
    pthread_attr_destroy(&attributes);
    return thread;
}

/* Where there is a place left. */
static void start_another(struct life *life)
{
    if (life->depth == 3 || random_below(&life->random, 8) != 0 ||
        sem_trywait(&places) != 0)
        return;
    struct birth *birth = new_birth(&life->random, life->depth + 1);
    bool is_detached = birth->is_detached;
    pthread_t thread = start(birth);
    allocate(life);
    if (!is_detached)
        pthread_join(thread, NULL);
    gc_keep_alive(birth);
}

static void check_all(const struct life *life)
{
    for (unsigned i = 0; i < OWN; i++)
        check(life->own[i]);
}

/* Those that the parent's other threads are at work on are in nobody's hands
 * here. */
static void check_slots(void)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        struct parcel *parcel = exchange(&slots[i], NULL);
        check(parcel);
    }
}

/* ----------------------------------------------------------------- children */

typedef void deed(struct life *life);

__attribute__((noreturn)) static void live_in_child(struct life *life,
                                                    bool is_calm)
{
    static deed *const deeds[] = {
        allocate,   trade,        give_up_some,  allocate_in_a_burst,
        resize,     collect,      look_around,   block_signals,
        unregister, load_library, start_another,
    };
    enum { DEEDS_IN_A_STORM = 9 };
    unsigned count = is_calm ? sizeof deeds / sizeof *deeds : DEEDS_IN_A_STORM;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (uint64_t i = random_below(&life->random, DEEDS_OF_CHILD); i > 0; i--)
        deeds[random_below(&life->random, count)](life);
    check_all(life);
    check_slots();
    _exit(EXIT_SUCCESS);
}

static void fork_child(struct life *life)
{
    if (!FORKS_WORK || random_below(&life->random, 20) != 0)
        return;
    bool is_calm = random_below(&life->random, 2) == 0;
    if (is_calm)
        pthread_rwlock_wrlock(&loading);
    pid_t child = fork();
    if (child < 0)
        fail("no child can be made");
    if (child == 0 && is_calm)
        loading = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
    if (child == 0)
        live_in_child(life, is_calm);
    if (is_calm)
        pthread_rwlock_unlock(&loading);
    allocate(life);
    int status;
    if (waitpid(child, &status, 0) != child || status != 0)
        fail("a child went wrong");
    AO_fetch_and_add1_full(&children);
}

/* -------------------------------------------------------------------- a life */

static void do_something(struct life *life)
{
    static deed *const deeds[] = {
        allocate,     allocate, trade,         allocate_in_a_burst,
        give_up_some, resize,   collect,       block_signals,
        load_library, trade,    start_another, allocate_and_free,
        unregister,   allocate, look_around,   fork_child,
    };
    deeds[random_below(&life->random, sizeof deeds / sizeof *deeds)](life);
}

static void *live(void *argument)
{
    struct birth *birth = argument;
    struct life life = {.random = {birth->seed}, .depth = birth->depth};
    check(birth->gift);
    life.own[0] = birth->gift;
    FREE_BIRTH(birth);
    birth = NULL;
    for (uint64_t i = random_below(&life.random, DEEDS); i > 0; i--)
        do_something(&life);
    check_all(&life);
    AO_fetch_and_add1_full(&lives_lived);
    sem_post(&places);
    if (random_below(&life.random, 2) == 0)
        pthread_exit(NULL);
    return NULL;
}

/* ------------------------------------------------------------------- ballast */

/* With this in the heap, several mark. */
struct tree {
    struct tree *left, *right;
    size_t level;
};

static struct tree *ballast;

static struct tree *new_tree(size_t level)
{
    struct tree *tree = gc_malloc(sizeof *tree);
    if (tree == NULL)
        fail("there is no memory for a tree");
    tree->level = level;
    if (level > 0) {
        tree->left = new_tree(level - 1);
        tree->right = new_tree(level - 1);
    }
    return tree;
}

static void check_tree(const struct tree *tree, size_t level)
{
    if (tree == NULL || tree->level != level)
        fail("a tree has changed");
    if (level > 0) {
        check_tree(tree->left, level - 1);
        check_tree(tree->right, level - 1);
    }
}

static void renew_ballast(void)
{
    if (ballast == NULL)
        return;
    check_tree(ballast, BALLAST_LEVEL);
    struct tree *old = ballast->left;
    ballast->left = ballast->right;
    ballast->right = new_tree(BALLAST_LEVEL - 1);
    check_tree(old, BALLAST_LEVEL - 1);
}

/* ----------------------------------------------------------------------- all */

static void on_error(const struct gc_error *error, void *context)
{
    (void)context;
    fail(error->message);
}

static void prepare(void)
{
    gc_set_error_handler(on_error, NULL);
    gc_set(TIDEMARK_HEAP_FLOOR, 1 << 20);
    if (seed % 3 == 0) {
        gc_set(TIDEMARK_MARKERS, 3);
        ballast = new_tree(BALLAST_LEVEL);
    }
    sem_init(&places, 0, AT_A_TIME);
}

static void wait_for_place(void)
{
    while (sem_wait(&places) != 0)
        continue;
}

/* The lives of a stretch are verified, those of the next are not. */
static void begin_stretch(unsigned long number)
{
    size_t every = ballast != NULL ? VERIFY_LARGE_EVERY : VERIFY_EVERY;
    AO_store(&is_verifying, number % 2);
    gc_set(TIDEMARK_STRESS, number % 2 == 0 ? 0 : every);
    renew_ballast();
}

static void live_all(unsigned long lives)
{
    struct random random = {seed | 1};
    for (unsigned long i = 0; i < lives; i++) {
        if (i % LIVES_IN_STRETCH == 0)
            begin_stretch(i / LIVES_IN_STRETCH);
        wait_for_place();
        struct birth *birth = new_birth(&random, 0);
        birth->is_detached = true;
        (void)start(birth);
    }
    for (unsigned i = 0; i < AT_A_TIME; i++)
        wait_for_place();
    renew_ballast();
}

int main(int argc, char **argv)
{
    unsigned long lives = 200;
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    if (argc > 2)
        lives = strtoul(argv[2], NULL, 10);
    prepare();
    live_all(lives);
    check_slots();

    struct gc_stats stats;
    gc_stats(&stats, sizeof stats);
    printf("seed %llu: %lu threads, %lu children, %lu parcels, "
           "%zu collections\n",
           (unsigned long long)seed, (unsigned long)AO_load(&lives_lived),
           (unsigned long)AO_load(&children), (unsigned long)AO_load(&last_tag),
           stats.collections);
    return EXIT_SUCCESS;
}
