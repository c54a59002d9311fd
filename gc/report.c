/* SPDX-License-Identifier: MIT */
#include "gc/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "platform/backtrace.h"

struct output {
    report_writer *write;
    void *context;
};

__attribute__((format(printf, 2, 3))) static void
print(const struct output *output, const char *format, ...)
{
    char line[SYMBOL_NAME_BYTES + SYMBOL_MODULE_BYTES + 64];
    va_list arguments;
    va_start(arguments, format);
    int bytes = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (bytes > 0)
        output->write(line, smaller((size_t)bytes, sizeof line - 1),
                      output->context);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static void print_frame(const struct output *output, size_t number,
                        const struct frame *frame)
{
    struct symbol symbol;
    switch (gc__frame_function(frame, &symbol)) {
    case SYMBOL_FOUND:
        print(output, "  #%zu %s +0x%zx (%s)\n", number, symbol.name,
              (size_t)(frame->pc - symbol.start), base_name(symbol.module));
        break;
    case SYMBOL_MODULE_ONLY:
        print(output, "  #%zu ??? (%s +0x%zx)\n", number,
              base_name(symbol.module), (size_t)symbol.file_address);
        break;
    case SYMBOL_UNKNOWN:
        print(output, "  #%zu ??? at 0x%zx\n", number, (size_t)frame->pc);
        break;
    }
}

static void print_backtrace(const struct output *output,
                            const struct registers *registers)
{
    /* One more, which is not printed, tells whether there are more. */
    struct frame frames[REPORT_FRAMES + 1];
    size_t count = gc__backtrace(registers, frames, REPORT_FRAMES + 1);
    for (size_t i = 0; i < smaller(count, REPORT_FRAMES); i++)
        print_frame(output, i, &frames[i]);
    if (count > REPORT_FRAMES)
        print(output, "  ...\n");
    if (!gc__backtrace_is_complete())
        print(output, "  (its callers are unknown without libunwind)\n");
}

void gc__report(const char *message, const struct registers *registers,
                report_writer *write, void *context)
{
    int saved_errno = errno;
    struct output output = {.write = write, .context = context};
    print(&output, "tidemark: ");
    write(message, strlen(message), context);
    print(&output, "\n");
    print_backtrace(&output, registers);
    errno = saved_errno;
}

struct buffer {
    char *text;
    size_t capacity; /* at least 1 */
    size_t bytes;    /* given so far, be there room for them or not */
};

static void append(const char *text, size_t bytes, void *context)
{
    struct buffer *buffer = context;
    size_t start = smaller(buffer->bytes, buffer->capacity - 1);
    size_t room = buffer->capacity - 1 - start;
    memcpy(buffer->text + start, text, smaller(bytes, room));
    buffer->bytes += bytes;
}

size_t gc__report_format(const char *message, const struct registers *registers,
                         char *text, size_t capacity)
{
    CHECK(capacity > 0);
    struct buffer buffer = {.text = text, .capacity = capacity};
    gc__report(message, registers, append, &buffer);
    text[smaller(buffer.bytes, capacity - 1)] = '\0';
    return buffer.bytes;
}
