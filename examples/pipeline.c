/* SPDX-License-Identifier: MIT */

/* pipeline: how long the words of some files are, counted by several threads.
 *
 * The main thread reads lines and puts them into a queue; the others take them out,
 * cut them into words and count these by their length.  Lines and words are
 * objects, made in one thread and dropped in another: nobody has to know who is to
 * free them.  The queue is a list in a static variable, what a thread has in its
 * hands is in variables of its own, and the collector finds both.
 *
 * A thread that waits says so (gc_call_blocking), and is then left alone: a
 * collection neither interrupts it nor waits for it. */

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tidemark.h>

enum {
    MOST_THREADS = 64,
    MOST_WAITING = 1000, /* lines */
    MOST_LETTERS = 40,   /* longer words count as this long */
    MOST_LINE = 4096,
    COLLECT_EVERY = 1000, /* lines of a thread */
};

static void *checked(void *memory)
{
    if (memory == NULL) {
        perror("pipeline");
        exit(EXIT_FAILURE);
    }
    return memory;
}

/* ---- the queue --------------------------------------------------------- */

struct line {
    struct line *next;
    char *text;
};

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t has_changed;
    struct line *first, **end;
    size_t count;
    bool is_closed; /* no more will come */
} queue = {
    .mutex = PTHREAD_MUTEX_INITIALIZER,
    .has_changed = PTHREAD_COND_INITIALIZER,
    .end = &queue.first,
};

static void *await_change(void *unused)
{
    pthread_cond_wait(&queue.has_changed, &queue.mutex);
    return unused;
}

/* The mutex is given back meanwhile, as ever, and nothing in there touches an
 * object. */
static void await_change_at_rest(void)
{
    gc_call_blocking(await_change, NULL);
}

static void put(struct line *line)
{
    pthread_mutex_lock(&queue.mutex);
    while (queue.count == MOST_WAITING)
        await_change_at_rest();
    *queue.end = line;
    queue.end = &line->next;
    queue.count++;
    pthread_cond_broadcast(&queue.has_changed);
    pthread_mutex_unlock(&queue.mutex);
}

/* NULL when the queue is closed and empty. */
static struct line *take(void)
{
    pthread_mutex_lock(&queue.mutex);
    while (queue.count == 0 && !queue.is_closed)
        await_change_at_rest();
    struct line *line = queue.first;
    if (line != NULL) {
        queue.first = line->next;
        if (queue.first == NULL)
            queue.end = &queue.first;
        queue.count--;
        pthread_cond_broadcast(&queue.has_changed);
    }
    pthread_mutex_unlock(&queue.mutex);
    return line;
}

static void close_queue(void)
{
    pthread_mutex_lock(&queue.mutex);
    queue.is_closed = true;
    pthread_cond_broadcast(&queue.has_changed);
    pthread_mutex_unlock(&queue.mutex);
}

/* ---- counting ---------------------------------------------------------- */

struct word {
    struct word *next;
    char *letters;
};

/* Of a thread, so that no other one counts here at the same time. */
struct tally {
    pthread_t thread;
    size_t lines;
    size_t words[MOST_LETTERS + 1];
};

static struct tally tallies[MOST_THREADS];

static struct word *split(const char *text)
{
    struct word *words = NULL;
    while (*text != '\0') {
        size_t length = 0;
        while (isalpha((unsigned char)text[length]))
            length++;
        if (length > 0) {
            struct word *word = checked(gc_malloc(sizeof *word));
            word->letters = checked(gc_strndup(text, length));
            word->next = words;
            words = word;
        }
        text += length > 0 ? length : 1;
    }
    return words;
}

static void *count(void *argument)
{
    struct tally *tally = argument;
    const struct line *line;
    while ((line = take()) != NULL) {
        for (const struct word *at = split(line->text); at; at = at->next) {
            size_t letters = strlen(at->letters);
            tally->words[letters < MOST_LETTERS ? letters : MOST_LETTERS]++;
        }
        if (++tally->lines % COLLECT_EVERY == 0)
            GC_collect();
    }
    return NULL;
}

/* ------------------------------------------------------------------------ */

static bool read_lines(const char *name)
{
    char text[MOST_LINE];
    FILE *file = fopen(name, "r");
    if (file == NULL) {
        perror(name);
        return false;
    }
    while (fgets(text, sizeof text, file) != NULL) {
        struct line *line = checked(gc_malloc(sizeof *line));
        line->text = checked(gc_strdup(text));
        put(line);
    }
    fclose(file);
    return true;
}

static void print(unsigned threads)
{
    size_t lines = 0;
    for (unsigned letters = 1; letters <= MOST_LETTERS; letters++) {
        size_t words = 0;
        for (unsigned i = 0; i < threads; i++)
            words += tallies[i].words[letters];
        if (words > 0)
            printf("%2u %zu\n", letters, words);
    }
    for (unsigned i = 0; i < threads; i++)
        lines += tallies[i].lines;
    printf("%zu lines\n", lines);
}

int main(int argc, char **argv)
{
    unsigned threads = 0;
    if (argc < 2 || sscanf(argv[1], "%u", &threads) != 1 || threads == 0 ||
        threads > MOST_THREADS) {
        fprintf(stderr, "usage: pipeline THREADS [FILE ...]\n");
        return 2;
    }
    for (unsigned i = 0; i < threads; i++)
        if (pthread_create(&tallies[i].thread, NULL, count, &tallies[i]) != 0)
            checked(NULL);
    bool is_good = true;
    for (int i = 2; i < argc; i++)
        is_good &= read_lines(argv[i]);
    close_queue();
    for (unsigned i = 0; i < threads; i++)
        pthread_join(tallies[i].thread, NULL);
    print(threads);
    return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
