/* SPDX-License-Identifier: MIT */
#include "compat/defaults.h"
#include "compat/libgc.h"

void gc__compat_push_threads(void)
{
}
