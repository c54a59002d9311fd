/* SPDX-License-Identifier: MIT */
#include "json_token.h"

#include <stdint.h>
#include <string.h>

#include <tidemark.h>

static void append(struct json_source *source, const char *bytes, size_t count)
{
    if (source->decoded_capacity - source->decoded_length < count) {
        source->decoded_capacity = 2 * source->decoded_capacity + count;
        source->decoded = gc_realloc(source->decoded, source->decoded_capacity);
    }
    memcpy(source->decoded + source->decoded_length, bytes, count);
    source->decoded_length += count;
}

static void append_character(struct json_source *source, uint32_t code)
{
    char bytes[4];
    size_t count = 0;
    if (code < 0x80) {
        bytes[count++] = (char)code;
    } else if (code < 0x800) {
        bytes[count++] = (char)(0xc0 | code >> 6);
        bytes[count++] = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        bytes[count++] = (char)(0xe0 | code >> 12);
        bytes[count++] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[count++] = (char)(0x80 | (code & 0x3f));
    } else {
        bytes[count++] = (char)(0xf0 | code >> 18);
        bytes[count++] = (char)(0x80 | (code >> 12 & 0x3f));
        bytes[count++] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[count++] = (char)(0x80 | (code & 0x3f));
    }
    append(source, bytes, count);
}

/* How many bytes the UTF-8 character at `at` has, or 0 if it is none: RFC 3629,
 * section 4.  The second byte is where overlong forms, surrogates and codes
 * above 10FFFF differ from the rest. */
static size_t utf8_bytes(const char *at, const char *end)
{
    const unsigned char *byte = (const unsigned char *)at;
    size_t left = (size_t)(end - at);
    unsigned char first = byte[0];
    size_t count = first < 0xc2   ? 0
                   : first < 0xe0 ? 2
                   : first < 0xf0 ? 3
                   : first < 0xf5 ? 4
                                  : 0;
    if (count == 0 || left < count)
        return 0;

    unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (byte[1] < low || byte[1] > high)
        return 0;
    for (size_t i = 2; i < count; i++)
        if ((byte[i] & 0xc0) != 0x80)
            return 0;
    return count;
}

static int hex_digit(int byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return -1;
}

static bool take_hex(struct json_source *source, uint32_t *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(json_peek(source));
        if (digit < 0)
            return json_expected(source, source->at, "four hex digits");
        *code = *code << 4 | (uint32_t)digit;
        source->at++;
    }
    return true;
}

/* Takes what follows \u; characters above FFFF come as two escapes, RFC 8259
 * section 7. */
static bool take_unicode_escape(struct json_source *source)
{
    const char *start = source->at - 2;
    uint32_t code;
    if (!take_hex(source, &code))
        return false;
    if (code < 0xd800 || code > 0xdfff) {
        append_character(source, code);
        return true;
    }

    uint32_t low;
    if (code > 0xdbff || !json_take(source, '\\') || !json_take(source, 'u'))
        return json_fail(source, start, "\\u%04x is half a character", code);
    if (!take_hex(source, &low))
        return false;
    if (low < 0xdc00 || low > 0xdfff)
        return json_fail(source, start, "\\u%04x is half a character", code);
    append_character(source, 0x10000 + ((code - 0xd800) << 10) + low - 0xdc00);
    return true;
}

/* Takes an escape from its backslash on. */
static bool take_escape(struct json_source *source)
{
    static const char names[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    source->at++;
    if (json_take(source, 'u'))
        return take_unicode_escape(source);

    int byte = json_peek(source);
    const char *name = byte > 0 ? strchr(names, byte) : NULL;
    if (name == NULL)
        return json_expected(source, source->at,
                             "one of \"\\/bfnrtu after a backslash");
    append(source, &meanings[name - names], 1);
    source->at++;
    return true;
}

static bool take_beyond_ascii(struct json_source *source)
{
    size_t count = utf8_bytes(source->at, source->end);
    if (count == 0)
        return json_expected(source, source->at, "UTF-8");
    append(source, source->at, count);
    source->at += count;
    return true;
}

static bool is_plain(unsigned char byte)
{
    return byte >= ' ' && byte < 0x80 && byte != '"' && byte != '\\';
}

static void take_plain(struct json_source *source)
{
    const char *start = source->at;
    const char *at = start;
    while (at < source->end && is_plain((unsigned char)*at))
        at++;
    append(source, start, (size_t)(at - start));
    source->at = at;
}

bool json_take_string(struct json_source *source, struct json_value *value)
{
    if (!json_take(source, '"'))
        return json_expected(source, source->at, "a string");

    source->decoded_length = 0;
    take_plain(source);
    while (!json_take(source, '"')) {
        int byte = json_peek(source);
        if (byte < 0)
            return json_expected(source, source->at, "the closing quote");
        if (byte < ' ')
            return json_expected(source, source->at,
                                 "an escape for a control character");
        bool taken =
            byte == '\\' ? take_escape(source) : take_beyond_ascii(source);
        if (!taken)
            return false;
        take_plain(source);
    }
    *value = json_text_of(JSON_STRING, source->decoded, source->decoded_length);
    return true;
}
