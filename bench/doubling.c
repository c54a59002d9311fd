/* SPDX-License-Identifier: MIT */

/* Arrays that grow as values are appended, doubling by realloc whenever they
 * are full.  Four grow side by side, so that none can simply take the memory
 * behind it; two are scanned and two are pointer-free.  When they have their
 * length, they are dropped and the next round begins.
 *
 *     doubling [length of each] [rounds] */

#include "bench/common.h"
#include "bench/peer.h"

enum { ARRAYS = 4, FIRST_ROOM = 16, APPENDED_AT_ONCE = 1000 };

struct array {
    uint64_t *values;
    size_t length;
    size_t room;
};

static struct array arrays[ARRAYS];

static struct array new_array(bool scanned)
{
    size_t bytes = FIRST_ROOM * sizeof(uint64_t);
    return (struct array){
        .values = scanned ? bench_new_scanned(bytes) : bench_new_atomic(bytes),
        .room = FIRST_ROOM,
    };
}

static void append(struct array *array, uint64_t value)
{
    if (array->length == array->room) {
        array->room *= 2;
        array->values =
            bench_realloc(array->values, array->room * sizeof(uint64_t));
    }
    array->values[array->length++] = value;
}

static uint64_t sum_up(const struct array *array)
{
    uint64_t sum = array->length;
    for (size_t i = 0; i < array->length; i++)
        sum += array->values[i];
    return sum;
}

static uint64_t run_round(size_t length)
{
    for (size_t a = 0; a < ARRAYS; a++)
        arrays[a] = new_array(a % 2 == 0);
    for (size_t done = 0; done < length; done += APPENDED_AT_ONCE)
        for (size_t a = 0; a < ARRAYS; a++)
            for (size_t i = 0; i < APPENDED_AT_ONCE && done + i < length; i++)
                append(&arrays[a], done + i + a);
    uint64_t checksum = 0;
    for (size_t a = 0; a < ARRAYS; a++) {
        checksum = mix(checksum, sum_up(&arrays[a]));
        bench_free(arrays[a].values);
        arrays[a] = (struct array){0};
    }
    return checksum;
}

int main(int argc, char **argv)
{
    size_t length = argument(argc, argv, 1, 1000000);
    size_t rounds = argument(argc, argv, 2, 20);
    bench_init();
    uint64_t start_ns = clock_ns();

    uint64_t checksum = 0;
    for (size_t i = 0; i < rounds; i++)
        checksum = mix(checksum, run_round(length));

    report_end(start_ns, checksum);
    return 0;
}
