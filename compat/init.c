/* SPDX-License-Identifier: MIT */
/* Getting ready, and what the environment says.  It is read when the program
 * initialises, not before: some set variables of ours first. */

#include <stdlib.h>
#include <string.h>

#include "compat/debug.h"
#include "compat/environment.h"
#include "compat/finalize.h"
#include "compat/hooks.h"
#include "compat/libgc.h"
#include "compat/sizing.h"
#include "compat/statistics.h"
#include "compat/threads.h"
#include "gc/api/private.h"
#include "include/tidemark.h"

enum { VERSION = 0x80202 }; /* 8.2.2, whose interface this is */

AO_t gc__compat_is_ready;

/* The program's own functions may be called meanwhile, and call us. */
static pthread_mutex_t preparing = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static bool has_begun;
static unsigned is_deinitialised; /* atomic; only what is answered */

static void prepare_all(void)
{
    gc__set_hooks(&gc__compat_hooks);
    gc__compat_read_environment();
    if (!gc_init())
        gc__compat_abort("No memory for a heap");
    gc__compat_apply_recognition();
    gc__compat_prepare_threads();
    gc__compat_apply_finalizing();
    gc__compat_raise_floor();
    gc__compat_apply_environment();
    gc__compat_apply_sizes();
    gc__compat_note_bounds();
    gc__compat_prepare_leaks();
    GC_gc_no = 1;
}

void GC_init(void)
{
    AO_int_store(&is_deinitialised, false);
    if (gc__compat_was_prepared())
        return;
    pthread_mutex_lock(&preparing);
    if (!has_begun) {
        has_begun = true;
        prepare_all();
        AO_store_release(&gc__compat_is_ready, 1);
    }
    pthread_mutex_unlock(&preparing);
}

bool gc__compat_was_prepared(void)
{
    return AO_load_acquire(&gc__compat_is_ready) != 0;
}

int GC_is_init_called(void)
{
    return gc__compat_was_prepared() && !AO_int_load(&is_deinitialised);
}

/* There is nothing to give back that the system would not take by itself. */
void GC_deinit(void)
{
    AO_int_store(&is_deinitialised, true);
}

unsigned GC_get_version(void)
{
    return VERSION;
}
