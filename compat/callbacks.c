/* SPDX-License-Identifier: MIT */
/* Functions of the program's that are called when something happens, and what
 * happens if it has set none. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "compat/defaults.h"
#include "compat/hooks.h"
#include "compat/libgc.h"
#include "compat/print.h"

static GC_warn_proc warn_proc = gc__compat_default_warn;
static GC_start_callback_proc start_callback;
static GC_on_collection_event_proc on_collection_event;

/* ------------------------------------------------------------ out of memory */

void *gc__compat_default_oom(size_t bytes)
{
    (void)bytes;
    return NULL;
}

void *gc__compat_out_of_memory(size_t bytes)
{
    gc__compat_warn("GC Warning: Out of memory for %lu bytes\n", bytes);
    errno = ENOMEM;
    return GC_oom_fn(bytes);
}

void GC_set_oom_fn(GC_oom_func function)
{
    GC_oom_fn = function;
}

GC_oom_func GC_get_oom_fn(void)
{
    return GC_oom_fn;
}

void GC_abort_on_oom(void)
{
    GC_err_printf("Insufficient memory for the allocation\n");
    exit(EXIT_FAILURE);
}

/* ----------------------------------------------------------------- warnings */

/* The format is one of ours, or of a program's that asked for this function. */
static void print_warning(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    gc__compat_print(TO_ERRORS, format, arguments);
    va_end(arguments);
}

void gc__compat_default_warn(char *format, GC_word argument)
{
    print_warning(format, argument);
}

void GC_ignore_warn_proc(char *format, GC_word argument)
{
    if (gc__compat_prints_stats)
        print_warning(format, argument);
}

void gc__compat_warn(const char *format, GC_word argument)
{
    warn_proc((char *)(uintptr_t)format, argument);
}

void GC_set_warn_proc(GC_warn_proc function)
{
    warn_proc = function;
}

GC_warn_proc GC_get_warn_proc(void)
{
    return warn_proc;
}

/* ------------------------------------------------------------------- the end */

void gc__compat_default_abort(const char *message)
{
    if (message != NULL)
        GC_err_printf("%s\n", message);
    if (getenv("GC_LOOP_ON_ABORT") != NULL)
        for (;;)
            pause();
}

_Noreturn void gc__compat_abort(const char *message)
{
    if (GC_on_abort != NULL)
        GC_on_abort(message);
    abort();
}

void GC_set_abort_func(GC_abort_func function)
{
    GC_on_abort = function;
}

GC_abort_func GC_get_abort_func(void)
{
    return GC_on_abort;
}

/* -------------------------------------------------------------- collections */

void gc__compat_tell_start(void)
{
    if (start_callback != NULL)
        start_callback();
}

void gc__compat_tell_event(GC_EventType event)
{
    if (on_collection_event != NULL)
        on_collection_event(event);
}

void gc__compat_tell_growth(void)
{
    if (GC_on_heap_resize != NULL)
        GC_on_heap_resize(GC_get_heap_size());
}

void GC_set_start_callback(GC_start_callback_proc function)
{
    start_callback = function;
}

GC_start_callback_proc GC_get_start_callback(void)
{
    return start_callback;
}

void GC_set_on_collection_event(GC_on_collection_event_proc function)
{
    on_collection_event = function;
}

GC_on_collection_event_proc GC_get_on_collection_event(void)
{
    return on_collection_event;
}

void GC_set_on_heap_resize(GC_on_heap_resize_proc function)
{
    GC_on_heap_resize = function;
}

GC_on_heap_resize_proc GC_get_on_heap_resize(void)
{
    return GC_on_heap_resize;
}
