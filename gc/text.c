/* SPDX-License-Identifier: MIT */
#include "gc/text.h"

#include <stdarg.h>

void gc__text_start(struct text *text, FILE *file)
{
    text->file = file;
    text->used = 0;
}

static void flush(struct text *text)
{
    fwrite(text->buffer, 1, text->used, text->file);
    text->used = 0;
}

void gc__text_print(struct text *text, const char *format, ...)
{
    if (TEXT_BYTES - text->used < TEXT_PIECE_BYTES)
        flush(text);
    va_list arguments;
    va_start(arguments, format);
    int bytes = vsnprintf(text->buffer + text->used, TEXT_PIECE_BYTES, format,
                          arguments);
    va_end(arguments);
    if (bytes > 0)
        text->used += smaller((size_t)bytes, TEXT_PIECE_BYTES - 1);
}

static void print_quoted(struct text *text, char character)
{
    if (character == '"' || character == '\\')
        gc__text_print(text, "\\%c", character);
    else if (character >= ' ' && character < 0x7f)
        gc__text_print(text, "%c", character);
    else
        gc__text_print(text, "?");
}

void gc__text_quote(struct text *text, const char *string)
{
    gc__text_print(text, "\"");
    for (; *string != '\0'; string++)
        print_quoted(text, *string);
    gc__text_print(text, "\"");
}

bool gc__text_end(struct text *text)
{
    flush(text);
    return ferror(text->file) == 0;
}

/* Tenths, rounded down; by hand, since "%f" depends on the locale. */
struct size_text gc__size_text(size_t bytes)
{
    static const char units[] = "KMGTPE";
    struct size_text size;
    if (bytes < 1024) {
        snprintf(size.text, sizeof size.text, "%zu B", bytes);
        return size;
    }
    unsigned unit = (highest_bit(bytes) - 10) / 10;
    size_t whole = bytes >> (10 * unit); /* of 1/1024 of the unit */
    snprintf(size.text, sizeof size.text, "%zu.%zu %ciB", whole / 1024,
             whole % 1024 * 10 / 1024, units[unit]);
    return size;
}

const char *gc__kind_name(const struct kinds *kinds, unsigned kind)
{
    static const char *const names[KIND_COUNT] = {
        [KIND_SCANNED] = "scanned",
        [KIND_ATOMIC] = "atomic",
        [KIND_UNCOLLECTABLE] = "uncollectable",
        [KIND_ATOMIC_UNCOLLECTABLE] = "atomic uncollectable",
    };
    return kind_is_custom(kind) ? kinds->of[kind - KIND_COUNT].traits.name
                                : names[kind];
}
