/* SPDX-License-Identifier: MIT */
#include "gc/api/process.h"

#include <errno.h>
#include <stdlib.h>

#include "gc/api/pictures.h"
#include "platform/stack_bounds.h"

struct process gc__process;
struct thread gc__nobody;
_Thread_local struct thread *gc__thread
    __attribute__((tls_model("initial-exec"))) = &gc__nobody;

static bool prepare_thread(struct thread *thread)
{
    gc__local_init(&thread->local);
    return gc__stack_base(&thread->stack_base);
}

static bool prepare_process(void)
{
    uintptr_t low = (uintptr_t)&gc__process;
    struct range own = {low, low + sizeof gc__process};
    if (!prepare_thread(&gc__process.thread) ||
        !gc__heap_init(&gc__process.heap, own)) {
        errno = ENOMEM;
        return false;
    }
    gc__process.is_ready = true;
    gc__thread = &gc__process.thread;
    gc__settings_read();
    return true;
}

struct thread *gc__enter_slowly(void)
{
    if (!gc__process.is_ready)
        return prepare_process() ? gc__thread : NULL;
    gc__error(TIDEMARK_ERROR_SYSTEM, NULL,
              "a call from a thread other than the one that allocates");
    errno = EPERM;
    return NULL;
}

bool gc_init(void)
{
    return gc__enter() != NULL;
}

static void exit_handler(void)
{
    if (gc__process.stats_at_exit)
        GC_dump_stats(NULL);
    if (gc__process.pictures[0] != '\0')
        gc__write_pictures(gc__process.pictures);
}

void gc__at_exit(void)
{
    if (!gc__process.has_exit_handler && atexit(exit_handler) == 0)
        gc__process.has_exit_handler = true;
}
