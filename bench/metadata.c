/* SPDX-License-Identifier: MIT */

/* What the allocator needs for itself.  A list of 16-byte objects is built and
 * the kernel asked what became writable meanwhile.  What holds an object is the
 * heap; there, whatever is resident beyond the objects themselves is overhead:
 * headers, and cells larger than was asked for.  Everything else that is
 * writable is overhead too, resident or not.  No allocator has to be believed.
 *
 *     metadata [MiB] */

#include "bench/common.h"
#include "bench/peer.h"

struct cell {
    struct cell *next;
    uint64_t number;
};

struct mapping {
    uintptr_t low;
    uintptr_t high;
    size_t resident;
    bool has_cells;
};

enum { MOST_MAPPINGS = 70000 }; /* the kernel's usual limit is 65 530 */

/* In static memory: a mapping of its own could be merged with the heap's. */
struct mappings {
    struct mapping at[MOST_MAPPINGS];
    size_t count;
};

static struct mappings before;
static struct mappings after;
static struct cell *list;

static bool starts_mapping(const char *line, struct mapping *mapping,
                           bool *is_writable)
{
    char access[5];
    if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &mapping->low,
               &mapping->high, access) != 3)
        return false;
    *is_writable = strcmp(access, "rw-p") == 0;
    return true;
}

/* The private writable mappings, in the order of addresses. */
static void read_mappings(struct mappings *mappings)
{
    FILE *file = fopen("/proc/self/smaps", "r");
    if (file == NULL)
        give_up("/proc/self/smaps cannot be read");
    char line[4096];
    bool is_writable = false;
    while (fgets(line, sizeof line, file) != NULL) {
        struct mapping mapping = {0};
        size_t kilobytes;
        if (starts_mapping(line, &mapping, &is_writable)) {
            if (is_writable && mappings->count < MOST_MAPPINGS)
                mappings->at[mappings->count++] = mapping;
        } else if (is_writable &&
                   sscanf(line, "Rss: %zu kB", &kilobytes) == 1) {
            mappings->at[mappings->count - 1].resident = kilobytes * 1024;
        }
    }
    fclose(file);
}

static struct mapping *find(struct mappings *mappings, uintptr_t address)
{
    size_t low = 0;
    size_t high = mappings->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (mappings->at[middle].high <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == mappings->count || address < mappings->at[low].low)
        return NULL;
    return &mappings->at[low];
}

static void note_cells(struct mappings *mappings)
{
    struct mapping *last = NULL;
    for (struct cell *cell = list; cell != NULL; cell = cell->next) {
        uintptr_t address = (uintptr_t)cell;
        if (last == NULL || address < last->low || address >= last->high)
            last = find(mappings, address);
        if (last != NULL)
            last->has_cells = true;
    }
}

struct usage {
    double heap_resident; /* of the mappings with cells, bytes */
    double others;        /* bytes of the other mappings */
};

static struct usage sum_up(struct mappings *mappings)
{
    struct usage usage = {0};
    for (size_t i = 0; i < mappings->count; i++) {
        struct mapping mapping = mappings->at[i];
        if (mapping.has_cells)
            usage.heap_resident += (double)mapping.resident;
        else
            usage.others += (double)(mapping.high - mapping.low);
    }
    return usage;
}

static uint64_t build(size_t cells)
{
    uint64_t checksum = 0;
    for (uint64_t i = 0; i < cells; i++) {
        struct cell *cell = bench_new_filled(sizeof *cell);
        *cell = (struct cell){list, i};
        list = cell;
        checksum = mix(checksum, i);
    }
    return checksum;
}

int main(int argc, char **argv)
{
    size_t requested = argument(argc, argv, 1, 1024) << 20;
    read_mappings(&before);
    bench_init();
    uint64_t start_ns = clock_ns();

    uint64_t checksum = build(requested / sizeof(struct cell));

    /* What was there before and holds cells now is heap. */
    read_mappings(&after);
    note_cells(&before);
    note_cells(&after);
    struct usage usage = sum_up(&after);
    double tables = usage.others - sum_up(&before).others;
    double in_heap = usage.heap_resident - (double)requested;
    report("requested_bytes", requested);
    report_real("tables_bytes", tables);
    report_real("in_heap_bytes", in_heap);
    report_real("metadata_percent",
                100 * (tables + in_heap) / (double)requested);
    report_end(start_ns, checksum);
    return 0;
}
