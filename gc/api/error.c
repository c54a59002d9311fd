/* SPDX-License-Identifier: MIT */
/* Errors: to the program's handler, or as a message with a backtrace. */

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "gc/api/process.h"
#include "gc/report.h"

enum { MESSAGE_BYTES = 512 };

static void write_to_stderr(const char *text, size_t bytes, void *context)
{
    (void)context;
    while (bytes > 0) {
        ssize_t written = write(STDERR_FILENO, text, bytes);
        if (written < 0 && errno != EINTR)
            return;
        if (written > 0) {
            text += written;
            bytes -= (size_t)written;
        }
    }
}

/* A setting is the user's mistake and has no place in the program. */
static void handle_by_default(const struct gc_error *error)
{
    int saved_errno = errno;
    if (error->code == TIDEMARK_ERROR_SETTING) {
        fprintf(stderr, "tidemark: %s\n", error->message);
    } else {
        struct registers registers;
        gc__registers_spill(&registers);
        gc__report(error->message, &registers, write_to_stderr, NULL);
    }
    errno = saved_errno;
    if (error->code == TIDEMARK_ERROR_DOUBLE_FREE)
        abort();
}

void gc__error(enum gc_error_code code, const void *address, const char *format,
               ...)
{
    char message[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);

    struct gc_error error = {code, address, message};
    if (gc__process.on_error != NULL)
        gc__process.on_error(&error, gc__process.error_context);
    else
        handle_by_default(&error);
}
