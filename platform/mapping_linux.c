/* SPDX-License-Identifier: MIT */
/* Source: proc(5), /proc/[pid]/maps.  Each read() continues above the address
 * at which the last one ended, so that changes in between never show a mapping
 * that lies below one shown before.
 *
 * The file is empty for a process whose main thread has ended, since that
 * thread has no memory any more: it is read as the calling thread's own. */

#define _GNU_SOURCE /* syscall */

#include "platform/mapping.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "platform/text_file.h"

/* A line is "low-high rwxp offset device inode path". */
static bool read_line(const char *line, struct mapping *mapping)
{
    uint64_t low, high;
    if (!gc__text_number(&line, 16, &low) || !gc__text_skip(&line, "-") ||
        !gc__text_number(&line, 16, &high) || !gc__text_skip(&line, " "))
        return false;
    mapping->range = (struct range){low, high};
    mapping->is_readable = line[0] == 'r';
    mapping->is_writable = line[0] != '\0' && line[1] == 'w';
    return true;
}

static bool find(struct text_file *maps, uintptr_t address,
                 struct mapping *mapping)
{
    const char *line;
    struct mapping found;
    while ((line = gc__text_file_next(maps)) != NULL) {
        if (!read_line(line, &found) || found.range.high <= address)
            continue;
        if (found.range.low > address)
            return false;
        *mapping = found;
        return true;
    }
    return false;
}

bool gc__mapping_of(uintptr_t address, struct mapping *mapping)
{
    struct text_file maps;
    if (!gc__text_file_open(&maps, "/proc/thread-self/maps") &&
        !gc__text_file_open(&maps, "/proc/self/maps")) /* before Linux 3.17 */
        return false;
    bool is_found = find(&maps, address, mapping);
    gc__text_file_close(&maps);
    return is_found;
}

/* --------------------------------------------------------- what is readable */

enum { PROBES = 64 };

/* Copies the byte at each address, until one cannot be read.  Returns how many
 * it copied, or -1 with errno set.  What is an int, memcheck may see half of. */
static long copy_bytes(const uintptr_t *addresses, size_t count)
{
    char bytes[PROBES];
    struct iovec from[PROBES], to = {bytes, count};
    for (size_t i = 0; i < count; i++)
        from[i] = (struct iovec){(void *)addresses[i], 1};
    return syscall(SYS_process_vm_readv, syscall(SYS_gettid), &to, 1UL, from,
                   count, 0UL);
}

/* For where process_vm_readv(2) is missing or forbidden, in a container.  The
 * kernel copies a signal set before it looks at what is to be done with it,
 * which is nothing that it knows.  A null pointer would stand for no set. */
static bool can_copy_set(uintptr_t address)
{
    enum { NOTHING_KNOWN = -1, SET_BYTES = 8 };
    uintptr_t set = larger(round_down(address, SET_BYTES), SET_BYTES);
    return syscall(SYS_rt_sigprocmask, NOTHING_KNOWN, set, NULL, SET_BYTES) ==
               0 ||
           errno != EFAULT;
}

static bool are_readable(const uintptr_t *addresses, size_t count)
{
    long copied = copy_bytes(addresses, count);
    if (copied >= 0 || errno == EFAULT)
        return copied == (long)count;
    for (size_t i = 0; i < count; i++)
        if (!can_copy_set(addresses[i]))
            return false;
    return true;
}

bool gc__is_readable(struct range range)
{
    int saved_errno = errno;
    bool is_readable = range.low <= range.high;
    uintptr_t at = range.low;
    while (is_readable && at < range.high) {
        uintptr_t addresses[PROBES];
        size_t count = 0;
        for (; count < PROBES && at < range.high; count++) {
            addresses[count] = at;
            at = round_down(at, PAGE_BYTES) + PAGE_BYTES;
        }
        is_readable = are_readable(addresses, count);
    }
    errno = saved_errno;
    return is_readable;
}
