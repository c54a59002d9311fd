/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_TEXT_FILE_H
#define TIDEMARK_PLATFORM_TEXT_FILE_H

/* The files in which the kernel describes the process, line by line.
 *
 * All is async-signal-safe, allocates nothing, is no cancellation point and
 * leaves errno as it was.  The buffer is part of the structure, so keep in mind
 * that it takes TEXT_FILE_BYTES of the caller's stack. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT_FILE_BYTES = 4096 };

struct text_file {
    int file;
    bool is_over;      /* nothing is left to read */
    bool is_in_a_line; /* of which the start has been seen */
    size_t at;         /* what is between these has been read and not seen */
    size_t end;
    char text[TEXT_FILE_BYTES];
};

/* False, with nothing to close, where there is no such file. */
bool gc__text_file_open(struct text_file *text, const char *path);

/* The next line without its end, or NULL past the last.  Valid until the next
 * call.  Of a line as long as the buffer or longer, only the start is seen. */
const char *gc__text_file_next(struct text_file *text);

void gc__text_file_close(struct text_file *text);

/* Reads digits in base 10 or 16 at *at and moves *at past them.  False, with
 * *at where it was, when there are none or the number does not fit. */
bool gc__text_number(const char **at, unsigned base, uint64_t *number);

/* Moves *at past `prefix`; false, with *at where it was, if it does not start
 * with it. */
bool gc__text_skip(const char **at, const char *prefix);

#endif
