/* SPDX-License-Identifier: MIT */
/* Source: proc(5), /proc/[pid]/task; getdents64(2).  The folder is read from
 * where the last read ended by the number of the thread there, or, if that one
 * is gone, by how many threads came before it. */

#define _GNU_SOURCE /* syscall */

#include "platform/tasks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/text_file.h"

/* What getdents64 writes, one after the other. */
struct entry {
    uint64_t inode;
    int64_t offset;
    unsigned short bytes;
    unsigned char type;
    char name[];
};

enum { BUFFER_BYTES = 2048 };

union buffer {
    struct entry first; /* for its alignment */
    char bytes[BUFFER_BYTES];
};

int gc__task_self(void)
{
    return (int)syscall(SYS_gettid);
}

static bool visit_entries(const union buffer *buffer, size_t bytes,
                          bool (*visit)(int tid, void *context), void *context)
{
    for (size_t at = 0; at < bytes;) {
        const struct entry *entry = (const void *)(buffer->bytes + at);
        const char *name = entry->name;
        uint64_t tid; /* and no number for "." and ".." */
        if (gc__text_number(&name, 10, &tid) && !visit((int)tid, context))
            return false;
        at += entry->bytes;
    }
    return true;
}

static bool visit_folder(int folder, bool (*visit)(int tid, void *context),
                         void *context)
{
    union buffer buffer;
    for (;;) {
        long bytes = syscall(SYS_getdents64, folder, &buffer, sizeof buffer);
        if (bytes <= 0)
            return bytes == 0;
        if (!visit_entries(&buffer, (size_t)bytes, visit, context))
            return true;
    }
}

bool gc__tasks(bool (*visit)(int tid, void *context), void *context)
{
    int saved_errno = errno;
    int folder = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/task",
                              O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_read = folder >= 0 && visit_folder(folder, visit, context);
    if (folder >= 0)
        syscall(SYS_close, folder);
    errno = saved_errno;
    return is_read;
}

/* The folder has a link for each folder in it, and two of its own. */
size_t gc__tasks_count(void)
{
    int saved_errno = errno;
    struct stat folder;
    bool is_there = stat("/proc/self/task", &folder) == 0;
    errno = saved_errno;
    return is_there && folder.st_nlink > 2 ? (size_t)folder.st_nlink - 2 : 0;
}

/* -------------------------------------------------------------- one thread */

enum { PATH_BYTES = 64 };

static char *append(char *end, const char *text)
{
    while (*text != '\0')
        *end++ = *text++;
    return end;
}

static char *append_number(char *end, unsigned number)
{
    if (number >= 10)
        end = append_number(end, number / 10);
    *end = (char)('0' + number % 10);
    return end + 1;
}

/* Opens /proc/self/task/TID and what follows. */
static bool open_file_of(struct text_file *text, int tid, const char *name)
{
    char path[PATH_BYTES];
    char *end = append(path, "/proc/self/task/");
    end = append_number(end, (unsigned)tid);
    *append(end, name) = '\0';
    return tid > 0 && gc__text_file_open(text, path);
}

static bool open_status(struct text_file *status, int tid)
{
    return open_file_of(status, tid, "/status");
}

/* What stands behind the label, or NULL.  Valid until the next call. */
static const char *value_of(struct text_file *status, const char *label)
{
    const char *line;
    while ((line = gc__text_file_next(status)) != NULL)
        if (gc__text_skip(&line, label))
            return line;
    return NULL;
}

/* '?' if the system will not say. */
static char state_of(int tid)
{
    struct text_file status;
    if (!open_status(&status, tid))
        return '?';
    const char *state = value_of(&status, "State:\t");
    char letter = state != NULL ? *state : '?';
    gc__text_file_close(&status);
    return letter;
}

static bool has_ended(int tid)
{
    char state = state_of(tid);
    return state == 'Z' || state == 'X';
}

bool gc__task_runs(int tid)
{
    char state = state_of(tid);
    return state == 'R' || state == 'D';
}

bool gc__task_is_alive(int tid)
{
    int saved_errno = errno;
    bool is_known = tid > 0 && (syscall(SYS_tgkill, getpid(), tid, 0) == 0 ||
                                errno != ESRCH);
    errno = saved_errno;
    return is_known && !has_ended(tid);
}

static bool contains(uint64_t signals, int signal)
{
    return signal >= 1 && signal <= 64 && (signals >> (signal - 1) & 1) != 0;
}

/* The signals below SIGRTMIN are libc's, and sigaddset(3) and the like leave them
 * out. */
bool gc__task_blocks(int tid, int signal)
{
    struct text_file status;
    uint64_t blocked = 0;
    if (!open_status(&status, tid))
        return false;
    const char *mask = value_of(&status, "SigBlk:\t");
    bool is_known = mask != NULL && gc__text_number(&mask, 16, &blocked);
    gc__text_file_close(&status);
    return is_known && contains(blocked, signal) &&
           !contains(blocked, SIGRTMIN - 1);
}

/* The line ends with the stack pointer and the program counter, or is
 * "running". */
bool gc__task_stack_pointer(int tid, uintptr_t *stack_pointer)
{
    struct text_file text;
    uint64_t last[2] = {0, 0};
    if (!open_file_of(&text, tid, "/syscall"))
        return false;
    const char *at = gc__text_file_next(&text);
    while (at != NULL && *at != '\0') {
        uint64_t number;
        if (gc__text_skip(&at, "0x") && gc__text_number(&at, 16, &number)) {
            last[0] = last[1];
            last[1] = number;
        } else {
            at++;
        }
    }
    gc__text_file_close(&text);
    *stack_pointer = (uintptr_t)last[0];
    return last[0] != 0;
}
