/* SPDX-License-Identifier: MIT */
/* Forking.  The core's handlers are always there, and do nothing where a program
 * calls these itself. */

#include "compat/libgc.h"
#include "gc/api/private.h"

static int handle_fork = 1;

void GC_set_handle_fork(int how)
{
    if (!gc__compat_was_prepared())
        handle_fork = how;
}

void GC_atfork_prepare(void)
{
    prepare();
    if (handle_fork <= 0)
        gc__fork_begins();
}

void GC_atfork_parent(void)
{
    if (handle_fork <= 0)
        gc__fork_ends();
}

void GC_atfork_child(void)
{
    if (handle_fork <= 0)
        gc__fork_has_child();
}
