/* SPDX-License-Identifier: MIT */
/* Sources: cgroups(7); proc(5), /proc/[pid]/mountinfo; the kernel's
 * Documentation/admin-guide/cgroup-v2.rst, cpu.max and memory.max, and
 * Documentation/scheduler/sched-bwc.rst, cpu.cfs_quota_us, for version 1.
 *
 * /proc/self/cgroup names the process's group in each hierarchy, as seen from
 * the hierarchy's root, and mountinfo says which part of it is mounted where: in
 * a container often only the group itself.  A limit of any group from there up
 * to the mount point holds.  Both versions may be in use side by side, each
 * controller in one of them. */

#define _GNU_SOURCE /* syscall */

#include "platform/processors.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/word.h"
#include "platform/text_file.h"

enum { PATH_BYTES = 4096, AFFINITY_WORDS = 128 };

static const uint64_t NO_LIMIT = UINT64_MAX;

/* ------------------------------------------------------------------- paths */

struct path {
    size_t length;
    char text[PATH_BYTES];
};

static bool append(struct path *path, const char *text, size_t length)
{
    if (length >= sizeof path->text - path->length)
        return false;
    memcpy(path->text + path->length, text, length);
    path->length += length;
    path->text[path->length] = '\0';
    return true;
}

static bool set(struct path *path, const char *first, const char *second)
{
    path->length = 0;
    return append(path, first, strlen(first)) &&
           append(path, second, strlen(second));
}

static void cut(struct path *path, size_t length)
{
    path->length = length;
    path->text[length] = '\0';
}

/* Opens a file below the folder, which stays as it is. */
static bool open_in(struct text_file *file, struct path *folder,
                    const char *name)
{
    size_t length = folder->length;
    bool is_open = append(folder, name, strlen(name)) &&
                   gc__text_file_open(file, folder->text);
    cut(folder, length);
    return is_open;
}

/* ------------------------------------------------------ limits of one group */

/* The one or two numbers in a file's first line.  A file of one number has the
 * second one left alone. */
static bool read_numbers(struct path *folder, const char *name, uint64_t *first,
                         uint64_t *second)
{
    struct text_file file;
    if (!open_in(&file, folder, name))
        return false;
    const char *line = gc__text_file_next(&file);
    bool is_read = line != NULL && gc__text_number(&line, 10, first);
    if (is_read && second != NULL)
        is_read =
            gc__text_skip(&line, " ") && gc__text_number(&line, 10, second);
    gc__text_file_close(&file);
    return is_read;
}

static uint64_t rounded_up(uint64_t quota, uint64_t period)
{
    if (quota == 0 || period == 0)
        return NO_LIMIT;
    return (quota - 1) / period + 1;
}

static uint64_t quota_2(struct path *group)
{
    uint64_t quota, period;
    return read_numbers(group, "/cpu.max", &quota, &period)
               ? rounded_up(quota, period)
               : NO_LIMIT;
}

static uint64_t quota_1(struct path *group)
{
    uint64_t quota, period;
    return read_numbers(group, "/cpu.cfs_quota_us", &quota, NULL) &&
                   read_numbers(group, "/cpu.cfs_period_us", &period, NULL)
               ? rounded_up(quota, period)
               : NO_LIMIT;
}

/* In version 1 the largest number of whole pages stands for no limit. */
static uint64_t bytes_in(struct path *group, const char *name)
{
    uint64_t bytes;
    bool is_limit = read_numbers(group, name, &bytes, NULL) && bytes != 0 &&
                    bytes < UINT64_MAX / 4;
    return is_limit ? bytes : NO_LIMIT;
}

static uint64_t memory_2(struct path *group)
{
    return bytes_in(group, "/memory.max");
}

static uint64_t memory_1(struct path *group)
{
    return bytes_in(group, "/memory.limit_in_bytes");
}

/* ------------------------------------------------------ the process's group */

struct hierarchy {
    const char *controller; /* "" in version 2 */
    const char *type;       /* of its file system */
    const char *usual_mount;
    uint64_t (*limit)(struct path *group);
};

static const struct hierarchy quotas[] = {
    {"", "cgroup2", "/sys/fs/cgroup", quota_2},
    {"cpu", "cgroup", "/sys/fs/cgroup/cpu", quota_1},
};

static const struct hierarchy memories[] = {
    {"", "cgroup2", "/sys/fs/cgroup", memory_2},
    {"memory", "cgroup", "/sys/fs/cgroup/memory", memory_1},
};

/* Whether the list, of words with commas in between, has that word. */
static bool has_word(const char *list, size_t length, const char *word)
{
    size_t word_length = strlen(word);
    for (;;) {
        const char *comma = memchr(list, ',', length);
        size_t here = comma != NULL ? (size_t)(comma - list) : length;
        if (here == word_length && memcmp(list, word, here) == 0)
            return true;
        if (comma == NULL)
            return false;
        list += here + 1;
        length -= here + 1;
    }
}

/* A line is "number:controllers:group". */
static const char *group_in(const char *line, const struct hierarchy *hierarchy)
{
    const char *list = strchr(line, ':');
    const char *end = list != NULL ? strchr(list + 1, ':') : NULL;
    if (end == NULL ||
        !has_word(list + 1, (size_t)(end - list - 1), hierarchy->controller))
        return NULL;
    return end + 1;
}

static bool find_group(const char *root, const struct hierarchy *hierarchy,
                       struct path *group)
{
    struct text_file file;
    if (!set(group, root, "/proc/self/cgroup") ||
        !gc__text_file_open(&file, group->text))
        return false;
    const char *line, *found = NULL;
    while (found == NULL && (line = gc__text_file_next(&file)) != NULL)
        found = group_in(line, hierarchy);
    bool is_found = found != NULL && set(group, found, "");
    gc__text_file_close(&file);
    return is_found;
}

/* ------------------------------------------------------------- where it is */

struct field {
    const char *text;
    size_t length;
};

static struct field next_field(const char **line)
{
    const char *start = *line;
    size_t length = strcspn(start, " ");
    *line += length + (start[length] == ' ');
    return (struct field){start, length};
}

static bool is_same(struct field field, const char *text)
{
    return strlen(text) == field.length &&
           memcmp(field.text, text, field.length) == 0;
}

struct mount {
    struct field root;
    struct field point;
};

/* A line is "number parent device root point options [more...] - type source
 * options-of-all-mounts". */
static bool read_mount(const char *line, const struct hierarchy *hierarchy,
                       struct mount *mount)
{
    for (int i = 0; i < 3; i++)
        next_field(&line);
    mount->root = next_field(&line);
    mount->point = next_field(&line);
    struct field field;
    do
        field = next_field(&line);
    while (field.length > 0 && !is_same(field, "-"));
    if (!is_same(next_field(&line), hierarchy->type))
        return false;
    next_field(&line);
    field = next_field(&line);
    return hierarchy->controller[0] == '\0' ||
           has_word(field.text, field.length, hierarchy->controller);
}

/* What is left of the group's name inside of the mounted part, or NULL if it
 * lies outside. */
static const char *name_inside(struct field root, const char *group)
{
    if (is_same(root, "/"))
        return group;
    bool is_inside = strncmp(group, root.text, root.length) == 0 &&
                     (group[root.length] == '/' || group[root.length] == '\0');
    return is_inside ? group + root.length : NULL;
}

/* Makes the group's folder of its name, and says how much of the path is the
 * mount point.  Of a group outside of what is mounted, the mount point is the
 * best that there is. */
static bool find_folder(const char *root, const struct hierarchy *hierarchy,
                        const char *group, struct path *folder,
                        size_t *mount_length)
{
    struct text_file file;
    struct mount mount;
    const char *line, *inside = NULL;
    bool is_set = false;
    if (!set(folder, root, "/proc/self/mountinfo"))
        return false;
    if (gc__text_file_open(&file, folder->text)) {
        while (inside == NULL && (line = gc__text_file_next(&file)) != NULL) {
            if (!read_mount(line, hierarchy, &mount))
                continue;
            inside = name_inside(mount.root, group);
            is_set = set(folder, root, "") &&
                     append(folder, mount.point.text, mount.point.length);
        }
        gc__text_file_close(&file);
    }
    if (!is_set) {
        inside = group;
        is_set = set(folder, root, hierarchy->usual_mount);
    }
    *mount_length = folder->length;
    bool is_below = inside != NULL && strstr(inside, "/..") == NULL;
    return is_set && (!is_below || append(folder, inside, strlen(inside)));
}

static uint64_t least_up_to(struct path *folder, size_t mount_length,
                            uint64_t (*limit)(struct path *group))
{
    uint64_t least = limit(folder);
    while (folder->length > mount_length) {
        size_t length = folder->length - 1;
        while (length > mount_length && folder->text[length] != '/')
            length--;
        cut(folder, length);
        least = smaller(least, limit(folder));
    }
    return least;
}

static uint64_t limit_in(const char *root, const struct hierarchy *hierarchy)
{
    struct path group, folder;
    size_t mount_length;
    if (!find_group(root, hierarchy, &group) ||
        !find_folder(root, hierarchy, group.text, &folder, &mount_length))
        return NO_LIMIT;
    return least_up_to(&folder, mount_length, hierarchy->limit);
}

static uint64_t limit_of_both(const char *root,
                              const struct hierarchy hierarchies[2])
{
    uint64_t limit = smaller(limit_in(root, &hierarchies[0]),
                             limit_in(root, &hierarchies[1]));
    return limit == NO_LIMIT ? 0 : limit;
}

size_t gc__memory_limit(const char *root)
{
    return limit_of_both(root, memories);
}

/* -------------------------------------------------------------- processors */

unsigned gc__processor_quota(const char *root)
{
    return (unsigned)smaller(limit_of_both(root, quotas), UINT32_MAX);
}

static unsigned bound_to(void)
{
    uint64_t mask[AFFINITY_WORDS] = {0};
    int saved_errno = errno;
    syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
    errno = saved_errno;
    unsigned count = 0;
    for (size_t i = 0; i < AFFINITY_WORDS; i++)
        count += count_bits(mask[i]);
    return count;
}

unsigned gc__processors(const char *root)
{
    size_t count = larger(bound_to(), 1);
    unsigned quota = gc__processor_quota(root);
    return (unsigned)(quota == 0 ? count : smaller(count, quota));
}
