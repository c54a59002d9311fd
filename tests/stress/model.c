/* SPDX-License-Identifier: MIT */
#include "tests/stress/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct model model;

enum { WORD = sizeof(void *), STEPS_MOST = 30, TRIES = 16 };

static uint64_t seed_given;

void model_init(uint64_t seed, size_t skew)
{
    seed_given = seed;
    model.shadows = calloc(SHADOWS_MOST, sizeof *model.shadows);
    model.free_numbers = calloc(SHADOWS_MOST, sizeof *model.free_numbers);
    model.waiting = calloc(SHADOWS_MOST, sizeof *model.waiting);
    if (model.shadows == NULL || model.free_numbers == NULL ||
        model.waiting == NULL)
        model_fail("no memory for the model");
    for (uint32_t i = 0; i < SHADOWS_MOST; i++)
        model.free_numbers[i] = SHADOWS_MOST - 1 - i;
    model.free_count = SHADOWS_MOST;
    model.random.state = seed * 2 + 1;
    model.skew = skew;
}

void model_fail(const char *format, ...)
{
    va_list arguments;
    fflush(stdout);
    fprintf(stderr,
            "seed %llu, operation %zu: ", (unsigned long long)seed_given,
            model.operation);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

/* --------------------------------------------------------------- contents */

static uintptr_t word_at(const unsigned char *place)
{
    uintptr_t word;
    memcpy(&word, place, sizeof word);
    return word;
}

static uintptr_t word_of(const struct link *link)
{
    if (link->target == NO_SHADOW)
        return 0;
    return (uintptr_t)address_of(shadow_of(link->target)) + link->offset;
}

static unsigned char *word_of_edge(const struct shadow *shadow, unsigned edge)
{
    return address_of(shadow) + model.skew + edge * WORD;
}

static unsigned char pattern_at(const struct shadow *shadow, size_t at)
{
    return (unsigned char)(shadow->filling + at * 7);
}

static size_t edges_end(const struct shadow *shadow)
{
    return model.skew + shadow->edge_count * WORD;
}

static void fill(const struct shadow *shadow)
{
    unsigned char *object = address_of(shadow);
    size_t first = shadow->edge_count > 0 ? model.skew : 0;
    size_t rest = shadow->edge_count > 0 ? edges_end(shadow) : 0;
    for (size_t i = 0; i < first; i++)
        object[i] = pattern_at(shadow, i);
    for (size_t i = rest; i < shadow->bytes; i++)
        object[i] = pattern_at(shadow, i);
    for (unsigned edge = 0; edge < shadow->edge_count; edge++) {
        uintptr_t word = word_of(&shadow->edges[edge]);
        memcpy(word_of_edge(shadow, edge), &word, sizeof word);
    }
}

static void check_bytes(uint32_t number, size_t from, size_t to)
{
    const struct shadow *shadow = shadow_of(number);
    const unsigned char *object = address_of(shadow);
    for (size_t i = from; i < to; i++)
        if (object[i] != pattern_at(shadow, i))
            model_fail("byte %zu of %zu of object %u has changed", i,
                       shadow->bytes, number);
}

void model_check_object(uint32_t number)
{
    const struct shadow *shadow = shadow_of(number);
    if (shadow->edge_count > 0)
        check_bytes(number, 0, model.skew);
    check_bytes(number, shadow->edge_count > 0 ? edges_end(shadow) : 0,
                shadow->bytes);
    for (unsigned edge = 0; edge < shadow->edge_count; edge++)
        if (word_at(word_of_edge(shadow, edge)) !=
            word_of(&shadow->edges[edge]))
            model_fail("edge %u of object %u has changed", edge, number);
}

/* ---------------------------------------------------------------- shadows */

static unsigned count_edges(const struct shadow *shadow)
{
    if (!is_scanned(shadow) || shadow->bytes < model.skew + WORD)
        return 0;
    size_t room = (shadow->bytes - model.skew) / WORD;
    return room < EDGES ? (unsigned)room : EDGES;
}

uint32_t model_new(void *object, size_t bytes, enum gc_kind kind)
{
    uint32_t number = model.free_numbers[--model.free_count];
    struct shadow *shadow = shadow_of(number);
    *shadow = (struct shadow){
        .hidden = ~(uintptr_t)object,
        .bytes = bytes,
        .kind = kind,
        .filling = (unsigned)pick(256),
        .is_used = true,
    };
    shadow->edge_count = count_edges(shadow);
    for (unsigned edge = 0; edge < EDGES; edge++)
        shadow->edges[edge].target = NO_SHADOW;
    fill(shadow);
    return number;
}

static void unlink_target(struct link *link)
{
    if (link->target != NO_SHADOW)
        shadow_of(link->target)->references--;
    link->target = NO_SHADOW;
}

static void unlink_edges_from(struct shadow *shadow, unsigned first)
{
    for (unsigned edge = first; edge < EDGES; edge++)
        unlink_target(&shadow->edges[edge]);
}

void model_forget(uint32_t number)
{
    struct shadow *shadow = shadow_of(number);
    unlink_edges_from(shadow, 0);
    shadow->is_used = false;
    model.free_numbers[model.free_count++] = number;
}

void model_move(uint32_t number, void *object, size_t bytes)
{
    struct shadow *shadow = shadow_of(number);
    shadow->hidden = ~(uintptr_t)object;
    shadow->bytes = bytes;
    shadow->edge_count = count_edges(shadow);
    unlink_edges_from(shadow, shadow->edge_count);
    fill(shadow);
}

/* ------------------------------------------------------------------ links */

static bool pick_filled_slot(struct spot *place)
{
    for (int try = 0; try < TRIES && model.slot_count > 0; try++) {
        struct root_word *slot = &model.slots[pick(model.slot_count)];
        if (slot->link.target == NO_SHADOW)
            continue;
        *place = (struct spot){&slot->link, (unsigned char *)slot->place};
        return true;
    }
    return false;
}

static bool pick_edge(uint32_t number, struct spot *place)
{
    struct shadow *shadow = shadow_of(number);
    if (shadow->edge_count == 0)
        return false;
    unsigned edge = (unsigned)pick(shadow->edge_count);
    *place = (struct spot){&shadow->edges[edge], word_of_edge(shadow, edge)};
    return true;
}

bool model_walk(struct spot *place)
{
    if (!pick_filled_slot(place))
        return false;
    for (size_t steps = pick(1 + pick(STEPS_MOST)); steps > 0; steps--) {
        struct spot next;
        if (!pick_edge(place->link->target, &next) ||
            next.link->target == NO_SHADOW)
            break;
        *place = next;
    }
    return true;
}

static bool pick_any_link(struct spot *place)
{
    struct spot walked;
    if (pick(8) > 0 && model_walk(&walked) &&
        pick_edge(walked.link->target, place))
        return true;
    if (model.slot_count == 0)
        return false;
    struct root_word *slot = &model.slots[pick(model.slot_count)];
    *place = (struct spot){&slot->link, (unsigned char *)slot->place};
    return true;
}

/* An empty one rather than a filled one, or hardly anything would live. */
bool model_pick_place(struct spot *place)
{
    for (int try = 0; try < TRIES; try++)
        if (!pick_any_link(place))
            return false;
        else if (place->link->target == NO_SHADOW)
            return true;
    return true;
}

void model_point(struct spot place, uint32_t target, size_t offset)
{
    unlink_target(place.link);
    if (target != NO_SHADOW)
        shadow_of(target)->references++;
    *place.link = (struct link){target, offset};
    uintptr_t word = word_of(place.link);
    memcpy(place.word, &word, sizeof word);
}

void model_add_slots(void **words, size_t count)
{
    if (model.slot_count + count > SLOTS_MOST)
        model_fail("too many slots");
    for (size_t i = 0; i < count; i++)
        model.slots[model.slot_count++] =
            (struct root_word){&words[i], {NO_SHADOW, 0}};
}

void model_remove_slots(void **words, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < model.slot_count; i++) {
        struct root_word *slot = &model.slots[i];
        if (slot->place < words || slot->place >= words + count)
            model.slots[kept++] = *slot;
        else
            unlink_target(&slot->link);
    }
    model.slot_count = kept;
}

/* ------------------------------------------------------------------- check */

static void reach(uint32_t number, size_t *count)
{
    if (number == NO_SHADOW || shadow_of(number)->is_reached)
        return;
    shadow_of(number)->is_reached = true;
    model.waiting[(*count)++] = number;
}

static void reach_from_roots(size_t *count)
{
    for (uint32_t i = 0; i < SHADOWS_MOST; i++) {
        struct shadow *shadow = shadow_of(i);
        shadow->is_reached = false;
    }
    for (uint32_t i = 0; i < SHADOWS_MOST; i++)
        if (shadow_of(i)->is_used && is_uncollectable(shadow_of(i)))
            reach(i, count);
    for (size_t i = 0; i < model.slot_count; i++) {
        const struct root_word *slot = &model.slots[i];
        if ((uintptr_t)*slot->place != word_of(&slot->link))
            model_fail("slot %zu has changed", i);
        reach(slot->link.target, count);
    }
}

static void forget_unreached(void)
{
    for (uint32_t i = 0; i < SHADOWS_MOST; i++)
        if (shadow_of(i)->is_used && !shadow_of(i)->is_reached)
            unlink_edges_from(shadow_of(i), 0);
    for (uint32_t i = 0; i < SHADOWS_MOST; i++)
        if (shadow_of(i)->is_used && !shadow_of(i)->is_reached)
            model_forget(i);
}

void model_check_all(void)
{
    size_t count = 0;
    model.reached = 0;
    reach_from_roots(&count);
    while (count > 0) {
        uint32_t number = model.waiting[--count];
        model.reached++;
        model_check_object(number);
        const struct shadow *shadow = shadow_of(number);
        for (unsigned edge = 0; edge < shadow->edge_count; edge++)
            reach(shadow->edges[edge].target, &count);
    }
    forget_unreached();
}
