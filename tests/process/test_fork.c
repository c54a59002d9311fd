/* SPDX-License-Identifier: MIT */
/* fork(2): the child works fully, whoever makes it and whenever. */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>

#include "base/atomics.h"
#include "include/tidemark.h"
#include "tests/scene.h"

enum { OBJECTS = 10000, OTHERS = 4 };

struct node {
    struct node *next;
    size_t number;
    size_t rest[4];
};

/* ---------------------------------------------------------------- the work */

static struct node *make_list(size_t count)
{
    struct node *list = NULL;
    for (size_t i = 0; i < count; i++) {
        struct node *node = gc_malloc(i % 7 == 0 ? 100 : sizeof *node);
        REQUIRE(node != NULL);
        REQUIRE(node->next == NULL && node->rest[3] == 0);
        *node = (struct node){list, i, {i, i, i, i}};
        list = node;
    }
    return list;
}

static bool is_whole(const struct node *list, size_t count)
{
    for (; list != NULL; list = list->next) {
        count--;
        if (list->number != count || list->rest[3] != count)
            return false;
    }
    return count == 0;
}

/* A collection that was given up leaves garbage: so it says that there was one. */
static void collect(void)
{
    struct gc_stats before, after;
    gc_stats(&before, sizeof before);
    GC_collect();
    gc_stats(&after, sizeof after);
    REQUIRE(after.collections > before.collections);
}

static void *work(void *context)
{
    struct node *list = make_list(OBJECTS / 10);
    collect();
    REQUIRE(is_whole(list, OBJECTS / 10));
    return context;
}

static void start_and_join(void)
{
    pthread_t thread;
    void *result;
    int context;
    REQUIRE(pthread_create(&thread, NULL, work, &context) == 0);
    REQUIRE(pthread_join(thread, &result) == 0);
    REQUIRE(result == &context);
}

/* All that a process may do. */
static void work_fully(void)
{
    struct node *list = make_list(OBJECTS);
    collect();
    start_and_join();
    REQUIRE(is_whole(list, OBJECTS));
}

static void expect_end(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) != child)
        REQUIRE(errno == EINTR);
    if (status != 0)
        printf("a child has ended with status %#x\n", status);
    REQUIRE(status == 0);
}

/* A child that hangs is a child that fails. */
static void begin_child(void)
{
    alarm(60);
}

static void fork_and_work(void)
{
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        begin_child();
        work_fully();
        _exit(0);
    }
    expect_end(child);
}

/* --------------------------------------------------------------- the others */

static volatile bool is_over;
static pthread_t others[OTHERS];

/* AddressSanitizer's allocator is not made ready for a fork: a child that is made
 * while another thread is in it hangs at its first malloc.  The C library calls
 * that where a thread is started, and for one that asks where its stack is. */
#ifdef __SANITIZE_ADDRESS__
enum { MALLOC_SURVIVES_FORK = false };
#else
enum { MALLOC_SURVIVES_FORK = true };
#endif

static unsigned others_started; /* atomic */

static void *allocate_and_collect(void *context)
{
    size_t kept = *(const size_t *)context;
    struct node *list = make_list(kept);
    AO_int_fetch_and_add_full(&others_started, 1);
    for (size_t turn = 0; !is_over; turn++) {
        REQUIRE(is_whole(make_list(200), 200));
        if (turn % 20 == 0)
            GC_collect();
        gc_free(gc_malloc(64));
        REQUIRE(is_whole(list, kept));
    }
    return NULL;
}

static void start_others(void *(*run)(void *), void *context)
{
    is_over = false;
    for (int i = 0; i < OTHERS; i++)
        REQUIRE(pthread_create(&others[i], NULL, run, context) == 0);
}

static void start_crowd(size_t *kept)
{
    AO_int_store(&others_started, 0);
    start_others(allocate_and_collect, kept);
    while (!MALLOC_SURVIVES_FORK &&
           AO_int_load_acquire(&others_started) < OTHERS)
        sched_yield();
}

static void end_others(void)
{
    is_over = true;
    for (int i = 0; i < OTHERS; i++)
        REQUIRE(pthread_join(others[i], NULL) == 0);
}

/* ------------------------------------------------------------------- scenes */

static struct node *global_list;

static void one_thread(void)
{
    global_list = make_list(OBJECTS);
    fork_and_work();
    REQUIRE(is_whole(global_list, OBJECTS));
    pid_t child = fork();
    if (child == 0) {
        collect();
        REQUIRE(is_whole(global_list, OBJECTS));
        _exit(0);
    }
    expect_end(child);
}

static void child_in_a_crowd(bool verifies)
{
    begin_child();
    collect();
    REQUIRE(is_whole(global_list, 1000));
    if (verifies)
        REQUIRE(gc_set(TIDEMARK_STRESS, 1009));
    work_fully();
    _exit(0);
}

static void crowd(void)
{
    enum { FORKS = MALLOC_SURVIVES_FORK ? 1000 : 200 };
    size_t kept = 300;
    global_list = make_list(1000);
    start_crowd(&kept);
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0)
            child_in_a_crowd(i % 20 == 0);
        expect_end(child);
    }
    end_others();
    collect();
}

static void descend(int generations)
{
    work_fully();
    if (generations == 0)
        return;
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        begin_child();
        descend(generations - 1);
        _exit(0);
    }
    work_fully();
    expect_end(child);
}

static void grandchildren(void)
{
    size_t kept = 300;
    start_crowd(&kept);
    descend(6);
    end_others();
}

static void *fork_as_a_stranger(void *context)
{
    for (int i = 0; i < 20; i++)
        fork_and_work();
    return context;
}

static void strangers(void)
{
    size_t kept = 300;
    pthread_t thread;
    global_list = make_list(1000);
    start_crowd(&kept);
    /* Started by a thread that is no part of the library's doing. */
    REQUIRE(pthread_create(&thread, NULL, fork_as_a_stranger, NULL) == 0);
    REQUIRE(pthread_join(thread, NULL) == 0);
    end_others();
}

static void *keep_and_wait(void *context)
{
    struct node *list = make_list(OBJECTS);
    AO_int_fetch_and_add_full(context, 1);
    while (!is_over)
        sched_yield();
    REQUIRE(is_whole(list, OBJECTS));
    return NULL;
}

/* Nobody can reach in the child what only the others knew. */
static void what_others_kept(void)
{
    unsigned ready = 0;
    start_others(keep_and_wait, &ready);
    while (AO_int_load_acquire(&ready) < OTHERS)
        sched_yield();
    struct gc_stats stats;
    collect();
    gc_stats(&stats, sizeof stats);
    REQUIRE(stats.object_count >= OTHERS * OBJECTS);
    pid_t child = fork();
    if (child == 0) {
        begin_child();
        collect();
        gc_stats(&stats, sizeof stats);
        REQUIRE(stats.object_count < OTHERS * OBJECTS / 20);
        _exit(0);
    }
    expect_end(child);
    end_others();
}

/* -------------------------------------------------------- holding the lock */

static pid_t child_of_visitor;
static size_t visits;

static void fork_once(void)
{
    if (++visits == 100) {
        child_of_visitor = fork();
        REQUIRE(child_of_visitor >= 0);
        if (child_of_visitor == 0)
            begin_child();
        REQUIRE(gc_malloc(16) == NULL);
    }
}

static bool visit_object(const struct gc_object_header *object, void *context)
{
    (void)object;
    (void)context;
    fork_once();
    return true;
}

static bool visit_reference(const struct gc_reference *reference, void *context)
{
    (void)reference;
    (void)context;
    fork_once();
    return true;
}

static void fork_in_visit(bool of_references)
{
    visits = 0;
    if (of_references)
        gc_visit_references(visit_reference, NULL);
    else
        gc_visit_objects(visit_object, NULL);
    REQUIRE(visits >= 1000);
    work_fully();
    if (child_of_visitor == 0) {
        fork_and_work();
        _exit(0);
    }
    expect_end(child_of_visitor);
}

static void visitors(void)
{
    size_t kept = 300;
    global_list = make_list(OBJECTS);
    start_crowd(&kept);
    for (int i = 0; i < 20; i++)
        fork_in_visit(i % 2 == 0);
    end_others();
    REQUIRE(is_whole(global_list, OBJECTS));
}

/* ------------------------------------------------- the handlers of the others */

static struct node *made_before, *made_in_parent, *made_in_child;

static void handler_before(void)
{
    made_before = make_list(OBJECTS);
    collect();
}

static void handler_in_parent(void)
{
    made_in_parent = make_list(OBJECTS);
    collect();
}

static void handler_in_child(void)
{
    made_in_child = make_list(OBJECTS);
    collect();
    start_and_join();
}

static void fork_with_handlers(void)
{
    made_before = made_in_parent = made_in_child = NULL;
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        begin_child();
        REQUIRE(is_whole(made_before, OBJECTS));
        REQUIRE(is_whole(made_in_child, OBJECTS));
        REQUIRE(made_in_parent == NULL);
        work_fully();
        _exit(0);
    }
    REQUIRE(is_whole(made_before, OBJECTS));
    REQUIRE(is_whole(made_in_parent, OBJECTS));
    REQUIRE(made_in_child == NULL);
    expect_end(child);
}

static void *fork_with_handlers_often(void *context)
{
    for (int i = 0; i < 20; i++)
        fork_with_handlers();
    return context;
}

static void other_handlers(void)
{
    size_t kept = 300;
    pthread_t thread;
    /* Before ours, and after. */
    REQUIRE(pthread_atfork(handler_before, handler_in_parent,
                           handler_in_child) == 0);
    REQUIRE(gc_init());
    REQUIRE(pthread_atfork(handler_before, handler_in_parent,
                           handler_in_child) == 0);
    start_crowd(&kept);
    fork_with_handlers_often(NULL);
    REQUIRE(pthread_create(&thread, NULL, fork_with_handlers_often, NULL) == 0);
    REQUIRE(pthread_join(thread, NULL) == 0);
    end_others();
}

/* ------------------------------------------------------ before it is prepared */

static unsigned is_started;

static void *prepare(void *context)
{
    AO_int_store_release(&is_started, 1);
    work_fully();
    return context;
}

static void fork_while_preparing(unsigned pause)
{
    pthread_t thread;
    begin_child();
    REQUIRE(pthread_create(&thread, NULL, prepare, NULL) == 0);
    while (AO_int_load_acquire(&is_started) == 0)
        continue;
    for (volatile unsigned i = 0; i < pause; i++)
        continue;
    fork_and_work();
    REQUIRE(pthread_join(thread, NULL) == 0);
    work_fully();
    _exit(0);
}

static void preparing(void)
{
    for (unsigned i = 0; MALLOC_SURVIVES_FORK && i < 200; i++) {
        pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0)
            fork_while_preparing(i * 300);
        expect_end(child);
    }
}

/* What pthread_atfork(3) of glibc calls. */
int __register_atfork(void (*before)(void), void (*in_parent)(void),
                      void (*in_child)(void), void *library);

static unsigned registrations;

__attribute__((visibility("default"))) int
__register_atfork(void (*before)(void), void (*in_parent)(void),
                  void (*in_child)(void), void *library)
{
    int (*real)(void (*)(void), void (*)(void), void (*)(void), void *);
    *(void **)&real = dlsym(RTLD_NEXT, "__register_atfork");
    registrations++;
    return real(before, in_parent, in_child, library);
}

static void no_handler(void)
{
    gc_set_out_of_memory_handler(NULL, NULL); /* the library is loaded */
    REQUIRE(registrations == 0);
    REQUIRE(gc_init());
    REQUIRE(registrations == 1);
    pid_t child = fork();
    if (child == 0) {
        work_fully();
        _exit(registrations == 1 ? 0 : 1);
    }
    expect_end(child);
}

/* -------------------------------------------------------------------- tests */

#define SCENE_TEST(name, scene)                   \
    START_TEST(name)                              \
    {                                             \
        struct played played = play(scene, NULL); \
        expect_success(&played);                  \
    }                                             \
    END_TEST

SCENE_TEST(a_child_allocates_collects_and_starts_threads, "one_thread")
SCENE_TEST(a_child_works_that_is_made_while_threads_allocate_and_collect,
           "crowd")
SCENE_TEST(children_of_children_work, "grandchildren")
SCENE_TEST(a_thread_that_has_never_called_the_library_makes_children,
           "strangers")
SCENE_TEST(what_only_other_threads_knew_dies_in_the_child, "what_others_kept")
SCENE_TEST(a_visitor_may_fork, "visitors")
SCENE_TEST(handlers_of_other_libraries_may_allocate, "other_handlers")
SCENE_TEST(a_child_works_that_is_made_while_the_library_is_prepared,
           "preparing")
SCENE_TEST(the_library_has_no_handler_before_it_is_prepared, "no_handler")

SCENES_AND_SUITE("fork",
                 (SCENE(one_thread), SCENE(crowd), SCENE(grandchildren),
                  SCENE(strangers), SCENE(what_others_kept), SCENE(visitors),
                  SCENE(other_handlers), SCENE(preparing), SCENE(no_handler)),
                 a_child_allocates_collects_and_starts_threads,
                 a_child_works_that_is_made_while_threads_allocate_and_collect,
                 children_of_children_work,
                 a_thread_that_has_never_called_the_library_makes_children,
                 what_only_other_threads_knew_dies_in_the_child,
                 a_visitor_may_fork, handlers_of_other_libraries_may_allocate,
                 a_child_works_that_is_made_while_the_library_is_prepared,
                 the_library_has_no_handler_before_it_is_prepared)
