/* SPDX-License-Identifier: MIT */

/* Fragmentation: the sizes of objects shift from phase to phase while some of
 * each phase survive among the next ones'.  A phase allocates objects of sizes
 * uniform in [s, 4s); one in 64 survives by replacing a random survivor, the
 * others are dropped at once.  The sixth phase goes back to a smaller size, so
 * that the holes of the large ones are of use.
 *
 *     fragmentation [allocations a phase] [survivors] [s...]
 *
 * s is by default 16 32 64 128 256 64. */

#include "bench/common.h"
#include "bench/peer.h"

enum { SURVIVES_EVERY = 64 };

struct object {
    uint64_t bytes;
    uint64_t number;
};

struct survivors {
    struct object **slot;
    size_t slots;
    size_t bytes; /* as requested */
    size_t peak_bytes;
};

static struct survivors survivors;

static struct object *new_object(size_t bytes, uint64_t number)
{
    struct object *object = bench_new_scanned(bytes);
    object->bytes = bytes;
    object->number = number;
    if (bytes > sizeof *object)
        ((char *)object)[bytes - 1] = 1;
    return object;
}

static void survive(struct object *object, size_t index)
{
    struct object *replaced = survivors.slot[index];
    if (replaced != NULL) {
        survivors.bytes -= replaced->bytes;
        bench_free(replaced);
    }
    survivors.slot[index] = object;
    survivors.bytes += object->bytes;
    if (survivors.bytes > survivors.peak_bytes)
        survivors.peak_bytes = survivors.bytes;
}

static void run_phase(size_t smallest, size_t allocations,
                      struct random *random)
{
    for (size_t i = 0; i < allocations; i++) {
        size_t bytes = smallest + random_below(random, 3 * smallest);
        struct object *object = new_object(bytes, i);
        if (i % SURVIVES_EVERY == 0)
            survive(object, random_below(random, survivors.slots));
        else
            bench_free(object);
    }
}

static uint64_t check_survivors(void)
{
    uint64_t checksum = survivors.peak_bytes;
    for (size_t i = 0; i < survivors.slots; i++) {
        struct object *object = survivors.slot[i];
        if (object == NULL)
            continue;
        checksum = mix(checksum, object->bytes);
        checksum = mix(checksum, object->number);
    }
    return checksum;
}

int main(int argc, char **argv)
{
    static const size_t usual[] = {16, 32, 64, 128, 256, 64};
    size_t usual_phases = sizeof usual / sizeof usual[0];
    size_t allocations = argument(argc, argv, 1, 10000000);
    survivors.slots = argument(argc, argv, 2, 200000);
    size_t phases = argc > 3 ? (size_t)argc - 3 : usual_phases;
    bench_init();
    uint64_t start_ns = clock_ns();

    survivors.slot = bench_new_scanned(survivors.slots * sizeof(void *));
    struct random random = {1};
    for (size_t phase = 0; phase < phases; phase++) {
        size_t otherwise = phase < usual_phases ? usual[phase] : 0;
        size_t smallest = argument(argc, argv, (int)phase + 3, otherwise);
        if (smallest < sizeof(struct object))
            give_up("sizes start at 16");
        run_phase(smallest, allocations, &random);
    }

    uint64_t checksum = check_survivors();
    report("peak_live_bytes", survivors.peak_bytes);
    report_real("peak_resident_over_live",
                (double)status_bytes("VmHWM:") / (double)survivors.peak_bytes);
    report_end(start_ns, checksum);
    return 0;
}
