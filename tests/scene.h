/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_SCENE_H
#define TIDEMARK_TESTS_SCENE_H

/* Scenes: what is to happen in a process of its own, since it ends the process,
 * or needs a library that has not been used yet, or an environment.  A test
 * program runs itself again with the name of the scene:
 *
 *     static void print_number(void) { printf("%d\n", 7); }
 *
 *     START_TEST(...) {
 *         struct played played = play("print_number", "NAME=value", NULL);
 *         ck_assert_str_eq(played.text, "7\n");
 *     }
 *
 *     SCENES_AND_SUITE("name", (SCENE(print_number)), test, ...)
 *
 * Needs _GNU_SOURCE. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/suite.h"

struct scene {
    const char *name;
    void (*run)(void);
};

#define SCENE(function)     \
    {                       \
#function, function \
    }

#define UNPACK(...) __VA_ARGS__

#define SCENES_AND_SUITE(name, scenes, ...)                           \
    int main(int argc, char **argv)                                   \
    {                                                                 \
        static const struct scene all[] = {UNPACK scenes};            \
        const TTest *tests[] = {__VA_ARGS__};                         \
        if (argc > 1)                                                 \
            return run_scene(argv[1], all, sizeof all / sizeof *all); \
        return run_suite(name, NULL, NULL, tests,                     \
                         sizeof tests / sizeof *tests);               \
    }

static inline int run_scene(const char *name, const struct scene *scenes,
                            size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(scenes[i].name, name) == 0) {
            scenes[i].run();
            return EXIT_SUCCESS;
        }
    fprintf(stderr, "no scene is called %s\n", name);
    return EXIT_FAILURE;
}

/* What became of a process, and all that it printed. */
struct played {
    int status; /* of waitpid(2) */
    char text[1 << 16];
};

static inline void read_all(int file, char *text, size_t capacity)
{
    size_t bytes = 0;
    char rest[4096];
    for (;;) {
        size_t room = capacity - 1 - bytes;
        ssize_t got = room > 0 ? read(file, text + bytes, room)
                               : read(file, rest, sizeof rest);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        if (room > 0)
            bytes += (size_t)got;
    }
    text[bytes] = '\0';
}

/* Runs `program`; each of the assignments, up to NULL, is "NAME=value". */
static inline struct played play_program(const char *program, const char *scene,
                                         va_list assignments)
{
    static struct played played;
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        char *assignment;
        while ((assignment = va_arg(assignments, char *)) != NULL)
            putenv(assignment);
        execl(program, program, scene, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    read_all(ends[0], played.text, sizeof played.text);
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &played.status, 0), child);
    return played;
}

static inline struct played play(const char *scene, ...)
{
    va_list assignments;
    va_start(assignments, scene);
    struct played played = play_program("/proc/self/exe", scene, assignments);
    va_end(assignments);
    return played;
}

static inline bool has_ended_well(const struct played *played)
{
    return WIFEXITED(played->status) && WEXITSTATUS(played->status) == 0;
}

static inline bool was_ended_by(const struct played *played, int signal)
{
    return WIFSIGNALED(played->status) && WTERMSIG(played->status) == signal;
}

static inline void expect_success(const struct played *played)
{
    if (!has_ended_well(played))
        ck_abort_msg("status %#x after:\n%s", played->status, played->text);
}

/* In a scene: what must hold. */
#define REQUIRE(condition)                                          \
    do {                                                            \
        if (!(condition)) {                                         \
            printf("%s:%d: %s does not hold\n", __FILE__, __LINE__, \
                   #condition);                                     \
            exit(EXIT_FAILURE);                                     \
        }                                                           \
    } while (0)

#endif
