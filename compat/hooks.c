/* SPDX-License-Identifier: MIT */
/* One constant table.  The addresses of the data objects in it are those that the
 * loader has chosen: where a program has its own copy, that is the one. */

#include "compat/hooks.h"

#include "compat/debug.h"
#include "compat/finalize.h"
#include "compat/sizing.h"
#include "compat/statistics.h"

static void on_step(enum step step)
{
    static const GC_EventType events[] = {
        [STEP_BEGIN] = GC_EVENT_START,
        [STEP_STOPPING] = GC_EVENT_PRE_STOP_WORLD,
        [STEP_STOPPED] = GC_EVENT_POST_STOP_WORLD,
        [STEP_MARKING] = GC_EVENT_MARK_START,
        [STEP_MARKED] = GC_EVENT_MARK_END,
        [STEP_RESUMING] = GC_EVENT_PRE_START_WORLD,
        [STEP_RESUMED] = GC_EVENT_POST_START_WORLD,
        [STEP_SWEEPING] = GC_EVENT_RECLAIM_START,
        [STEP_SWEPT] = GC_EVENT_RECLAIM_END,
        [STEP_END] = GC_EVENT_END,
    };
    if (step == STEP_GIVEN_UP) { /* which no event tells of */
        gc__compat_note_bounds();
        return;
    }
    if (step == STEP_BEGIN)
        gc__compat_tell_start();
    if (step == STEP_STOPPED)
        gc__compat_count_begin();
    if (step == STEP_MARKING) {
        gc__compat_count_uncollectable();
        gc__compat_debug_check();
    }
    if (step == STEP_MARKED) {
        gc__compat_count_marked();
        gc__compat_report_leaks();
        gc__compat_read_growth();
    }
    gc__compat_tell_event(events[step]);
    if (step == STEP_END) {
        gc__compat_read_finalizing();
        gc__compat_warn_of_cycles();
        gc__compat_count_end();
    }
}

/* The program may have put in its own. */
static void mark_roots(void)
{
    GC_push_other_roots();
}

const struct hooks gc__compat_hooks = {
    .disabled = &GC_dont_gc,
    .only_by_call = &gc__compat_only_by_call,
    .skips_data = &GC_no_dls,
    .gives_up = &gc__compat_stop_func,
    .on_step = on_step,
    .on_ready = gc__compat_tell_ready,
    .mark_roots = mark_roots,
    .main_stack_bottom = &GC_stackbottom,
    .takes_segment = gc__compat_takes_segment,
    .unreachable_later = &GC_java_finalization,
    .on_growth = gc__compat_tell_growth,
};
