/* SPDX-License-Identifier: MIT */
/* Names from the symbol tables of ELF files.
 *
 * Nothing in a file is believed: every number is used only as an offset to
 * read from, and a read that does not get all its bytes ends the search.
 *
 * Source: elf(5), dl_iterate_phdr(3); System V ABI, chapters 4 and 5. */

#define _GNU_SOURCE /* dl_iterate_phdr */

#include "platform/symbols.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/word.h"

typedef ElfW(Ehdr) elf_header;
typedef ElfW(Phdr) elf_segment;
typedef ElfW(Shdr) elf_section;
typedef ElfW(Sym) elf_symbol;

/* ------------------------------------------------------------------------
 * Reading a file */

static bool read_at(int file, uint64_t offset, void *buffer, size_t bytes)
{
    unsigned char *to = buffer;
    while (bytes > 0) {
        ssize_t got = pread(file, to, bytes, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        offset += (uint64_t)got;
        bytes -= (size_t)got;
    }
    return true;
}

/* Not a FIFO, which would block, and no device.  Returns -1 if it is. */
static int open_regular(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    if (file < 0)
        return -1;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode))
        return file;
    close(file);
    return -1;
}

static bool read_header(int file, elf_header *header)
{
    const unsigned char own_class =
        sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
    const unsigned char own_order =
        __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;

    return read_at(file, 0, header, sizeof *header) &&
           memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
           header->e_ident[EI_CLASS] == own_class &&
           header->e_ident[EI_DATA] == own_order;
}

static bool read_section(int file, const elf_header *header, size_t index,
                         elf_section *section)
{
    return header->e_shoff != 0 && header->e_shentsize == sizeof *section &&
           read_at(file, header->e_shoff + index * sizeof *section, section,
                   sizeof *section);
}

/* A file of more than 65 279 sections keeps their number in the first one. */
static size_t section_count(int file, const elf_header *header)
{
    elf_section first;
    if (header->e_shnum != 0)
        return header->e_shnum;
    return read_section(file, header, 0, &first) ? first.sh_size : 0;
}

/* ------------------------------------------------------------------------
 * Searching a symbol table */

/* The best symbol is the smallest that contains the address; of several names
 * for the same thing, the shortest: `environ`, not `__environ`. */
struct search {
    uintptr_t address;
    bool is_thread_local;
    bool is_found;
    elf_symbol best;
    char name[SYMBOL_NAME_BYTES]; /* of `best` */
};

static bool has_kind(const elf_symbol *symbol, bool is_thread_local)
{
    switch (ELF64_ST_TYPE(symbol->st_info)) {
    case STT_TLS:
        return is_thread_local;
    case STT_OBJECT:
    case STT_FUNC:
    case STT_GNU_IFUNC:
        return !is_thread_local;
    default:
        return false;
    }
}

static bool contains(const elf_symbol *symbol, uintptr_t address)
{
    return address - symbol->st_value < symbol->st_size;
}

/* GNU ld adds the version: "stdout@GLIBC_2.2.5". */
static void cut_version(char *name)
{
    name[strcspn(name, "@")] = '\0';
}

static void make_printable(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

static bool read_name(int file, const elf_section *strings, size_t offset,
                      char *name)
{
    if (offset == 0 || offset >= strings->sh_size)
        return false;

    size_t bytes = smaller(strings->sh_size - offset, SYMBOL_NAME_BYTES - 1);
    if (!read_at(file, strings->sh_offset + offset, name, bytes))
        return false;
    name[bytes] = '\0';
    cut_version(name);
    make_printable(name);
    return name[0] != '\0';
}

static void consider(struct search *search, int file, const elf_symbol *symbol,
                     const elf_section *strings)
{
    if (symbol->st_shndx == SHN_UNDEF ||
        !has_kind(symbol, search->is_thread_local) ||
        !contains(symbol, search->address) ||
        (search->is_found && symbol->st_size > search->best.st_size))
        return;

    char name[SYMBOL_NAME_BYTES];
    if (!read_name(file, strings, symbol->st_name, name))
        return;
    if (search->is_found && symbol->st_size == search->best.st_size &&
        strlen(name) >= strlen(search->name))
        return;

    search->is_found = true;
    search->best = *symbol;
    memcpy(search->name, name, sizeof name);
}

static void search_table(struct search *search, int file,
                         const elf_section *table, const elf_section *strings)
{
    enum { CHUNK = 128 };
    elf_symbol symbols[CHUNK];
    size_t left = table->sh_size / sizeof symbols[0];
    uint64_t offset = table->sh_offset;
    while (left > 0) {
        size_t count = smaller(left, CHUNK);
        if (!read_at(file, offset, symbols, count * sizeof symbols[0]))
            return;
        for (size_t i = 0; i < count; i++)
            consider(search, file, &symbols[i], strings);
        offset += count * sizeof symbols[0];
        left -= count;
    }
}

static void search_tables(struct search *search, int file,
                          const elf_header *header, uint32_t type)
{
    size_t count = section_count(file, header);
    for (size_t i = 0; i < count && !search->is_found; i++) {
        elf_section table, strings;
        if (!read_section(file, header, i, &table))
            return;
        if (table.sh_type == type && table.sh_entsize == sizeof(elf_symbol) &&
            read_section(file, header, table.sh_link, &strings) &&
            strings.sh_type == SHT_STRTAB)
            search_table(search, file, &table, &strings);
    }
}

static enum symbol_kind kind_of(const elf_symbol *symbol)
{
    switch (ELF64_ST_TYPE(symbol->st_info)) {
    case STT_TLS:
        return SYMBOL_THREAD_LOCAL;
    case STT_OBJECT:
        return SYMBOL_VARIABLE;
    default:
        return SYMBOL_FUNCTION;
    }
}

static bool find_in_open_file(int file, uintptr_t file_address,
                              bool is_thread_local, struct symbol *symbol)
{
    elf_header header;
    if (!read_header(file, &header))
        return false;

    struct search search = {
        .address = file_address,
        .is_thread_local = is_thread_local,
    };
    search_tables(&search, file, &header, SHT_SYMTAB);
    search_tables(&search, file, &header, SHT_DYNSYM);

    if (!search.is_found)
        return false;

    memcpy(symbol->name, search.name, sizeof search.name);
    symbol->kind = kind_of(&search.best);
    symbol->start = search.best.st_value;
    symbol->bytes = search.best.st_size;
    return true;
}

bool gc__symbol_find_in_file(const char *path, uintptr_t file_address,
                             bool is_thread_local, struct symbol *symbol)
{
    int file = open_regular(path);
    if (file < 0)
        return false;
    bool is_found =
        find_in_open_file(file, file_address, is_thread_local, symbol);
    close(file);
    return is_found;
}

/* ------------------------------------------------------------------------
 * Finding the module
 *
 * The whole search runs inside the callback of dl_iterate_phdr, under the
 * loader's lock, so that no dlclose() takes the module away meanwhile. */

struct query {
    uintptr_t address;
    struct symbol *symbol;
    enum symbol_answer answer;
};

static bool is_main_program(const struct dl_phdr_info *module)
{
    return module->dlpi_name == NULL || module->dlpi_name[0] == '\0';
}

static bool is_loaded_from(const struct dl_phdr_info *module, uintptr_t address)
{
    for (size_t i = 0; i < module->dlpi_phnum; i++) {
        const elf_segment *segment = &module->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD &&
            address - module->dlpi_addr - segment->p_vaddr < segment->p_memsz)
            return true;
    }
    return false;
}

/* Of the calling thread; NULL also while it has not used the module's yet. */
static bool is_in_tls_of(const struct dl_phdr_info *module, uintptr_t address)
{
    if (module->dlpi_tls_data == NULL)
        return false;
    for (size_t i = 0; i < module->dlpi_phnum; i++)
        if (module->dlpi_phdr[i].p_type == PT_TLS &&
            address - (uintptr_t)module->dlpi_tls_data <
                module->dlpi_phdr[i].p_memsz)
            return true;
    return false;
}

static void copy_tail(char *to, size_t capacity, const char *from)
{
    size_t bytes = strlen(from);
    if (bytes >= capacity) {
        from += bytes - (capacity - 1);
        bytes = capacity - 1;
    }
    memcpy(to, from, bytes);
    to[bytes] = '\0';
    make_printable(to);
}

static void name_module(const struct dl_phdr_info *module,
                        struct symbol *symbol)
{
    const char *path = module->dlpi_name;
    char link[PATH_MAX];
    if (is_main_program(module)) {
        ssize_t bytes = readlink("/proc/self/exe", link, sizeof link - 1);
        link[bytes < 0 ? 0 : bytes] = '\0';
        path = bytes > 0 ? link : "main program";
    }
    copy_tail(symbol->module, sizeof symbol->module, path);
}

/* Another version may have been installed at the path since.  `bytes` are
 * small: they come from a file that the loader has accepted. */
static bool is_same(int file, uint64_t offset, const void *memory, size_t bytes)
{
    const unsigned char *expected = memory;
    unsigned char buffer[256];
    while (bytes > 0) {
        size_t count = smaller(bytes, sizeof buffer);
        if (!read_at(file, offset, buffer, count) ||
            memcmp(buffer, expected, count) != 0)
            return false;
        offset += count;
        expected += count;
        bytes -= count;
    }
    return true;
}

/* The program headers and the notes, which hold the build id, are equal. */
static bool is_file_of(int file, const struct dl_phdr_info *module)
{
    elf_header header;
    if (!read_header(file, &header) || header.e_phnum != module->dlpi_phnum ||
        !is_same(file, header.e_phoff, module->dlpi_phdr,
                 module->dlpi_phnum * sizeof module->dlpi_phdr[0]))
        return false;

    for (size_t i = 0; i < module->dlpi_phnum; i++) {
        const elf_segment *note = &module->dlpi_phdr[i];
        uintptr_t address = module->dlpi_addr + note->p_vaddr;
        if (note->p_type == PT_NOTE && is_loaded_from(module, address) &&
            !is_same(file, note->p_offset, (const void *)address,
                     note->p_filesz))
            return false;
    }
    return true;
}

static bool find_in_module(const struct dl_phdr_info *module,
                           bool is_thread_local, struct symbol *symbol)
{
    int file = open_regular(is_main_program(module) ? "/proc/self/exe"
                                                    : module->dlpi_name);
    if (file < 0)
        return false;
    bool is_found =
        is_file_of(file, module) &&
        find_in_open_file(file, symbol->file_address, is_thread_local, symbol);
    close(file);
    return is_found;
}

static int visit_module(struct dl_phdr_info *module, size_t bytes, void *given)
{
    (void)bytes;
    struct query *query = given;
    bool is_thread_local = is_in_tls_of(module, query->address);
    if (!is_thread_local && !is_loaded_from(module, query->address))
        return 0;

    uintptr_t bias =
        is_thread_local ? (uintptr_t)module->dlpi_tls_data : module->dlpi_addr;
    struct symbol *symbol = query->symbol;
    *symbol = (struct symbol){.file_address = query->address - bias};
    name_module(module, symbol);
    query->answer = SYMBOL_MODULE_ONLY;
    if (find_in_module(module, is_thread_local, symbol)) {
        symbol->start += bias;
        query->answer = SYMBOL_FOUND;
    }
    return 1;
}

enum symbol_answer gc__symbol_find(uintptr_t address, struct symbol *symbol)
{
    struct query query = {
        .address = address,
        .symbol = symbol,
        .answer = SYMBOL_UNKNOWN,
    };
    dl_iterate_phdr(visit_module, &query);
    return query.answer;
}
