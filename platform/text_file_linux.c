/* SPDX-License-Identifier: MIT */
/* The system calls are made by number: libc's open() and read() are points at
 * which a thread may be cancelled. */

#define _GNU_SOURCE /* syscall */

#include "platform/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_BYTES = TEXT_FILE_BYTES - 1 }; /* with room for a final zero */

bool gc__text_file_open(struct text_file *text, const char *path)
{
    int saved_errno = errno;
    text->file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    text->is_over = text->is_in_a_line = false;
    text->at = text->end = 0;
    errno = saved_errno;
    return text->file >= 0;
}

void gc__text_file_close(struct text_file *text)
{
    int saved_errno = errno;
    syscall(SYS_close, text->file);
    errno = saved_errno;
}

/* Moves what has not been seen to the front, and reads more behind it. */
static void read_more(struct text_file *text)
{
    int saved_errno = errno;
    text->end -= text->at;
    memmove(text->text, text->text + text->at, text->end);
    text->at = 0;
    long count;
    do
        count = syscall(SYS_read, text->file, text->text + text->end,
                        MOST_BYTES - text->end);
    while (count < 0 && errno == EINTR);
    if (count > 0)
        text->end += (size_t)count;
    else
        text->is_over = true;
    errno = saved_errno;
}

/* Whether a line, or as much of one as there is room for, has been read, and up
 * to where. */
static bool has_line(const struct text_file *text, size_t *end)
{
    size_t count = text->end - text->at;
    const char *found = memchr(text->text + text->at, '\n', count);
    *end = found != NULL ? (size_t)(found - text->text) : text->end;
    return found != NULL || count == MOST_BYTES || (text->is_over && count > 0);
}

const char *gc__text_file_next(struct text_file *text)
{
    for (;;) {
        size_t end;
        while (!has_line(text, &end)) {
            if (text->is_over)
                return NULL;
            read_more(text);
        }
        const char *line = text->text + text->at;
        bool is_start = !text->is_in_a_line;
        text->is_in_a_line = end == text->end;
        text->at = text->is_in_a_line ? end : end + 1;
        text->text[end] = '\0';
        if (is_start)
            return line;
    }
}

static unsigned digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return (unsigned)(digit - '0');
    if (digit >= 'a' && digit <= 'f')
        return (unsigned)(digit - 'a') + 10;
    return 16;
}

bool gc__text_number(const char **at, unsigned base, uint64_t *number)
{
    const char *digit = *at;
    uint64_t value = 0;
    for (; digit_value(*digit) < base; digit++) {
        if (__builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit_value(*digit), &value))
            return false;
    }
    if (digit == *at)
        return false;
    *at = digit;
    *number = value;
    return true;
}

bool gc__text_skip(const char **at, const char *prefix)
{
    size_t length = strlen(prefix);
    if (strncmp(*at, prefix, length) != 0)
        return false;
    *at += length;
    return true;
}
