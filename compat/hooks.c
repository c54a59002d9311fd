/* SPDX-License-Identifier: MIT */
/* One constant table.  The addresses of the data objects in it are those that the
 * loader has chosen: where a program has its own copy, that is the one. */

#include "compat/hooks.h"

const struct hooks gc__compat_hooks = {
    .disabled = &GC_dont_gc,
    .skips_data = &GC_no_dls,
};
