/* SPDX-License-Identifier: MIT */
/* Data roots from the program headers of what is loaded.
 *
 * Source: dl_iterate_phdr(3); elf(5).  A segment that is to be read-only after
 * relocation (PT_GNU_RELRO) lies at the start of a writable one and is
 * protected up to the last whole page. */

#define _GNU_SOURCE

#include "platform/data_roots.h"

#include <link.h>

struct walk {
    gc__data_root_visitor *visit;
    void *context;
    const char *library; /* that is visited now */
};

static bool show(const struct walk *walk, enum data_root what,
                 struct range range)
{
    return walk->visit(what, range, walk->library, walk->context);
}

static struct range segment_range(const struct dl_phdr_info *module,
                                  const ElfW(Phdr) * header)
{
    uintptr_t low = module->dlpi_addr + header->p_vaddr;
    return (struct range){low, low + header->p_memsz};
}

static struct range relro_range(const struct dl_phdr_info *module)
{
    for (int i = 0; i < module->dlpi_phnum; i++)
        if (module->dlpi_phdr[i].p_type == PT_GNU_RELRO) {
            struct range range = segment_range(module, &module->dlpi_phdr[i]);
            range.high = round_down(range.high, PAGE_BYTES);
            return range;
        }
    return (struct range){0, 0};
}

/* Visits what of `range` lies outside of `hole`. */
static bool visit_around(const struct walk *walk, struct range range,
                         struct range hole)
{
    if (hole.low >= hole.high || hole.high <= range.low ||
        hole.low >= range.high)
        return show(walk, DATA_ROOT_STATIC, range);
    struct range before = {range.low, hole.low};
    struct range after = {hole.high, range.high};
    if (before.low < before.high && !show(walk, DATA_ROOT_STATIC, before))
        return false;
    return after.low >= after.high || show(walk, DATA_ROOT_STATIC, after);
}

static bool visit_thread_local(const struct walk *walk,
                               const struct dl_phdr_info *module,
                               const ElfW(Phdr) * header)
{
    if (module->dlpi_tls_data == NULL)
        return true;
    uintptr_t low = (uintptr_t)module->dlpi_tls_data;
    return show(walk, DATA_ROOT_THREAD_LOCAL,
                (struct range){low, low + header->p_memsz});
}

static int visit_module(struct dl_phdr_info *module, size_t bytes,
                        void *context)
{
    struct walk *walk = context;
    struct range relro = relro_range(module);
    walk->library = module->dlpi_name == NULL ? "" : module->dlpi_name;
    bool has_thread_local =
        bytes >= offsetof(struct dl_phdr_info, dlpi_tls_data) +
                     sizeof module->dlpi_tls_data;
    for (int i = 0; i < module->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &module->dlpi_phdr[i];
        if (header->p_type == PT_LOAD && (header->p_flags & PF_W) != 0 &&
            !visit_around(walk, segment_range(module, header), relro))
            return 1;
        if (header->p_type == PT_TLS && has_thread_local &&
            !visit_thread_local(walk, module, header))
            return 1;
    }
    return 0;
}

/* The loader's own list, of the program's name space.  It says whether it is
 * consistent: it is not while dlopen maps a library, nor from before dlclose
 * unmaps one until it has forgotten it.  Source: <link.h>, the interface to
 * debuggers. */
static struct loaded_stamp stamp_of(const struct r_debug *loader)
{
    struct loaded_stamp stamp = {0, 0};
    for (const struct link_map *at = loader->r_map; at != NULL;
         at = at->l_next) {
        stamp.hash = stamp.hash * 31 + (uintptr_t)at;
        stamp.hash = stamp.hash * 31 + at->l_addr;
        stamp.hash = stamp.hash * 31 + (uintptr_t)at->l_ld;
        stamp.count++;
    }
    return stamp;
}

extern struct r_debug _r_debug __attribute__((weak));

struct listing {
    struct walk walk;
    struct loaded_stamp *stamp;
    bool is_stamped;
};

/* Called with the loader's lock held. */
static int visit_and_stamp(struct dl_phdr_info *module, size_t bytes,
                           void *context)
{
    struct listing *listing = context;
    if (!listing->is_stamped && &_r_debug != NULL)
        *listing->stamp = stamp_of(&_r_debug);
    listing->is_stamped = true;
    return visit_module(module, bytes, &listing->walk);
}

void gc__data_roots(gc__data_root_visitor *visit, void *context,
                    struct loaded_stamp *stamp)
{
    struct listing listing = {{visit, context, ""}, stamp, false};
    *stamp = (struct loaded_stamp){0, 0};
    dl_iterate_phdr(visit_and_stamp, &listing);
}

bool gc__data_roots_are_changing(void)
{
    return &_r_debug != NULL && _r_debug.r_state != RT_CONSISTENT;
}

bool gc__data_roots_are_current(const struct loaded_stamp *stamp)
{
    if (&_r_debug == NULL)
        return true;
    if (gc__data_roots_are_changing())
        return false;
    struct loaded_stamp now = stamp_of(&_r_debug);
    return now.hash == stamp->hash && now.count == stamp->count;
}
