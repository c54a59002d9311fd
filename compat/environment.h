/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_COMPAT_ENVIRONMENT_H
#define TIDEMARK_COMPAT_ENVIRONMENT_H

/* Before the core is prepared: what decides how.  After: what is asked of it. */
void gc__compat_read_environment(void);
void gc__compat_apply_environment(void);

#endif
