/* SPDX-License-Identifier: MIT */
/* Functions of libc that the program's headers turn into ours.
 *
 * Of each thread that is created here there is a record, in memory that is not
 * collected and is looked at: so what a thread is started with, and what it
 * returns, is alive until somebody has it.  The records are under a lock of their
 * own, and are reused instead of freed: threads are joined in blocking sections
 * too, where the heap cannot be used. */

/* For libc's cleanup handlers that need no personality routine, and with it
 * another library. */
#undef __EXCEPTIONS

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

#include "compat/libgc.h"
#include "compat/threads.h"
#include "gc/api/private.h"
#include "include/tidemark.h"

struct member {
    struct member *next;
    pthread_t thread;
    void *result;
    bool is_detached;
    bool is_over;
    bool is_being_joined; /* and retired by who joins it */
    bool is_suspended;    /* by GC_suspend_thread, though it may be over */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct member *members;
static struct member *unused;

static void take_lock(void)
{
    pthread_mutex_lock(&lock);
}

static void give_lock_back(void)
{
    pthread_mutex_unlock(&lock);
}

void gc__compat_prepare_wrappers(void)
{
    pthread_atfork(take_lock, give_lock_back, give_lock_back);
}

/* ------------------------------------------------------------------- records */

static struct member *new_member(void)
{
    take_lock();
    struct member *member = unused;
    if (member != NULL)
        unused = member->next;
    give_lock_back();
    if (member == NULL)
        member = gc_malloc_uncollectable(sizeof *member);
    if (member != NULL)
        *member = (struct member){0};
    return member;
}

/* With the lock. */
static void retire(struct member *member)
{
    struct member **link = &members;
    while (*link != member)
        link = &(*link)->next;
    *link = member->next;
    member->result = NULL;
    member->next = unused;
    unused = member;
}

/* With the lock. */
static struct member *find(pthread_t thread)
{
    struct member *at = members;
    while (at != NULL && !pthread_equal(at->thread, thread))
        at = at->next;
    return at;
}

void gc__compat_note_suspended(pthread_t thread, bool is_suspended)
{
    take_lock();
    struct member *member = find(thread);
    if (member != NULL)
        member->is_suspended = is_suspended;
    give_lock_back();
}

bool gc__compat_is_noted_suspended(pthread_t thread)
{
    take_lock();
    const struct member *member = find(thread);
    bool is_suspended = member != NULL && member->is_suspended;
    give_lock_back();
    return is_suspended;
}

/* If there is one of the same name, that thread was joined without our knowing. */
static void enter(struct member *member)
{
    take_lock();
    member->thread = pthread_self();
    struct member *other = find(member->thread);
    if (other != NULL && !other->is_being_joined)
        retire(other);
    member->next = members;
    members = member;
    give_lock_back();
}

/* Before the destructors of thread-specific data, where a thread may register
 * again. */
static void leave(void *argument)
{
    struct member *member = argument;
    take_lock();
    member->is_over = true;
    if (member->is_detached)
        retire(member);
    give_lock_back();
    gc_unregister_thread();
}

/* ------------------------------------------------------------------ creating */

/* On the stack of who creates the thread, and waits until it is registered. */
struct start {
    struct member *member;
    void *(*routine)(void *);
    void *argument;
    sem_t is_registered;
};

static void *run(void *start_of_thread)
{
    struct start *start = start_of_thread;
    struct member *member = start->member;
    void *(*routine)(void *) = start->routine;
    void *argument = start->argument;
    gc_register_thread();
    gc__let_stop_signal_in();
    enter(member);
    sem_post(&start->is_registered);

    void *result;
    pthread_cleanup_push(leave, member);
    result = routine(argument);
    member->result = result;
    pthread_cleanup_pop(true);
    return result;
}

static bool is_detached(const pthread_attr_t *attributes)
{
    int state = PTHREAD_CREATE_JOINABLE;
    if (attributes != NULL)
        pthread_attr_getdetachstate(attributes, &state);
    return state == PTHREAD_CREATE_DETACHED;
}

static int start_and_wait(pthread_t *thread, const pthread_attr_t *attributes,
                          struct start *start)
{
    int cancel_state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    sem_init(&start->is_registered, false, 0);
    int error = pthread_create(thread, attributes, run, start);
    while (error == 0 && sem_wait(&start->is_registered) != 0)
        continue;
    sem_destroy(&start->is_registered);
    pthread_setcancelstate(cancel_state, NULL);
    return error;
}

static void give_unused_back(struct member *member)
{
    take_lock();
    member->next = unused;
    unused = member;
    give_lock_back();
}

int GC_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                      void *(*routine)(void *), void *argument)
{
    prepare();
    gc__compat_expect_threads();
    int saved_errno = errno;
    struct start start = {
        .member = new_member(), .routine = routine, .argument = argument};
    if (start.member == NULL)
        return EAGAIN;
    start.member->is_detached = is_detached(attributes);
    int error = start_and_wait(thread, attributes, &start);
    if (error != 0)
        give_unused_back(start.member);
    errno = saved_errno;
    return error;
}

/* -------------------------------------------------------------------- ending */

/* Others than ours are simply joined. */
int GC_pthread_join(pthread_t thread, void **result)
{
    void *value = NULL;
    take_lock();
    struct member *member = find(thread);
    if (member != NULL)
        member->is_being_joined = true;
    give_lock_back();
    int error = pthread_join(thread, &value);
    take_lock();
    if (member != NULL && error == 0)
        retire(member);
    else if (member != NULL)
        member->is_being_joined = false;
    give_lock_back();
    if (error == 0 && result != NULL)
        *result = value;
    return error;
}

int GC_pthread_detach(pthread_t thread)
{
    take_lock();
    struct member *member = find(thread);
    int error = pthread_detach(thread);
    if (error == 0 && member != NULL) {
        member->is_detached = true;
        if (member->is_over)
            retire(member);
    }
    give_lock_back();
    return error;
}

void GC_pthread_exit(void *result)
{
    take_lock();
    struct member *member = find(pthread_self());
    if (member != NULL)
        member->result = result;
    give_lock_back();
    pthread_exit(result);
}

int GC_pthread_cancel(pthread_t thread)
{
    return pthread_cancel(thread);
}

/* --------------------------------------------------------------------- others */

/* The signal that stops threads stays open. */
int GC_pthread_sigmask(int how, const sigset_t *set, sigset_t *before)
{
    sigset_t fewer;
    if (set != NULL && (how == SIG_BLOCK || how == SIG_SETMASK)) {
        fewer = *set;
        sigdelset(&fewer, GC_get_suspend_signal());
        set = &fewer;
    }
    return pthread_sigmask(how, set, before);
}

/* A collection finds what is loaded by the time, while it is loaded too. */
void *GC_dlopen(const char *path, int mode)
{
    return dlopen(path, mode);
}
