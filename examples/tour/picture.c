/* SPDX-License-Identifier: MIT */
#include "examples/tour/picture.h"

#include <stdarg.h>
#include <stdio.h>

enum { MARGIN = 4 };

void strip_start(struct strip *strip, struct range area, size_t bytes_per_sign)
{
    strip->low = area.low;
    strip->bytes_per_sign = bytes_per_sign;
    strip->count = smaller(range_size(area) / bytes_per_sign, STRIP_SIGNS);
    for (size_t i = 0; i < strip->count; i++)
        strip->signs[i] = '.';
    strip->signs[strip->count] = '\0';
}

void strip_fill(struct strip *strip, uintptr_t at, size_t bytes, char sign)
{
    size_t first = (at - strip->low) / strip->bytes_per_sign;
    size_t end = (at + bytes - strip->low) / strip->bytes_per_sign;
    for (size_t i = first; i < smaller(end, strip->count); i++)
        strip->signs[i] = sign;
}

void strip_print(const struct strip *strip, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("%*s|%s|", MARGIN, "", strip->signs);
    if (format[0] != '\0')
        printf("  ");
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

void strip_point(const struct strip *strip, uintptr_t at, const char *format,
                 ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t sign = (at - strip->low) / strip->bytes_per_sign;
    printf("%*s^ ", (int)(MARGIN + 1 + sign), "");
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}
