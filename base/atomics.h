/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_BASE_ATOMICS_H
#define TIDEMARK_BASE_ATOMICS_H

/* The one place that includes libatomic_ops.  A field whose comment says
 * `atomic:` is read and written through AO_ operations only. */

#include <atomic_ops.h>

#endif
