/* SPDX-License-Identifier: MIT */
/* Source: proc(5), /proc/[pid]/statm: total and resident size, in pages. */

#define _POSIX_C_SOURCE 200809L

#include "platform/resident.h"

#include <fcntl.h>
#include <unistd.h>

static size_t second_number(const char *text)
{
    size_t number = 0;
    while (*text != ' ' && *text != '\0')
        text++;
    while (*text == ' ')
        text++;
    for (; *text >= '0' && *text <= '9'; text++)
        number = number * 10 + (size_t)(*text - '0');
    return number;
}

size_t gc__resident_bytes(void)
{
    char text[128];
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0)
        return 0;
    text[length] = '\0';
    return second_number(text) * (size_t)sysconf(_SC_PAGESIZE);
}
