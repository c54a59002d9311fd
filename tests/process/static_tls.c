/* SPDX-License-Identifier: MIT */
/* A library that, like many, needs some of the thread-local memory that the
 * loader has set aside for what is loaded later. */

enum { BYTES = 1024 };

extern __attribute__((visibility("default"))) char *static_tls(void);

static _Thread_local char in_thread[BYTES]
    __attribute__((tls_model("initial-exec")));

char *static_tls(void)
{
    return in_thread;
}
