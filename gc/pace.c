/* SPDX-License-Identifier: MIT */
#include "gc/pace.h"

#include <stdint.h>

#include "base/word.h"

enum { OBJECT_BYTES = 8, LEAST_COST_PART = 16 };
enum { ONE = 100, MOST_ALLOCATORS = 400 }; /* in hundredths */
enum { LEAST_ALLOWANCE_BYTES = 256 << 10, LEAST_ALLOWANCE_PART = 64 };

static size_t percent_of(size_t bytes, size_t percent)
{
    if (percent > 0 && bytes > SIZE_MAX / percent)
        return SIZE_MAX;
    return bytes * percent / 100;
}

static size_t cost_in_bytes(const struct pace *pace)
{
    size_t looked_at = pace->live_bytes - pace->live_atomic_bytes;
    return larger(looked_at + pace->live_objects * OBJECT_BYTES,
                  pace->live_bytes / LEAST_COST_PART);
}

void gc__pace_add_share(struct shares *shares, size_t bytes)
{
    shares->sum += (double)bytes;
    shares->squares += (double)bytes * (double)bytes;
}

unsigned gc__pace_allocators(const struct shares *shares)
{
    if (shares->squares == 0)
        return ONE;
    return (unsigned)(ONE * shares->sum * shares->sum / shares->squares);
}

/* Of a number in hundredths, in hundredths. */
static size_t square_root(size_t percent)
{
    size_t root = ONE;
    while ((root + 1) * (root + 1) <= percent * ONE)
        root++;
    return root;
}

static size_t room_percent(const struct pace *pace)
{
    size_t allocators = pace->allocators_percent;
    return (pace->growth_percent - 100) *
           square_root(smaller(allocators, MOST_ALLOCATORS)) / ONE;
}

void gc__pace_set_goal(struct pace *pace)
{
    size_t growth = percent_of(cost_in_bytes(pace), room_percent(pace));
    pace->goal_bytes =
        larger(pace->floor_bytes, growth > SIZE_MAX - pace->live_bytes
                                      ? SIZE_MAX
                                      : pace->live_bytes + growth);
    if (pace->limit_bytes != 0)
        pace->goal_bytes = smaller(pace->goal_bytes, pace->limit_bytes);
}

size_t gc__pace_allowance(const struct pace *pace)
{
    size_t least =
        larger(LEAST_ALLOWANCE_BYTES, pace->live_bytes / LEAST_ALLOWANCE_PART);
    least = larger(least, pace->least_bytes);
    if (pace->goal_bytes <= pace->live_bytes)
        return least;
    return larger(least, pace->goal_bytes - pace->live_bytes);
}
