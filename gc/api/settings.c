/* SPDX-License-Identifier: MIT */
/* The settings: one table for the calls and for the environment. */

#define _GNU_SOURCE /* secure_getenv */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "gc/api/process.h"
#include "platform/clock.h"
#include "platform/processors.h"

enum { MOST_TIMEOUT_MS = 24 * 60 * 60 * 1000, NS_PER_MS = 1000 * 1000 };

/* Where a pointer one past the end of an object keeps it. */
enum past_end { PAST_END_NOWHERE, PAST_END_IN_STACKS, PAST_END_ANYWHERE };

enum unit { UNIT_BYTES, UNIT_LIMIT, UNIT_NUMBER, UNIT_FACTOR, UNIT_IGNORE };

static const struct setting {
    const char *variable;
    enum unit unit;
    size_t least;
    size_t most;
} settings[] = {
    [TIDEMARK_HEAP_FLOOR] = {"TIDEMARK_HEAP_FLOOR", UNIT_BYTES, 0, SIZE_MAX},
    [TIDEMARK_HEAP_LIMIT] = {"TIDEMARK_HEAP_LIMIT", UNIT_LIMIT, 0, SIZE_MAX},
    [TIDEMARK_GROWTH] = {"TIDEMARK_GROWTH", UNIT_FACTOR, LEAST_GROWTH_PERCENT,
                         MOST_GROWTH_PERCENT},
    [TIDEMARK_WORD_STEP] = {"TIDEMARK_WORD_STEP", UNIT_NUMBER, 1, WORD_BYTES},
    [TIDEMARK_INTERIOR] = {"TIDEMARK_INTERIOR", UNIT_NUMBER, 0, 1},
    [TIDEMARK_PAST_END] = {"TIDEMARK_PAST_END", UNIT_NUMBER, PAST_END_NOWHERE,
                           PAST_END_ANYWHERE},
    [TIDEMARK_MARKERS] = {"TIDEMARK_MARKERS", UNIT_NUMBER, 0, MARKERS_MAX},
    [TIDEMARK_STRESS] = {"TIDEMARK_STRESS", UNIT_NUMBER, 0, SIZE_MAX},
    [TIDEMARK_TRACE] = {"TIDEMARK_TRACE", UNIT_NUMBER, 0, 1},
    [TIDEMARK_STATS] = {"TIDEMARK_STATS", UNIT_NUMBER, 0, 1},
    [TIDEMARK_IGNORE_FREE] = {"TIDEMARK_FREE", UNIT_IGNORE, 0, 1},
    [TIDEMARK_STOP_SIGNAL] = {"TIDEMARK_STOP_SIGNAL", UNIT_NUMBER, 0, 64},
    [TIDEMARK_STOP_TIMEOUT] = {"TIDEMARK_STOP_TIMEOUT", UNIT_NUMBER, 1,
                               MOST_TIMEOUT_MS},
    [TIDEMARK_STRANGERS] = {"TIDEMARK_STRANGERS", UNIT_NUMBER, 0, 1},
};

enum { SETTING_COUNT = sizeof settings / sizeof *settings };

/* ----------------------------------------------------------------- values */

static bool is_allowed(enum gc_setting which, size_t value)
{
    if ((unsigned)which >= SETTING_COUNT || value < settings[which].least ||
        value > settings[which].most)
        return false;
    if (which == TIDEMARK_STOP_SIGNAL)
        return gc__process.heap.world.signal == 0;
    return which != TIDEMARK_WORD_STEP || is_power_of_two(value);
}

static void apply(enum gc_setting which, size_t value)
{
    struct heap *heap = &gc__process.heap;
    switch (which) {
    case TIDEMARK_HEAP_FLOOR:
        heap->pace.floor_bytes = value;
        break;
    case TIDEMARK_HEAP_LIMIT:
        heap->pace.limit_bytes = value;
        break;
    case TIDEMARK_GROWTH:
        heap->pace.growth_percent = value;
        break;
    case TIDEMARK_WORD_STEP:
        heap->word_step = value;
        break;
    case TIDEMARK_INTERIOR:
        heap->recognition.rule = value != 0 ? INTERIOR : DISPLACED;
        break;
    case TIDEMARK_PAST_END:
        heap->recognition.past_end = value == PAST_END_IN_STACKS;
        gc__process.padding = value == PAST_END_ANYWHERE;
        gc__quick_bytes =
            value == PAST_END_ANYWHERE ? 0 : LINEAR_CLASS_MAX_BYTES;
        break;
    case TIDEMARK_MARKERS:
        heap->wanted_markers = (unsigned)value;
        heap->has_markers = false;
        break;
    case TIDEMARK_STRESS:
        heap->stress = value;
        heap->stress_count = 0;
        gc__local_retire(&heap->variable, &gc__thread->local);
        break;
    case TIDEMARK_TRACE:
        heap->trace = value != 0;
        heap->start_ns = heap->trace ? gc__clock_ns() : 0;
        break;
    case TIDEMARK_STATS:
        gc__process.stats_at_exit = value != 0;
        gc__at_exit();
        break;
    case TIDEMARK_IGNORE_FREE:
        gc__process.ignore_free = value != 0;
        break;
    case TIDEMARK_STOP_SIGNAL:
        heap->world.wanted_signal = (int)value;
        break;
    case TIDEMARK_STOP_TIMEOUT:
        heap->world.timeout_ns = (uint64_t)value * NS_PER_MS;
        break;
    case TIDEMARK_STRANGERS:
        heap->world.leaves_strangers = value == 0;
        break;
    }
    gc__heap_adjust(heap);
}

bool gc_set(enum gc_setting which, size_t value)
{
    if (!is_allowed(which, value) || gc__lock(gc__enter()) == NULL)
        return false;
    apply(which, value);
    gc__unlock();
    return true;
}

size_t gc_get(enum gc_setting which)
{
    if (gc__enter_to_ask() == NULL)
        return 0;
    const struct heap *heap = &gc__process.heap;
    switch (which) {
    case TIDEMARK_HEAP_FLOOR:
        return heap->pace.floor_bytes;
    case TIDEMARK_HEAP_LIMIT:
        return heap->pace.limit_bytes;
    case TIDEMARK_GROWTH:
        return heap->pace.growth_percent;
    case TIDEMARK_WORD_STEP:
        return heap->word_step;
    case TIDEMARK_INTERIOR:
        return heap->recognition.rule == INTERIOR;
    case TIDEMARK_PAST_END:
        return gc__process.padding > 0      ? PAST_END_ANYWHERE
               : heap->recognition.past_end ? PAST_END_IN_STACKS
                                            : PAST_END_NOWHERE;
    case TIDEMARK_MARKERS:
        return heap->wanted_markers;
    case TIDEMARK_STRESS:
        return heap->stress;
    case TIDEMARK_TRACE:
        return heap->trace;
    case TIDEMARK_STATS:
        return gc__process.stats_at_exit;
    case TIDEMARK_IGNORE_FREE:
        return gc__process.ignore_free;
    case TIDEMARK_STOP_SIGNAL:
        return (size_t)(heap->world.signal != 0 ? heap->world.signal
                                                : heap->world.wanted_signal);
    case TIDEMARK_STOP_TIMEOUT:
        return heap->world.timeout_ns / NS_PER_MS;
    case TIDEMARK_STRANGERS:
        return !heap->world.leaves_strangers;
    }
    return 0;
}

bool gc_register_displacement(size_t offset)
{
    if (offset >= DISPLACEMENTS || gc__lock(gc__enter()) == NULL)
        return false;
    recognition_note(&gc__process.heap.recognition, offset);
    gc__unlock();
    return true;
}

bool gc_set_pictures(const char *directory)
{
    size_t length = directory == NULL ? 0 : strlen(directory);
    if (gc__enter() == NULL || length > 4000)
        return false;
    memcpy(gc__process.pictures, directory == NULL ? "" : directory,
           length + 1);
    gc__at_exit();
    return true;
}

void gc_set_out_of_memory_handler(gc_out_of_memory_handler *handler,
                                  void *context)
{
    gc__process.on_out_of_memory = handler;
    gc__process.out_of_memory_context = context;
}

void gc_set_error_handler(gc_error_handler *handler, void *context)
{
    gc__process.on_error = handler;
    gc__process.error_context = context;
}

/* ------------------------------------------------------------ environment */

/* Multiplies by what the suffix says, if it is one. */
static bool scale(size_t *value, const char *suffix)
{
    static const char letters[] = "kmg";
    if (*suffix == '\0')
        return true;
    const char *letter = strchr(letters, *suffix | 0x20);
    if (letter == NULL || suffix[1] != '\0')
        return false;
    unsigned shift = 10 * (unsigned)(letter - letters + 1);
    if (*value > SIZE_MAX >> shift)
        return false;
    *value <<= shift;
    return true;
}

static bool parse_whole(const char *text, bool takes_suffix, size_t *value)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return errno == 0 && (takes_suffix ? scale(value, end) : *end == '\0');
}

/* A factor with at most two digits after the point, as a percentage; by hand,
 * since strtod() depends on the locale. */
static bool parse_factor(const char *text, size_t *percent)
{
    size_t digits_after = 0;
    bool has_point = false;
    *percent = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '.' && !has_point && at > text) {
            has_point = true;
            continue;
        }
        if (*at < '0' || *at > '9' || *percent > MOST_GROWTH_PERCENT)
            return false;
        digits_after += has_point;
        if (digits_after <= 2)
            *percent = *percent * 10 + (size_t)(*at - '0');
    }
    for (size_t i = smaller(digits_after, 2); i < 2; i++)
        *percent *= 10;
    return *text != '\0';
}

static bool parse(enum unit unit, const char *text, size_t *value)
{
    switch (unit) {
    case UNIT_LIMIT:
        if (strcmp(text, "cgroup") == 0) {
            *value = gc__memory_limit("");
            return true;
        }
        return parse_whole(text, true, value);
    case UNIT_BYTES:
        return parse_whole(text, true, value);
    case UNIT_NUMBER:
        return parse_whole(text, false, value);
    case UNIT_FACTOR:
        return parse_factor(text, value);
    case UNIT_IGNORE:
        *value = 1;
        return strcmp(text, "ignore") == 0;
    }
    return false;
}

static void report_nonsense(const char *variable, const char *text)
{
    gc__error(TIDEMARK_ERROR_SETTING, NULL,
              "%s=%.100s makes no sense and is ignored", variable, text);
}

static void read_setting(enum gc_setting which)
{
    const struct setting *setting = &settings[which];
    const char *text = secure_getenv(setting->variable);
    size_t value;
    if (text == NULL)
        return;
    if (parse(setting->unit, text, &value) && is_allowed(which, value))
        apply(which, value);
    else
        report_nonsense(setting->variable, text);
}

/* It has done what it does when the library was loaded. */
static void check_interpose(void)
{
    const char *text = secure_getenv("TIDEMARK_INTERPOSE");
    if (text != NULL && strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
        report_nonsense("TIDEMARK_INTERPOSE", text);
}

void gc__settings_read(void)
{
    int saved_errno = errno;
    check_interpose();
    for (unsigned which = 0; which < SETTING_COUNT; which++)
        read_setting(which);
    const char *directory = secure_getenv("TIDEMARK_PICTURES");
    if (directory != NULL && !gc_set_pictures(directory))
        gc__error(TIDEMARK_ERROR_SETTING, NULL,
                  "the folder in TIDEMARK_PICTURES is too long");
    errno = saved_errno;
}
