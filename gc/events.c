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

static double ms(uint64_t ns)
{
    return (double)ns / 1e6;
}

void gc__trace(const struct collection_event *event)
{
    fprintf(stderr,
            "tidemark gc=%zu cause=%s time_ms=%.3f pause_ms=%.3f "
            "list_ms=%.3f stop_ms=%.3f roots_ms=%.3f mark_ms=%.3f "
            "before=%zu after=%zu goal=%zu objects=%zu overflows=%zu "
            "resident=%zu\n",
            event->number, cause_name(event->cause), ms(event->start_ns),
            ms(event->pause_ns), ms(event->list_ns), ms(event->stop_ns),
            ms(event->roots_ns), ms(event->mark_ns), event->before_bytes,
            event->after_bytes, event->goal_bytes, event->live_objects,
            event->mark_stack_overflows, gc__resident_bytes());
}
