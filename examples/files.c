/* SPDX-License-Identifier: MIT */

/* files: counts the lines of files, and closes none of them.
 *
 * A file is an object whose finalizer closes it, some time after nothing leads to
 * it any more.  How long that takes is the collector's business, which knows of
 * memory, and not how many files the system lets a program have open.  So where
 * that is the limit, the program collects, and tries again.
 *
 * What has to happen by a certain time is not for a finalizer: a file that is
 * written would be closed by hand, since the last collection may not come, and one
 * stale word on the stack may keep an object. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <tidemark.h>

enum { MOST_FILES = 32 }; /* open at once, standard input and such included */

static size_t opened, closed, most_at_once;

struct file {
    int descriptor;
};

static void close_file(void *object, void *data)
{
    struct file *file = object;
    (void)data;
    close(file->descriptor);
    closed++;
}

/* GC_collect() calls the finalizers of what it has found before it returns, unless
 * gc_set_finalizing() says otherwise. */
static int open_in_spite_of_the_limit(const char *name)
{
    int descriptor = open(name, O_RDONLY);
    if (descriptor >= 0 || errno != EMFILE)
        return descriptor;
    GC_collect();
    return open(name, O_RDONLY);
}

static struct file *open_file(const char *name)
{
    struct file *file = gc_malloc_atomic(sizeof *file);
    if (file == NULL)
        return NULL;
    file->descriptor = open_in_spite_of_the_limit(name);
    if (file->descriptor < 0)
        return NULL;
    if (!gc_set_finalizer(file, close_file, NULL)) {
        close(file->descriptor);
        errno = ENOMEM;
        return NULL;
    }
    opened++;
    if (opened - closed > most_at_once)
        most_at_once = opened - closed;
    return file;
}

/* Returns -1, and errno says why, if it cannot be read. */
static long count_lines(const struct file *file)
{
    char buffer[4096];
    long lines = 0;
    ssize_t bytes;
    while ((bytes = read(file->descriptor, buffer, sizeof buffer)) > 0)
        for (ssize_t i = 0; i < bytes; i++)
            lines += buffer[i] == '\n';
    /* The compiler may have read the descriptor into a register and forgotten the
     * object, which is then finalized while its file is being read. */
    gc_keep_alive(file);
    return bytes < 0 ? -1 : lines;
}

/* Not a part of main(), whose frame might keep the last file. */
__attribute__((noinline)) static bool show(const char *name)
{
    const struct file *file = open_file(name);
    long lines = file == NULL ? -1 : count_lines(file);
    if (lines < 0) {
        fprintf(stderr, "files: %s: %s\n", name, strerror(errno));
        return false;
    }
    printf("%ld %s\n", lines, name);
    return true;
}

int main(int argc, char **argv)
{
    const struct rlimit limit = {MOST_FILES, MOST_FILES};
    bool is_good = setrlimit(RLIMIT_NOFILE, &limit) == 0;
    for (int i = 1; i < argc; i++)
        is_good &= show(argv[i]);

    struct gc_stats stats;
    GC_collect();
    gc_stats(&stats, sizeof stats);
    printf("opened %zu, %zu at once; closed %zu, and %zu are open\n", opened,
           most_at_once, closed, stats.finalizers);
    return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
