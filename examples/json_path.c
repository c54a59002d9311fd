/* SPDX-License-Identifier: MIT */

/* Paths: `.` is the value itself, and each step goes on from the value that the
 * steps before it led to.
 *
 *     query  = filter *( "|" filter )
 *     filter = "length" / "keys" / path
 *     path   = "." [ name ] *( "." name / "[" number "]" / "[" string "]" ) */

#include "json.h"

#include <inttypes.h>
#include <string.h>

#include <tidemark.h>

#include "json_token.h"

static const char *type_name(const struct json_value *value)
{
    static const char *const names[JSON_TYPES] = {
        [JSON_NULL] = "null",        [JSON_FALSE] = "false",
        [JSON_TRUE] = "true",        [JSON_NUMBER] = "a number",
        [JSON_STRING] = "a string",  [JSON_ARRAY] = "an array",
        [JSON_OBJECT] = "an object",
    };
    return names[value->type];
}

const struct json_value *json_find(const struct json_value *object,
                                   const struct json_value *key)
{
    for (size_t i = object->count; i > 0; i -= 2) {
        const struct json_value *candidate = &object->items[i - 2];
        if (candidate->count == key->count &&
            memcmp(candidate->text, key->text, key->count) == 0)
            return candidate + 1;
    }
    return NULL;
}

/* ---- steps ------------------------------------------------------------ */

static bool step_to_key(struct json_source *source, const char *at,
                        const struct json_value *key, struct json_value *value)
{
    if (value->type != JSON_OBJECT)
        return json_fail(source, at, "%s has no keys", type_name(value));
    const struct json_value *found = json_find(value, key);
    if (found == NULL)
        return json_fail(source, at, "there is no key \"%s\"", key->text);
    *value = *found;
    return true;
}

static bool step_to_index(struct json_source *source, const char *at,
                          const struct json_value *number,
                          struct json_value *value)
{
    if (value->type != JSON_ARRAY)
        return json_fail(source, at, "%s has no elements", type_name(value));
    uintmax_t index = strtoumax(number->text, NULL, 10);
    if (index >= value->count)
        return json_fail(source, at, "there is no [%s], only %zu elements",
                         number->text, value->count);
    *value = value->items[index];
    return true;
}

static bool is_name_byte(int byte)
{
    return byte > ' ' && strchr(".[]|\"", byte) == NULL;
}

static bool take_name(struct json_source *source, struct json_value *value)
{
    const char *start = source->at;
    while (is_name_byte(json_peek(source)))
        source->at++;
    if (source->at == start)
        return json_expected(source, start, "a name");
    struct json_value key =
        json_text_of(JSON_STRING, start, (size_t)(source->at - start));
    return step_to_key(source, start, &key, value);
}

static bool take_digits(struct json_source *source, struct json_value *number)
{
    const char *start = source->at;
    while (json_peek(source) >= '0' && json_peek(source) <= '9')
        source->at++;
    if (source->at == start)
        return json_expected(source, start, "a number or a key in quotes");
    *number = json_text_of(JSON_NUMBER, start, (size_t)(source->at - start));
    return true;
}

/* Takes what follows a '['. */
static bool take_bracket(struct json_source *source, struct json_value *value)
{
    const char *start = source->at;
    struct json_value selector;
    bool taken = json_peek(source) == '"' ? json_take_string(source, &selector)
                                          : take_digits(source, &selector);
    if (!taken)
        return false;
    if (!json_take(source, ']'))
        return json_expected(source, source->at, "']'");
    return selector.type == JSON_STRING
               ? step_to_key(source, start, &selector, value)
               : step_to_index(source, start, &selector, value);
}

static bool take_path(struct json_source *source, struct json_value *value)
{
    if (is_name_byte(json_peek(source)) && !take_name(source, value))
        return false;
    for (;;) {
        bool ok;
        if (json_take(source, '['))
            ok = take_bracket(source, value);
        else if (json_take(source, '.'))
            ok = json_take(source, '[') ? take_bracket(source, value)
                                        : take_name(source, value);
        else
            return true;
        if (!ok)
            return false;
    }
}

/* ---- filters ---------------------------------------------------------- */

static size_t character_count(const struct json_value *string)
{
    size_t count = 0;
    for (size_t i = 0; i < string->count; i++)
        count += ((unsigned char)string->text[i] & 0xc0) != 0x80;
    return count;
}

static bool apply_length(struct json_source *source, const char *at,
                         struct json_value *value)
{
    if (value->type != JSON_STRING && !json_is_container(value))
        return json_fail(source, at, "%s has no length", type_name(value));
    size_t length = value->type == JSON_STRING ? character_count(value)
                                               : json_length(value);
    char digits[24];
    int digit_count = snprintf(digits, sizeof digits, "%zu", length);
    *value = json_text_of(JSON_NUMBER, digits, (size_t)digit_count);
    return true;
}

static bool apply_keys(struct json_source *source, const char *at,
                       struct json_value *value)
{
    if (value->type != JSON_OBJECT)
        return json_fail(source, at, "%s has no keys", type_name(value));
    size_t count = json_length(value);
    struct json_value *keys = gc_calloc(count, sizeof *keys);
    for (size_t i = 0; i < count; i++)
        keys[i] = value->items[2 * i];
    *value =
        (struct json_value){.type = JSON_ARRAY, .count = count, .items = keys};
    return true;
}

static bool take_word(struct json_source *source, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(source->end - source->at) < length ||
        memcmp(source->at, word, length) != 0)
        return false;
    source->at += length;
    return true;
}

static bool take_filter(struct json_source *source, struct json_value *value)
{
    json_skip_space(source);
    const char *start = source->at;
    bool ok;
    if (json_take(source, '.'))
        ok = take_path(source, value);
    else if (take_word(source, "length"))
        ok = apply_length(source, start, value);
    else if (take_word(source, "keys"))
        ok = apply_keys(source, start, value);
    else
        return json_expected(source, start, "'.', length or keys");
    json_skip_space(source);
    return ok;
}

bool json_query(const struct json_value *root, const char *path,
                struct json_value *value, struct json_error *error)
{
    struct json_source source = json_source_of(path, strlen(path), error);
    *value = *root;
    do {
        if (!take_filter(&source, value))
            return false;
    } while (json_take(&source, '|'));
    if (source.at < source.end)
        return json_expected(&source, source.at, "'.', '[' or '|'");
    return true;
}
