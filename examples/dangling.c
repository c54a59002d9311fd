/* SPDX-License-Identifier: MIT */

/* dangling: an ordinary program with an ordinary bug.
 *
 * A scheduler runs its jobs in rounds.  A job that is done is cancelled, which
 * frees it, while run_round() still stands on it and reads `job->next`.  With
 * libc's malloc the memory is then another job, so that the rest of the round
 * is lost, or the allocator's own, so that the program crashes.  Compiled with
 *
 *     cc -include tidemark_malloc.h dangling.c -ltidemark
 *
 * a job is memory as long as something points to it, and no round is lost. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job {
    struct job *next;
    char *name;
    const char *successor; /* scheduled when this one is done, or NULL */
    int rounds_left;
};

struct scheduler {
    struct job *first;
};

static void *allocated(void *memory)
{
    if (memory == NULL) {
        perror("dangling");
        exit(EXIT_FAILURE);
    }
    return memory;
}

static void schedule(struct scheduler *scheduler, const char *name, int rounds,
                     const char *successor)
{
    struct job *job = allocated(malloc(sizeof *job));
    job->next = NULL;
    job->name = allocated(malloc(strlen(name) + 1));
    strcpy(job->name, name);
    job->successor = successor;
    job->rounds_left = rounds;

    struct job **link = &scheduler->first;
    while (*link != NULL)
        link = &(*link)->next;
    *link = job;
}

static void cancel(struct scheduler *scheduler, struct job *job)
{
    struct job **link = &scheduler->first;
    while (*link != job)
        link = &(*link)->next;
    *link = job->next;
    free(job->name);
    free(job);
}

static void run(struct scheduler *scheduler, struct job *job)
{
    printf(" %s", job->name);
    if (--job->rounds_left > 0)
        return;

    const char *successor = job->successor;
    cancel(scheduler, job);
    if (successor != NULL)
        schedule(scheduler, successor, 1, NULL);
}

static void run_round(struct scheduler *scheduler)
{
    for (struct job *job = scheduler->first; job != NULL; job = job->next)
        run(scheduler, job); /* may have freed the job: here is the bug */
}

int main(void)
{
    struct scheduler scheduler = {.first = NULL};
    schedule(&scheduler, "mail", 3, NULL);
    schedule(&scheduler, "backup", 1, "verify");
    schedule(&scheduler, "index", 3, "publish");
    schedule(&scheduler, "clean", 2, NULL);

    for (int round = 1; scheduler.first != NULL; round++) {
        printf("round %d:", round);
        run_round(&scheduler);
        putchar('\n');
    }
    return EXIT_SUCCESS;
}
