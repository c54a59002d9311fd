/* SPDX-License-Identifier: MIT */
/* For programs that say <gc_cpp.h> where others say <gc/gc_cpp.h>. */
#include "gc/gc_cpp.h"
