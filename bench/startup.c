/* SPDX-License-Identifier: MIT */

/* The smallest program that uses the peer: initialise, allocate once.  spawn.c
 * times it against empty.c; it prints nothing, since that would be timed too.
 */

#include "bench/common.h"
#include "bench/peer.h"

int main(void)
{
    bench_init();
    volatile char *object = bench_new_scanned(16);
    object[0] = 1;
    return object[1];
}
