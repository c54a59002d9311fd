/* SPDX-License-Identifier: MIT */
/* For programs that say <gc.h> where others say <gc/gc.h>. */
#include "gc/gc.h"
