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

/* The kernel copies the signal set before it looks at what is to be done with
 * it, which is nothing that it knows: EFAULT if it cannot be read, else EINVAL.
 * A null pointer would stand for no set.  Containers allow this call, but not
 * all of them process_vm_readv(2). */
static bool is_word_readable(uintptr_t address)
{
    enum { NOTHING_KNOWN = -1, SET_BYTES = 8 };
    return syscall(SYS_rt_sigprocmask, NOTHING_KNOWN,
                   larger(address, WORD_BYTES), NULL, SET_BYTES) == 0 ||
           errno != EFAULT;
}

bool gc__is_readable(struct range range)
{
    int saved_errno = errno;
    bool is_readable = range.low <= range.high;
    uintptr_t at = round_down(range.low, WORD_BYTES);
    for (; is_readable && at < range.high;
         at = round_down(at, PAGE_BYTES) + PAGE_BYTES)
        is_readable = is_word_readable(at);
    errno = saved_errno;
    return is_readable;
}
