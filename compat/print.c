/* SPDX-License-Identifier: MIT */
#include "compat/print.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "compat/libgc.h"

enum { LINE_BYTES = 1024 };

bool gc__compat_prints_stats;
static int descriptors[] = {
    [TO_OUTPUT] = STDOUT_FILENO,
    [TO_ERRORS] = STDERR_FILENO,
    [TO_LOG] = STDERR_FILENO,
};

static void write_all(int descriptor, const char *text, size_t bytes)
{
    while (bytes > 0) {
        ssize_t written = write(descriptor, text, bytes);
        if (written < 0 && errno != EINTR)
            return;
        if (written > 0) {
            text += written;
            bytes -= (size_t)written;
        }
    }
}

void gc__compat_print(enum stream stream, const char *format, va_list arguments)
{
    char line[LINE_BYTES];
    int saved_errno = errno;
    int bytes = vsnprintf(line, sizeof line, format, arguments);
    if (bytes >= (int)sizeof line)
        bytes = sizeof line - 1;
    if (bytes > 0)
        write_all(descriptors[stream], line, (size_t)bytes);
    errno = saved_errno;
}

void gc__compat_print_to_file(const char *name, bool is_only_log)
{
    int file = open(name, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0) {
        GC_err_printf("GC Warning: cannot write to %s\n", name);
        return;
    }
    descriptors[TO_LOG] = file;
    if (!is_only_log) {
        descriptors[TO_OUTPUT] = file;
        descriptors[TO_ERRORS] = file;
    }
}

void GC_set_log_fd(int descriptor)
{
    descriptors[TO_LOG] = descriptor;
}

void GC_printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    gc__compat_print(TO_OUTPUT, format, arguments);
    va_end(arguments);
}

void GC_err_printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    gc__compat_print(TO_ERRORS, format, arguments);
    va_end(arguments);
}

void GC_log_printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    gc__compat_print(TO_LOG, format, arguments);
    va_end(arguments);
}
