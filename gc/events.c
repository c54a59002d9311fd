/* SPDX-License-Identifier: MIT */
#include "gc/events.h"

#include <stdio.h>

#include "platform/resident.h"

void gc__totals_add(struct totals *totals, const struct collection_event *event)
{
    totals->collections++;
    totals->mark_stack_overflows += event->mark_stack_overflows;
    totals->pause_total_ns += event->pause_ns;
    totals->pause_last_ns = event->pause_ns;
    if (event->pause_ns > totals->pause_max_ns)
        totals->pause_max_ns = event->pause_ns;
}

static const char *cause_name(enum cause cause)
{
    static const char *const names[] = {"goal", "memory", "call", "stress"};
    return names[cause];
}

/* Milliseconds, written by hand: the decimal point of printf() depends on the
 * locale. */
struct ms {
    unsigned long long whole;
    unsigned thousandths;
};

static struct ms ms(uint64_t ns)
{
    uint64_t us = ns / 1000;
    return (struct ms){us / 1000, (unsigned)(us % 1000)};
}

void gc__trace(const struct collection_event *event)
{
    struct ms time = ms(event->start_ns), pause = ms(event->pause_ns);
    struct ms list = ms(event->list_ns), stop = ms(event->stop_ns);
    struct ms roots = ms(event->roots_ns), mark = ms(event->mark_ns);
    struct ms settle = ms(event->settle_ns);
    fprintf(stderr,
            "tidemark gc=%zu cause=%s time_ms=%llu.%03u pause_ms=%llu.%03u "
            "list_ms=%llu.%03u stop_ms=%llu.%03u roots_ms=%llu.%03u "
            "mark_ms=%llu.%03u before=%zu after=%zu goal=%zu objects=%zu "
            "overflows=%zu resident=%zu settle_ms=%llu.%03u threads=%zu "
            "markers=%zu\n",
            event->number, cause_name(event->cause), time.whole,
            time.thousandths, pause.whole, pause.thousandths, list.whole,
            list.thousandths, stop.whole, stop.thousandths, roots.whole,
            roots.thousandths, mark.whole, mark.thousandths,
            event->before_bytes, event->after_bytes, event->goal_bytes,
            event->live_objects, event->mark_stack_overflows,
            gc__resident_bytes(), settle.whole, settle.thousandths,
            event->threads, event->markers);
}
