/* SPDX-License-Identifier: MIT */
/* Stopping threads, the signals for it, and the threads that mark. */

#include <stdint.h>

#include "compat/libgc.h"
#include "compat/threads.h"
#include "gc/api/private.h"
#include "include/tidemark.h"

/* ------------------------------------------------------------------- signals */

/* What programs know of.  Stopped threads need no signal to go on, so the second
 * one is a mere answer. */
static int suspend_signal = SIGPWR;
static int restart_signal = SIGXCPU;

static void (*on_thread_event)(GC_EventType, void *);
static void watch(bool is_stopped, uintptr_t thread);

void gc__compat_prepare_signals(void)
{
    if (gc_get(TIDEMARK_STOP_SIGNAL) == 0 && suspend_signal > 0)
        gc_set(TIDEMARK_STOP_SIGNAL, (size_t)suspend_signal);
    gc__let_stop_signal_in();
    if (on_thread_event != NULL)
        gc__set_thread_watcher(watch);
}

/* Not once it may have been used. */
void GC_set_suspend_signal(int signal)
{
    if (!gc__compat_was_prepared())
        suspend_signal = signal;
}

int GC_get_suspend_signal(void)
{
    return gc__compat_was_prepared() ? (int)gc_get(TIDEMARK_STOP_SIGNAL)
                                     : suspend_signal;
}

void GC_set_thr_restart_signal(int signal)
{
    if (!gc__compat_was_prepared())
        restart_signal = signal;
}

int GC_get_thr_restart_signal(void)
{
    return restart_signal;
}

/* ---------------------------------------------------------- stopped by a call */

static bool is_stopped_by_call;

void GC_stop_world_external(void)
{
    prepare();
    if (gc__stop_others())
        is_stopped_by_call = true;
}

void GC_start_world_external(void)
{
    if (!is_stopped_by_call)
        return;
    is_stopped_by_call = false;
    gc__let_others_go();
}

void GC_suspend_thread(pthread_t thread)
{
    prepare();
    gc__compat_note_suspended(thread, true);
    gc__pause_thread(thread);
}

void GC_resume_thread(pthread_t thread)
{
    prepare();
    gc__compat_note_suspended(thread, false);
    gc__let_thread_go(thread);
}

int GC_is_thread_suspended(pthread_t thread)
{
    prepare();
    return gc__compat_is_noted_suspended(thread) || gc__is_paused(thread);
}

/* -------------------------------------------------------------------- events */

static void watch(bool is_stopped, uintptr_t thread)
{
    GC_on_thread_event_proc function = on_thread_event;
    if (function != NULL)
        function(is_stopped ? GC_EVENT_THREAD_SUSPENDED
                            : GC_EVENT_THREAD_UNSUSPENDED,
                 (void *)thread);
}

void GC_set_on_thread_event(GC_on_thread_event_proc function)
{
    on_thread_event = function;
    if (gc__compat_was_prepared())
        gc__set_thread_watcher(function == NULL ? NULL : watch);
}

GC_on_thread_event_proc GC_get_on_thread_event(void)
{
    return on_thread_event;
}

/* ------------------------------------------------------------------- markers */

enum { MARKERS_MAX = 16 };

static unsigned wanted_markers; /* 0: as many as there are processors */

void gc__compat_prepare_markers(void)
{
    if (wanted_markers > 0)
        gc_set(TIDEMARK_MARKERS, wanted_markers);
}

void GC_set_markers_count(unsigned count)
{
    wanted_markers = count < MARKERS_MAX ? count : MARKERS_MAX;
}

/* The core starts them when there is work for them; a program only hears how many
 * there may be. */
void gc__compat_expect_threads(void)
{
    size_t markers = gc_get(TIDEMARK_MARKERS);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (markers == 0)
        markers = processors < 1 ? 1 : (size_t)processors;
    GC_parallel = (int)(markers < MARKERS_MAX ? markers : MARKERS_MAX) - 1;
}

void GC_start_mark_threads(void)
{
    prepare();
    gc__compat_expect_threads();
}

int GC_get_parallel(void)
{
    return GC_parallel;
}
